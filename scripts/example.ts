/** Runs one example by name: `npm run example -- NAME [arguments of the example]`. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = join(import.meta.dirname, '..', 'examples');

function fileOf(name: string): string | undefined {
  return [join(folder, `${name}.ts`), join(folder, name, 'main.ts')].find((file) =>
    existsSync(file),
  );
}

const [name = '', ...rest] = process.argv.slice(2);
const file = /^[\w-]+$/.test(name) ? fileOf(name) : undefined;

if (file === undefined) {
  const names = existsSync(folder)
    ? readdirSync(folder).map((entry) => basename(entry, '.ts'))
    : [];
  const known = names.filter((entry) => fileOf(entry) !== undefined);
  console.error(
    `usage: npm run example -- NAME\nNAME is one of: ${known.join(', ') || 'none yet'}`,
  );
  process.exitCode = 2;
} else {
  process.argv = [process.argv[0] ?? 'node', file, ...rest];
  await import(pathToFileURL(file).href);
}
