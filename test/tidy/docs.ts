/** The rules for pages: links lead somewhere, and nothing tells whose machine wrote them. */
import { posix } from 'node:path';
import type { Files } from '../support/source-text.ts';

/** Blocks and spans of code hold no links. */
function prose(page: string): string {
  return page.replace(/^(```+|~~~+)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '``');
}

/** The name that a heading gets as the target of a link, as GitHub makes it. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  const text = page.replace(/^(```+|~~~+)[\s\S]*?^\1/gm, '');
  for (const [, heading = ''] of text.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}_\- ]/gu, '')
      .replace(/ /g, '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    anchors.add(times === 0 ? anchor : `${anchor}-${times}`);
  }
  for (const [, id = ''] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** Relative links of pages that lead to no file, or to no heading of a page. */
export function linkProblems(pages: Files, paths: ReadonlySet<string>): string[] {
  const isThere = (path: string): boolean =>
    path === '.' || paths.has(path) || [...paths].some((known) => known.startsWith(`${path}/`));
  return Object.entries(pages).flatMap(([page, text]) =>
    [...prose(text).matchAll(/\]\(\s*<?([^\s)>]+)>?[^)]*\)|^\[[^\]]+\]:\s*<?([^\s>]+)/gm)]
      .map(([, inline, reference]) => inline ?? reference ?? '')
      .filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link))
      .flatMap((link) => {
        const [path = '', anchor] = decodeURIComponent(link).split('#');
        const target =
          path === '' ? page : posix.join(posix.dirname(page), path).replace(/\/$/, '');
        if (path.startsWith('/') || !isThere(target)) return [`${page}: ${link} leads nowhere`];
        const there = pages[target];
        return anchor === undefined || there === undefined || anchorsOf(there).has(anchor)
          ? []
          : [`${page}: ${link} leads to no heading`];
      }),
  );
}

/** Files of tests that pages name, and that are not there. */
export function namedTestProblems(pages: Files, paths: ReadonlySet<string>): string[] {
  return Object.entries(pages).flatMap(([page, text]) =>
    [...text.matchAll(/`(test\/[\w./-]+\.ts)`/g)]
      .filter(([, name = '']) => !paths.has(name))
      .map(([, name]) => `${page}: there is no ${name}`),
  );
}

/** Where people and build machines keep their files. */
const foreignPaths =
  /(?<![\w.$*}\])/-])\/(?:root|work|workspace|tmp|home\/[\w.-]+|Users\/[\w.-]+|var\/folders)\/[\w.@-]+/g;
const windowsPaths = /\b[A-Z]:\\+Users\\+\w+/g;
const fileUrls = /\bfile:\/\/\/[\w.-]+/g;
const registries =
  /\bregistry(?:[.-][\w-]+)*\.(?!ts\b|md\b|js\b)[a-z]{2,}\b(?=[/:]|\.[a-z])|_auth[T]oken|\/\/[\w.-]*(?:artifactory|nexus|verdaccio)[\w.-]*/gi;

/** Paths of somebody's machine and hosts of registries, in any file; `here` adds known paths. */
export function traceProblems(files: Files, here: readonly string[] = []): string[] {
  return Object.entries(files).flatMap(([file, text]) =>
    text.split('\n').flatMap((line, index) => {
      const found = [foreignPaths, windowsPaths, fileUrls, registries].flatMap(
        (pattern) => line.match(pattern) ?? [],
      );
      return [...found, ...here.filter((path) => line.includes(path))].map(
        (trace) => `${file}:${index + 1} holds ${trace}`,
      );
    }),
  );
}
