/** The programs in README.md: all of them type-check, the first one survives SIGKILL. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { createMachine } from 'xstate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { filesOf, root } from '../support/source-text.ts';

const { 'README.md': readme = '' } = filesOf(/^README\.md$/);

/** Blocks of TypeScript by file name: that of their first line, or `program.ts` for the first. */
function programsOf(page: string): Map<string, string> {
  const programs = new Map<string, string>();
  for (const [, code = ''] of page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
    const name = /^\/\/ ([\w-]+\.ts)\n/.exec(code)?.[1] ?? 'program.ts';
    expect(programs.has(name), `README.md has two blocks for ${name}`).toBe(false);
    programs.set(name, code);
  }
  return programs;
}

/** What the programs of the page import of their reader's own project. */
const companions: Readonly<Record<string, string>> = {
  'services.ts': `
    export const model = {
      write: async (question: string, _options: { signal: AbortSignal }) => \`on "\${question}"\`,
    };
    export const mail = {
      send: async (letter: { to: string; text: string; key: string }) => ({ id: letter.key }),
    };
  `,
  'intake.ts': `
    import { createMachine } from 'xstate';
    export const reader = createMachine({});
    export const index = createMachine({});
  `,
  'ledger.ts': `
    import { reply, type Ask } from 'perdure';
    import { assign, setup } from 'xstate';
    export const ledger = setup({
      types: {
        context: {} as { sum: number },
        events: {} as { type: 'add'; n: number } | Ask<{ type: 'total' }, number>,
      },
    }).createMachine({
      context: { sum: 0 },
      on: {
        add: { actions: assign({ sum: ({ context, event }) => context.sum + event.n }) },
        total: { actions: reply(({ context }) => context.sum) },
      },
    });
  `,
};

/** Inside the repository, so that packages are found; ignored by git. */
const scratch = join(root, '.tmp');
let directory = '';
const programs = programsOf(readme);

beforeAll(() => {
  mkdirSync(scratch, { recursive: true });
  directory = mkdtempSync(join(scratch, 'readme-'));
  const up = relative(directory, root);
  const config = {
    extends: `${up}/tsconfig.json`,
    compilerOptions: { paths: { perdure: [`./${up}/src/index.ts`] } },
    include: ['*.ts'],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const [name, text] of [...programs, ...Object.entries(companions)]) {
    writeFileSync(join(directory, name), text);
  }
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the programs in README.md', () => {
  it('are there', () => {
    expect([...programs.keys()]).toEqual([
      'program.ts',
      'tree.ts',
      'ask.ts',
      'clerk.ts',
      'daemon.ts',
    ]);
  });

  it('type-check', () => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    let told = '';
    try {
      execFileSync(process.execPath, [tsc, '-p', directory], { cwd: directory, encoding: 'utf8' });
    } catch (error) {
      told = String((error as { stdout?: unknown }).stdout ?? error);
    }

    expect(told).toBe('');
  });
});

/** The rows of the table of options below a line that begins with `opening`: names, and the default. */
function optionsOf(opening: string): { names: string[]; fallback: string | undefined }[] {
  const after = readme.slice(readme.indexOf(`\n${opening}`));
  const [, table = ''] = /\n\n((?:\|.*\n)+)/.exec(after) ?? [];
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => {
      const [, names = '', fallback = ''] = row.split('|');
      return {
        names: [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
        fallback: /^ `([^`]+)` $/.exec(fallback)?.[1],
      };
    });
}

/** A default as the page writes it. */
function written(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'number') return String(value).replace(/\B(?=(\d{3})+$)/g, '_');
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${written(field)}`);
  return `{ ${fields.join(', ')} }`;
}

describe('the tables of options in README.md', () => {
  const machine = createMachine({});

  it.each([
    ['`actor(', actor('a', machine).settings, ['id', 'type'], []],
    [
      '`supervisor(',
      supervisor('s', { children: [] }).settings,
      [],
      [
        ...Object.keys(supervisor('s', { children: [] }).place),
        'children',
        'templates',
        'attemptsMax',
        'restartFrom',
      ],
    ],
  ])('name all that %s…) takes, with its default', (opening, settings, hidden, more) => {
    const rows = optionsOf(opening);
    const named = rows.flatMap(({ names }) => names);
    const known = Object.keys(settings).filter((name) => !(hidden as string[]).includes(name));

    expect(named.toSorted()).toEqual([...known, ...more].toSorted());
    for (const { names, fallback } of rows.filter((row) => row.names.length === 1)) {
      const value = (settings as unknown as Record<string, unknown>)[names[0] ?? ''];
      expect([names[0], fallback]).toEqual([
        names[0],
        value === undefined ? undefined : written(value),
      ]);
    }
  });

  it.each(['`createSystem`', '`ref.send('])('name nothing twice: %s', (opening) => {
    const named = optionsOf(opening).flatMap(({ names }) => names);

    expect(named.length).toBeGreaterThan(4);
    expect(new Set(named).size).toBe(named.length);
  });
});

/** One line that the first program prints: an item, and the key of its step. */
interface Printed {
  readonly item: number;
  readonly key: string;
}

interface Life {
  readonly printed: readonly Printed[];
  readonly code: number | null;
  readonly signal: string | null;
}

/** Runs the first program to its end, or kills it as soon as it has printed `lastItem`. */
async function live(lastItem = Number.POSITIVE_INFINITY): Promise<Life> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', 'program.ts'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  const printed: Printed[] = [];
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const [, item, key] = /^item (\d+), key (\S+)$/.exec(line) ?? [];
    if (item === undefined || key === undefined) throw new Error(`it printed: ${line}`);
    printed.push({ item: Number(item), key });
    if (Number(item) === lastItem) child.kill('SIGKILL');
  }
  const [code, signal] = await closed;
  return { printed, code, signal };
}

describe('the first program in README.md', () => {
  const { 'program.ts': text = '' } = Object.fromEntries(programs);

  it('has fewer than 30 lines', () => {
    expect(text.trim().split('\n').length).toBeLessThan(30);
  });

  it('skips no item across SIGKILLs, and repeats one only with the same key', async () => {
    const lives = [await live(40), await live(41), await live(120), await live()];

    expect(lives.map(({ signal }) => signal)).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL', null]);
    expect(lives.at(-1)?.code).toBe(0);
    const items = lives.map(({ printed }) => printed.map(({ item }) => item));
    const keys = new Map<number, Set<string>>();
    for (const { item, key } of lives.flatMap(({ printed }) => printed)) {
      keys.set(item, (keys.get(item) ?? new Set()).add(key));
    }

    expect([...keys.keys()]).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect([...keys].filter(([, used]) => used.size > 1)).toEqual([]);
    expect(new Set([...keys.values()].flatMap((used) => [...used])).size).toBe(200);
    for (const life of items) {
      expect(life).toEqual(life.map((_, place) => (life[0] ?? 0) + place));
    }
    // each goes on with the item at hand, or with the next one if that was recorded in time
    const steps = items.slice(1).map((life, index) => (life[0] ?? 0) - (items[index]?.at(-1) ?? 0));
    expect(steps.every((by) => by === 0 || by === 1)).toBe(true);
  }, 60_000);

  it('has nothing left to do when it is started once more', async () => {
    expect(await live()).toEqual({ printed: [], code: 0, signal: null });
  }, 30_000);
});
