/**
 * Runs one machine twice: as a plain `createActor`, and on perdure with the process killed and the store
 * opened again before every step. What can be seen of both must be the same.
 */
import { expect } from 'vitest';
import { type AnyActor, type AnyActorLogic, createActor, type EventObject } from 'xstate';
import { isActorRef } from '../../src/actors/light-ref.ts';
import { logicKind } from '../../src/actors/logic-kind.ts';
import { isPerdureError } from '../../src/base/errors.ts';
import { simClock } from '../../src/testing/sim-clock.ts';
import { type Observed, openTestSystem, type TestSystem } from './test-system.ts';

/** An event for the machine, or milliseconds that pass. */
export type Step = { readonly type: string; readonly [key: string]: unknown } | number;

/** Makes the machine. What its actions do is noted with `note`, so that each run has notes of its own. */
export type Subject = (note: (...said: unknown[]) => void) => AnyActorLogic;

export interface Run {
  /** After the start, and after each step. */
  readonly states: readonly unknown[];
  readonly emitted: readonly EventObject[];
  readonly notes: readonly unknown[];
}

export interface Options {
  readonly input?: unknown;
  /** For machines whose notes come in another order by design: then they are compared as a set. */
  readonly notesInAnyOrder?: boolean;
  /** For machines that crash: what crashed is parked. */
  readonly acceptLetters?: boolean;
}

/** Fails unless both runs look the same; returns what they look like. */
export async function expectSame(
  subject: Subject,
  steps: readonly Step[],
  options: Options = {},
): Promise<Run> {
  const live = await runLive(subject, steps, options.input);
  const durable = await runDurable(subject, steps, options);

  expect(durable.states).toEqual(live.states);
  expect(durable.emitted).toEqual(live.emitted);
  if (options.notesInAnyOrder === true) expect(sorted(durable.notes)).toEqual(sorted(live.notes));
  else expect(durable.notes).toEqual(live.notes);
  return durable;
}

async function runLive(subject: Subject, steps: readonly Step[], input: unknown): Promise<Run> {
  const clock = simClock();
  const notes: unknown[] = [];
  const emitted: EventObject[] = [];
  const actor = createActor(
    subject((...said) => notes.push(plain(said))),
    {
      id: 'm',
      input,
      clock: {
        setTimeout: (fn: () => void, ms: number) => clock.after(ms, fn),
        clearTimeout: (withdraw: () => void) => withdraw(),
      },
      logger: () => undefined,
    } as never,
  );
  actor.on('*', (event) => emitted.push(plain(event) as EventObject));
  actor.subscribe({ error: () => undefined });
  actor.start();
  await clock.settled();
  const states = [liveState(actor)];
  for (const step of steps) {
    if (typeof step === 'number') await clock.advance(step);
    else actor.send(step);
    await clock.settled();
    states.push(liveState(actor));
  }
  return { states, emitted, notes };
}

async function runDurable(
  subject: Subject,
  steps: readonly Step[],
  { input, acceptLetters = false }: Options,
): Promise<Run> {
  const notes: unknown[] = [];
  const logic = subject((...said) => notes.push(plain(said)));
  const system = await openTestSystem(logic, input);
  const states = [await durableState(system, '/m')];
  for (const step of steps) {
    await system.restart();
    expect(await durableState(system, '/m')).toEqual(states.at(-1));
    if (typeof step === 'number') await system.advance(step);
    else await system.send('/m', step);
    states.push(await durableState(system, '/m'));
  }
  const emitted = (await system.emissions('/m')).map(({ event }) => plain(event) as EventObject);
  const letters: unknown[] = [];
  for await (const letter of system.system.deadLetters.list()) letters.push(letter);
  if (!acceptLetters) expect(letters).toEqual([]);
  await system.stop();
  expect(system.log.filter(({ level }) => level === 'error')).toEqual([]);
  return { states, emitted, notes };
}

function liveState(actor: AnyActor): unknown {
  const snapshot = actor.getSnapshot() as Observed;
  const children: Record<string, unknown> = {};
  for (const [id, child] of Object.entries(snapshot.children ?? {})) {
    if (snapshot.status !== 'active') children[id] = 'ended';
    else children[id] = isActorKind(child as AnyActor) ? liveState(child as AnyActor) : 'effect';
  }
  return stateOf(snapshot, children);
}

function isActorKind(child: AnyActor): boolean {
  const kind = logicKind((child as unknown as { logic: AnyActorLogic }).logic);
  return kind === 'machine' || kind === 'transition';
}

async function durableState(system: TestSystem, address: string): Promise<unknown> {
  const snapshot = await system.snapshot(address);
  const children: Record<string, unknown> = {};
  for (const id of Object.keys(snapshot.children ?? {})) {
    if (snapshot.status !== 'active') children[id] = 'ended';
    else
      children[id] = await durableState(system, `${address}/${id}`).catch((error: unknown) => {
        if (isPerdureError(error) && error.code === 'ACTOR_NOT_FOUND') return 'effect';
        throw error;
      });
  }
  return stateOf(snapshot, children);
}

function stateOf(snapshot: Observed, children: unknown): unknown {
  const { status, value, context, output, error, tags } = snapshot;
  return {
    ...(plain({ status, value, context, output, error }) as object),
    tags: [...(tags ?? [])].sort(),
    meta: typeof snapshot.getMeta === 'function' ? snapshot.getMeta() : undefined,
    children,
  };
}

/** Refs by their ids, errors by what is kept of them: what both sides can be compared by. */
export function plain(value: unknown): unknown {
  if (isActorRef(value)) return `ref ${value.id}`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map)
    return new Map([...value].map(([key, one]) => [plain(key), plain(one)]));
  if (value instanceof Set) return new Set([...value].map(plain));
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

function sorted(values: readonly unknown[]): unknown[] {
  return values.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}
