/** One medium and processes on it, without a system. */
import type { OpenStore, Store, WriteVerdict } from '../../src/ports/store.ts';
import { type Fate, noFate } from '../../src/testing/fate.ts';
import { Random } from '../../src/testing/random.ts';
import { Scheduler } from '../../src/testing/scheduler.ts';
import { SimMedium } from '../../src/testing/sim-medium.ts';
import { SimProcess } from '../../src/testing/sim-process.ts';
import { simStore } from '../../src/testing/sim-store.ts';
import { Trace } from '../../src/testing/trace.ts';

const silent = (): undefined => undefined;

export type Rows = Readonly<Record<string, string | undefined>>;

export class SimWorldLab {
  readonly trace: Trace = new Trace();
  readonly scheduler: Scheduler = new Scheduler({ trace: this.trace, startMs: 0 });
  readonly medium: SimMedium = new SimMedium();
  process: SimProcess;
  writes = 0;
  readonly #fate: Fate;
  #processes = 0;

  constructor(fate: Partial<Fate> = {}) {
    this.#fate = { ...noFate, ...fate };
    this.process = this.begin();
  }

  /** The process that is there from now on. */
  begin(): SimProcess {
    this.#processes += 1;
    this.process = new SimProcess({
      scheduler: this.scheduler,
      trace: this.trace,
      random: new Random(1),
      fate: this.#fate,
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      turnOrder: undefined,
      number: this.#processes,
    });
    return this.process;
  }

  /** As the present process sees it. */
  store(hasFlightSlot = true): Store {
    return simStore({
      medium: this.medium,
      process: this.process,
      hasFlightSlot,
      nextWrite: () => {
        this.writes += 1;
        return this.writes;
      },
    });
  }

  open(lockWaitMs = 0): Promise<OpenStore> {
    return this.store().open({ storeId: 'id-1', lockWaitMs });
  }
}

export function written(
  store: OpenStore,
  batch: number,
  rows: Rows,
  sync = true,
): Promise<WriteVerdict> {
  const rowsOfBatch = store.batch();
  for (const [key, text] of Object.entries(rows)) {
    if (text === undefined) rowsOfBatch.del(key);
    else rowsOfBatch.put(key, Buffer.from(text));
  }
  return rowsOfBatch.write({ sync, batch });
}

export function textAt(store: OpenStore, key: string): string | undefined {
  const bytes = store.get(key);
  return bytes && Buffer.from(bytes).toString();
}
