import { actor, type SupervisorSpec, supervisor, type System } from '../../src/index.ts';
import type { ActorSpec } from '../../src/index.ts';
import type { Lab } from './lab.ts';
import { counter } from './machines.ts';

/** How long {@link openDown} lasts. */
export const DOWN_MS = 50_000;

type Tree = SupervisorSpec<'app', readonly [ActorSpec<'counter', typeof counter>]>;

/** A system whose counter takes messages and handles none for {@link DOWN_MS}: it waits for its restart. */
export async function openDown(lab: Lab, mailboxMax: number): Promise<System<Tree>> {
  const backoff = { minMs: DOWN_MS, maxMs: DOWN_MS, jitter: 'none' } as const;
  const child = actor('counter', counter, { mailboxMax, attemptsMax: 1 });
  const system = await lab.open(supervisor('app', { backoff, children: [child] }));
  await system.ref('/counter').send({ type: 'fail' });
  await lab.settle();
  return system;
}
