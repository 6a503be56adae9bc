/** Generated supervision trees, and what is done to them. */
import fc from 'fast-check';
import { assign, sendTo, setup } from 'xstate';
import { actor, at, exit, pool, supervisor, template } from '../../src/index.ts';
import type { ActorSettings } from '../../src/actors/actor-settings.ts';
import type { AnyChild, SupervisorSpec } from '../../src/runtime/tree-spec.ts';

type Restart = 'permanent' | 'transient' | 'temporary';

export interface WorkerShape {
  readonly kind: 'worker';
  readonly restart: Restart;
  readonly significant: boolean;
  readonly shutdownMs: number | 'infinity' | 'brutal_kill';
  readonly startMs: number;
  readonly stopMs: number;
}

export interface SupervisorShape {
  readonly kind: 'supervisor';
  readonly restart: Restart;
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly intensity: number;
  readonly periodMs: number;
  readonly attemptsMax: number;
  readonly backoff: boolean;
  readonly autoShutdown: 'never' | 'any_significant' | 'all_significant';
  readonly children: readonly Shape[];
}

export interface PoolShape {
  readonly kind: 'pool';
  readonly worker: WorkerShape;
  readonly intensity: number;
  readonly periodMs: number;
}

export type Shape = WorkerShape | SupervisorShape | PoolShape;

export type Deed =
  | { readonly do: 'add' | 'crash' | 'finish' | 'leave' | 'kill'; readonly at: number }
  | { readonly do: 'killSupervisor' | 'pauseBelow' | 'resumeBelow'; readonly at: number }
  | { readonly do: 'pause' | 'resume' | 'reset' | 'end'; readonly at: number }
  | {
      readonly do: 'terminate' | 'restart' | 'delete' | 'start';
      readonly at: number;
      readonly child: number;
    }
  | { readonly do: 'failStarts'; readonly at: number; readonly count: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'die'; readonly atRest: boolean }
  | { readonly do: 'stop' };

export const ATTEMPTS_MAX = 3;

const restart = fc.constantFrom<Restart>('permanent', 'transient', 'temporary');

const worker: fc.Arbitrary<WorkerShape> = fc.record({
  kind: fc.constant('worker'),
  restart,
  significant: fc.boolean(),
  shutdownMs: fc.constantFrom<WorkerShape['shutdownMs'][]>(3, 50, 'infinity', 'brutal_kill'),
  startMs: fc.constantFrom(0, 0, 4),
  stopMs: fc.constantFrom(0, 0, 7),
});

const poolShape: fc.Arbitrary<PoolShape> = fc.record({
  kind: fc.constant('pool'),
  worker,
  intensity: fc.constantFrom(1, 5),
  periodMs: fc.constantFrom(50, 1_000),
});

function supervisorOver(children: fc.Arbitrary<Shape>): fc.Arbitrary<SupervisorShape> {
  return fc.record({
    kind: fc.constant('supervisor'),
    restart,
    strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one'),
    intensity: fc.constantFrom(0, 1, 2, 5),
    periodMs: fc.constantFrom(50, 1_000),
    attemptsMax: fc.constantFrom(1, ATTEMPTS_MAX),
    backoff: fc.boolean(),
    autoShutdown: fc.constantFrom('never', 'any_significant', 'all_significant'),
    children: fc.array(children, { minLength: 1, maxLength: 3 }),
  });
}

const inner = supervisorOver(fc.oneof(worker, worker, poolShape));

export const trees: fc.Arbitrary<SupervisorShape> = supervisorOver(
  fc.oneof(worker, worker, inner, poolShape),
);

const index = fc.nat({ max: 11 });

