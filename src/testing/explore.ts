/**
 * Runs a user's program with a crash at every boundary of every write, and says whether its end is the same as
 * without a crash. The runtime under it is the one of production, the world around it is simulated.
 */
import { PerdureError } from '../base/errors.ts';
import { exploreOptionsSchema } from '../base/explore-options.ts';
import { readOptions } from '../base/option-reading.ts';
import type { Policies } from '../runtime/policy-types.ts';
import type { Resources } from '../runtime/resource-limits.ts';
import type { AnyRoot, System } from '../runtime/system-types.ts';
import { Counterexample, type Finding } from './counterexample.ts';
import { type CrashPoint, drawn, pointsOf, type WriteMoment } from './crash-point.ts';
import { firstDifference, withoutKeys } from './difference.ts';
import type { End } from './ending.ts';
import { refuseDifference } from './same-twice.ts';
import { runScript, type ScriptRun, type ScriptRunOptions } from './script-run.ts';
import { plainJson } from './stable-bytes.ts';
import { Trace } from './trace.ts';
import type { MovableWorld, World } from './world.ts';

/** @public */
export interface ExploreOptions<R extends AnyRoot> {
  /**
   * The tree. As a function it is called for each process, so that what its closures hold dies with the
   * process, and it is given the outside to act on.
   */
  readonly root: R | ((world: World) => R);
  /**
   * Whoever is outside: it lives on when the process dies, and what it was calling then is called again in the
   * next process; sends and asks get a key for that if they have none. Time passes only in `world.advance`.
   */
  readonly script: (system: System<R>, world: MovableWorld) => unknown;
  /** What must hold at the end of each run: throws, or returns false, if it does not. */
  readonly invariant?: (end: End<R>) => unknown;
  /** All, or so many, drawn by the seed. @defaultValue `'all'` */
  readonly boundaries?: 'all' | { readonly sample: number };
  /** Of everything that is left to chance. @defaultValue 1 */
  readonly seed?: number;
  /**
   * What of the end must be the same as without a crash; `false`: nothing, the invariant decides alone.
   *
   * @defaultValue actors, those that ended, emissions and dead letters; not `notes`, because effects run at least once
   */
  readonly same?: false | ((end: End<R>) => unknown);
  /** Runs this crash and no other: what a counterexample says. */
  readonly only?: CrashPoint;
  readonly durability?: 'fsync' | 'os';
  readonly policies?: Policies;
  /** As in `createSystem`. @defaultValue none */
  readonly resources?: Resources;
  /** Wall time at the start, in ms since the epoch. @defaultValue 2030-01-01 */
  readonly startMs?: number;
  /** Above so many runs `'all'` is refused. @defaultValue 2_000 */
  readonly runsMax?: number;
  readonly onProgress?: (progress: ExploreProgress) => void;
  /** Ends the exploration between two runs; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** @public */
export interface ExploreProgress {
  /** With a crash, so far. */
  readonly runs: number;
  /** Boundaries that were looked at, and how many there are. */
  readonly boundaries: number;
  readonly boundariesMax: number;
}

/** What was explored without finding anything. @public */
export interface Exploration {
  /** With a crash, all of which passed. */
  readonly runs: number;
  /** Of the run without a crash. */
  readonly writes: number;
  /** Runs by the moment of a write at which the process died. */
  readonly killed: { readonly [M in WriteMoment]: number };
  /** Runs beside these in which the process that came back died too, in one of its first three writes. */
  readonly killedAgain: number;
  /** Processes that came back. */
  readonly recovered: number;
  /** One hash of all that happened in all runs: the same for the same seed. */
  readonly traceHash: string;
}

/** Writes of the process that comes back in which it dies too: of its recovery, and as it does things again. */
const WRITES_BACK = 3;
/** Three moments, and after two of them the process that comes back. */
const RUNS_PER_WRITE = 3 + 2 * WRITES_BACK;

/**
 * Kills the process before, in and after every write that `script` leads to, and in the first three writes of
 * the process that comes back; each time lets the script go on to its end, and compares.
 *
 * @throws Counterexample at the first crash that changes something
 * @throws PerdureError EXPLORE_NOT_DETERMINISTIC, EXPLORE_SCRIPT_STUCK, EXPLORE_TOO_LARGE, OPTION_INVALID
 * @public
 */
export async function explore<const R extends AnyRoot>(
  options: ExploreOptions<R>,
): Promise<Exploration> {
  return await new Explorer(options as unknown as ExploreOptions<AnyRoot>).explore();
}

class Explorer {
  readonly #options: ExploreOptions<AnyRoot>;
  readonly #boundaries: 'all' | { readonly sample: number };
  readonly #seed: number;
  readonly #runsMax: number;
  readonly #run: ScriptRunOptions;
  readonly #trace = new Trace();
  readonly #killed = { before: 0, torn: 0, after: 0 };
  #killedAgain = 0;
  #recovered = 0;
  #runs = 0;

  constructor(options: ExploreOptions<AnyRoot>) {
    const checked = readOptions('explore', exploreOptionsSchema, options);
    const { root, script, policies, resources, startMs } = options;
    this.#options = options;
    this.#boundaries = checked.boundaries;
    this.#seed = checked.seed;
    this.#runsMax = checked.runsMax;
    this.#run = {
      root: typeof root === 'function' ? root : () => root,
      script: script as ScriptRunOptions['script'],
      seed: checked.seed,
      sync: checked.durability === 'fsync',
      policies,
      resources,
      startMs,
    };
  }

