/** What callers race for: actors that say of each message that they have taken it. */
import { assign, emit, setup } from 'xstate';
import { actor, type Ask, pool, reply, supervisor } from '../../src/index.ts';

export const ledger = setup({
  types: {
    context: {} as { count: number },
    events: {} as
      | { type: 'put'; id: string }
      | { type: 'fail'; id: string }
      | Ask<{ type: 'echo'; id: string }, string>,
    emitted: {} as { type: 'took'; id: string },
  },
  actions: {
    take: assign({ count: ({ context }) => context.count + 1 }),
    tell: emit(({ event }) => ({ type: 'took' as const, id: event.id })),
  },
}).createMachine({
  id: 'ledger',
  context: { count: 0 },
  on: {
    put: { actions: ['take', 'tell'] },
    echo: { actions: ['take', 'tell', reply(({ event }) => event.id)] },
    fail: {
      actions: assign(() => {
        throw new Error('failed on purpose');
      }),
    },
  },
});

const soon = { backoff: false, intensity: 1_000_000 } as const;
const settings = { attemptsMax: 2, mailboxMax: 6 } as const;

/** Whether the actor with hooks runs, by its hooks. */
export class HookWitness {
  isUp = false;
  startedTwice = 0;
  /** Whoever is killed is not asked, nor who had not come up when a write failed. */
  unasked = 0;

  up(): void {
    if (this.isUp && this.unasked > 0) this.unasked -= 1;
    else if (this.isUp) this.startedTwice += 1;
    this.isUp = true;
  }

  down(): void {
    this.isUp = false;
  }
}

export function raceTree(witness: HookWitness) {
  const hooks = { onStart: () => witness.up(), onStop: () => witness.down() };
  return supervisor('app', {
    ...soon,
    children: [
      actor('a', ledger, settings),
      actor('b', ledger, { ...settings, ...hooks }),
      pool('pool', ledger, { ...settings, ...soon }),
    ],
  });
}
export type RaceTree = ReturnType<typeof raceTree>;

export const receivers = ['/a', '/b', '/pool/x', '/pool/y'] as const;
export type Receiver = (typeof receivers)[number];
