/** ENOSPC while the next process reads the log that a killed one left: LevelDB moves it into a table then. */
import { cpSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../runtime/lab.ts';
import { busyTree, type Image, oldStore } from './busy-store.ts';
import { audit } from './damage-audit.ts';
import { SmallDisk, whyNoDisk } from './small-disk.ts';
import { StoreLab } from './store-lab.ts';
import { Outside } from './worker.ts';

const whyNot = whyNoDisk();
/** From nothing at all to room for a part of the table. */
const ROOMS_BYTES = [0, 4_096, 16_384, 32_768, 65_536];

describe('a disk that is full when a store is opened after a kill', () => {
  let disk: SmallDisk;
  let image: Image;
  let lab: StoreLab;
  beforeEach(async () => {
    if (whyNot !== '') return;
    disk = SmallDisk.mount(16);
    image = await oldStore();
    cpSync(image.directory, disk.directory, { recursive: true });
    lab = new StoreLab(disk.directory);
  });
  afterEach(async () => {
    if (whyNot !== '') return;
    await lab.dispose();
    disk.unmount();
    rmSync(image.directory, { recursive: true });
  });

  it.skipIf(whyNot !== '')(
    `refuses it, and costs nothing: when there is room again everything is there${whyNot}`,
    async () => {
      for (const roomBytes of ROOMS_BYTES) {
        disk.fill(roomBytes);
        const code = await codeOf(lab.open(busyTree(new Outside())));
        expect([roomBytes, code]).toEqual([roomBytes, 'STORE_UNAVAILABLE']);
        disk.free();
      }

      expect(await audit(disk.directory, image.ledger)).toBe('whole');
    },
  );
});
