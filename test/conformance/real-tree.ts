/** Plays the vectors against the real runtime: real actors, real batches, simulated time. */
import { childAddress, parentOf } from '../../src/actors/address.ts';
import { isPerdureError } from '../../src/base/errors.ts';
import type { StartFailure } from '../../src/supervisor/start-failure.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';
import type { SupervisorRef } from '../../src/runtime/supervisor-ref-types.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import { Lab } from '../runtime/lab.ts';
import type {
  AnsweredCall,
  Arming,
  Driver,
  How,
  PlainEvent,
  Result,
  SupervisorView,
  Vector,
  VectorCall,
  VectorWorker,
} from '../support/otp-vectors.ts';
import { failureReason } from '../support/vector-words.ts';
import { type Hooks, type RealSpecs, realSpecs, worker } from './real-specs.ts';

/** Simulated time after which something that hangs is taken to hang for good. */
const PATIENCE_MS = 60_000;

const EVENTS: { readonly [Type in SystemEvent['type']]?: PlainEvent['ev'] } = {
  'supervisor.starting': 'starting',
  'actor.started': 'start',
  'supervisor.started': 'start',
  'actor.start_failed': 'start_failed',
  'supervisor.start_failed': 'start_failed',
  'actor.start_ignored': 'start_ignored',
  'actor.exited': 'stop',
  'actor.stopped': 'stop',
  'supervisor.ended': 'stop',
};

interface Armed {
  readonly arming: Arming;
  left: number;
  hasCalled: boolean;
}

export interface RealTreeOptions {
  /** Kills the process before each step, and goes on with the next one. */
  readonly recovers: boolean;
  /** Made for each start: a store with a fault of its own, if the test wants one. */
  readonly makeLab?: () => Lab;
}

export class RealTree implements Driver {
  readonly specs: RealSpecs;
  readonly #rootId: string;
  readonly #options: RealTreeOptions;
  #lab = new Lab();
  #system: System | undefined = undefined;
  #isClosed = true;
  readonly #armed = new Map<string, Armed>();
  readonly #starts = new Map<string, number>();
  readonly #up = new Set<string>();
  /** Workers that are about to end by themselves. */
  readonly #leaving = new Set<string>();
  #hanging = 0;
  /** The process comes back: what happens now is no part of the scenario. */
  #isRecovering = false;
  #events: PlainEvent[] = [];
  #calls: { call: VectorCall; result: Result }[] = [];