export const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof<fc.Arbitrary<Deed>[]>(
    fc.record({ do: fc.constant('add'), at: index }),
    fc.record({ do: fc.constant('add'), at: index }),
    fc.record({ do: fc.constant('crash'), at: index }),
    fc.record({ do: fc.constant('crash'), at: index }),
    fc.record({ do: fc.constantFrom('finish', 'leave'), at: index }),
    fc.record({ do: fc.constantFrom('finish', 'leave', 'kill'), at: index }),
    fc.record({ do: fc.constantFrom('killSupervisor', 'pauseBelow', 'resumeBelow'), at: index }),
    fc.record({ do: fc.constantFrom('pause', 'resume', 'reset', 'end'), at: index }),
    fc.record({
      do: fc.constantFrom('terminate', 'restart', 'delete', 'start'),
      at: index,
      child: fc.nat({ max: 3 }),
    }),
    fc.record({ do: fc.constant('failStarts'), at: index, count: fc.constantFrom(1, 2) }),
    fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(0, 1, 5, 30, 600, 1_500) }),
    fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(0, 1, 5, 30, 600, 1_500) }),
    fc.record({ do: fc.constant('die'), atRest: fc.boolean() }),
    fc.constant({ do: 'stop' }),
  ),
  { minLength: 5, maxLength: 40 },
);

/** Counts what clerks have handled; nobody hurts it. */
export const ledger = setup({
  types: { context: {} as { seen: readonly number[] }, events: {} as { type: 'seen'; id: number } },
}).createMachine({
  id: 'ledger',
  context: { seen: [] },
  on: { seen: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.id] }) } },
});

/** Each message has a number of its own: handled, it is in the ledger. */
export const clerk = setup({
  types: {
    events: {} as { type: 'add' | 'crash'; id: number } | { type: 'finish' } | { type: 'leave' },
  },
}).createMachine({
  id: 'clerk',
  initial: 'working',
  states: {
    working: {
      on: {
        add: {
          actions: sendTo(at<typeof ledger>('/ledger'), ({ event }) => ({
            type: 'seen',
            id: event.id,
          })),
        },
        crash: {
          actions: assign(({ event }) => {
            throw new Error(`fault ${event.id}`);
          }),
        },
        finish: 'done',
        leave: { actions: exit('shutdown') },
      },
    },
    done: { type: 'final' },
  },
});

export type Hooks = Pick<ActorSettings, 'onStart' | 'onStop'>;

/** @param hooksOf - of a worker of that shape */
export function specOf(
  shape: SupervisorShape,
  hooksOf: (shape: WorkerShape) => Hooks,
): SupervisorSpec<string, readonly AnyChild[], readonly AnyChild[]> {
  const workerOptions = (given: WorkerShape, mayBeSignificant: boolean) =>
    ({
      restart: given.restart,
      shutdownMs: given.shutdownMs,
      significant: mayBeSignificant && given.significant && given.restart !== 'permanent',
      ...hooksOf(given),
    }) as { restart: 'transient'; significant: boolean };
  const childOf = (child: Shape, id: string, parent: SupervisorShape): AnyChild => {
    if (child.kind === 'worker')
      return actor(id, clerk, workerOptions(child, parent.autoShutdown !== 'never'));
    if (child.kind === 'supervisor') return supervisorOf(child, id);
    const { significant: _, ...options } = workerOptions(child.worker, false);
    const { intensity, periodMs } = child;
    return pool(id, clerk, { ...options, intensity, periodMs, backoff: false });
  };
  const supervisorOf = (
    given: SupervisorShape,
    id: string,
    first: readonly AnyChild[] = [],
  ): SupervisorSpec<string, readonly AnyChild[], readonly AnyChild[]> => {
    const { strategy, intensity, periodMs, attemptsMax, autoShutdown } = given;
    const plain = { kind: 'worker', restart: 'transient', significant: false } as const;
    const added = workerOptions({ ...plain, shutdownMs: 50, startMs: 0, stopMs: 0 }, false);
    return supervisor(id, {
      strategy,
      intensity,
      periodMs,
      attemptsMax,
      autoShutdown,
      backoff: given.backoff ? { minMs: 2, maxMs: 20 } : false,
      ...(id === 'root' ? {} : { restart: given.restart }),
      children: [
        ...first,
        ...given.children.map((child, number) => childOf(child, `c${number}`, given)),
      ],
      templates: [template('added', clerk, added)],
    });
  };
  return supervisorOf(shape, 'root', [actor('ledger', ledger)]);
}
