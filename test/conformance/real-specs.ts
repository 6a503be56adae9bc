/**
 * From the specs of the vectors to specs of ours: made by the public constructors wherever these accept them.
 * Where they refuse, as they should, that is noted, and the spec is made around them, so that the supervisors
 * of the runtime have to refuse it too.
 */
import { setup } from 'xstate';
import { actor, exit, PerdureError, pool, presets, supervisor } from '../../src/index.ts';
import type { ActorSettings } from '../../src/actors/actor-settings.ts';
import type { SupervisingSpec } from '../../src/runtime/supervisor-node.ts';
import type { AnyChild } from '../../src/runtime/tree-spec.ts';
import type {
  Vector,
  VectorCall,
  VectorChild,
  VectorSupervisor,
  VectorWorker,
} from '../support/otp-vectors.ts';

export type Hooks = Pick<ActorSettings, 'onStart' | 'onStop'>;

export interface RealSpecs {
  readonly root: SupervisingSpec;
  /** The id of the template for a call that adds a child to a supervisor with an order. */
  readonly templateOf: (call: VectorCall) => string | undefined;
  /** What the public constructors refused, by OTP's words. */
  readonly refusals: readonly string[];
}

/** Stands for the label of an instance. */
const ANY = '*';

/** Ends itself in each of the ways that the scripts know. */
export const worker = setup({
  types: { events: {} as { type: 'crash' | 'normal' | 'shutdown' | 'shutdown_term' } },
}).createMachine({
  id: 'worker',
  initial: 'up',
  states: {
    up: {
      on: {
        crash: {
          guard: () => {
            throw new Error('crash');
          },
        },
        normal: 'over',
        shutdown: { actions: exit('shutdown') },
        shutdown_term: { actions: exit('shutdown', 'term') },
      },
    },
    over: { type: 'final' },
  },
});

/** @param hooksOf - the hooks of workers that are made of this spec, wherever they run */
export function realSpecs(vector: Vector, hooksOf: (spec: VectorWorker) => Hooks): RealSpecs {
  const added = whatIsAdded(vector);
  const refusals: string[] = [];
  /** What the constructor makes of it, or, if it refuses, what `around` does. */
  const made = <T>(construct: () => T, around: () => T): T => {
    try {
      return construct();
    } catch (error) {
      if (!(error instanceof PerdureError) || error.code !== 'OPTION_INVALID') throw error;
      refusals.push(faultOf(error.facts as { path: string; why: string }));
      return around();
    }
  };
  const workerOf = (spec: VectorWorker, id: string): AnyChild => {
    const place = placeOf(spec);
    const hooks = hooksOf(spec);
    return made(
      () => actor(id, worker, { ...place, ...hooks } as never),
      () => {
        const plain = actor(id, worker, hooks as never);
        return {
          ...plain,
          settings: { ...plain.settings, ...place },
          fields: { ...plain.fields, ...place },
        } as never;
      },
    );
  };
  const childOf = (spec: VectorChild, id: string, path: string): AnyChild =>
    spec.type === 'worker' ? workerOf(spec, id) : (supervisorOf(spec, id, path) as AnyChild);
  const supervisorOf = (spec: VectorSupervisor, id: string, path: string): SupervisingSpec => {
    const place = spec.restart === undefined ? {} : placeOf(spec);
    const flags = {
      intensity: spec.intensity,
      periodMs: spec.period * 1000,
      autoShutdown: spec.autoShutdown,
    };
    if (spec.strategy === 'simple_one_for_one' && spec.children.length === 1) {
      const [template] = spec.children as [VectorChild];
      // the label of an instance stands for the id of the template
      const of = childOf(template, template.id, `${path}/${ANY}`);
      const { autoShutdown: _, ...own } = flags;
      const { backoff, childrenOnRestart } = presets.otp as {
        backoff: false;
        childrenOnRestart: 'forget';
      };
      const options = { ...own, backoff, childrenOnRestart, self: place };
      return made(
        () => pool(id, under(of), options as never),
        () => {
          const plain = pool(id, under(of));
          return {
            ...plain,
            settings: { ...plain.settings, ...own, backoff, childrenOnRestart },
            place: { ...plain.place, ...place },
          } as never;
        },
      );
    }
    const children = spec.children.map((child) => childOf(child, child.id, `${path}/${child.id}`));
    const templates = (added.at.get(path) ?? []).map((child, number) =>
      childOf(child, `k${number}`, `${path}/${child.id}`),
    );
    const settings = { ...presets.otp, ...flags, strategy: spec.strategy };
    return made(
      () => supervisor(id, { ...settings, ...place, children, templates } as never),
      () => {
        const plain = supervisor(id, { ...presets.otp, children: [] });
        const isPool = spec.strategy === 'simple_one_for_one';
        return {
          ...plain,
          children: isPool ? [] : children.map(under),
          templates: isPool ? children.map(under) : templates.map(under),
          settings: { ...plain.settings, ...flags, strategy: spec.strategy },
          place: { ...plain.place, ...place },
        } as never;
      },
    );
  };
  const root = supervisorOf(vector.spec, 'root', vector.spec.id);
  return {
    root,
    refusals,
    templateOf: ({ sup, child }) => {
      const at = (added.at.get(added.placeOf(sup)) ?? []).findIndex((known) =>
        isSame(known, child),
      );
      return at === -1 ? undefined : `k${at}`;
    },
  };
}