  constructor(vector: Vector, options: RealTreeOptions) {
    this.#rootId = vector.spec.id;
    this.#options = options;
    this.specs = realSpecs(vector, (spec) => this.#hooksOf(spec));
  }

  get nowMs(): number {
    return this.#lab.clock.wallMs();
  }

  async start(): Promise<Result> {
    this.#lab = this.#options.makeLab?.() ?? new Lab();
    this.#up.clear();
    return await this.#open();
  }

  async stop(): Promise<Result> {
    await this.#recover();
    if (this.#system !== undefined && !this.#isClosed)
      await this.#whileTimePasses(this.#system.stop());
    return { ok: true };
  }

  async exit(path: string, how: How): Promise<void> {
    await this.#recover();
    const system = this.#system as System;
    const address = this.#addressOf(path);
    if (how === 'kill') await this.#whileTimePasses(system.kill(address));
    else {
      this.#leaving.add(address);
      await this.#whileTimePasses(system.ref(address, worker).send({ type: how }));
    }
    await this.#rest();
    this.#leaving.clear();
  }

  async failNextStarts(arming: Arming): Promise<void> {
    await this.#recover();
    this.#armed.set(this.#addressOf(arming.path), { arming, left: arming.count, hasCalled: false });
  }

  async call(call: VectorCall): Promise<Result> {
    await this.#recover();
    const result = await this.#whileTimePasses(this.#ask(call));
    await this.#rest();
    return result;
  }

  async sleep(ms: number): Promise<void> {
    await this.#recover();
    await this.#lab.advance(ms);
    await this.#rest();
  }

  takeCalls(): readonly AnsweredCall[] {
    return this.#calls.splice(0).map(({ call, result }) => ({ ...call, result }));
  }

  takeEvents(): readonly PlainEvent[] {
    return this.#events.splice(0);
  }

  async view(): Promise<readonly SupervisorView[]> {
    if (this.#isClosed) return [];
    return await this.#viewFrom('/');
  }

  async close(): Promise<void> {
    this.#isRecovering = true;
    if (this.#system !== undefined && !this.#isClosed)
      await this.#whileTimePasses(this.#system.stop());
  }

  // ---------- processes ----------

  async #open(): Promise<Result> {
    const root = this.specs.root as unknown as AnyRoot;
    this.#isClosed = false;
    try {
      const system = (await this.#whileTimePasses(
        this.#lab.open(root, { onEvent: (event) => this.#hear(event) }),
      )) as System;
      this.#system = system;
      void system.closed.then(() => {
        if (this.#system === system) this.#isClosed = true;
      });
      await this.#rest();
      return { ok: true };
    } catch (error) {
      this.#isClosed = true;
      if (!isPerdureError(error) || error.code !== 'SUPERVISOR_START_FAILED') throw error;
      const { failure } = error.facts as { failure: StartFailure };
      return { ok: false, error: 'start_failed', reason: failureReason(failure) };
    }
  }

  async #recover(): Promise<void> {
    if (!this.#options.recovers || this.#isClosed) return;
    this.#isRecovering = true;
    await this.#lab.kill();
    const opened = await this.#open();
    if (!opened.ok) throw new Error('the tree did not come back');
    this.#isRecovering = false;
  }

  /** Until nothing moves any more; hooks that hang are waited for. */
  async #rest(): Promise<void> {
    await this.#lab.settle();
    while (this.#hanging > 0) await this.#lab.advance(1);
  }

  async #whileTimePasses<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    promise.then(over, over);
    await this.#lab.settle();
    for (let ms = 0; !isOver; ms += 1) {
      if (ms > PATIENCE_MS) throw new Error('nothing moves any more, and an answer is still owed');
      await this.#lab.advance(1);
    }
    return await promise;
  }

  // ---------- workers ----------

  #hooksOf({ onStop }: VectorWorker): Hooks {
    return {
      onStart: ({ address }) => this.#starting(address),
      onStop: ({ address, signal }) => {
        if (this.#leaving.delete(address) || this.#isRecovering || onStop === 'ok') return;
        if (onStop === 'throw') throw new Error('cleanup');
        return this.#hang(signal);
      },
    };
  }

  #hang(signal: AbortSignal): Promise<void> {
    this.#hanging += 1;
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        this.#hanging -= 1;
        resolve();
      });
    });
  }

  #starting(address: string): 'ignore' | undefined {
    const armed = this.#isRecovering ? undefined : this.#armed.get(address);
    if (armed === undefined || armed.left === 0) return undefined;
    armed.left -= 1;
    this.#callDuring(address, armed);
    if (armed.arming.mode === 'ignore') return 'ignore';
    throw new Error('start_error');
  }

  #callDuring(address: string, armed: Armed): void {
    if (armed.hasCalled) return;
    armed.hasCalled = true;
    if (!this.#up.has(parentOf(address) as string)) return;
    for (const call of armed.arming.calls) {
      const entry: { call: VectorCall; result: Result } = {
        call,
        result: { ok: false, error: 'unanswered' },
      };
      this.#calls.push(entry);
      void this.#ask(call).then((result) => {
        entry.result = result;
      });
    }
  }

  // ---------- what is seen ----------

  #hear(event: SystemEvent): void {
    if (event.type === 'supervisor.started') this.#up.add(event.address);
    if (event.type === 'supervisor.ended' || event.type === 'supervisor.start_failed')
      this.#up.delete(event.address);
    if (this.#isRecovering) return;
    const seen = this.#seen(event);
    if (seen !== undefined) this.#events.push(seen);
  }

  #seen(event: SystemEvent): PlainEvent | undefined {
    const isGivingUp = event.type === 'supervisor.decided' && event.decision === 'escalate';
    const ev = isGivingUp ? 'give_up' : EVENTS[event.type];
    if (ev === undefined || !('address' in event)) return undefined;
    const path = this.#pathOf(event.address);
    const type = event.type.startsWith('supervisor') ? 'supervisor' : 'worker';
    if (ev === 'start') this.#starts.set(path, (this.#starts.get(path) ?? 0) + 1);
    const n = this.#starts.get(path) ?? 0;
    if (ev === 'start') return { ev, path, type, n };
    if (ev !== 'stop' || !('reason' in event)) return { ev, path, type };
    return { ev, path, type, n, reason: reasonOf(event.reason, type) };
  }

  async #viewFrom(address: string): Promise<SupervisorView[]> {
    const supervisor = (this.#system as System).supervisor(address);
    const [which, count] = await this.#whileTimePasses(
      Promise.all([supervisor.whichChildren(), supervisor.countChildren()]),
    );
    if (!which.ok || !count.ok) return [];
    const children = which.children.map(({ id, state, type }) => ({ id, state, type }));
    const views: SupervisorView[] = [
      { path: this.#pathOf(address), children, counts: count.counts },
    ];
    for (const child of which.children)
      if (child.type === 'supervisor') views.push(...(await this.#viewFrom(child.address)));
    return views;
  }

  // ---------- calls ----------

  async #ask(call: VectorCall): Promise<Result> {
    if (this.#system === undefined || this.#isClosed) return noproc;
    const supervisor = this.#system.supervisor(this.#addressOf(call.sup));
    try {
      return await answered(supervisor, call, this.specs.templateOf(call));
    } catch (error) {
      if (isPerdureError(error) && error.code === 'SYSTEM_STOPPING') return noproc;
      throw error;
    }
  }

  #addressOf(path: string): string {
    const [, ...ids] = path.split('/');
    return ids.reduce((address, id) => childAddress(address, id), '/');
  }

  #pathOf(address: string): string {
    return address === '/' ? this.#rootId : `${this.#rootId}${address}`;
  }
}

