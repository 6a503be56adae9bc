/**
 * The referee: scenarios that were run against the supervisor of Erlang/OTP 25, and what was seen.
 * This file reads, plays and compares them; what plays the part of OTP is a `Driver`.
 */
import { compare, type Seen } from './otp-compare.ts';

export interface VectorWorker {
  readonly id: string;
  readonly type: 'worker';
  readonly restart: string;
  readonly significant: boolean;
  readonly shutdown: number | string;
  readonly onStop: 'ok' | 'throw' | 'hang';
}

export interface VectorSupervisor {
  readonly id: string;
  readonly type: 'supervisor';
  readonly strategy: string;
  readonly intensity: number;
  /** Seconds. */
  readonly period: number;
  readonly autoShutdown: string;
  readonly children: readonly VectorChild[];
  /** Not at the root: */
  readonly restart?: string;
  readonly significant?: boolean;
  readonly shutdown?: number | string;
}

export type VectorChild = VectorWorker | VectorSupervisor;

/** How a worker ends by itself. */
export type How = 'crash' | 'normal' | 'shutdown' | 'shutdown_term' | 'kill';

export interface VectorCall {
  /** Path of the supervisor that is called. */
  readonly sup: string;
  readonly fn:
    | 'start_child'
    | 'terminate_child'
    | 'restart_child'
    | 'delete_child'
    | 'get_childspec'
    | 'which_children'
    | 'count_children';
  readonly by?: 'id' | 'handle';
  readonly id?: string;
  readonly child?: VectorChild;
  readonly label?: string;
}

export interface Arming {
  readonly path: string;
  /** This many start attempts do not succeed. */
  readonly count: number;
  readonly mode: 'error' | 'throw' | 'ignore';
  /** Put into the queue of the parent, once it runs, during the first of these attempts. */
  readonly calls: readonly VectorCall[];
}

export type VectorStep =
  | { readonly op: 'start' }
  | { readonly op: 'stop' }
  | { readonly op: 'exit'; readonly path: string; readonly how: How }
  | ({ readonly op: 'fail_next_starts' } & Arming)
  | ({ readonly op: 'call' } & VectorCall)
  | { readonly op: 'sleep'; readonly ms: number };

export type FailureReason =
  | string
  | { readonly failed_to_start_child: string; readonly reason: FailureReason }
  | { readonly start_spec: string }
  | { readonly supervisor_data: string };

export interface VectorChildView {
  readonly id: string;
  readonly state: string;
  readonly type: string;
}

