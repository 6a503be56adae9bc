/** One run of a user's script, from the first process to the end of all work, with or without a crash. */
import { PerdureError } from '../base/errors.ts';
import type { SystemEvent } from '../runtime/events.ts';
import type { Policies } from '../runtime/policy-types.ts';
import type { Resources } from '../runtime/resource-limits.ts';
import type { AnyRoot, System } from '../runtime/system-types.ts';
import { type CrashPoint, PlannedFate } from './crash-point.ts';
import { EndedJournal } from './ended-journal.ts';
import { type End, endOf } from './ending.ts';
import { Lives } from './lives.ts';
import { ScriptWorld } from './script-world.ts';
import type { BatchRows } from './sim-medium.ts';
import { Simulation } from './simulation.ts';
import { SystemClient } from './system-client.ts';
import type { MovableWorld, Note, World } from './world.ts';

export interface ScriptRunOptions {
  readonly root: (world: World) => AnyRoot;
  readonly script: (system: System, world: MovableWorld) => unknown;
  readonly seed: number;
  readonly sync: boolean;
  readonly policies: Policies | undefined;
  readonly resources: Resources | undefined;
  readonly startMs: number | undefined;
}

/** A system event, and which process told it. */
export interface Told {
  readonly process: number;
  readonly event: SystemEvent;
}

/** A line of the trace, and the sum of all before it, bytes included. */
export interface TraceLine {
  readonly line: string;
  readonly hashBefore: string;
}

/** What one run was. */
export interface ScriptRun {
  /** Undefined if the script or the start of a process failed. */
  readonly end: End | undefined;
  readonly failure: { readonly of: 'script' | 'start'; readonly error: unknown } | undefined;
  readonly writes: number;
  readonly processes: number;
  /** Of a run that was to die, and did not come so far. */
  readonly missed: CrashPoint | undefined;
  readonly recoveryWrite: number | undefined;
  /** Steps, hooks and actions that still ran at the end. */
  readonly running: number;
  readonly notes: readonly Note[];
  readonly told: readonly Told[];
  /** The batches that landed, in their order. */
  readonly landed: readonly BatchRows[];
  readonly lines: readonly TraceLine[];
  readonly traceHash: string;
}

/** Turns of the event loop without anything being done, after which the script waits for nothing of ours. */
const IDLE_TURNS_MAX = 200;
/** So often is time moved on for a run that was set back by its crash. */
const MOVES_MAX = 1_000;
/** Lines of the trace that tell of actors, their effects and what they do outside. */
const WORK = /^(turn|begin|note) | end$/;

/** @param running - as many steps may still run at the end as ran at that of a run without a crash */
export async function runScript(
  options: ScriptRunOptions,
  crash?: CrashPoint,
  running: number = Number.POSITIVE_INFINITY,
): Promise<ScriptRun> {
  return await new Runner(options, crash, running).run();
}

class Runner {
  readonly #options: ScriptRunOptions;
  readonly #fate: PlannedFate;
  readonly #simulation: Simulation<AnyRoot>;
  readonly #lives: Lives;
  readonly #world: ScriptWorld;
  readonly #running: number;
  readonly #told: Told[] = [];
  readonly #landed: BatchRows[] = [];
  readonly #journal = new EndedJournal();
  readonly #lines: TraceLine[] = [];
  #script: { error?: unknown } | undefined = undefined;
  #moves = 0;

