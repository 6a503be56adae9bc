/** Builds the machines that a {@link MachineSpec} describes. */
import { type AnyStateMachine, assign, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { at, fromAsk, reply, step } from '../../src/index.ts';
import type { Feature } from './feature-tally.ts';
import { workerOf } from './machine-children.ts';
import {
  type Action,
  type Args,
  type Context,
  countIn,
  type Outside,
  seenWith,
  sentTo,
  type Task,
} from './machine-context.ts';
import type { MachineSpec, StateSpec } from './machine-family.ts';
import { RegionBuilder } from './machine-region.ts';

export function machineOf(name: 'a' | 'b', spec: MachineSpec, outside: Outside): AnyStateMachine {
  return new MachineBuilder(name, outside).build(spec);
}

class MachineBuilder {
  readonly #name: string;
  readonly #outside: Outside;

  constructor(name: string, outside: Outside) {
    this.#name = name;
    this.#outside = outside;
  }

  build({ busy, calm }: MachineSpec): AnyStateMachine {
    const name = this.#name;
    const outside = this.#outside;
    const isParallel = calm.length > 0;
    const regions = isParallel
      ? {
          type: 'parallel',
          states: {
            busy: this.#region('busy', busy, isParallel),
            calm: this.#region('calm', calm, isParallel),
          },
        }
      : this.#region('busy', busy, isParallel);
    return setup({
      actors: {
        task: step<number, Task>((args) => {
          outside.stepped(args);
          return Promise.resolve(args.input.mark);
        }),
        failing: step<number, Task>((args) => {
          outside.stepped(args);
          return Promise.reject(new Error('failed on purpose'));
        }),
        question: fromAsk(at('/oracle') as never, 'guess' as never),
        worker: workerOf(outside),
      },
      actions: {
        act: (_, params: { by: string; mark: number }) => outside.acted(params.by, params.mark),
      },
      guards: {
        divides: ({ context }, { by, rest }: { by: number; rest: number }) => {
          const passes = (context as unknown as Context).drives % by === rest;
          outside.hit(passes ? 'guard passed' : 'guard refused');
          return passes;
        },
        hasKid: ({ context }) => (context as unknown as Context).kid !== '',
        hasNoKid: ({ context }) => (context as unknown as Context).kid === '',
      },
    }).createMachine({
      id: name,
      context: { name, drives: 0, seen: {}, sent: {}, kid: '', lates: 0, visited: false },
      ...regions,
      on: this.#root(),
    } as never) as unknown as AnyStateMachine;
  }

  /** What every machine of the family handles, in whatever state. */
  #root(): Record<string, unknown> {
    const record = this.#record('root');
    return {
      e0: { actions: record },
      e1: { actions: record },
      e2: { actions: record },
      late: { actions: this.#record('late', 'delayed raise fired') },
      echo: { actions: this.#record('echo', 'self-send') },
      poison: {
        actions: assign(() => {
          throw new Error('poisoned on purpose');
        }),
      },
      total: {
        actions: [
          this.#record('asks', 'ask from outside'),
          reply((args) => (args as unknown as Args).context.drives as never),
        ],
      },
      note: { actions: assign((args) => countIn(args as unknown as Args)) },
      'xstate.done.actor.*': {
        actions: assign((args) => {
          const { context, event } = args as unknown as Args;
          this.#outside.hit('spawned step');
          return { seen: seenWith(context, 'side', event.output as number) };
        }),
      },
      work: [
        {
          guard: 'hasNoKid',
          actions: [this.#record('root', 'machine spawned'), ...this.#spawnKid()],
        },
        {
          actions: [
            record,
            assign(({ context }) => {
              const { kid, ...rest } = context as unknown as Context;
              return sentTo({ ...rest }, kid);
            }),
            sendTo('kid', ({ context }) => {
              const { kid, sent } = context as unknown as Context;
              return { type: 'work', n: sent[kid] };
            }),
          ],
        },
      ],
      stop: [
        {
          guard: 'hasKid',
          actions: [
            this.#record('root', 'machine stopped'),
            stopChild('kid'),
            assign({ kid: '' } as never),
          ],
        },
        { actions: record },
      ],
      side: {
        actions: [
          record,
          spawnChild('task', {
            id: ({ context }: { context: unknown }) => `side${(context as Context).drives}`,
            input: ({ context }: { context: unknown }) => this.#task(context as Context, 'side'),
          } as never),
        ],
      },
    };
  }

  #spawnKid(): Action[] {
    return [
      assign(({ context }) => ({
        kid: `${this.#name}.kid${(context as unknown as Context).drives}`,
      })),
      spawnChild('worker', {
        id: 'kid',
        input: ({ context }: { context: unknown }) => ({
          name: (context as Context).kid,
          rounds: 0,
        }),
      } as never),
    ];
  }

  #region(id: string, states: readonly StateSpec[], isParallel: boolean): Record<string, unknown> {
    return new RegionBuilder(id, states, isParallel, {
      name: this.#name,
      outside: this.#outside,
      record: (source, feature) => this.#record(source, feature),
      task: (context, place) => this.#task(context, place),
    }).build();
  }

  #task(context: Context, place: string): Task {
    return { by: this.#name, place, mark: context.drives };
  }

  /** Notes that an event was applied. */
  #record(source: string, feature?: Feature): Action {
    return assign((args) => {
      const { context, event } = args as unknown as Args;
      if (feature !== undefined) this.#outside.hit(feature);
      const n = typeof event.output === 'number' ? event.output : (event.n ?? context.drives);
      return { drives: context.drives + 1, seen: seenWith(context, source, n) };
    });
  }
}
