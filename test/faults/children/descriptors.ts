/** All descriptors that this process may have: taken, as by a host with too many connections, and given back. */
import fs, { closeSync, openSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

export class Descriptors {
  readonly #taken: number[] = [];

  /** Takes what is left. Returns how many it has now. */
  take(): number {
    try {
      for (;;) this.#taken.push(openSync('/dev/null', 'r'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
      return this.#taken.length;
    }
  }

  free(count: number): void {
    for (const file of this.#taken.splice(0, count)) closeSync(file);
  }

  freeAll(): void {
    this.free(this.#taken.length);
  }

  /** Takes each one that anybody closes, until the returned function is called. */
  takeEach(): () => void {
    fs.closeSync = (file) => {
      closing(file);
      this.take();
    };
    syncBuiltinESMExports();
    return () => {
      fs.closeSync = closing;
      syncBuiltinESMExports();
    };
  }
}

const closing = closeSync;
