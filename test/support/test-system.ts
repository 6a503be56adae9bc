/** A whole system on a clock that stands still and a store in memory: it can be killed, and opened again. */
import type { AnyActorLogic, EventObject } from 'xstate';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { localExecutor } from '../../src/drivers/local-executor.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { OpenStore, Store, StoreBatch } from '../../src/ports/store.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';
import { openSystem } from '../../src/runtime/open-system.ts';
import type { Emission, Receipt, Ref, SendOptions } from '../../src/runtime/ref-types.ts';
import type { OpenOptions } from '../../src/runtime/open-system.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import { actor, supervisor } from '../../src/runtime/tree-spec.ts';
import { type SimClock, simClock } from '../../src/testing/sim-clock.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** What a process can be cut off from: after `kill` nothing that it does has any effect. */
class Process {
  isAlive = true;
  #opened: OpenStore | undefined;

  kill(): void {
    this.isAlive = false;
    void this.#opened?.close();
  }

  clock(real: Clock): Clock {
    const fenced = (fn: () => void) => (): void => {
      if (this.isAlive) fn();
    };
    return {
      wallMs: () => real.wallMs(),
      monotonicMs: () => real.monotonicMs(),
      after: (delayMs, fn) => real.after(delayMs, fenced(fn)),
      soon: (fn) => real.soon(fenced(fn)),
      hold: () => real.hold(),
    };
  }

  store(real: Store): Store {
    return {
      location: real.location,
      open: async (options) => {
        const opened = await real.open(options);
        this.#opened = opened;
        return this.#fenced(opened);
      },
    };
  }

  #fenced(opened: OpenStore): OpenStore {
    const never = new Promise<never>(() => undefined);
    const dead: StoreBatch = { put: () => undefined, del: () => undefined, write: () => never };
    return {
      epoch: opened.epoch,
      storeId: opened.storeId,
      isNew: opened.isNew,
      highestLanded: opened.highestLanded,
      flight: opened.flight,
      lastError: undefined,
      get: (key) => (this.isAlive ? opened.get(key) : undefined),
      scan: (range) => opened.scan(range),
      close: () => opened.close(),
      batch: () => {
        if (!this.isAlive) return dead;
        const batch = opened.batch();
        return {
          put: (key, value) => batch.put(key, value),
          del: (key) => batch.del(key),
          write: (options) =>
            this.isAlive
              ? batch.write(options).then((verdict) => (this.isAlive ? verdict : never))
              : never,
        };
      },
    };
  }
}

export class TestSystem {
  readonly clock: SimClock = simClock();
  readonly store: Store = memoryStore();
  /** Of all processes, in order. */
  readonly log: LogLine[] = [];
  readonly happened: SystemEvent[] = [];
  root: AnyRoot;
  #process = new Process();
  #system: System | undefined;
  #ids = 0;

  constructor(root: AnyRoot) {
    this.root = root;
  }

  get system(): System {
    if (this.#system === undefined) throw new Error('the test opens the system first');
    return this.#system;
  }

  async open(): Promise<void> {
    const process = new Process();
    this.#process = process;
    const options: OpenOptions = {
      root: this.root,
      store: process.store(this.store),
      lockWaitMs: 0,
      sync: true,
      keepAlive: false,
      signal: undefined,
      ports: {
        clock: process.clock(this.clock),
        entropy: { id: () => this.#nextId(), random: () => 0.5 },
        executor: localExecutor(),
        logger: {
          debug: (fields, message) => this.#write(process, 'debug', fields, message),
          info: (fields, message) => this.#write(process, 'info', fields, message),
          warn: (fields, message) => this.#write(process, 'warn', fields, message),
          error: (fields, message) => this.#write(process, 'error', fields, message),
        },
      },
    };
    const system = await openSystem<AnyRoot>(options);
    this.#system = system as System;
    system.events.on('*', (event) => {
      if (process.isAlive) this.happened.push(event);
    });
    await this.settled();
  }

  /** The process is gone: what has not landed is lost, nothing is ended in order. */
  kill(): void {
    this.#process.kill();
    this.#system = undefined;
  }

  /** A crash, and the next process. */
  async restart(): Promise<void> {
    this.kill();
    await this.open();
  }

  /** In order, however long what runs takes to end. */
  async stop(): Promise<void> {
    const stopped = this.system.stop();
    await this.advance(60_000);
    await stopped;
    this.#system = undefined;
  }

  /** By any address, without the types of the tree. */
  ref(address: string): Ref<AnyActorLogic> {
    return (this.system as unknown as { ref(address: string): Ref<AnyActorLogic> }).ref(address);
  }

  /** Sends, and lets everything come to rest that follows. */
  async send(address: string, event: EventObject, options: SendOptions = {}): Promise<Receipt> {
    const receipt = await this.ref(address).send(event as never, options);
    await this.settled();
    return receipt;
  }

  /** The last landed snapshot, untyped. */
  async snapshot(address: string): Promise<Observed> {
    return (await this.ref(address).snapshot()) as unknown as Observed;
  }

  /** Every durable emission of an actor, oldest first. */
  async emissions(address: string): Promise<readonly Emission<EventObject>[]> {
    const emissions: Emission<EventObject>[] = [];
    for await (const emission of this.ref(address).emitted({ from: 1, follow: false })) {
      emissions.push(emission as Emission<EventObject>);
    }
    return emissions;
  }

  settled(): Promise<void> {
    return this.clock.settled();
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  #nextId(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  #write(process: Process, level: LogLine['level'], fields: object, message: string): void {
    if (process.isAlive)
      this.log.push({ level, fields: fields as Record<string, unknown>, message });
  }
}

/** The parts of a machine's snapshot that tests look at. */
export interface Observed {
  readonly status: string;
  readonly value: unknown;
  readonly context: Record<string, unknown>;
  readonly output: unknown;
  readonly error: unknown;
  readonly tags: ReadonlySet<string>;
  readonly children: Readonly<Record<string, unknown>>;
  getMeta(): unknown;
}

/** Opens a system whose tree is a supervisor over one actor, `/m`, unless a tree is given. */
export async function openTestSystem(
  given: AnyActorLogic | AnyRoot,
  input?: unknown,
): Promise<TestSystem> {
  const root = 'kind' in given ? (given as AnyRoot) : rootOver(given as AnyActorLogic, input);
  const system = new TestSystem(root);
  await system.open();
  return system;
}

/** A tree of one actor, `/m`, that ends for good when its machine is done. */
export function rootOver(logic: AnyActorLogic, input?: unknown): AnyRoot {
  const options = { restart: 'transient', input } as never;
  return supervisor('root', { children: [actor('m', logic, options)] as never }) as AnyRoot;
}