const noproc: Result = { ok: false, error: 'noproc' };

async function answered(
  supervisor: SupervisorRef,
  call: VectorCall,
  template: string | undefined,
): Promise<Result> {
  const { id = '' } = call;
  const name = call.by === 'handle' ? { address: childAddress(supervisor.address, id) } : id;
  switch (call.fn) {
    case 'start_child': {
      const options = template === undefined ? {} : { template };
      return started(await supervisor.startChild(call.label ?? call.child?.id ?? '', options));
    }
    case 'restart_child':
      return started(await supervisor.restartChild(name));
    case 'terminate_child':
      return await supervisor.terminateChild(name);
    case 'delete_child':
      return await supervisor.deleteChild(name);
    case 'get_childspec': {
      const answer = await supervisor.getChildSpec(name);
      if (!answer.ok) return answer;
      const { id: child, type, restart, significant, shutdownMs: shutdown } = answer.spec;
      return { ok: true, childspec: { id: child, type, restart, significant, shutdown } };
    }
    case 'which_children': {
      const answer = await supervisor.whichChildren();
      if (!answer.ok) return answer;
      const children = answer.children.map(({ id: child, state, type }) => ({
        id: child,
        state,
        type,
      }));
      return { ok: true, children };
    }
    case 'count_children':
      return await supervisor.countChildren();
  }
}

function started(answer: Awaited<ReturnType<SupervisorRef['startChild']>>): Result {
  if (answer.ok) return { ok: true, child: answer.isRunning ? 'running' : 'undefined' };
  if (!('failure' in answer)) return answer;
  return { ok: false, error: 'start_failed', reason: failureReason(answer.failure) };
}

/** A reason in words, as OTP's class of it. */
function reasonOf(words: string, type: string): string {
  const [kind = ''] = words.split(':');
  return kind === 'shutdown' && words !== 'shutdown' && type === 'worker' ? 'shutdown_term' : kind;
}
