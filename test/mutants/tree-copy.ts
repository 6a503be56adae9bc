/** The repository once more, in a directory that may be spoiled. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/source-text.ts';
import { type Mutant, placesIn } from './mutant.ts';

const parts = [
  'src',
  'test',
  'examples',
  'bench',
  'scripts',
  'docs',
  'README.md',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vitest.config.ts',
];

export class TreeCopy {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'perdure-mutant-'));

  /** @param from - another copy, so that all are of one moment */
  constructor(from: string = root) {
    for (const part of parts)
      cpSync(join(from, part), join(this.directory, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(this.directory, 'node_modules'), 'dir');
  }

  /** Returns how to take it back. @throws Error if the mutant does not apply */
  apply(mutant: Mutant): () => void {
    const path = join(this.directory, mutant.file);
    const right = readFileSync(path, 'utf8');
    const places = placesIn(right, mutant);
    if (places !== 1)
      throw new Error(`what it replaces is in ${mutant.file} ${places} times, not once`);
    writeFileSync(
      path,
      right.replace(mutant.find, () => mutant.replace),
    );
    return () => writeFileSync(path, right);
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