export interface VectorCounts {
  readonly specs: number;
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

export type Result =
  | {
      readonly ok: true;
      readonly child?: 'running' | 'undefined';
      readonly childspec?: object;
      readonly children?: readonly VectorChildView[];
      readonly counts?: VectorCounts;
    }
  | { readonly ok: false; readonly error: string; readonly reason?: FailureReason };

export interface PlainEvent {
  readonly ev: 'starting' | 'start' | 'start_failed' | 'start_ignored' | 'stop' | 'give_up';
  readonly path: string;
  readonly type: string;
  /** The how-many-th successful start of this path in the whole scenario: on `start` and `stop`. */
  readonly n?: number;
  readonly reason?: string;
}

/** Events without an order between the branches. */
export interface ParallelEvents {
  readonly ev: 'par';
  /** Of the pool whose instances are stopped. */
  readonly path: string;
  readonly branches: readonly (readonly VectorEvent[])[];
}

export type VectorEvent = PlainEvent | ParallelEvents;

export interface SupervisorView {
  readonly path: string;
  /** Latest started first. Of a pool in any order. */
  readonly children: readonly VectorChildView[];
  readonly counts: VectorCounts;
  /** Compared if the driver knows it. */
  readonly restarts?: number;
}

export type AnsweredCall = VectorCall & { readonly result: Result };

export interface Expectation {
  readonly result: Result;
  readonly calls: readonly AnsweredCall[];
  readonly events: readonly VectorEvent[];
  readonly view: readonly SupervisorView[];
}

export interface Vector {
  readonly id: string;
  readonly family: 'count' | 'validation' | 'window';
  readonly quirks: readonly string[];
  readonly spec: VectorSupervisor;
  readonly script: readonly VectorStep[];
  readonly expect: readonly Expectation[];
}

/**
 * One system under test, made for one scenario. Every method returns when nothing moves any more.
 * A path is the ids from the root on (`root/s1/w2`); the label of an instance stands for its id.
 */
export interface Driver {
  /** Starts the tree afresh. What was armed, and the numbers of starts, live on. */
  start(): Promise<Result>;
  /** The owner of the root stops it. */
  stop(): Promise<Result>;
  /** Ends a running worker. */
  exit(path: string, how: How): Promise<void>;
  /** Replaces an earlier arming of the path. Lives on until it is used up. */
  failNextStarts(arming: Arming): Promise<void>;
  call(call: VectorCall): Promise<Result>;
  sleep(ms: number): Promise<void>;
  /** Calls that were made because of an arming since the last time, in the order of the calls. */
  takeCalls(): readonly AnsweredCall[];
  /** What happened since the last time, in order. */
  takeEvents(): readonly PlainEvent[];
  /** The supervisors that run, in any order. */
  view(): Promise<readonly SupervisorView[]>;
  /** Has the process die between two steps, and the next one go on. */
  readonly reopen?: (() => Promise<void>) | undefined;
  close(): Promise<void>;
}

export type DriverMaker = (vector: Vector) => Driver;

/** Where a driver first did something else than OTP. */
export interface Deviation {
  /** Index into the script. */
  readonly step: number;
  /** The first difference, as a sentence. */
  readonly difference: string;
  /** Absent if the step could not be played to its end. */
  readonly seen?: Seen;
}

/** Plays one scenario. The first difference as a sentence, or undefined: all is as in OTP. */
export async function playVector(vector: Vector, make: DriverMaker): Promise<string | undefined> {
  const deviation = await firstDeviation(vector, make);
  if (deviation === undefined) return undefined;
  const { step, difference } = deviation;
  return `${vector.id}, step ${step} ${JSON.stringify(vector.script[step])}: ${difference}`;
}

/** Plays one scenario up to the first difference. */
export async function firstDeviation(
  vector: Vector,
  make: DriverMaker,
): Promise<Deviation | undefined> {
  const pools = pathsOfPools(vector);
  let driver: Driver | undefined;
  let at = 0;
  try {
    driver = make(vector);
    for (const [step, action] of vector.script.entries()) {
      at = step;
      const expected = vector.expect[step];
      if (expected === undefined) return { step, difference: 'it has no expectation' };
      const seen = await observe(driver, action);
      const difference = compare(expected, seen, pools);
      if (difference !== undefined) return { step, difference, seen };
      const after = await afterReopening(driver, seen);
      const change = compare(expected, after, pools);
      if (change !== undefined)
        return { step, difference: `after reopening, ${change}`, seen: after };
    }
    return undefined;
  } catch (error) {
    return { step: at, difference: error instanceof Error ? (error.stack ?? '') : String(error) };
  } finally {
    await driver?.close();
  }
}

async function observe(driver: Driver, action: VectorStep): Promise<Seen> {
  const result = await perform(driver, action);
  const [calls, events] = [driver.takeCalls(), driver.takeEvents()];
  return { result, calls, events, view: await driver.view() };
}

/** What happens while it goes on is not compared: what is there afterwards is. */
async function afterReopening(driver: Driver, seen: Seen): Promise<Seen> {
  if (driver.reopen === undefined) return seen;
  await driver.reopen();
  driver.takeEvents();
  driver.takeCalls();
  return { ...seen, view: await driver.view() };
}

export async function perform(driver: Driver, step: VectorStep): Promise<Result> {
  switch (step.op) {
    case 'start':
      return await driver.start();
    case 'stop':
      return await driver.stop();
    case 'exit':
      await driver.exit(step.path, step.how);
      return { ok: true };
    case 'fail_next_starts':
      await driver.failNextStarts(step);
      return { ok: true };
    case 'call': {
      const { op: _, ...call } = step;
      return await driver.call(call);
    }
    case 'sleep':
      await driver.sleep(step.ms);
      return { ok: true };
  }
}

/** Pools are known by path, also those below an instance, whose label is free. */
function pathsOfPools(vector: Vector): Set<string> {
  const pools = new Set<string>();
  const isPool = (strategy: string): boolean => strategy === 'simple_one_for_one';
  const walk = (spec: VectorChild, path: string): void => {
    if (spec.type === 'worker') return;
    if (isPool(spec.strategy)) pools.add(path);
    const [template] = spec.children;
    const labels = isPool(spec.strategy) ? labelsOf(vector, path) : [];
    if (template !== undefined) for (const label of labels) walk(template, `${path}/${label}`);
    if (!isPool(spec.strategy))
      for (const child of spec.children) walk(child, `${path}/${child.id}`);
  };
  walk(vector.spec, vector.spec.id);
  for (const step of vector.script) {
    if (step.op === 'call' && step.child !== undefined) {
      walk(step.child, `${step.sup}/${step.child.id}`);
    }
  }
  return pools;
}

function labelsOf(vector: Vector, pool: string): string[] {
  const calls = vector.script.flatMap((step) => {
    if (step.op === 'call') return [step];
    return step.op === 'fail_next_starts' ? step.calls : [];
  });
  return calls.flatMap(({ sup, label }) => (sup === pool && label !== undefined ? [label] : []));
}