  constructor(options: ScriptRunOptions, crash: CrashPoint | undefined, running: number) {
    const { seed, root, policies, resources, sync, startMs } = options;
    this.#options = options;
    this.#running = running;
    this.#fate = new PlannedFate(crash);
    this.#simulation = new Simulation({
      seed,
      root,
      policies,
      resources,
      sync,
      startMs,
      fate: this.#fate,
      onEvent: (event) => this.#told.push({ process: this.#simulation.processes, event }),
      onObituary: (obituary) => this.#journal.tell(obituary),
    });
    const { trace, medium, world } = this.#simulation;
    medium.onLanded = (rows) => {
      this.#landed.push(rows);
      this.#journal.landed(rows);
    };
    // two runs without a crash are compared line by line
    if (crash === undefined)
      trace.onLine = (line) => this.#lines.push({ line, hashBefore: trace.hash });
    this.#lives = new Lives(this.#simulation);
    this.#world = new ScriptWorld(world);
  }

  async run(): Promise<ScriptRun> {
    this.#lives.begin();
    void this.#runScript();
    const isOver = await this.#whileScript();
    if (isOver) await this.#rest();
    const { medium, notes, process, writes, processes, trace } = this.#simulation;
    // the run ends here: what would have come is no part of it
    const traceHash = trace.hash;
    const failure = isOver
      ? this.#failure()
      : ({ of: 'script', error: await this.#stuck() } as const);
    const end = failure === undefined ? endOf(medium, this.#journal.ended, notes) : undefined;
    const running = process?.userCodeRunning ?? 0;
    this.#lives.finish();
    this.#simulation.kill();
    return {
      end,
      failure,
      writes,
      processes,
      missed: this.#fate.missed,
      recoveryWrite: this.#fate.recoveryWrite,
      running,
      notes: [...notes],
      told: this.#told,
      landed: this.#landed,
      lines: this.#lines,
      traceHash,
    };
  }

  async #runScript(): Promise<void> {
    await this.#lives.up();
    const client = new SystemClient(this.#lives) as unknown as System;
    try {
      await this.#options.script(client, this.#world);
      this.#script = {};
    } catch (error) {
      this.#script = { error };
    }
  }

  /** Until the script is over; false if it never will be. */
  async #whileScript(): Promise<boolean> {
    const { scheduler, trace } = this.#simulation;
    let idleTurns = 0;
    let seen = '';
    for (;;) {
      await scheduler.settled();
      if (this.#script !== undefined || this.#lives.failure !== undefined) return true;
      idleTurns = this.#world.isMoving || trace.hash !== seen ? 0 : idleTurns + 1;
      seen = trace.hash;
      if (idleTurns < IDLE_TURNS_MAX) continue;
      idleTurns = 0;
      // a process that comes back may need time for it, and what it does again takes time again
      const mayMove = !this.#lives.isSettled || this.#lives.deaths > 0;
      if (!mayMove || !(await this.#move())) return false;
    }
  }

  /** Until a process is back and has done again what its crash cut short. */
  async #rest(): Promise<void> {
    const { scheduler } = this.#simulation;
    await scheduler.settled();
    while (!this.#isAtRest) if (!(await this.#move())) return;
  }

  get #isAtRest(): boolean {
    const { process } = this.#simulation;
    if (this.#lives.failure !== undefined) return true;
    return this.#lives.isSettled && (process?.userCodeRunning ?? 0) <= this.#running;
  }

  /** Lets time pass until the next thing is due; false if there is none. */
  async #move(): Promise<boolean> {
    const { scheduler } = this.#simulation;
    if (this.#moves >= MOVES_MAX) return false;
    this.#moves += 1;
    return await scheduler.advanceToNext();
  }

  async #stuck(): Promise<PerdureError> {
    const waitsFor = this.#lives.calls.join(', ');
    // after a crash time has passed already, and brought nothing
    const nextTimerInMs = this.#lives.deaths > 0 ? undefined : await this.#nextWorkInMs();
    return new PerdureError('EXPLORE_SCRIPT_STUCK', {
      waitsFor,
      ...(nextTimerInMs === undefined ? {} : { nextTimerInMs }),
    });
  }

  /** When time would bring something for an actor, a step or the script: it passes, to see that. */
  async #nextWorkInMs(): Promise<number | undefined> {
    const { scheduler, trace } = this.#simulation;
    const fromMs = scheduler.elapsedMs;
    const { callNews } = this.#lives;
    let hasWorked = false;
    trace.onLine = (line) => {
      hasWorked ||= WORK.test(line);
    };
    const goesOn = await scheduler.advanceUntil(
      () => hasWorked || this.#lives.callNews !== callNews || this.#script !== undefined,
    );
    return goesOn ? scheduler.elapsedMs - fromMs : undefined;
  }

  #failure(): ScriptRun['failure'] {
    const { failure } = this.#lives;
    if (failure !== undefined) return { of: 'start', error: failure };
    const script = this.#script ?? {};
    return 'error' in script ? { of: 'script', error: script.error } : undefined;
  }
}
