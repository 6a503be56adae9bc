/**
 * Plays a vector on the real runtime: actors that are XState machines, a store in memory, a simulated clock.
 * What fails or is late does so in the hooks of the specs, as the script says.
 */
import type { StartHookArgs, StopHookArgs } from '../../src/actors/actor-settings.ts';
import { isPerdureError, type PerdureError } from '../../src/base/errors.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import type { StartFailure } from '../../src/supervisor/start-failure.ts';
import { Lab, watched } from '../runtime/lab.ts';
import type {
  AnsweredCall,
  Arming,
  Driver,
  FailureReason,
  How,
  PlainEvent,
  Result,
  SupervisorView,
  Vector,
  VectorCall,
  VectorWorker,
} from '../support/otp-vectors.ts';
import { failureReason } from '../support/vector-words.ts';
import { isSettingsFault } from './constructor-refusals.ts';
import { SupervisionTrace } from './supervision-trace.ts';
import { callSupervisor } from './supervisor-calls.ts';
import { acceptsAll } from './vector-calls.ts';
import { addressOf, parentPath, pathOf, rootPath } from './vector-path.ts';
import { type HookUse, VectorTree } from './vector-tree.ts';
import { vectorWorker } from './vector-worker.ts';

/** Hooks that hang are given up after a few ms: whatever takes longer than this never comes to rest. */
const REST_MAX_MS = 60_000;
const REST_STEP_MS = 5;

export interface RealTreeOptions {
  /** Kills the process between the steps, and goes on with the next one. */
  readonly recovers: boolean;
  readonly hooks?: HookUse;
}

export class RealTree implements Driver {
  readonly reopen: (() => Promise<void>) | undefined;
  readonly #tree: VectorTree;
  readonly #trace = new SupervisionTrace();
  readonly #armed = new Map<string, { arming: Arming; left: number; hasCalled: boolean }>();
  /** Workers that are told to end: nobody else stops them. */
  readonly #ending = new Set<string>();
  /** Hooks that do not end before their time is over. */
  #hanging = 0;
  #calls: { readonly call: VectorCall; result: Result }[] = [];
  #lab = new Lab();
  #system: System | undefined = undefined;

  constructor(vector: Vector, { recovers, hooks = 'everywhere' }: RealTreeOptions) {
    this.reopen = recovers ? () => this.#reopen() : undefined;
    this.#tree = new VectorTree(
      vector,
      {
        onStart: (args) => this.#onStart(args),
        onStop: (args, how) => this.#onStop(args, how),
      },
      hooks,
    );
    if (this.#tree.refusals.count > 0 && acceptsAll(vector))
      throw new Error('the constructors refuse a specification that OTP accepts');
  }

  get nowMs(): number {
    return this.#lab.clock.wallMs();
  }

  /** Afresh: with nothing stored. */
  async start(): Promise<Result> {
    this.#lab = new Lab();
    return await this.#open();
  }