interface Added {
  /** By the place of the supervisor in the specs. */
  readonly at: ReadonlyMap<string, readonly VectorChild[]>;
  /** The place in the specs of what has this path: the label of an instance is no part of it. */
  readonly placeOf: (path: string) => string;
}

/** What is added to each supervisor in the course of a script. */
function whatIsAdded(vector: Vector): Added {
  const at = new Map<string, VectorChild[]>();
  const pools = new Set<string>();
  const placeOf = (path: string): string => {
    const [root = '', ...ids] = path.split('/');
    return ids.reduce((place, id) => `${place}/${pools.has(place) ? ANY : id}`, root);
  };
  const walk = (spec: VectorChild, place: string): void => {
    if (spec.type === 'worker') return;
    const isPool = spec.strategy === 'simple_one_for_one';
    if (isPool) pools.add(place);
    for (const child of spec.children) walk(child, `${place}/${isPool ? ANY : child.id}`);
  };
  walk(vector.spec, vector.spec.id);
  for (const { fn, sup, child } of callsOf(vector)) {
    if (fn !== 'start_child' || child === undefined) continue;
    const place = placeOf(sup);
    const known = at.get(place) ?? [];
    at.set(place, known);
    if (known.some((each) => isSame(each, child))) continue;
    known.push(child);
    walk(child, `${place}/${child.id}`);
  }
  return { at, placeOf };
}

function isSame(one: VectorChild, other: VectorChild | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What `presets.otp` sets for the children of a supervisor, where no supervisor of ours does it. */
function under(spec: AnyChild): AnyChild {
  if (spec.kind !== 'actor') return spec;
  const { attemptsMax, restartFrom } = presets.otp;
  const ways = { attemptsMax, restartFrom };
  return {
    ...spec,
    settings: { ...spec.settings, ...ways },
    fields: { ...spec.fields, ...ways },
  } as AnyChild;
}

function placeOf({ restart, significant, shutdown }: VectorChild): object {
  return { restart, significant, shutdownMs: shutdown };
}

/** OTP's word for what a constructor refused. */
function faultOf({ path, why }: { path: string; why: string }): string {
  const option = path.slice(path.lastIndexOf('.') + 1);
  const words: Record<string, string> = {
    id: 'duplicate_child_name',
    restart: 'invalid_restart_type',
    shutdownMs: 'invalid_shutdown',
    strategy: 'invalid_strategy',
    intensity: 'invalid_intensity',
    periodMs: 'invalid_period',
    significant: 'bad_combination',
  };
  if (why.startsWith('significant')) return 'bad_combination';
  return words[option] ?? `${path}: ${why}`;
}

/** Every call of a script, those that are made during a start too. */
function callsOf(vector: Vector): VectorCall[] {
  return vector.script.flatMap((step): readonly VectorCall[] => {
    if (step.op === 'call') return [step];
    return step.op === 'fail_next_starts' ? step.calls : [];
  });
}
