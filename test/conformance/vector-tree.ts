/**
 * The tree of a vector, made with the public constructors. What they refuse is put together around them, so
 * that the supervisors of the runtime have to refuse it, as OTP's do.
 */
import type { StartHookArgs, StopHookArgs } from '../../src/actors/actor-settings.ts';
import { actor, pool, presets, supervisor, template } from '../../src/index.ts';
import {
  actorSpec,
  type AnyChild,
  poolOfSpecs,
  supervisorSpec,
} from '../../src/runtime/spec-kinds.ts';
import type { SupervisingSpec } from '../../src/runtime/supervisor-node.ts';
import type {
  Vector,
  VectorCall,
  VectorChild,
  VectorSupervisor,
  VectorWorker,
} from '../support/otp-vectors.ts';
import { ConstructorRefusals } from './constructor-refusals.ts';
import { armingsOf, callsOf } from './vector-calls.ts';
import { vectorWorker } from './vector-worker.ts';

export interface WorkerHooks {
  readonly onStart: (args: StartHookArgs) => void | 'ignore' | Promise<'ignore'>;
  readonly onStop: (args: StopHookArgs, how: VectorWorker['onStop']) => void | Promise<void>;
}

/** `needed`: a worker has a hook if the script gives it something to do; most then have none. */
export type HookUse = 'needed' | 'everywhere';

const { attemptsMax, restartFrom, backoff, childrenOnRestart } = presets.otp;
const ofPool = { backoff, childrenOnRestart };
const ofInstance = { attemptsMax, restartFrom };

export class VectorTree {
  readonly refusals: ConstructorRefusals = new ConstructorRefusals();
  readonly root: SupervisingSpec;
  readonly #calls: readonly VectorCall[];
  readonly #armed: ReadonlySet<string>;
  readonly #templates = new Map<VectorChild, string>();
  readonly #hooks: WorkerHooks;
  readonly #hookUse: HookUse;

  constructor(vector: Vector, hooks: WorkerHooks, hookUse: HookUse) {
    this.#calls = callsOf(vector);
    this.#armed = new Set(armingsOf(vector).map(({ path }) => path));
    this.#hooks = hooks;
    this.#hookUse = hookUse;
    this.root = this.#supervising(vector.spec, [vector.spec.id]);
  }

  /** The template that was made for a call of `start_child`. */
  templateOf(child: VectorChild): string | undefined {
    return this.#templates.get(child);
  }

