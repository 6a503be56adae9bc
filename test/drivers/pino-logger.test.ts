import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('writes warnings and errors to stderr, as JSON with their fields, and nothing else', () => {
  const module = fileURLToPath(new URL('../../src/drivers/pino-logger.ts', import.meta.url));
  const program = `
    import { defaultLogger } from ${JSON.stringify(module)};
    const logger = defaultLogger();
    logger.debug({ a: 1 }, 'debugged');
    logger.info({ a: 2 }, 'informed');
    logger.warn({ actor: '/a' }, 'warned');
    logger.error({ error: new Error('x') }, 'failed');
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

  expect(stdout).toBe('');
  expect(lines).toMatchObject([
    { name: 'perdure', level: 40, actor: '/a', msg: 'warned' },
    { name: 'perdure', level: 50, msg: 'failed', error: { message: 'x' } },
  ]);
});