  async explore(): Promise<Exploration> {
    const { only } = this.#options;
    const reference = await this.#reference();
    const points = only === undefined ? this.#points(reference.writes) : [only];
    let boundaries = 0;
    for (const point of points) {
      const run = await this.#crash(point, reference);
      boundaries += 1;
      if (only === undefined)
        for (const back of waysBack(point, run)) await this.#crash(back, reference);
      const progress = { runs: this.#runs, boundaries, boundariesMax: points.length };
      this.#options.onProgress?.(progress);
    }
    return {
      runs: this.#runs,
      writes: reference.writes,
      killed: this.#killed,
      killedAgain: this.#killedAgain,
      recovered: this.#recovered,
      traceHash: this.#trace.hash,
    };
  }

  /** The run without a crash, made twice. */
  async #reference(): Promise<ScriptRun> {
    const first = await runScript(this.#run);
    const second = await runScript(this.#run);
    refuseDifference(first, second);
    this.#trace.add(first.traceHash);
    if (first.failure !== undefined) throw first.failure.error;
    const error = await this.#broken(first.end as End);
    if (error === undefined) return first;
    const finding: Finding = { what: 'invariant', error };
    throw new Counterexample({ finding, crash: undefined, run: first, reference: first });
  }

  #points(writes: number): CrashPoint[] {
    const all = pointsOf(writes);
    const { sample } = this.#boundaries === 'all' ? { sample: undefined } : this.#boundaries;
    if (sample !== undefined) return drawn(all, sample, this.#seed);
    const runs = writes * RUNS_PER_WRITE;
    if (runs <= this.#runsMax) return all;
    throw new PerdureError('EXPLORE_TOO_LARGE', { writes, runs, limit: this.#runsMax });
  }

  /** @throws Counterexample */
  async #crash(crash: CrashPoint, reference: ScriptRun): Promise<ScriptRun> {
    this.#options.signal?.throwIfAborted();
    const run = await runScript(this.#run, crash, reference.running);
    if (run.missed !== undefined) throw this.#missedBy(run, run.missed.write);
    this.#trace.add(run.traceHash);
    const finding = await this.#finding(run, reference);
    if (finding !== undefined) throw new Counterexample({ finding, crash, run, reference });
    this.#runs += 1;
    if (crash.again === undefined) this.#killed[crash.moment] += 1;
    else this.#killedAgain += 1;
    this.#recovered += run.processes - 1;
    return run;
  }

  async #finding(run: ScriptRun, reference: ScriptRun): Promise<Finding | undefined> {
    const { failure } = run;
    if (failure !== undefined) return { what: failure.of, error: failure.error };
    const end = run.end as End;
    const error = await this.#broken(end);
    if (error !== undefined) return { what: 'invariant', error };
    const { same = comparable } = this.#options;
    if (same === false) return undefined;
    const difference = firstDifference(same(reference.end as never), same(end as never));
    return difference && { what: 'difference', difference };
  }

  /** A boundary that the runs before had is always there; one that was given may not be. */
  #missedBy({ writes }: ScriptRun, write: number): PerdureError {
    if (this.#options.only !== undefined)
      return new PerdureError('OPTION_INVALID', {
        path: 'explore.only',
        why: `there is no write ${write}: this run made ${writes}`,
      });
    const first = `write ${write}`;
    return new PerdureError('EXPLORE_NOT_DETERMINISTIC', { first, second: 'it is over' });
  }

  /** Why the invariant does not hold, if it does not. */
  async #broken(end: End): Promise<unknown> {
    try {
      const holds = await this.#options.invariant?.(end as never);
      return holds === false ? new Error('it returned false') : undefined;
    } catch (error) {
      return error ?? new Error('it threw');
    }
  }
}

/**
 * The process that comes back dies too. Before, or torn: both leave the same behind, so it is looked at once. What
 * an end after a write leaves behind, a torn next one does as well.
 */
function waysBack(point: CrashPoint, { recoveryWrite, writes }: ScriptRun): CrashPoint[] {
  if (point.moment === 'before' || recoveryWrite === undefined) return [];
  return Array.from({ length: WRITES_BACK }, (_, place) => recoveryWrite + place)
    .filter((write) => write <= writes)
    .map((write) => ({ ...point, again: { write, moment: 'torn' } }));
}

/** Letters of different actors come in any order, and so do the lives at one address. */
function comparable({ actors, ended, emissions, deadLetters }: End): unknown {
  const letters = deadLetters.toSorted((a, b) => a.address.localeCompare(b.address));
  return { actors, ended: inOneOrder(ended), emissions, deadLetters: letters };
}

function inOneOrder(ended: End['ended']): unknown {
  const sorted = Object.entries(ended).map(([address, lives = []]) => [
    address,
    lives
      .map((life) => ({ life, text: withoutKeys(plainJson(life)) }))
      .toSorted((a, b) => a.text.localeCompare(b.text))
      .map(({ life }) => life),
  ]);
  return Object.fromEntries(sorted);
}
