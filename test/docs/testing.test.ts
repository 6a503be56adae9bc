/** The programs in docs/testing.md: they type-check, and their tests pass as a user runs them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesOf, root } from '../support/source-text.ts';

const { 'docs/testing.md': page = '' } = filesOf(/^docs\/testing\.md$/);

/** Blocks of TypeScript whose first line names their file. */
const programs: readonly (readonly [name: string, code: string])[] = [
  ...page.matchAll(/^```ts\n\/\/ ([\w.-]+\.ts)\n([\s\S]*?)^```$/gm),
].map(([, name = '', code = '']) => [name, code]);

/** Inside the repository, so that packages are found; ignored by git. */
const scratch = join(root, '.tmp');
let directory = '';

beforeAll(() => {
  mkdirSync(scratch, { recursive: true });
  directory = mkdtempSync(join(scratch, 'testing-'));
  const up = relative(directory, root);
  const sources = { perdure: `${up}/src/index.ts`, testing: `${up}/src/testing/index.ts` };
  const paths = { perdure: [`./${sources.perdure}`], 'perdure/testing': [`./${sources.testing}`] };
  const files: Readonly<Record<string, string>> = {
    ...Object.fromEntries(programs),
    'package.json': JSON.stringify({ type: 'module' }),
    'tsconfig.json': JSON.stringify({
      extends: `${up}/tsconfig.json`,
      compilerOptions: { paths },
      include: ['*.ts'],
    }),
    'vitest.config.js': `
      const at = (file) => new URL(file, import.meta.url).pathname;
      export default {
        resolve: {
          alias: [
            { find: /^perdure$/, replacement: at('${sources.perdure}') },
            { find: /^perdure\\/testing$/, replacement: at('${sources.testing}') },
          ],
        },
      };
    `,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** What a tool of this repository prints in the directory of the programs, and whether it is content. */
function told(tool: readonly string[], args: readonly string[]): { isFine: boolean; text: string } {
  const file = join(root, 'node_modules', ...tool);
  const options = { cwd: directory, encoding: 'utf8', stdio: 'pipe' } as const;
  try {
    return { isFine: true, text: execFileSync(process.execPath, [file, ...args], options) };
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return { isFine: false, text: `${stdout ?? ''}${stderr ?? ''}` };
  }
}

describe('the programs in docs/testing.md', () => {
  it('are there', () => {
    expect(programs.map(([name]) => name)).toEqual([
      'crash-safe.test.ts',
      'shop.ts',
      'order.test.ts',
    ]);
  });

  it('prove an agent crash-safe in ten lines', () => {
    const { 'crash-safe.test.ts': code = '' } = Object.fromEntries(programs);

    expect(code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10);
  });

  it('type-check', () => {
    expect(told(['typescript', 'bin', 'tsc'], ['-p', '.'])).toEqual({ isFine: true, text: '' });
  }, 60_000);

  it('pass', () => {
    const { isFine, text } = told(['vitest', 'vitest.mjs'], ['run', '--reporter=json']);

    // a failure is told in the text
    expect({ isFine, text: isFine ? '' : text }).toEqual({ isFine: true, text: '' });
    expect(JSON.parse(text)).toMatchObject({ numPassedTests: 3, numFailedTests: 0 });
  }, 60_000);

  it('find the bug that the page speaks of', () => {
    const { 'shop.ts': shop = '' } = Object.fromEntries(programs);
    const keyless = shop.replace(', { key: idempotencyKey }', '');
    expect(keyless).not.toBe(shop);
    writeFileSync(join(directory, 'shop.ts'), keyless);
    const { isFine, text } = told(
      ['vitest', 'vitest.mjs'],
      ['run', 'crash-safe', '--reporter=json'],
    );
    writeFileSync(join(directory, 'shop.ts'), shop);

    expect(isFine).toBe(false);
    expect(text).toContain('Counterexample: the invariant does not hold');
    expect(text).toContain('explore({ …, only: ');
  }, 60_000);
});