  /** @param paths - where it may come to stand: below a template in several places */
  #child(
    spec: VectorChild,
    paths: readonly string[],
    make: typeof actor | typeof template,
  ): AnyChild {
    return spec.type === 'worker'
      ? this.#worker(spec, paths, make)
      : this.#supervising(spec, paths);
  }

  #worker(
    spec: VectorWorker,
    paths: readonly string[],
    make: typeof actor | typeof template,
  ): AnyChild {
    const isArmed = paths.some((path) => this.#armed.has(path));
    const isAll = this.#hookUse === 'everywhere';
    const hooks = {
      ...(isAll || isArmed ? { onStart: this.#hooks.onStart } : {}),
      ...(isAll || spec.onStop !== 'ok'
        ? { onStop: (args: StopHookArgs) => this.#hooks.onStop(args, spec.onStop) }
        : {}),
    };
    const options = { ...ofInstance, ...hooks };
    const place = placeOf(spec);
    return this.refusals.watch(
      () => make(spec.id, vectorWorker, { ...options, ...place } as object),
      () => {
        const { fields } = make(spec.id, vectorWorker, options as object);
        return actorSpec(spec.id, vectorWorker, { ...fields, ...place } as typeof fields);
      },
    );
  }

  #supervising(spec: VectorSupervisor, paths: readonly string[]): SupervisingSpec {
    if (spec.strategy !== 'simple_one_for_one') return this.#supervisor(spec, paths);
    const [only, ...more] = spec.children;
    if (only === undefined || more.length > 0) return this.#misfit(spec, paths);
    return this.#pool(spec, only, this.#instances(paths));
  }

  #supervisor(spec: VectorSupervisor, paths: readonly string[]): SupervisingSpec {
    const children = spec.children.map((child) =>
      this.#child(
        child,
        paths.map((path) => `${path}/${child.id}`),
        actor,
      ),
    );
    const templates = this.#calls.flatMap(({ sup, child }) =>
      child === undefined || !paths.includes(sup)
        ? []
        : [this.#templateFor(child, `${sup}/${child.id}`)],
    );
    const flags = { ...flagsOf(spec), autoShutdown: spec.autoShutdown, strategy: spec.strategy };
    return this.refusals.watch(
      () => supervisor(spec.id, { ...presets.otp, ...flags, children, templates } as never),
      () => around(spec.id, flags, { children, templates }),
    );
  }

  /** Templates have ids of their own: a supervisor may be asked for the same id several times. */
  #templateFor(child: VectorChild, path: string): AnyChild {
    const id = this.#templates.get(child) ?? `k${this.#templates.size}`;
    this.#templates.set(child, id);
    return this.#child({ ...child, id }, [path], template);
  }

  #pool(spec: VectorSupervisor, of: VectorChild, paths: readonly string[]): SupervisingSpec {
    const instance = this.#child(of, paths, template);
    const { intensity, periodMs, ...self } = flagsOf(spec);
    const own = { ...ofPool, intensity, periodMs, self };
    const isRefused = spec.autoShutdown !== 'never';
    return this.refusals.watch(
      () =>
        pool(spec.id, instance, {
          ...own,
          ...(isRefused ? { autoShutdown: spec.autoShutdown } : {}),
        } as object) as SupervisingSpec,
      () => {
        const { fields } = pool(spec.id, vectorWorker, ofPool);
        const made = poolOfSpecs(spec.id, instance, {
          ...fields,
          ...own,
          self: { ...fields.self, ...self },
        } as typeof fields);
        const settings = { ...made.settings, autoShutdown: spec.autoShutdown };
        return { ...made, settings } as SupervisingSpec;
      },
    );
  }

  /** A pool has one template, always: this is a supervisor that says it is a pool. */
  #misfit(spec: VectorSupervisor, paths: readonly string[]): SupervisingSpec {
    const { strategy, autoShutdown } = spec;
    const flags = { ...flagsOf(spec), autoShutdown, strategy };
    const templates = spec.children.map((child) =>
      this.#child(child, this.#instances(paths), template),
    );
    return this.refusals.watch(
      () => supervisor(spec.id, { ...presets.otp, ...flags, children: [] } as never),
      () => around(spec.id, flags, { children: [], templates }),
    );
  }

  #instances(paths: readonly string[]): string[] {
    return this.#calls.flatMap(({ sup, label }) =>
      label === undefined || !paths.includes(sup) ? [] : [`${sup}/${label}`],
    );
  }
}

interface Below {
  readonly children: readonly AnyChild[];
  readonly templates: readonly AnyChild[];
}

/** A supervisor of any options, sound or not. */
function around(id: string, flags: object, below: Below): SupervisingSpec {
  const { fields } = supervisor(id, { ...presets.otp, children: [] });
  return supervisorSpec(id, { ...fields, ...flags } as typeof fields, below);
}

function flagsOf(spec: VectorSupervisor): object & {
  readonly intensity: number;
  readonly periodMs: number;
} {
  const { intensity, period } = spec;
  return { intensity, periodMs: period * 1000, ...placeOf(spec) };
}

/** What its supervisor has to know of it. The root has no supervisor. */
function placeOf({ restart, significant, shutdown }: VectorChild): object {
  if (restart === undefined) return {};
  return { restart, significant, shutdownMs: shutdown };
}
