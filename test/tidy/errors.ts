/** The rule that keeps the catalogue of errors, the code, the tests and the page equal. */
import { blank, type Files } from '../support/source-text.ts';

const catalogue = 'src/base/errors.ts';

function isNamedIn(code: string, files: Files): boolean {
  const quoted = new RegExp(`(['"\`])${code}\\1`);
  return Object.values(files).some((text) => quoted.test(blank(text, { strings: false })));
}

/** Codes that have a heading of their own in the page; other headings do not look like codes. */
function headingsOf(page: string): string[] {
  return [...page.matchAll(/^## `?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`?\s*$/gm)].map(
    ([, code = '']) => code,
  );
}

function without(files: Files, left: (path: string) => boolean): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !left(path)));
}

/** What is wrong: a code that nothing uses, no test asserts, no heading explains, or the reverse. */
export function errorProblems(
  codes: readonly string[],
  given: { readonly source: Files; readonly tests: Files; readonly page: string },
): string[] {
  const source = without(given.source, (path) => path === catalogue);
  const tests = without(given.tests, (path) => path.startsWith('test/tidy/'));
  const headings = headingsOf(given.page);
  return [
    ...codes.flatMap((code) => [
      ...(isNamedIn(code, source) ? [] : [`${code} is used nowhere in src`]),
      ...(isNamedIn(code, tests) ? [] : [`${code} is asserted by no test`]),
      ...(headings.includes(code) ? [] : [`${code} has no heading in docs/errors.md`]),
    ]),
    ...headings
      .filter((code) => !codes.includes(code))
      .map((code) => `docs/errors.md explains ${code}, which does not exist`),
    ...headings
      .filter((code, index) => headings.indexOf(code) !== index)
      .map((code) => `docs/errors.md explains ${code} twice`),
  ];
}
