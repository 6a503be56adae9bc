/** A small file system of its own that a test can fill, or why there can be none. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class SmallDisk {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws if this process may not mount */
  static mount(megabytes: number): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), 'perdure-small-'));
    try {
      const size = `size=${megabytes}m`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', path], { stdio: 'pipe' });
    } catch (error) {
      rmSync(path, { recursive: true });
      throw error;
    }
    return new SmallDisk(path);
  }

  get directory(): string {
    return join(this.#path, 'store');
  }

  /** Leaves room for so many bytes. */
  fill(leaveBytes: number): void {
    const { bavail, bsize } = statfsSync(this.#path);
    writeFileSync(join(this.#path, 'ballast'), Buffer.alloc(bavail * bsize - leaveBytes));
  }

  free(): void {
    rmSync(join(this.#path, 'ballast'));
  }

  unmount(): void {
    execFileSync('umount', [this.#path]);
    rmSync(this.#path, { recursive: true });
  }
}

/** For the name of a test that cannot run here: empty if it can. */
export function whyNoDisk(): string {
  try {
    SmallDisk.mount(1).unmount();
    return '';
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return ` (SKIPPED, CANNOT MOUNT: ${text.split('\n').at(-2) ?? text})`;
  }
}
