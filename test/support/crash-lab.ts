/**
 * Runs a {@link Program} through as many processes as its kills ask for, and checks at every moment that
 * nothing is observed that has not landed.
 */
import type { AnyActorLogic } from 'xstate';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { openSystem } from '../../src/runtime/open-system.ts';
import type { Receipt, Ref, SendOptions } from '../../src/runtime/ref-types.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import { type SimClock, simClock } from '../../src/testing/sim-clock.ts';
import { type KillPoint, Life, type WriteFault } from './crash-store.ts';
import type { Feature } from './feature-tally.ts';
import { LandedFacts, type Outcome } from './landed-facts.ts';
import { LandingWatch, refIn } from './landing-watch.ts';
import { TICK_MS } from './machine-context.ts';
import type { Op } from './machine-family.ts';
import type { Cast } from './machine-cast.ts';

/** What goes wrong in a run. */
export interface Plan {
  /** Point at which each process is killed, from 1; the one after the last lives on. */
  readonly kills?: readonly number[];
  readonly faults?: readonly WriteFault[];
  readonly latencyTurns?: number;
  /** Time that passes between the death of a process and the start of the next. */
  readonly downTicks?: number;
}

type Message = Extract<Op, { kind: 'event' | 'ask' }>;

/** What a caller outside has been told of one of its operations. */
export interface Sent {
  readonly to: 'a' | 'b';
  readonly type: string;
  /** Its place among all that was sent to this receiver. */
  readonly n: number;
  state: 'open' | 'accepted' | 'parked' | 'rejected';
  value?: unknown;
}

/** More than any number of failed writes in a plan takes. */
const REOPEN_TICKS_MAX = 200;

export class CrashLab {
  readonly facts: LandedFacts = new LandedFacts();
  readonly watch: LandingWatch;
  readonly #clock: SimClock = simClock();
  readonly #store = memoryStore();
  readonly #root: AnyRoot;
  readonly #plan: Plan;
  readonly #kills: number[];
  readonly #killed: (at: KillPoint) => void;
  readonly #latencyTurns: number;
  #life: Life | undefined = undefined;
  #system: System | undefined = undefined;
  #writes = 0;
  #ids = 0;
  #sends = { a: 0, b: 0 };

  constructor(
    cast: Cast,
    plan: Plan,
    tally: { hit(feature: Feature): void; killed(at: KillPoint): void },
  ) {
    this.#plan = plan;
    this.#kills = [...(plan.kills ?? [])];
    this.#killed = (point) => tally.killed(point);
    this.#latencyTurns = plan.latencyTurns ?? 0;
    this.#root = cast.root;
    this.watch = new LandingWatch(this.facts, (feature) => tally.hit(feature));
    cast.outside = this.watch;
  }

  /** Of the process that runs now, or ran last. */
  get points(): number {
    return this.#life?.points ?? 0;
  }

  get writes(): number {
    return this.#writes;
  }

  get isUp(): boolean {
    return this.#life?.isOver === false && this.#system !== undefined;
  }

  /** Whether the store failed and is not open again yet. */
  get isRecovering(): boolean {
    return this.isUp && this.#system?.health().status === 'recovering';
  }

  /** Starts processes until one is up and at rest. */
  async up(): Promise<void> {
    while (!this.isUp) {
      await this.start();
      await this.settled();
    }
  }

