import { describe, expect, it } from 'vitest';
import { filesOf } from '../support/source-text.ts';
import {
  cycleProblems,
  fileProblems,
  layerProblems,
  mapProblems,
  packageProblems,
  purityProblems,
} from './architecture.ts';

const source = filesOf(/^src\/.+\.ts$/);

/** Sources of one line each, by path below `src`. */
function sample(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`src/${path}`, text]));
}

it('reads the source it judges', () => {
  expect(Object.keys(source)).toContain('src/base/errors.ts');
});

describe('layers', () => {
  it('imports only point down', () => {
    expect(layerProblems(source)).toEqual([]);
  });

  it.each([
    ['upwards', { 'actors/a.ts': "import { b } from '../runtime/b.ts';" }],
    ['upwards, a type only', { 'base/a.ts': "import type { b } from '../ports/b.ts';" }],
    ['upwards, by re-export', { 'base/a.ts': "export * from '../ports/b.ts';" }],
    ['upwards, late', { 'runtime/a.ts': "const b = await import('../agents/b.ts');" }],
    ['upwards, as a type', { 'base/a.ts': "type B = import('../ports/b.ts').B;" }],
    ['upwards, over lines', { 'base/a.ts': "import {\n  b,\n  c,\n} from '../ports/b.ts';" }],
    ['from drivers into the runtime', { 'drivers/a.ts': "import '../runtime/b.ts';" }],
    ['from the runtime into drivers', { 'runtime/a.ts': "import '../drivers/b.ts';" }],
    ['of the public entry', { 'runtime/a.ts': "import { b } from '../index.ts';" }],
    ['of testing by cli', { 'cli/a.ts': "import { b } from '../testing/b.ts';" }],
    ['in an unknown room', { 'misc/a.ts': '' }],
    ['in a file outside the rooms', { 'stray.ts': '' }],
  ])('refuses an import %s', (_, files) => {
    expect(layerProblems(sample(files))).toHaveLength(1);
  });

  it('does not mistake text or comments for imports', () => {
    const files = sample({
      'base/a.ts': [
        "// import { b } from '../runtime/b.ts';",
        'const advice = "import { b } from \'../runtime/b.ts\'";',
        "const more = `import '../runtime/${'b'}.ts'`;",
      ].join('\n'),
    });

    expect(layerProblems(files)).toEqual([]);
  });
});

describe('cycles', () => {
  it('are absent', () => {
    expect(cycleProblems(source)).toEqual([]);
  });

  it('are refused, with their path, type-only imports included', () => {
    const files = sample({
      'base/a.ts': "import { b } from './b.ts';",
      'base/b.ts': "import { c } from './c.ts';",
      'base/c.ts': "import type { a } from './a.ts';",
    });

    expect(cycleProblems(files)).toEqual([
      'import cycle: src/base/a.ts → src/base/b.ts → src/base/c.ts → src/base/a.ts',
    ]);
  });

  it('are not seen in a diamond', () => {
    const files = sample({
      'base/a.ts': "import './b.ts';\nimport './c.ts';",
      'base/b.ts': "import './d.ts';",
      'base/c.ts': "import './d.ts';",
      'base/d.ts': '',
    });

    expect(cycleProblems(files)).toEqual([]);
  });
});

describe('packages', () => {
  it('are used only in the rooms meant to', () => {
    expect(packageProblems(source)).toEqual([]);
  });

  it.each([
    { 'runtime/a.ts': "import { nanoid } from 'nanoid';" },
    { 'runtime/a.ts': "import { readFileSync } from 'node:fs';" },
    { 'supervisor/a.ts': "import type { AnyStateMachine } from 'xstate';" },
    { 'persistence/batch.ts': "import { pack } from 'msgpackr';" },
    { 'persistence/codec.ts': "import { readFileSync } from 'node:fs';" },
    { 'drivers/a.ts': "import { pack } from 'msgpackr';" },
    { 'base/a.ts': "const { join } = require('node:path');" },
    { 'ports/a.ts': "import 'pino';" },
  ])('are refused elsewhere: %o', (files) => {
    expect(packageProblems(sample(files as Record<string, string>))).toHaveLength(1);
  });

  it('are let in where they belong', () => {
    const files = sample({
      'base/options.ts': "import * as v from 'valibot';",
      'actors/turn.ts': "import { initialTransition } from 'xstate';",
      'persistence/codec.ts':
        "import { crc32 } from 'node:zlib';\nimport { Packr } from 'msgpackr';",
      'drivers/level-store.ts': "import { ClassicLevel } from 'classic-level';\nimport 'node:fs';",
      'testing/arbitraries.ts': "import fc from 'fast-check';",
    });

    expect(packageProblems(files)).toEqual([]);
  });
});

describe('the rooms that decide', () => {
  it('are pure', () => {
    expect(purityProblems(source)).toEqual([]);
  });

  it.each([
    'export async function a() {}',
    'const a = async () => 1;',
    'for await (const a of b) {}',
    'const now = Date.now();',
    'const now = new Date();',
    'const now = +new Date;',
    'const now = Date();',
    'const now = performance.now();',
    'const a = Math.random();',
    'const a = crypto.randomUUID();',
    'setTimeout(a, 1);',
    'const later = setImmediate;',
    'queueMicrotask(a);',
    'process.exit(1);',
    "const home = process['env'];",
    'console.log(a);',
    'const a = `now: ${Date.now()}`;',
  ])('may not hold: %s', (line) => {
    expect(purityProblems(sample({ 'actors/a.ts': line }))).toHaveLength(1);
    expect(purityProblems(sample({ 'runtime/a.ts': line }))).toEqual([]);
  });

  it.each([
    '// Date.now() is never read here, nor process.env',
    '/* setTimeout(a, 1) */',
    "const text = 'async Math.random() process.exit';",
    'const text = `setTimeout`;',
    'if (value instanceof Date) return new Date(value.getTime());',
    'clock.setTimeout(a, 1);',
    'const pattern = /process.exit|Date.now()/;',
    'interface Port { read(): Promise<number> }',
  ])('may hold: %s', (line) => {
    expect(purityProblems(sample({ 'actors/a.ts': line }))).toEqual([]);
  });
});

describe('files', () => {
  it('are small and named for what they hold', () => {
    expect(fileProblems(source)).toEqual([]);
  });

  it('may have 400 lines, and not 401', () => {
    expect(fileProblems(sample({ 'base/a.ts': 'a;\n'.repeat(400) }))).toEqual([]);
    expect(fileProblems(sample({ 'base/a.ts': 'a;\n'.repeat(401) }))).toHaveLength(1);
  });

  it.each([
    'base/types.ts',
    'runtime/utils.ts',
    'cli/helpers.ts',
    'base/common.ts',
    'runtime/manager.ts',
    'actors/index.ts',
  ])('may not be called %s', (path) => {
    expect(fileProblems(sample({ [path]: '' }))).toHaveLength(1);
  });

  it('may be an entry of the package', () => {
    expect(fileProblems(sample({ 'index.ts': '', 'testing/index.ts': '' }))).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  it('names every folder of src', () => {
    const { 'ARCHITECTURE.md': text = '' } = filesOf(/^ARCHITECTURE\.md$/);

    expect(mapProblems(source, text)).toEqual([]);
  });

  it('is refused when it leaves one out', () => {
    const files = sample({ 'base/a.ts': '', 'ports/a.ts': '', 'index.ts': '' });

    expect(mapProblems(files, 'The base: `base`. It supports ports.')).toEqual([
      'ARCHITECTURE.md does not name src/ports',
    ]);
  });
});
