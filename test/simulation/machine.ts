/**
 * The one machine of the simulation: it does what its messages tell it to, and notes each turn twice, in its
 * state and as an emission, so that a turn of which only a part is there can be seen.
 */
import { type AnyStateMachine, assign, emit, enqueueActions, sendTo, setup } from 'xstate';
import { at, exit, fromAsk, reply, step, type StepArgs } from '../../src/index.ts';
import { textHash } from '../../src/base/text-hash.ts';
import { isToItself } from './deeds.ts';
import type { Outside } from './outside.ts';
import { stepsOf } from './policies.ts';
import type { Deed } from './program.ts';

/** The message of an operation, or of a deed of another message: `3`, `3-0`, `3-0-1`. */
export interface Work {
  readonly type: 'work';
  readonly id: string;
  readonly deeds: readonly Deed[];
}

export interface Context {
  /** Turns of this life. */
  readonly count: number;
  /** Of the ids of all its turns, whatever their order. */
  readonly sum: number;
  /** Turns in which it set its latest timer and made its latest helper. */
  readonly timer: string;
  readonly helper: string;
}

/** What each turn emits. */
export interface Applied {
  readonly type: 'applied';
  readonly id: string;
  readonly count: number;
  readonly sum: number;
}

export interface Task {
  readonly id: string;
  readonly ms: number;
  readonly failures: number;
  readonly isUnhandled: boolean;
}

type Args = {
  context: Context;
  event: { type: string; id?: string; deeds?: readonly Deed[]; error?: unknown };
};

/** How long a riddle waits for an answer, which never comes. */
export const RIDDLE_MS = 250;

/** Helpers of helpers have none. */
const DEPTH = 2;

export function machineOf(
  outside: () => Outside,
  addresses: readonly string[],
  depth = DEPTH,
): AnyStateMachine {
  const apply = [
    assign(({ context, event }: Args) => {
      const id = idOf(event);
      return { ...context, count: context.count + 1, sum: sumWith(context.sum, id) };
    }),
    emit(({ context, event }: Args) => ({
      type: 'applied',
      id: idOf(event),
      count: context.count,
      sum: context.sum,
    })),
  ];
  const work = [
    assign(({ event }: Args) => {
      throwIfTold(event as Work, outside());
      return {};
    }),
    ...apply,
    enqueueActions(({ event, context, enqueue }) => {
      const { id, deeds } = event as unknown as Work;
      deeds.forEach((deed, index) =>
        perform(deed, `${id}-${index}`, context as unknown as Context, enqueue as never, addresses),
      );
    }),
  ];
  return setup({
    actors: {
      task: step<string, Task>((args) => runTask(args, outside())),
      ...stepsOf(outside, (args) => runTask(args, outside())),
      ...Object.fromEntries(
        addresses.flatMap((address, place) => [
          [
            `question${place}`,
            fromAsk(at(address) as never, 'question' as never, { timeoutMs: 60_000 }),
          ],
          [
            `riddle${place}`,
            fromAsk(at(address) as never, 'riddle' as never, { timeoutMs: RIDDLE_MS }),
          ],
        ]),
      ),
      ...helperOf(outside, addresses, depth),
    },
    actions: {
      act: (async (args: { idempotencyKey?: string }, { id, ms }: { id: string; ms: number }) => {
        outside().acted(id, args.idempotencyKey);
        if (ms > 0) await outside().world.sleep(ms);
      }) as never,
    },
    guards: {
      finishes: (({ event }: Args) =>
        event.deeds?.some((deed) => deed.do === 'finish') === true) as never,
      isHandled: (({ event }: Args) => !isUnhandled(event)) as never,
    },
  }).createMachine({
    id: 'worker',
    context: { count: 0, sum: 0, timer: '', helper: '' },
    initial: 'working',
    on: {
      question: { actions: [...apply, reply(({ event }: Args) => idOf(event) as never)] },
      'xstate.done.actor.*': { actions: apply },
      riddle: { actions: apply },
      'xstate.error.actor.*': { guard: 'isHandled', actions: apply },
    },
    states: {
      working: {
        on: {
          work: [{ guard: 'finishes', target: 'over', actions: work }, { actions: work }],
        },
      },
      over: { type: 'final' },
    },
  } as never) as unknown as AnyStateMachine;
}

