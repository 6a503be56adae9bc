/** Plays one program on the production runtime in a simulated world, through all its deaths. */
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { SystemEvent } from '../../src/runtime/events.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import type { Phase } from '../../src/testing/phase.ts';
import { Random } from '../../src/testing/random.ts';
import { Simulation, type Start } from '../../src/testing/simulation.ts';
import { settleAccounts } from './accounts.ts';
import { Callers } from './callers.ts';
import { Damage } from './damage.ts';
import { Doom } from './doom.ts';
import { EffectLog } from './effect-log.ts';
import { Failures } from './failures.ts';
import { Hearing } from './hearing.ts';
import { Landed } from './landed.ts';
import { type LawName, Laws } from './laws.ts';
import { addressAt } from './machine.ts';
import { Operators } from './operators.ts';
import { resources } from './policies.ts';
import type { Death, Feature, Op, Program } from './program.ts';
import { Rest } from './rest.ts';
import { TreeWatch } from './tree-watch.ts';
import { MAILBOX_MAX, type Tree, treeOf } from './tree.ts';
import { Wall } from './wall.ts';

/** What came of a run. */
export interface Played {
  readonly laws: Laws;
  /** Deaths with work in flight, from which the run recovered. */
  readonly crashPoints: ReadonlyMap<Phase, number>;
  /** Deaths of an idle process. */
  readonly idle: number;
  /** Every event of every process. */
  readonly story: readonly SystemEvent[];
  readonly landed: Landed;
  readonly traceHash: string;
  readonly trace: readonly string[];
}

/** In which everything that waits for time comes to its end. */
const LAST_STEPS = 20;
const LAST_STEP_MS = 30_000;
const DOWN_MS = 400;
/** How many deaths apart. */
const REST_EVERY = 5;
/** Turns of the event loop in which a process may find its death: about as many as a message takes. */
const PATIENCE_TURNS = 5;
/** More failures than any program has for one start. */
const STARTS_MAX = 30;

export async function play(program: Program): Promise<Played> {
  const run = new Run(program);
  return await run.play();
}

class Run {
  readonly #program: Program;
  readonly #laws: Laws;
  readonly #landed: Landed;
  readonly #effects: EffectLog;
  readonly #callers: Callers;
  readonly #operators: Operators;
  readonly #tree: Tree;
  readonly #doom: Doom;
  readonly #watch: TreeWatch;
  readonly #wall: Wall;
  readonly #damage: Damage;
  readonly #failures: Failures;
  readonly #hearing: Hearing;
  readonly #restLaws: Rest;
  readonly #random: Random;
  readonly #simulation: Simulation<AnyRoot>;
  readonly #crashPoints = new Map<Phase, number>();
  readonly #story: SystemEvent[] = [];
  #idle = 0;
  #nextOp = 0;
  #isClosed = false;

