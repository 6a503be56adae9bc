/** Policies and descriptions of trees of any shape: the one is the other's inverse. */
import fc from 'fast-check';
import { fromTransition } from 'xstate';
import { describe, expect } from 'vitest';
import {
  type AnyDescription,
  describeTree,
  type TreeDescription,
} from '../../src/runtime/describe-tree.ts';
import { readPolicies, withPolicies } from '../../src/runtime/policies.ts';
import type { Policy } from '../../src/runtime/policy-types.ts';
import type { AnyRoot } from '../../src/runtime/system-types.ts';
import { actor, type AnyChild, pool, supervisor } from '../../src/runtime/tree-spec.ts';
import { property } from '../support/property.ts';

const adder = fromTransition((sum: number) => sum, 0);
const told = (root: AnyRoot): TreeDescription => describeTree(root, ({ id }) => id);

/** The policies of a description, as a file would have them. */
function policiesOf(node: AnyDescription): [string, object][] {
  const below =
    node.kind === 'supervisor'
      ? [...node.children, ...node.templates]
      : 'template' in node
        ? [node.template]
        : [];
  return [[node.address, node.policy], ...below.flatMap(policiesOf)];
}
function again(root: AnyRoot, description: TreeDescription): AnyRoot {
  const file = JSON.stringify(Object.fromEntries(policiesOf(description)));
  return withPolicies(root, readPolicies(JSON.parse(file)));
}

const some = <T extends object>(
  fields: { [K in keyof T]: fc.Arbitrary<T[K]> },
): fc.Arbitrary<Partial<T>> => fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
const count = fc.integer({ min: 1, max: 99 });
const restart = fc.constantFrom('permanent', 'transient', 'temporary');
const shutdownMs = fc.oneof(count, fc.constantFrom('infinity', 'brutal_kill'));
const restartFrom = fc.constantFrom('snapshot', 'initial');
const forChildren = { attemptsMax: count, restartFrom };
const ofIntensity = {
  intensity: fc.nat(9),
  periodMs: count,
  backoff: fc.oneof(
    fc.constant(false),
    some({ minMs: fc.nat(9), maxMs: fc.integer({ min: 100, max: 500 }), factor: count }),
  ),
  intensityScope: fc.constantFrom('supervisor', 'child'),
  onExceeded: fc.constantFrom('escalate', 'quarantine'),
};
const ofRun = { ...forChildren, mailboxMax: count, history: fc.boolean(), restart, shutdownMs };
const ofPool = { ...ofIntensity, childrenMax: count, self: some({ restart, shutdownMs }) };
const ofSupervisor = {
  ...ofIntensity,
  ...forChildren,
  strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one'),
  finished: fc.constantFrom('keep', 'rerun'),
};
const ids = fc.constantFrom('a', 'b', '{a}', 'a/b', '{', '}', 'é');

/** Options that the code may have or a policy may give, of any kind of node. */
const anyPolicy = some({ ...ofPool, ...ofRun, ...ofSupervisor }) as fc.Arbitrary<Policy>;

const { tree } = fc.letrec<{ tree: AnyChild; branch: AnyChild }>((tie) => {
  const specs = (depth: string): fc.Arbitrary<AnyChild[]> =>
    fc.uniqueArray(tie(depth as 'tree'), { maxLength: 3, selector: ({ id }) => id });
  return {
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.tuple(ids, some(ofRun)).map(([id, options]) => actor(id, adder, options as object)),
      fc
        .tuple(ids, some({ ...ofPool, ...ofRun }))
        .map(([id, options]) => pool(id, adder, options as object) as AnyChild),
      tie('branch'),
    ),
    branch: fc.oneof(
      fc
        .tuple(ids, tie('tree'), some(ofPool))
        .map(([id, of, options]) => pool(id, of, options as object) as AnyChild),
      fc
        .tuple(ids, specs('tree'), specs('tree'), some({ ...ofSupervisor, restart, shutdownMs }))
        .map(([id, children, templates, options]) =>
          supervisor(id, { ...(options as object), children, templates } as never),
        ),
    ),
  };
});
const roots = fc
  .tuple(fc.array(tree, { maxLength: 3 }), some(ofSupervisor))
  .map(([children, options]) => {
    const apart = new Map(children.map((child) => [child.id, child]));
    const below = { children: [...apart.values()] };
    return supervisor('app', { ...(options as object), ...below } as never) as AnyRoot;
  });

describe('the policies of a description', () => {
  property(
    'laid over the same code give the same description, whatever was laid over before',
    [roots, fc.infiniteStream(anyPolicy)],
    (root, policies) => {
      const code = told(root);
      expect(told(again(root, code))).toEqual(code);

      const file = policiesOf(code).map(([address, complete]): [string, object] => {
        const [policy = {}] = policies.take(1);
        const fit = Object.entries(policy).filter(([name]) => Object.hasOwn(complete, name));
        return [address, Object.fromEntries(fit)];
      });
      const changed = told(withPolicies(root, readPolicies(Object.fromEntries(file))));
      expect(told(again(root, changed))).toEqual(changed);

      const now = new Map(policiesOf(changed));
      expect(now.size).toBe(file.length);
      for (const [address, policy] of file) expect(now.get(address)).toMatchObject(policy);
    },
  );
});
