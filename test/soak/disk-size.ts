import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of the files in a directory and below, of which some may vanish meanwhile. */
export function diskSize(directory: string): number {
  let bytes = 0;
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }))
    bytes += statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}
