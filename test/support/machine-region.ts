/** One region of a generated machine: its states, with all that they do. */
import { assign, cancel, emit, enqueueActions, log, raise, sendTo } from 'xstate';
import { at } from '../../src/index.ts';
import type { Feature } from './feature-tally.ts';
import {
  type Action,
  type Args,
  type Context,
  type Outside,
  sentTo,
  type Task,
  TICK_MS,
} from './machine-context.ts';
import type { Deed, Invoked, Move, StateSpec } from './machine-family.ts';

interface Parts {
  readonly name: string;
  readonly outside: Outside;
  record(source: string, feature?: Feature): Action;
  task(context: Context, place: string): Task;
}

export class RegionBuilder {
  readonly #id: string;
  readonly #states: readonly StateSpec[];
  readonly #isParallel: boolean;
  readonly #parts: Parts;
  readonly #places: string[] = [];
  readonly #histories: string[] = [];

  constructor(id: string, states: readonly StateSpec[], isParallel: boolean, parts: Parts) {
    this.#id = id;
    this.#states = states;
    this.#isParallel = isParallel;
    this.#parts = parts;
    this.#collect(states, `${parts.name}_${id}`);
  }

  build(): Record<string, unknown> {
    return this.#nodes(this.#states, `${this.#parts.name}_${this.#id}`, 1);
  }

