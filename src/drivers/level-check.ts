/**
 * Looks at the files of a LevelDB before LevelDB does. It checks no checksum of a table: a wrong byte there may
 * hide a row, bring back a former value of one, or end the process by an assertion. And a MANIFEST that has lost
 * its end leads it to delete the tables which that end names.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PerdureError } from '../base/errors.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { tableDamage } from './table-check.ts';

export class LevelCheck {
  readonly #directory: string;
  /** Tables never change: who waits for a lock and tries again need not read them again. */
  readonly #whole = new Set<number>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Reads every table once. Files that are missing are left to LevelDB, which names them, or their holder is at
   * work on them.
   *
   * @throws {@link PerdureError} STORE_CORRUPT
   */
  async run(level: string): Promise<void> {
    const manifest = await manifestOf(level);
    if (manifest === undefined) return;
    await this.#checkLog(level, manifest.log);
    for (const number of manifest.tables) {
      if (this.#whole.has(number)) continue;
      const name = fileName(number, 'ldb');
      const table = await bytesOf(join(level, name));
      if (table === undefined) continue;
      const damage = tableDamage(table);
      if (damage !== undefined) throw this.#corrupt(`level/${name}: ${damage}`);
      this.#whole.add(number);
    }
  }

  async #checkLog(level: string, number: number): Promise<void> {
    const name = fileName(number, 'log');
    if (number === 0 || existsSync(join(level, name))) return;
    // a holder that is at work may just have gone on to the next log, and says so before it removes this one
    if ((await manifestOf(level))?.log !== number) return;
    throw this.#corrupt(`level/${name} is missing, or the MANIFEST has lost its end`);
  }

  #corrupt(what: string): PerdureError {
    return new PerdureError('STORE_CORRUPT', { directory: this.#directory, what });
  }
}

async function manifestOf(level: string): Promise<Manifest | undefined> {
  const current = await bytesOf(join(level, 'CURRENT'));
  const name = /^(MANIFEST-\d+)\n$/.exec(current?.toString('latin1') ?? '')?.[1];
  const bytes = name === undefined ? undefined : await bytesOf(join(level, name));
  return bytes === undefined ? undefined : readManifest(bytes);
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function fileName(number: number, suffix: string): string {
  return `${String(number).padStart(6, '0')}.${suffix}`;
}
