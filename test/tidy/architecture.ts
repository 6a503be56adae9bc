/** The rules of `ARCHITECTURE.md`, each a function from files to what is wrong with them. */
import { posix } from 'node:path';
import { blank, type Files, importsOf } from '../support/source-text.ts';

/** Every file below `src` is in one of these, or is `src/index.ts`. */
const chain = ['base', 'ports', 'actors', 'supervisor', 'persistence', 'runtime', 'agents'];

function upTo(room: string): readonly string[] {
  return chain.slice(0, chain.indexOf(room) + 1);
}

/** Rooms that each room may import from, itself included. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(chain.map((room) => [room, upTo(room)])),
  testing: [...chain, 'testing'],
  inspector: [...chain, 'inspector'],
  cli: [...chain, 'cli'],
  drivers: ['base', 'ports', 'drivers'],
  index: [...chain, 'drivers', 'testing', 'inspector', 'cli'],
};

/** Packages and built-in modules that each room may import. */
const mayUse: Readonly<Record<string, RegExp>> = {
  base: /^valibot$/,
  actors: /^xstate$/,
  agents: /^xstate$/,
  drivers: /^(classic-level|pino|nanoid|piscina|node:.+)$/,
  testing: /^(fast-check|pure-rand\/.+|xstate)$/,
  inspector: /^node:.+$/,
  cli: /^node:.+$/,
  index: /^xstate$/,
};
/** What one file may import beyond its room. */
const mayUseInFile: Readonly<Record<string, RegExp>> = {
  'src/persistence/codec.ts': /^(msgpackr(\/index-no-eval)?|node:zlib)$/,
};

const pureRooms = ['base', 'ports', 'actors', 'supervisor', 'persistence'];
/** Values of class Date are data; reading the clock is not. */
const impure: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['async', /(?<![.\w$])async\b(?!\s*[:?,;)=])/],
  ['await', /(?<![.\w$])await\b(?!\s*[:?,;)=])/],
  [
    'the clock',
    /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?![\s(\w]))|(?<!new\s+|\.)\bDate\s*\(/,
  ],
  ['the clock', /(?<![.\w$])performance\s*\./],
  ['randomness', /\bMath\s*\.\s*random\b|(?<![.\w$])crypto\s*\./],
  [
    'a timer',
    /(?<![.\w$])(?:setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|clearImmediate|queueMicrotask)\b/,
  ],
  ['the process', /(?<![.\w$])process\s*[.[]/],
  ['the outside', /(?<![.\w$])(?:fetch|console)\s*[.(]/],
];

const LINES_MAX = 400;
const bannedNames = ['types.ts', 'utils.ts', 'helpers.ts', 'common.ts', 'manager.ts'];
const entries = ['src/index.ts', 'src/testing/index.ts', 'src/testing/arbitraries.ts'];

function roomOf(path: string): string {
  const [, room = '', file] = path.split('/');
  return file === undefined ? room.replace(/\.ts$/, '') : room;
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

function targetOf(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier);
}

/** Imports only point down the layers, and no file lies outside them. */
export function layerProblems(files: Files): string[] {
  const strangers = Object.keys(files)
    .filter((path) => mayImport[roomOf(path)] === undefined)
    .map((path) => `${path} is in no known room`);
  const climbers = importsOf(files)
    .filter(({ specifier }) => isRelative(specifier))
    .map(({ from, specifier }) => ({ from, to: targetOf(from, specifier) }))
    .filter(({ from, to }) => !(mayImport[roomOf(from)] ?? []).includes(roomOf(to)))
    .map(({ from, to }) => `${from} may not import ${to}`);
  return [...strangers, ...climbers];
}

/** No file imports itself, over however many others; type-only imports count. */
export function cycleProblems(files: Files): string[] {
  const targets = new Map<string, string[]>(Object.keys(files).map((path) => [path, []]));
  for (const { from, specifier } of importsOf(files)) {
    const to = targetOf(from, specifier);
    if (isRelative(specifier) && targets.has(to)) targets.get(from)?.push(to);
  }
  const problems: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) {
      problems.push(`import cycle: ${[...trail.slice(seenAt), path].join(' → ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const to of targets.get(path) ?? []) walk(to, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) walk(path, []);
  return problems;
}

/** Each room uses only the packages and built-in modules it is meant to. */
export function packageProblems(files: Files): string[] {
  return importsOf(files)
    .filter(({ specifier }) => !isRelative(specifier))
    .filter(({ from, specifier }) => !mayUse[roomOf(from)]?.test(specifier))
    .filter(({ from, specifier }) => !mayUseInFile[from]?.test(specifier))
    .map(({ from, specifier }) => `${from} may not import ${specifier}`);
}

/** The rooms that decide have no clock, no randomness, no timers, no I/O, and never wait. */
export function purityProblems(files: Files): string[] {
  return Object.entries(files)
    .filter(([path]) => pureRooms.includes(roomOf(path)))
    .flatMap(([path, text]) =>
      blank(text, { strings: true })
        .split('\n')
        .flatMap((line, index) =>
          impure
            .filter(([, pattern]) => pattern.test(line))
            .map(([what]) => `${path}:${index + 1} uses ${what}: ${line.trim()}`),
        ),
    );
}

/** Files stay small, and are named for a noun of the domain. */
export function fileProblems(files: Files): string[] {
  return Object.entries(files).flatMap(([path, text]) => {
    const problems: string[] = [];
    const lines = text.replace(/\n$/, '').split('\n').length;
    const name = posix.basename(path);
    if (lines > LINES_MAX) problems.push(`${path} has ${lines} lines, more than ${LINES_MAX}`);
    if (bannedNames.includes(name)) problems.push(`${path}: name it for what it holds`);
    if (name === 'index.ts' && !entries.includes(path)) problems.push(`${path} is an inner barrel`);
    return problems;
  });
}

/** Every folder of `src` is named in ARCHITECTURE.md. */
export function mapProblems(files: Files, architecture: string): string[] {
  const rooms = Object.keys(files)
    .filter((path) => path.split('/').length > 2)
    .map(roomOf);
  return [...new Set(rooms)]
    .filter(
      (room) => !new RegExp(`\`(?:src/)?${room}/?\`|src/${room}\\b|\\b${room}/`).test(architecture),
    )
    .map((room) => `ARCHITECTURE.md does not name src/${room}`);
}