  #collect(states: readonly StateSpec[], under: string): void {
    for (const [index, { inner }] of states.entries()) {
      const place = `${under}_${index}`;
      this.#places.push(place);
      if (inner.length === 0) continue;
      this.#histories.push(`${place}_h`);
      this.#collect(inner, place);
    }
  }

  #nodes(states: readonly StateSpec[], under: string, depth: number): Record<string, unknown> {
    const nodes: Record<string, unknown> = {};
    for (const [index, spec] of states.entries())
      nodes[`s${index}`] = this.#node(spec, `${under}_${index}`, depth);
    return { initial: 's0', states: nodes };
  }

  #node(spec: StateSpec, id: string, depth: number): Record<string, unknown> {
    const isLeaf = spec.inner.length === 0;
    const inner = isLeaf ? {} : this.#nodes(spec.inner, id, depth + 1);
    if (!isLeaf)
      (inner['states'] as Record<string, unknown>)['h'] = {
        type: 'history',
        history: spec.history,
        id: `${id}_h`,
      };
    const later = this.#laterThan(id);
    const mayInvoke = isLeaf && this.#id === 'busy' && spec.invoke !== undefined;
    return {
      id,
      ...inner,
      entry: [
        ...(isLeaf ? [] : [assign({ visited: true } as never)]),
        ...(depth === 3 ? [this.#hit('nested three deep')] : []),
        ...this.#deeds(spec.entry),
      ],
      exit: this.#deeds(spec.exit),
      on: Object.fromEntries(
        Object.entries(spec.on).map(([type, move]) => [
          type,
          this.#move(move, this.#sourceOf(type)),
        ]),
      ),
      ...(spec.always === 0 || later === undefined
        ? {}
        : {
            always: { guard: divides(spec.always, 1), target: later, actions: this.#hit('always') },
          }),
      ...(spec.after === undefined
        ? {}
        : {
            after: {
              [spec.after.ticks * TICK_MS]: this.#move(spec.after.move, ['after', 'after fired']),
            },
          }),
      ...(mayInvoke ? { invoke: this.#invoke(spec.invoke, id, later) } : {}),
    };
  }

  #sourceOf(type: string): readonly [source: string, feature?: Feature] {
    switch (type) {
      case 'r0':
        return ['raised', 'raise'];
      case 'late':
        return [`late.${this.#id}`, 'delayed raise fired'];
      case 'echo':
        return [`echo.${this.#id}`, 'self-send'];
      default:
        return this.#isParallel && this.#id === 'calm'
          ? [this.#id, 'parallel, both regions']
          : [this.#id];
    }
  }

  /** A place that was not entered before on this way: chains of them come to an end. */
  #laterThan(id: string): string | undefined {
    const top = Number(id.split('_')[2]);
    return top + 1 < this.#states.length
      ? `#${this.#parts.name}_${this.#id}_${top + 1}`
      : undefined;
  }

  #move({ to, by, deeds }: Move, source: readonly [string, Feature?]): Record<string, unknown> {
    // every third place is a history, if there is one
    const history =
      to % 3 === 2 && this.#histories.length > 0
        ? this.#histories[to % this.#histories.length]
        : undefined;
    const place = history ?? this.#places[to % this.#places.length];
    return {
      ...(by === 0 ? {} : { guard: divides(by) }),
      target: `#${place}`,
      actions: [
        this.#parts.record(...source),
        ...(history === undefined ? [] : [this.#hitHistory()]),
        ...this.#deeds(deeds),
      ],
    };
  }

  #invoke(invoked: Invoked | undefined, id: string, later: string | undefined): unknown {
    const parts = this.#parts;
    const src = { step: 'task', 'failing step': 'failing', ask: 'question', machine: 'worker' };
    const features: Record<Invoked, Feature> = {
      step: 'step',
      'failing step': 'step failed',
      ask: 'ask of a machine',
      machine: 'machine invoked',
    };
    const kind = invoked ?? 'step';
    const result = {
      ...(later === undefined ? {} : { target: later }),
      actions: parts.record(kind, features[kind]),
    };
    return {
      src: src[kind],
      id: `${kind.replace(' ', '-')}-${id}`,
      input: ({ context }: { context: Context }) =>
        kind === 'machine'
          ? { name: `${context.name}.${id}.${context.drives}`, rounds: (context.drives % 3) + 1 }
          : { ...parts.task(context, id), n: context.drives },
      onDone: result,
      onError: result,
    };
  }

  #hit(feature: Feature): Action {
    return assign(() => {
      this.#parts.outside.hit(feature);
      return {};
    });
  }

  #hitHistory(): Action {
    return assign((args) => {
      if ((args as unknown as Args).context.visited) this.#parts.outside.hit('history restored');
      return {};
    });
  }

  #deeds(deeds: readonly Deed[]): Action[] {
    return deeds.flatMap((deed) => this.#deed(deed));
  }

  #deed(deed: Deed): Action[] {
    const { name } = this.#parts;
    const mark = ({ context }: { context: unknown }) => ({
      by: name,
      mark: (context as Context).drives,
    });
    const peer = name === 'a' ? 'b' : 'a';
    switch (deed) {
      case 'emit':
        return [
          this.#hit('emit'),
          emit(((args: Args) => ({ type: 'told', ...mark(args) })) as never),
        ];
      case 'log':
        return [this.#hit('log'), log(((args: Args) => mark(args)) as never, 'mark')];
      case 'act':
        return [this.#hit('named action'), { type: 'act', params: mark }];
      case 'note':
        return [
          enqueueActions(({ context, enqueue }) => {
            this.#parts.outside.hit('message between actors');
            const { sent } = sentTo(context as unknown as Context, peer);
            enqueue.assign({ sent } as never);
            enqueue.sendTo(
              at(`/${peer}`) as never,
              { type: 'note', from: name, n: sent[peer] } as never,
            );
          }),
        ];
      case 'note later': {
        const line = `${peer}~`;
        return [
          assign(({ context }) => {
            this.#parts.outside.hit('delayed message between actors');
            return sentTo(context as unknown as Context, line);
          }),
          sendTo(
            at(`/${peer}`) as never,
            (({ context }: Args) => ({
              type: 'note',
              from: `${name}~`,
              n: context.sent[line],
            })) as never,
            { delay: 2 * TICK_MS },
          ),
        ];
      }
      case 'raise':
        return [raise({ type: 'r0' } as never)];
      case 'late':
        return [
          assign(({ context }) => ({
            lates: (context as unknown as Context).lates + 1,
            ...sentTo(context as unknown as Context, 'late'),
          })),
          raise((({ context }: Args) => ({ type: 'late', n: context.sent['late'] })) as never, {
            id: 'late',
            delay: 2 * TICK_MS,
          }),
        ];
      case 'cancel':
        return [
          assign(({ context }) => {
            if ((context as unknown as Context).lates > 0) this.#parts.outside.hit('cancel');
            return { lates: 0 };
          }),
          cancel('late'),
        ];
      case 'echo':
        return [
          sendTo(({ self }) => self, (({ context }: Args) => ({
            type: 'echo',
            n: context.drives,
          })) as never),
        ];
    }
  }
}

function divides(by: number, rest = 0): unknown {
  return { type: 'divides', params: { by, rest } };
}
