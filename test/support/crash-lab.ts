/**
 * Runs a {@link Program} through as many processes as its kills ask for, and checks at every moment that
 * nothing is observed that has not landed.
 */
import type { AnyActorLogic, EventObject } from 'xstate';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import type { StepArgs } from '../../src/index.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';
import { openSystem } from '../../src/runtime/open-system.ts';
import type { Receipt, Ref, SendOptions } from '../../src/runtime/ref-types.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import { type SimClock, simClock } from '../../src/testing/sim-clock.ts';
import { type KillPoint, Life, type WriteFault } from './crash-store.ts';
import type { Feature } from './feature-tally.ts';
import { LandedFacts, type Outcome } from './landed-facts.ts';
import { type Task, TICK_MS } from './machine-context.ts';
import type { Op } from './machine-family.ts';
import type { Cast } from './machine-cast.ts';

/** What is logged as an error because the store was made to fail. */
const STORE_TROUBLE = new Set([
  'a batch could not be written',
  'the store could not be opened again',
]);

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
  /** Steps that ran, with every idempotency key that they ran under. */
  readonly #ledger = new Map<string, Set<string>>();
  /** What was observed before it had landed. */
  readonly early: string[] = [];
  /** What must never be said. */
  readonly alarms: string[] = [];
  readonly #failures = new Map<string, number>();
  readonly #clock: SimClock = simClock();
  readonly #store = memoryStore();
  readonly #root: AnyRoot;
  readonly #plan: Plan;
  readonly #kills: number[];
  readonly #hit: (feature: Feature) => void;
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
    watch: { hit(feature: Feature): void; killed(at: KillPoint): void },
  ) {
    this.#plan = plan;
    this.#kills = [...(plan.kills ?? [])];
    this.#hit = (feature) => watch.hit(feature);
    this.#killed = (point) => watch.killed(point);
    this.#latencyTurns = plan.latencyTurns ?? 0;
    this.#root = cast.root;
    cast.outside = {
      hit: (feature) => this.#hit(feature),
      stepped: (args) => this.#stepped(args),
      acted: (by, mark) => this.#check(this.facts.drivesOf(by) >= mark, `action of ${by} ${mark}`),
    };
  }

  /** Of the process that runs now, or ran last. */
  get points(): number {
    return this.#life?.points ?? 0;
  }

  /** Steps that ran under several keys, and keys under which several steps ran. */
  get reused(): string[] {
    const tasks = new Map<string, string>();
    const reused: string[] = [];
    for (const [task, keys] of this.#ledger) {
      if (keys.size > 1) reused.push(task);
      for (const key of keys) {
        const other = tasks.get(key);
        if (other !== undefined) reused.push(`${other}, ${task}`);
        tasks.set(key, task);
      }
    }
    return reused;
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
          info: (fields, message) => this.#logged(life, fields, message),
          warn: () => undefined,
          error: (fields, message) => this.#warned(life, fields, message),
        },
      },
    });
    let failure: unknown;
    opening.then(
      (system) => {
        this.#system = system as unknown as System;
        this.#watch(life, this.#system);
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
    const life = this.#life;
    const done: Promise<unknown> =
      op.kind === 'ask' ? ref.ask(event, options as never) : ref.send(event, options);
    done.then(
      (value) => {
        sent.state = 'accepted';
        sent.value = value;
        this.#checkSent(op, options, value, life);
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
    return (this.#system as unknown as { ref(address: string): Ref<AnyActorLogic> }).ref(address);
  }

  #watch(life: Life, system: System): void {
    system.events.on('*', (event) => {
      if (!life.isOver) this.#happened(event);
    });
    for (const name of ['a', 'b']) {
      const ref = this.ref(`/${name}`);
      ref.on('*', (event: EventObject) => {
        if (life.isOver) return;
        this.#check(this.facts.hasEmitted(`/${name}`, event), `emission ${JSON.stringify(event)}`);
      });
      ref
        .waitFor((snapshot) => {
          const { drives } = (snapshot as { context: { drives: number } }).context;
          this.#check(life.isOver || this.facts.drivesOf(name) >= drives, `snapshot of ${name}`);
          return false;
        })
        .catch(() => undefined);
    }
  }

  #checkSent(op: Op, options: SendOptions, value: unknown, life: Life | undefined): void {
    if (op.kind === 'time' || life?.isOver !== false) return;
    if (op.kind === 'ask') {
      this.#check(
        this.facts.drivesOf(op.to) >= (value as number),
        `answer of ${op.to} ${String(value)}`,
      );
      return;
    }
    const { position } = value as Receipt;
    const isIn =
      options.until === 'applied'
        ? this.facts.hasApplied(`/${op.to}`, position)
        : this.facts.hasAccepted(`/${op.to}`, position);
    this.#check(isIn, `receipt of ${op.to} ${position}`);
  }

  #stepped({ input, idempotencyKey }: StepArgs<Task>): void {
    const task = `${input.by} ${input.place} ${input.mark}`;
    this.#check(this.facts.hasArmed(idempotencyKey), `step ${task}`);
    const keys = this.#ledger.get(task) ?? new Set();
    this.#ledger.set(task, keys);
    keys.add(idempotencyKey);
  }

  #logged(life: Life, fields: object, message: string): void {
    if (life.isOver || message !== 'log') return;
    const { by, mark } = (fields as { value: { by: string; mark: number } }).value;
    this.#check(this.facts.drivesOf(by) >= mark, `log line of ${by} ${mark}`);
  }

  #warned(life: Life, fields: object, message: string): void {
    if (!life.isOver && !STORE_TROUBLE.has(message))
      this.alarms.push(`${message} ${JSON.stringify(fields)}`);
  }

  #happened(event: SystemEvent): void {
    if (event.type === 'message.parked') {
      this.#hit('message parked');
      const isIn = this.facts
        .letters()
        .some(({ address, reason }) => address === event.address && reason === 'parked');
      this.#check(isIn, `parking at ${event.address}`);
    } else if (event.type === 'effect.failed') {
      const { address, effect } = event;
      const told = (this.#failures.get(effect) ?? 0) + 1;
      this.#failures.set(effect, told);
      this.#check(this.facts.settledOf(address, effect) >= told, `failure of ${effect}`);
    }
  }

  #check(isIn: boolean, what: string): void {
    if (!isIn) this.early.push(what);
  }
}

export function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
