/** The ports of the runtime, with a crash point before and after each of their calls. */
import { LandedFile } from '../../src/drivers/landed-file.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Executor } from '../../src/ports/executor.ts';
import type { OpenStore, Store, StoreBatch, WriteVerdict } from '../../src/ports/store.ts';
import type { CrashSwitch } from './crash-switch.ts';

/** What the decorators share: whether a result has come back that is in no batch yet. */
export interface Progress {
  hasResult: boolean;
}

export function watchedStore(store: Store, crash: CrashSwitch, progress: Progress): Store {
  killBeforeNote(crash);
  return {
    location: store.location,
    open: async (options) => {
      crash.reach('open.before');
      const opened = await store.open(options);
      crash.reach('open.after');
      return new WatchedStore(opened, crash, progress);
    },
  };
}

class WatchedStore implements OpenStore {
  readonly epoch: number;
  readonly storeId: string;
  readonly isNew: boolean;
  readonly highestLanded: number;
  readonly flight: OpenStore['flight'];
  readonly #store: OpenStore;
  readonly #crash: CrashSwitch;
  readonly #progress: Progress;

  constructor(store: OpenStore, crash: CrashSwitch, progress: Progress) {
    this.epoch = store.epoch;
    this.storeId = store.storeId;
    this.isNew = store.isNew;
    this.highestLanded = store.highestLanded;
    this.flight = store.flight;
    this.#store = store;
    this.#crash = crash;
    this.#progress = progress;
  }

  get lastError(): unknown {
    return this.#store.lastError;
  }

  get(key: string): Uint8Array | undefined {
    this.#crash.reach('recovery.read');
    return this.#store.get(key);
  }

  async *scan(range: Parameters<OpenStore['scan']>[0]): ReturnType<OpenStore['scan']> {
    for await (const rows of this.#store.scan(range)) {
      this.#crash.reach('recovery.scan');
      yield rows;
    }
  }

  batch(): StoreBatch {
    const rows = this.#store.batch();
    let hasExit = false;
    const changed = (key: string): void => {
      if (key.startsWith('w!') || key.startsWith('v!')) hasExit = true;
      if (this.#crash.isUp) this.#crash.reach('batch.filling');
    };
    return {
      put: (key, value) => {
        rows.put(key, value);
        changed(key);
      },
      del: (key) => {
        rows.del(key);
        changed(key);
      },
      write: (options) => this.#write(rows, options, hasExit && this.#crash.isUp),
    };
  }

  close(): Promise<void> {
    this.#crash.reach('stop.before-close');
    return this.#store.close();
  }

  async #write(
    rows: StoreBatch,
    options: Parameters<StoreBatch['write']>[0],
    hasExit: boolean,
  ): Promise<WriteVerdict> {
    const crash = this.#crash;
    const isBoot = !crash.isUp;
    if (isBoot) crash.reach('recovery.before-write');
    else crash.reach('batch.before-write');
    if (hasExit) crash.reach('exit.before-write');
    if (this.#progress.hasResult) crash.reach('result.before-write');
    this.#progress.hasResult = false;
    const written = rows.write(options);
    if (!isBoot) crash.reach('batch.issued');
    const verdict = await written;
    if (isBoot) crash.reach('recovery.landed');
    else crash.reach('batch.landed');
    if (hasExit) crash.reach('exit.landed');
    if (!isBoot) setImmediate(() => crash.reach('batch.released'));
    return verdict;
  }
}

/** Between the rows and the side file lies no call of a port. */
function killBeforeNote(crash: CrashSwitch): void {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this`
  const note = LandedFile.prototype.write;
  LandedFile.prototype.write = function write(batch: number): void {
    if (crash.isUp) crash.reach('batch.before-note');
    note.call(this, batch);
  };
}

export function watchedClock(clock: Clock, crash: CrashSwitch): Clock {
  return {
    wallMs: () => clock.wallMs(),
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, fn) =>
      clock.after(delayMs, () => {
        crash.reach('timer.due');
        fn();
      }),
    soon: (fn) =>
      clock.soon(() => {
        if (crash.isUp) crash.reach('beat.before');
        fn();
      }),
    hold: () => clock.hold(),
  };
}

export function watchedExecutor(
  executor: Executor,
  crash: CrashSwitch,
  progress: Progress,
): Executor {
  return {
    run: async (kind, fn) => {
      if (crash.isUp) crash.reach('executor.before-run');
      const result = await executor.run(kind, fn);
      if (crash.isUp) crash.reach('executor.returned');
      progress.hasResult = crash.isUp;
      return result;
    },
    enter: (fn) => executor.enter(fn),
  };
}
