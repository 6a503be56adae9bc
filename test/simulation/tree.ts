/** The supervision tree of a program. */
import { actor, pool, supervisor } from '../../src/index.ts';
import type { AnyRoot } from '../../src/runtime/system-types.ts';
import type { AnyChild } from '../../src/runtime/tree-spec.ts';
import type { Outside } from './outside.ts';
import { machineOf } from './machine.ts';
import type { Feature, Program, Shape, WorkerShape } from './program.ts';

/** Instances of one pool that a program may make. */
export const INSTANCES = 3;
export const MAILBOX_MAX = 3;

export interface Tree {
  readonly root: AnyRoot;
  /** Of all actors that messages go to; instances of pools may not be there. */
  readonly addresses: readonly string[];
  readonly supervisors: readonly {
    readonly address: string;
    readonly children: readonly string[];
    /** Those that are always up. */
    readonly permanent: readonly string[];
    /** Whether others may be restarted together with one. */
    readonly isGroup: boolean;
  }[];
  readonly pools: readonly string[];
}

export function treeOf(program: Program, outside: () => Outside): Tree {
  const has = (feature: Feature): boolean => program.features.includes(feature);
  const addresses: string[] = [];
  const root = {
    address: '/',
    children: [] as string[],
    permanent: [] as string[],
    isGroup: program.strategy !== 'one_for_one',
  };
  const supervisors = [root];
  const pools: string[] = [];
  const at = (parent: string, id: string): string => `${parent === '/' ? '' : parent}/${id}`;
  program.tree.forEach((shape, index) => {
    const id = `c${index}`;
    root.children.push(id);
    if (shape.kind !== 'worker' || shape.restart === 'permanent') root.permanent.push(id);
    if (shape.kind === 'worker') addresses.push(at('/', id));
    else if (shape.kind === 'pool') {
      pools.push(at('/', id));
      for (let n = 0; n < INSTANCES; n += 1) addresses.push(at(at('/', id), `i${n}`));
    } else {
      const children = shape.workers.map((_, n) => `w${n}`);
      const permanent = children.filter((_, n) => shape.workers[n]?.restart === 'permanent');
      const isGroup = shape.strategy !== 'one_for_one';
      supervisors.push({ address: at('/', id), children, permanent, isGroup });
      for (const child of children) addresses.push(at(at('/', id), child));
    }
  });
  const machine = machineOf(outside, addresses);
  const limits = {
    attemptsMax: program.attemptsMax,
    ...(has('few restarts') ? { intensity: 2, periodMs: 1_000 } : { intensity: 100_000 }),
    backoff: has('backoff') ? ({ minMs: 1, maxMs: 20 } as const) : (false as const),
  };
  const specOf = (shape: Shape, id: string): AnyChild => {
    if (shape.kind === 'worker') return actor(id, machine, optionsOf(shape, has, outside) as never);
    if (shape.kind === 'pool')
      return pool(id, machine, { ...limits, ...optionsOf(shape.worker, has, outside) } as never);
    const children = shape.workers.map((worker, n) => specOf(worker, `w${n}`));
    return supervisor(id, { ...limits, strategy: shape.strategy, children });
  };
  return {
    root: supervisor('root', {
      ...limits,
      strategy: program.strategy,
      children: program.tree.map((shape, index) => specOf(shape, `c${index}`)),
    }) as AnyRoot,
    addresses,
    supervisors,
    pools,
  };
}

function optionsOf(
  { restart, hookMs }: WorkerShape,
  has: (feature: Feature) => boolean,
  outside: () => Outside,
): object {
  const hook = (): Promise<void> => outside().world.sleep(hookMs ?? 0);
  return {
    restart,
    ...(has('full mailboxes') ? { mailboxMax: MAILBOX_MAX } : {}),
    ...(hookMs === undefined ? {} : { onStart: hook, onStop: hook }),
  };
}
