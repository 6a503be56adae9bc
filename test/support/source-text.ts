/** Reading source text as text: for the tidy tests, which must not need a compiler. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Text of files by path from the root of the repository, with `/` on every system. */
export type Files = Readonly<Record<string, string>>;

/** The root of the repository, as an absolute path. */
export const root: string = join(import.meta.dirname, '..', '..');

/** Reads the text files of the repository, committed or about to be, whose path matches. */
export function filesOf(path: RegExp): Files {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  const files: Record<string, string> = {};
  for (const name of listed.split('\0')) {
    if (name === '' || !path.test(name)) continue;
    const text = readIfThere(join(root, name));
    if (text !== undefined && !text.includes('\0')) files[name] = text;
  }
  return files;
}

/** A file that was deleted but is still in the index is not there. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR') return undefined;
    throw error;
  }
}

/**
 * Replaces what is inside comments, and with `strings` also what is inside string, template and
 * regular expression literals, by spaces. Length and line ends stay, so positions still fit the
 * original. Code inside `${}` of a template stays code.
 */
export function blank(text: string, what: { readonly strings: boolean }): string {
  const out = text.split('');
  const cover = (from: number, to: number): void => {
    for (let index = from; index < to && index < out.length; index++) {
      if (out[index] !== '\n') out[index] = ' ';
    }
  };
  /** For each open template expression: how many braces are open inside it. */
  const templates: number[] = [];
  let at = 0;

  const skipTemplate = (): void => {
    const from = at;
    while (at < text.length) {
      if (text[at] === '\\') at += 2;
      else if (text[at] === '`') break;
      else if (text[at] === '$' && text[at + 1] === '{') break;
      else at++;
    }
    if (what.strings) cover(from, at);
    if (text[at] === '$') {
      templates.push(0);
      at += 2;
    } else at++;
  };

  while (at < text.length) {
    const char = text[at];
    const pair = text.slice(at, at + 2);
    if (pair === '//' || pair === '/*') {
      const end = pair === '//' ? text.indexOf('\n', at) : text.indexOf('*/', at + 2);
      const to = end === -1 ? text.length : pair === '//' ? end : end + 2;
      cover(at, to);
      at = to;
    } else if (char === "'" || char === '"') {
      const from = ++at;
      while (at < text.length && text[at] !== char && text[at] !== '\n') {
        at += text[at] === '\\' ? 2 : 1;
      }
      if (what.strings) cover(from, at);
      at++;
    } else if (char === '`') {
      at++;
      skipTemplate();
    } else if (char === '/' && startsRegExp(text, at)) {
      const from = at + 1;
      at = endOfRegExp(text, from);
      if (what.strings) cover(from, at);
      at++;
    } else if (templates.length > 0 && (char === '{' || char === '}')) {
      const last = templates.length - 1;
      const open = templates[last] ?? 0;
      at++;
      if (char === '{') templates[last] = open + 1;
      else if (open > 0) templates[last] = open - 1;
      else {
        templates.pop();
        skipTemplate();
      }
    } else at++;
  }
  return out.join('');
}

/** A slash begins a regular expression where a value may begin, else it divides. */
function startsRegExp(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 40), at).trimEnd();
  if (before === '' || /(?:^|[^\w$.])(?:return|typeof|case|in|of|void|throw|await)$/.test(before)) {
    return true;
  }
  return /[(,=:[!&|?{};+\-*%~^<>]$/.test(before);
}

function endOfRegExp(text: string, from: number): number {
  let inClass = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '\n') return at;
    if (char === '\\') at++;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return at;
  }
  return text.length;
}

/** One import of a file: what is named between the quotes, whether relative or a package. */
export interface Import {
  readonly from: string;
  readonly specifier: string;
}

const importForms = [
  // import … from 'x', export … from 'x', with type or without
  /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*(['"])( *)\1/g,
  // import 'x'
  /\bimport\s*(['"])( *)\1/g,
  // import('x'), also as a type, and require('x')
  /\b(?:import|require)\s*\(\s*(['"`])( *)\1/g,
];

/** Every import in the files, type-only ones too. */
export function importsOf(files: Files): Import[] {
  return Object.entries(files).flatMap(([from, text]) => {
    const code = blank(text, { strings: true });
    return importForms.flatMap((form) =>
      [...code.matchAll(form)].map((match) => {
        const end = match.index + match[0].length - 1;
        return { from, specifier: text.slice(end - (match[2] ?? '').length, end) };
      }),
    );
  });
}
