/**
 * Systems on a real LevelDB directory whose medium, files or rows are made to fail. Time is real, and may run
 * faster than the wall's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { levelStore } from '../../src/drivers/level-store.ts';
import { localExecutor } from '../../src/drivers/local-executor.ts';
import { systemClock } from '../../src/drivers/system-clock.ts';
import { systemEntropy } from '../../src/drivers/system-entropy.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Store } from '../../src/ports/store.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';
import { openSystem } from '../../src/runtime/open-system.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: object;
}

interface OpenOptions {
  readonly clock?: Clock;
  /** A store around that of the directory. */
  readonly store?: Store;
  /** @defaultValue true */
  readonly sync?: boolean;
  readonly lockWaitMs?: number;
}

export class StoreLab {
  readonly directory: string;
  readonly logs: LogLine[] = [];
  /** Of all systems, in order. */
  readonly happened: SystemEvent[] = [];
  readonly #systems: Pick<System, 'stop'>[] = [];
  readonly #isOwn: boolean;

  constructor(directory?: string) {
    this.#isOwn = directory === undefined;
    this.directory = directory ?? mkdtempSync(join(tmpdir(), 'perdure-fault-'));
  }

  get level(): string {
    return join(this.directory, 'level');
  }

  async open<const R extends AnyRoot>(root: R, options: OpenOptions = {}): Promise<System<R>> {
    const log =
      (level: string) =>
      (fields: object, message: string): void => {
        this.logs.push({ level, fields, message });
      };
    const system = await openSystem<R>({
      root,
      store: options.store ?? levelStore(this.directory),
      lockWaitMs: options.lockWaitMs ?? 0,
      sync: options.sync ?? true,
      keepAlive: true,
      signal: undefined,
      ports: {
        clock: options.clock ?? systemClock(),
        entropy: systemEntropy(),
        executor: localExecutor(),
        logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
      },
    });
    system.events.on('*', (event) => this.happened.push(event));
    this.#systems.push(system);
    return system;
  }

  /** Changes rows of the closed store. */
  async edit(change: (rows: Rows) => Promise<void>): Promise<void> {
    const rows: Rows = new ClassicLevel(this.level, {
      keyEncoding: 'utf8',
      valueEncoding: 'buffer',
      createIfMissing: false,
    });
    await rows.open();
    try {
      await change(rows);
    } finally {
      await rows.close();
    }
  }

  /** Flips one bit of the value under `key`; what it returns puts the value back. */
  async flip(key: string): Promise<() => Promise<void>> {
    let before: Buffer = Buffer.alloc(0);
    await this.edit(async (rows) => {
      before = (await rows.get(key)) ?? Buffer.alloc(0);
      const after = Buffer.from(before);
      const last = after.length - 1;
      after[last] = (after[last] ?? 0) ^ 1;
      await rows.put(key, after);
    });
    return () => this.edit((rows) => rows.put(key, before));
  }

  /** The keys that begin with `prefix`. */
  async keys(prefix: string): Promise<string[]> {
    let keys: string[] = [];
    await this.edit(async (rows) => {
      keys = await rows.keys({ gte: prefix, lt: `${prefix}~` }).all();
    });
    return keys;
  }

  async value(key: string): Promise<string | undefined> {
    let value: string | undefined;
    await this.edit(async (rows) => {
      value = (await rows.get(key))?.toString('hex');
    });
    return value;
  }

  events<T extends SystemEvent['type']>(type: T): Extract<SystemEvent, { type: T }>[] {
    return this.happened.filter(
      (event): event is Extract<SystemEvent, { type: T }> => event.type === type,
    );
  }

  /** Also of those that were met before anybody could listen. */
  quarantines(): object[] {
    return this.logs.filter(({ message }) => message === 'actor quarantined').map((l) => l.fields);
  }

  /** Until the store was opened again for the `times`th time. */
  recovered(times = 1): Promise<void> {
    return until(() => this.events('store.recovered').length >= times, 'the store is open again');
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#systems.map((system) => system.stop({ deadlineMs: 100 })));
    if (this.#isOwn) rmSync(this.directory, { recursive: true, force: true });
  }
}

type Rows = ClassicLevel<string, Buffer>;

/** A clock on which waits take a fraction of their time: for backoffs of minutes. */
export function hastyClock(factor: number): Clock {
  const clock = systemClock();
  return { ...clock, after: (delayMs, fn) => clock.after(delayMs / factor, fn) };
}

/** Until something is true that no API waits for. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (let turns = 0; turns < 1_000_000; turns += 1) {
    if (isTrue()) return;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  throw new Error(`never: ${what}`);
}