async function runTask(args: StepArgs<Task>, outside: Outside): Promise<string> {
  const { input, attempt, signal } = args;
  const { id, ms, failures, isUnhandled } = input;
  outside.stepBegan(id, args);
  if (ms > 0) await outside.world.sleep(ms);
  signal.throwIfAborted();
  if (attempt <= failures) {
    outside.stepFailed(id);
    throw new Error(isUnhandled ? unhandled(id) : 'this step was to fail');
  }
  outside.stepEnded(id);
  return id;
}

function helperOf(
  outside: () => Outside,
  addresses: readonly string[],
  depth: number,
): Record<string, AnyStateMachine> {
  return depth === 0 ? {} : { helper: machineOf(outside, addresses, depth - 1) };
}

type Enqueue = ((action: unknown) => void) & {
  spawnChild(src: string, options: object): void;
  stopChild(id: string): void;
  cancel(id: string): void;
  raise(event: Work, options: { readonly delay: number; readonly id: string }): void;
};

/** @param id - of what comes of it */
function perform(
  deed: Deed,
  id: string,
  { timer, helper }: Context,
  enqueue: Enqueue,
  addresses: readonly string[],
): void {
  const told = (deeds: readonly Deed[]): Work => ({ type: 'work', id, deeds });
  const target = (place: number): never => at(addressAt(addresses, place)) as never;
  switch (deed.do) {
    case 'send':
      enqueue(sendTo(target(deed.to), told(deed.deeds) as never));
      return;
    case 'later':
      if (isToItself(deed)) enqueue.raise(told(deed.deeds), { delay: deed.ms, id });
      else enqueue(sendTo(target(deed.to), told(deed.deeds) as never, { delay: deed.ms, id }));
      enqueue(assign({ timer: id }));
      return;
    case 'cancel':
      if (timer !== '') enqueue.cancel(timer);
      return;
    case 'helper':
      enqueue.spawnChild('helper', { id });
      enqueue(sendTo(id, told(deed.deeds) as never));
      enqueue(assign({ helper: id }));
      return;
    case 'dismiss':
      if (helper !== '') enqueue.stopChild(helper);
      return;
    case 'step': {
      const { ms, failures, isUnhandled = false, policy = 'task' } = deed;
      enqueue.spawnChild(policy, { id, input: { id, ms, failures, isUnhandled } });
      return;
    }
    case 'ask':
      enqueue.spawnChild(
        `${deed.isUnanswered === true ? 'riddle' : 'question'}${deed.to % addresses.length}`,
        { id, input: { id } },
      );
      return;
    case 'act':
      enqueue({ type: 'act', params: { id, ms: deed.ms ?? 0 } });
      return;
    case 'leave':
      enqueue(exit('shutdown'));
      return;
    case 'flaky':
    case 'poison':
    case 'finish':
  }
}

function throwIfTold({ id, deeds }: Work, outside: Outside): void {
  for (const deed of deeds) {
    const failures =
      deed.do === 'poison' ? Number.POSITIVE_INFINITY : deed.do === 'flaky' ? deed.failures : 0;
    if (outside.thrown(id) >= failures) continue;
    outside.threw(id);
    throw new Error(`fault ${id}`);
  }
}

export function addressAt(addresses: readonly string[], place: number): string {
  return addresses[place % addresses.length] as string;
}

/** What a turn is about: the id of its message, or whose end it hears of. */
export function idOf({ type, id }: { readonly type: string; readonly id?: string }): string {
  const end = /^xstate\.(done|error)\.actor\.(.+)$/.exec(type);
  if (end !== null) return `${end[1]}:${end[2]}`;
  return type === 'question' || type === 'riddle' ? `ask:${id}` : (id ?? type);
}

/** What a step throws that nobody handles; an end of somebody else may come with the same words. */
function unhandled(id: string): string {
  return `nobody handles that ${id} fails`;
}

function isUnhandled({ type, error }: Args['event']): boolean {
  const [, id] = /^xstate\.error\.actor\.(.+)$/.exec(type) ?? [];
  return id !== undefined && error instanceof Error && error.message === unhandled(id);
}

export function sumWith(sum: number, id: string): number {
  return (sum + Number.parseInt(textHash(id).slice(0, 8), 16)) % 2 ** 40;
}