  /** Starts processes until one is up, whatever it is about to do then. */
  async start(): Promise<void> {
    while (!this.isUp) {
      if (this.#life?.isOver === true)
        await this.#clock.advance((this.#plan.downTicks ?? 0) * TICK_MS);
      await this.#boot();
    }
  }

  /** Starts one process; it may be killed before it is up. */
  async #boot(): Promise<void> {
    const life = new Life(this.#kills.shift(), {
      latencyTurns: this.#latencyTurns,
      faults: this.#plan.faults ?? [],
      // kills that fall on one step again and again are taken for its doing: it is parked, by another law
      hasFlightSlot: (this.#plan.kills?.length ?? 0) < 2,
      nextWrite: () => {
        this.#writes += 1;
        return this.#writes;
      },
      landed: (rows) => this.facts.add(rows),
      killed: (point) => this.#killed(point),
    });
    this.#life = life;
    this.#system = undefined;
    const clock = life.clock(this.#clock);
    const opening = openSystem<AnyRoot>({
      root: this.#root,
      store: life.store(this.#store, clock),
      lockWaitMs: 0,
      sync: true,
      keepAlive: false,
      signal: undefined,
      ports: {
        clock,
        executor: life.executor(),
        entropy: {
          id: () => {
            this.#ids += 1;
            return `id${this.#ids}`;
          },
          random: () => 0.5,
        },
        logger: {
          debug: () => undefined,
          info: (fields, message) => this.watch.info(life, fields, message),
          warn: () => undefined,
          error: (fields, message) => this.watch.error(life, fields, message),
        },
      },
    });
    let failure: unknown;
    opening.then(
      (system) => {
        this.#system = system as unknown as System;
        this.watch.attend(life, this.#system);
      },
      (error: unknown) => {
        failure = error ?? new Error('rejected with nothing');
      },
    );
    while (this.#system === undefined && !life.isOver) {
      if (failure !== undefined) this.#notOpened(life, failure);
      await turnOfLoop();
    }
  }

  /** A process whose first writes fail ends with that; the next one is started. */
  #notOpened(life: Life, failure: unknown): void {
    if ((failure as { code?: string }).code !== 'STORE_WRITE_FAILED')
      throw new Error('the system did not open', { cause: failure });
    life.kill();
  }

  /** Sends once. What came of it is known later. */
  send(op: Message, options: SendOptions, again?: Sent): Sent {
    this.#sends[op.to] += again === undefined ? 1 : 0;
    const type = op.kind === 'ask' ? 'total' : op.type;
    const sent: Sent = again ?? { to: op.to, type, n: this.#sends[op.to], state: 'open' };
    sent.state = 'open';
    const ref = this.ref(`/${op.to}`);
    const event = { type, n: sent.n } as never;
    const life = this.#life as Life;
    const done: Promise<unknown> =
      op.kind === 'ask' ? ref.ask(event, options as never) : ref.send(event, options);
    done.then(
      (value) => {
        sent.state = 'accepted';
        sent.value = value;
        if (op.kind === 'ask') this.watch.answered(life, op.to, value as number);
        else this.watch.accepted(life, op.to, value as Receipt, options);
      },
      (error: unknown) => {
        sent.state = (error as { code?: string }).code === 'MESSAGE_PARKED' ? 'parked' : 'rejected';
        sent.value = error;
      },
    );
    return sent;
  }

  /**
   * Does all of `ops` at once, until each is done for sure, through any number of kills, and lets all that
   * follows happen.
   */
  async perform(ops: readonly (readonly [key: string, op: Message])[]): Promise<Sent[]> {
    const sent: Sent[] = [];
    for (;;) {
      await this.up();
      for (const [index, [key, op]] of ops.entries()) {
        if (sent[index]?.state !== 'accepted') sent[index] = this.send(op, { key }, sent[index]);
      }
      await this.settled();
      if (sent.every(({ state }) => state === 'accepted')) return sent;
      if (this.isUp && sent.some(({ state }) => state === 'open'))
        throw new Error(`never settled: ${JSON.stringify(sent)}`);
    }
  }

  /** Lets time pass, tick by tick: a process that is killed at a tick is followed by the next at that tick. */
  async pass(ticks: number): Promise<void> {
    for (let tick = 0; tick < ticks; tick += 1) {
      await this.up();
      await this.#clock.advance(TICK_MS);
    }
    await this.up();
  }

  settled(): Promise<void> {
    return this.#clock.settled();
  }

  /** No kills from here on; whatever is under way is brought to its end. */
  async finish(): Promise<Outcome> {
    await this.pass(4);
    this.#kills.length = 0;
    await this.up();
    // a store that could not be opened again is tried later
    for (let tick = 0; tick < REOPEN_TICKS_MAX && this.isRecovering; tick += 1) await this.pass(1);
    await this.settled();
    const outcome = this.facts.outcome();
    this.#life?.kill();
    return outcome;
  }

  ref(address: string): Ref<AnyActorLogic> {
    return refIn(this.#system as System, address);
  }
}

export function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
