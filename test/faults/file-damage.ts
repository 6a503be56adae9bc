/** Wrong bytes in a file of a store, or an end that is missing: at places that chance chooses. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

export const fileKinds = [
  'log',
  'table',
  'MANIFEST',
  'CURRENT',
  'format.json',
  'owner.json',
  'landed',
  'flight',
] as const;
export type FileKind = (typeof fileKinds)[number];

const patterns: Readonly<Record<FileKind, RegExp>> = {
  log: /^level\/\d+\.log$/,
  table: /^level\/\d+\.ldb$/,
  MANIFEST: /^level\/MANIFEST-/,
  CURRENT: /^level\/CURRENT$/,
  'format.json': /^format\.json$/,
  'owner.json': /^owner\.json$/,
  landed: /^landed$/,
  flight: /^flight$/,
};

export interface Damage {
  readonly kind: FileKind;
  /** Which of the files of that kind, counted round. */
  readonly pick: number;
  readonly how: 'flipped' | 'truncated';
  /** Where, as a share of the length: all places if flipped, else the first. */
  readonly at: readonly number[];
  /** Bits that change in the byte. */
  readonly mask: number;
}

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

export const damages: fc.Arbitrary<Damage> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<FileKind>('log', 'table', 'MANIFEST') },
    { weight: 1, arbitrary: fc.constantFrom(...fileKinds) },
  ),
  pick: fc.nat(100),
  how: fc.constantFrom('flipped', 'flipped', 'truncated'),
  at: fc.oneof(fc.tuple(share), fc.array(share, { minLength: 2, maxLength: 8 })),
  mask: fc.integer({ min: 1, max: 255 }),
});

/** Files of a kind that are not empty. */
export function filesOfKind(directory: string, kind: FileKind): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => patterns[kind].test(name) && statSync(join(directory, name)).size > 0)
    .sort();
}

/** False if there is no such file. */
export function inflict(directory: string, { kind, pick, how, at, mask }: Damage): boolean {
  const names = filesOfKind(directory, kind);
  const name = names[pick % names.length];
  if (name === undefined) return false;
  const path = join(directory, name);
  const bytes = readFileSync(path);
  const places = at.map((part) => Math.floor(part * bytes.length));
  if (how === 'truncated') {
    writeFileSync(path, bytes.subarray(0, places[0]));
    return true;
  }
  // one place drawn twice must not put the byte back
  for (const place of new Set(places)) bytes[place] = (bytes[place] ?? 0) ^ mask;
  writeFileSync(path, bytes);
  return true;
}
