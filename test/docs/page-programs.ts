/** The programs of a page, in a directory where they are type-checked and run as a reader would do it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesOf, root } from '../support/source-text.ts';

/** Inside the repository, so that packages are found; ignored by git. */
const scratch = join(root, '.tmp');

export class PagePrograms {
  /** By the name of the file, which the first line of each block of TypeScript tells. */
  readonly programs: Readonly<Record<string, string>>;
  #directory = '';

  constructor(page: string) {
    const text = filesOf(/^docs\/[\w-]+\.md$/)[`docs/${page}.md`] ?? '';
    this.programs = Object.fromEntries(
      [...text.matchAll(/^```ts\n\/\/ ([\w.-]+\.ts)\n([\s\S]*?)^```$/gm)].map(
        ([, name = '', code = '']) => [name, code],
      ),
    );
  }

  write(): void {
    mkdirSync(scratch, { recursive: true });
    this.#directory = mkdtempSync(join(scratch, 'page-'));
    const up = relative(this.#directory, root);
    const sources = { perdure: `${up}/src/index.ts`, testing: `${up}/src/testing/index.ts` };
    const paths = {
      perdure: [`./${sources.perdure}`],
      'perdure/testing': [`./${sources.testing}`],
    };
    const files: Readonly<Record<string, string>> = {
      ...this.programs,
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
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(this.#directory, name), text);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  typeCheck(): Told {
    return this.#told(['typescript', 'bin', 'tsc'], ['-p', '.']);
  }

  /** The text is vitest's report, as JSON. */
  test(...filters: readonly string[]): Told {
    return this.#told(['vitest', 'vitest.mjs'], ['run', ...filters, '--reporter=json']);
  }

  /** Puts another program in the place of that one. */
  change(name: string, code: string): void {
    writeFileSync(join(this.#directory, name), code);
  }

  /** What a tool of this repository prints there, and whether it is content. */
  #told(tool: readonly string[], args: readonly string[]): Told {
    const file = join(root, 'node_modules', ...tool);
    const options = { cwd: this.#directory, encoding: 'utf8', stdio: 'pipe' } as const;
    try {
      return { isFine: true, text: execFileSync(process.execPath, [file, ...args], options) };
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      return { isFine: false, text: `${stdout ?? ''}${stderr ?? ''}` };
    }
  }
}

interface Told {
  readonly isFine: boolean;
  readonly text: string;
}