  constructor(program: Program) {
    const has = (feature: Feature): boolean => program.features.includes(feature);
    this.#program = program;
    this.#random = new Random(program.seed);
    this.#failures = new Failures(program);
    this.#laws = new Laws(this.#failures);
    this.#landed = new Landed(
      this.#laws,
      // what is retried comes on top
      has('full mailboxes') && !has('letters') ? MAILBOX_MAX : undefined,
    );
    this.#effects = new EffectLog(program, this.#laws, this.#landed, this.#failures);
    this.#hearing = new Hearing(this.#laws, this.#landed);
    this.#tree = treeOf(program, () => this.#effects);
    this.#doom = new Doom(program, (phase) => this.#died(phase));
    this.#simulation = new Simulation<AnyRoot>({
      seed: program.seed,
      root: (world) => {
        this.#effects.enter(world);
        return this.#tree.root;
      },
      fate: this.#doom,
      sync: !has('unsynced writes'),
      isShuffled: has('shuffled order'),
      delays: { write: 0.5, end: 0.5 },
      isCoalescing: !has('one turn a batch'),
      hasFlightSlot: has('flight slot'),
      resources,
      onEvent: (event) => this.#hear(event),
    });
    const { scheduler, medium } = this.#simulation;
    this.#wall = new Wall(scheduler);
    this.#watch = new TreeWatch(program, this.#tree, this.#laws, () => scheduler.elapsedMs);
    const unexpected = (error: unknown): void =>
      this.#blame('G8', `a raw error: ${(error as Error).stack ?? String(error)}`);
    this.#callers = new Callers({
      laws: this.#laws,
      landed: this.#landed,
      isAlive: (number) => this.#isAlive(number),
      unexpected,
      hasStaleKeys: () => this.#damage.hasStaleKeys,
    });
    this.#operators = new Operators(this.#tree, this.#watch, this.#landed, unexpected);
    this.#restLaws = new Rest({
      wall: this.#wall,
      laws: this.#laws,
      landed: this.#landed,
      watch: this.#watch,
      callers: this.#callers,
    });
    this.#damage = new Damage(medium, this.#random, this.#laws);
    medium.onLanded = (rows) => this.#landed.add(rows);
  }

  async play(): Promise<Played> {
    const { deaths } = this.#program;
    for (const [number, death] of deaths.entries())
      if (this.#laws.violations.length === 0) await this.#meet(death, number);
    if (deaths.length === 0) await this.#playInTurn();
    await this.#end();
    return {
      laws: this.#laws,
      crashPoints: this.#crashPoints,
      idle: this.#idle,
      story: this.#story,
      landed: this.#landed,
      traceHash: this.#simulation.trace.hash,
      trace: this.#simulation.trace.latest(),
    };
  }

  /** Work is begun, and the process dies in the middle of it: that death, or where it is when its time is over. */
  async #meet(death: Death, number: number): Promise<void> {
    // whoever is to die on its way back leaves work behind
    if (death.phase === 'recovery' && this.#isUp) {
      await this.#work(3);
      for (let turns = death.moment % PATIENCE_TURNS; turns > 0 && this.#isUp; turns -= 1)
        await turnOfLoop();
      this.#kill();
    }
    const before = this.#simulation.processes;
    this.#doom.begin(death);
    if (await this.#up()) {
      if (before === this.#simulation.processes) this.#doom.begin(death);
      this.#callers.again(this.#system, this.#simulation.processes);
      if (number === 0) this.#operators.startAll(this.#system);
      await this.#work(1 + (this.#nextOp % 3));
      // now and then everything comes to its end
      if (number % REST_EVERY === 0) await this.#rest(number % (2 * REST_EVERY) === 0 ? 30 : 1);
      else if (this.#isUp) {
        if (death.phase === 'shutdown') void this.#system.stop();
        for (let turns = death.moment % PATIENCE_TURNS; turns > 0 && this.#isUp; turns -= 1)
          await turnOfLoop();
        this.#kill();
      }
    }
    if (!this.#isAlive(this.#simulation.processes)) await this.#after(death);
  }

  /** Nobody dies, and each operation comes when all is at rest. */
  async #playInTurn(): Promise<void> {
    while (this.#nextOp < this.#program.ops.length) {
      if (!(await this.#up())) continue;
      await this.#next();
      await this.#rest(0);
    }
  }

  async #after({ next }: Death): Promise<void> {
    if (next === 'time passes') await this.#simulation.scheduler.advance(DOWN_MS);
    else if (next === 'a row is damaged' && !this.#damage.isThere) this.#damage.do();
    else if (next === 'the power is lost') this.#losePower();
  }

  #losePower(): void {
    const { medium } = this.#simulation;
    this.#damage.undo();
    medium.losePower(this.#random.below(medium.unsyncedCount + 1));
    const rows = medium.rows.keysIn('', '\u{7f}');
    this.#landed.rebuild(new Map(rows.map((key) => [key, medium.rows.get(key)])));
    this.#callers.doubt();
    this.#effects.forgetLost();
  }

  /** Does `count` operations, with gaps between them, and more until the last is a message. */
  async #work(count: number): Promise<void> {
    const { ops, gaps } = this.#program;
    for (let done = 1; this.#isUp; done += 1) {
      const op = await this.#next();
      if (done >= count && (op?.op === 'tell' || done >= count + ops.length)) return;
      for (let turns = gaps[done % gaps.length] ?? 0; turns > 0 && this.#isUp; turns -= 1)
        await turnOfLoop();
    }
  }

  async #next(): Promise<Op | undefined> {
    const { ops } = this.#program;
    const number = this.#nextOp;
    this.#nextOp += 1;
    const op = ops[number % ops.length];
    if (op !== undefined) await this.#perform(op, String(number));
    return op;
  }

  async #perform(op: Op, id: string): Promise<void> {
    const { processes, scheduler } = this.#simulation;
    const { addresses } = this.#tree;
    switch (op.op) {
      case 'tell':
        this.#callers.tell(this.#system, processes, id, addressAt(addresses, op.to), op);
        return;
      case 'ask':
        this.#callers.ask(this.#system, processes, id, addressAt(addresses, op.to));
        return;
      case 'pass':
        await scheduler.advance(op.ms);
        return;
      case 'shift':
        this.#wall.shift(op.ms);
        return;
      case 'operator':
        this.#operators.call(this.#system, op.call, addressAt(addresses, op.at));
        return;
      case 'supervisor':
        this.#operators.supervisor(this.#system, op.call, op.at);
        return;
      case 'start':
        this.#operators.start(this.#system, op.pool, Number(id));
        return;
      case 'letters':
        await this.#operators.letter(this.#system, op.call);
        return;
      case 'stop':
        void this.#system.stop();
    }
  }

  /** Whether a process is up. Begins one after another until one is, or dies. */
  async #up(): Promise<boolean> {
    if (this.#isUp) return true;
    for (let starts = 0; starts < STARTS_MAX; starts += 1) {
      const start = await this.#start();
      if (start.how === 'up') {
        if (this.#damage.isThere) this.#damage.opened();
        return true;
      }
      if (start.how === 'died') return false;
      this.#judge(start.error);
      await this.#simulation.scheduler.advance(DOWN_MS);
    }
    this.#blame('G8', `no start in ${STARTS_MAX} goes well`);
    return false;
  }

  async #start(): Promise<Start<AnyRoot>> {
    const { scheduler } = this.#simulation;
    this.#simulation.kill();
    this.#failures.look(this.#simulation.medium, (key) => this.#landed.mailAt(key));
    this.#watch.begin();
    this.#wall.begin();
    this.#damage.begin();
    this.#isClosed = false;
    let start: Start<AnyRoot> | undefined;
    void this.#simulation.start().then((how) => {
      start = how;
      if (how.how === 'up') this.#attend(how.system as System);
    });
    for (let steps = 0; start === undefined && steps < 10_000; steps += 1) {
      await turnOfLoop();
      if (scheduler.isIdle && scheduler.nextDueMs !== undefined && start === undefined)
        await scheduler.advance(scheduler.nextDueMs - scheduler.elapsedMs);
    }
    return start ?? { how: 'failed', error: new Error('the start does not end') };
  }

  #attend(system: System): void {
    const number = this.#simulation.processes;
    this.#hearing.begin(system, this.#tree.addresses, () => this.#isAlive(number));
    void system.closed.then((closed) => {
      if (!this.#isAlive(number)) return;
      this.#isClosed = true;
      const isAllowed =
        closed.reason === 'stopped' ||
        // it was stopping, and did not try again
        (closed.reason === 'store_failed' && this.#program.failedWrites.length > 0) ||
        (closed.reason === 'root_ended' && this.#program.features.includes('few restarts'));
      this.#laws.check('G6', isAllowed, () => {
        const why = closed.reason === 'stopped' ? '' : closed.error.stack;
        return `the system closed: ${closed.reason} ${why}`;
      });
    });
  }

  /** A start that fails has a reason. */
  #judge(error: Error): void {
    const { code = '' } = error as { code?: string };
    const isMeant =
      error.message === 'the simulated medium does not open' ||
      (code === 'STORE_WRITE_FAILED' && this.#program.failedWrites.length > 0) ||
      (code.startsWith('SUPERVISOR_') && this.#program.features.includes('few restarts'));
    if (this.#damage.isThere && !isMeant) {
      this.#damage.refused(error);
      this.#damage.undo();
      return;
    }
    this.#laws.check('G8', isMeant, () => `a start failed: ${code} ${error.stack}`);
  }

  /** Nothing goes wrong any more: all comes to its end, and the accounts are settled. */
  async #end(): Promise<void> {
    this.#doom.begin(undefined);
    this.#damage.undo();
    this.#kill();
    for (let step = 0; step < LAST_STEPS && this.#laws.violations.length === 0; step += 1) {
      if (!(await this.#up())) continue;
      this.#callers.again(this.#system, this.#simulation.processes);
      if (step === 0) await this.#refuseDown();
      if (step % 3 === 0) await this.#operators.revive(this.#system, () => this.#rest(1));
      await this.#rest(LAST_STEP_MS);
    }
    if (this.#laws.violations.length > 0) return;
    if (this.#isUp) this.#restLaws.refuseIdlers();
    settleAccounts({
      program: this.#program,
      landed: this.#landed,
      callers: this.#callers,
      effects: this.#effects,
      laws: this.#laws,
      dropped: this.#operators.dropped,
    });
    this.#kill();
  }

  /** Whoever is to be up is up, without anybody's help. */
  async #refuseDown(): Promise<void> {
    await this.#rest(LAST_STEP_MS);
    if (!this.#isUp) return;
    await this.#operators.refuseDown(this.#system, this.#laws, () => this.#rest(1));
  }

  /** Everything comes to rest, and then some time passes. */
  async #rest(ms: number): Promise<void> {
    const { scheduler } = this.#simulation;
    await scheduler.advance(ms);
    if (this.#isUp && this.#simulation.process?.status === 'running' && scheduler.isIdle)
      this.#restLaws.refuseLate(scheduler.wallMs);
  }

  #kill(): void {
    const { process } = this.#simulation;
    if (process?.isAlive === true && !this.#isClosed) this.#died(process.phase);
    this.#simulation.kill();
  }

  #died(phase: Phase): void {
    if (this.#restLaws.isBusy(phase, this.#simulation.process))
      this.#crashPoints.set(phase, (this.#crashPoints.get(phase) ?? 0) + 1);
    else this.#idle += 1;
  }

  #hear(event: SystemEvent): void {
    this.#story.push(event);
    this.#effects.hear(event);
    this.#watch.see(event);
  }

  get #isUp(): boolean {
    return this.#simulation.isUp && !this.#isClosed;
  }

  get #system(): System {
    return this.#simulation.system as unknown as System;
  }

  #isAlive(number: number): boolean {
    const { process } = this.#simulation;
    return process?.number === number && process.isAlive && !this.#isClosed;
  }

  #blame(law: LawName, what: string): void {
    this.#laws.check(law, false, () => what);
  }
}