  async stop(): Promise<Result> {
    const stopped = watched(this.#system?.stop() ?? Promise.resolve());
    await this.#rest();
    if (!stopped.isSettled) throw new Error('the system does not stop');
    return { ok: true };
  }

  async exit(path: string, how: How): Promise<void> {
    const system = this.#system;
    if (system === undefined) throw new Error('the tree does not run');
    const address = addressOf(path);
    if (how !== 'kill') this.#ending.add(path);
    const told = watched<unknown>(
      how === 'kill' ? system.kill(address) : system.ref(address, vectorWorker).send({ type: how }),
    );
    await this.#rest();
    this.#ending.delete(path);
    if (!told.isSettled || told.error !== undefined)
      throw new Error(`${path} cannot be ended`, { cause: told.error });
  }

  async failNextStarts(arming: Arming): Promise<void> {
    this.#armed.set(arming.path, { arming, left: arming.count, hasCalled: false });
  }

  async call(call: VectorCall): Promise<Result> {
    const asked = watched(this.#ask(call));
    await this.#rest();
    if (asked.value === undefined)
      throw asked.error ?? new Error(`${call.fn} of ${call.sup} is not answered`);
    return asked.value;
  }

  async sleep(ms: number): Promise<void> {
    await this.#lab.advance(ms);
  }

  takeCalls(): readonly AnsweredCall[] {
    const calls = this.#calls.map(({ call, result }) => ({ ...call, result }));
    this.#calls = [];
    return calls;
  }

  takeEvents(): readonly PlainEvent[] {
    return this.#trace.take();
  }

  async view(): Promise<readonly SupervisorView[]> {
    const views: SupervisorView[] = [];
    if (this.#trace.isUp(rootPath)) await this.#look(rootPath, views);
    return views;
  }

  async close(): Promise<void> {
    await this.#lab.kill();
  }

  // ---------- the system ----------

  async #open(): Promise<Result> {
    // the types of a tree know none that has no root supervisor, or a bad one
    const root = this.#tree.root as unknown as AnyRoot;
    const opened = watched<System>(
      this.#lab.open(root, { onEvent: (event) => this.#trace.hear(event) }) as Promise<System>,
    );
    await this.#rest();
    if (!opened.isSettled) throw new Error('the system does not open');
    this.#system = opened.value;
    const { error } = opened;
    if (error === undefined) return { ok: true };
    if (!isPerdureError(error) || error.code !== 'SUPERVISOR_START_FAILED') throw error;
    const { failure } = (error as PerdureError<'SUPERVISOR_START_FAILED'>).facts;
    const reason = failureReason(failure as StartFailure);
    const fault = faultIn(reason);
    if (fault !== undefined) this.#tree.refusals.assertRefused(fault);
    return { ok: false, error: 'start_failed', reason };
  }

  /** The process dies and the next one goes on with the tree. That is no part of the scenario. */
  async #reopen(): Promise<void> {
    if (!this.#trace.isUp(rootPath)) return;
    await this.#lab.kill();
    this.#hanging = 0;
    this.#trace.isMuted = true;
    const result = await this.#open();
    if (!result.ok) throw new Error(`the next process does not start: ${JSON.stringify(result)}`);
    this.#trace.isMuted = false;
  }

  /** Until nothing moves any more. Hooks that hang take some time for it. */
  async #rest(): Promise<void> {
    await this.#lab.settle();
    for (let ms = 0; this.#hanging > 0; ms += REST_STEP_MS) {
      if (ms > REST_MAX_MS) throw new Error('the system does not come to rest');
      await this.#lab.advance(REST_STEP_MS);
    }
  }

  async #look(path: string, views: SupervisorView[]): Promise<void> {
    const [children, counts] = await Promise.all([
      this.#ask({ sup: path, fn: 'which_children' }),
      this.#ask({ sup: path, fn: 'count_children' }),
    ]);
    if (!children.ok || !counts.ok) throw new Error(`${path} runs and does not answer`);
    const restarts = this.#trace.restarts(path);
    views.push({
      path,
      children: children.children ?? [],
      counts: counts.counts ?? { specs: -1, active: -1, supervisors: -1, workers: -1 },
      ...(restarts === undefined ? {} : { restarts }),
    });
    for (const { id, state, type } of children.children ?? [])
      if (type === 'supervisor' && state === 'running') await this.#look(`${path}/${id}`, views);
  }

  async #ask(call: VectorCall): Promise<Result> {
    const result = await callSupervisor(this.#system, this.#tree, call);
    if (!result.ok && isSettingsFault(result.error))
      this.#tree.refusals.assertRefused(result.error);
    return result;
  }

  // ---------- the hooks of the workers ----------

  #onStart({ address }: StartHookArgs): void | 'ignore' | Promise<'ignore'> {
    const path = pathOf(address);
    const armed = this.#armed.get(path);
    if (armed === undefined || armed.left === 0 || this.#trace.isMuted) return undefined;
    armed.left -= 1;
    if (!armed.hasCalled && this.#trace.isUp(parentPath(path))) this.#callDuring(armed.arming);
    armed.hasCalled = true;
    const { mode } = armed.arming;
    if (mode === 'throw') throw new Error('start_error');
    return mode === 'error' ? Promise.reject(new Error('start_error')) : 'ignore';
  }

  /** They wait in the queue of the supervisor, which is busy with the start. */
  #callDuring({ calls }: Arming): void {
    for (const call of calls) {
      const entry = { call, result: { ok: false, error: 'unanswered' } as Result };
      this.#calls.push(entry);
      this.#ask(call).then(
        (result) => {
          entry.result = result;
        },
        (error: unknown) => {
          entry.result = { ok: false, error: String(error) };
        },
      );
    }
  }

  #onStop({ address, signal }: StopHookArgs, how: VectorWorker['onStop']): void | Promise<void> {
    // the script says what happens to one that is stopped, not to one that ends by itself
    if (this.#ending.delete(pathOf(address)) || how === 'ok') return undefined;
    if (how === 'throw') throw new Error('cleanup');
    this.#hanging += 1;
    signal.addEventListener('abort', () => {
      this.#hanging -= 1;
    });
    return new Promise(() => undefined);
  }
}

/** What a supervisor found fault with, below whatever could not start because of it. */
function faultIn(reason: FailureReason): string | undefined {
  if (typeof reason === 'string') return undefined;
  if ('failed_to_start_child' in reason) return faultIn(reason.reason);
  return 'start_spec' in reason ? reason.start_spec : reason.supervisor_data;
}
