/** Named actions of actors that ended, were stopped or were taken away before their actions had run. */
import { sendTo, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, exit, pool, supervisor, type System, template } from '../../src/index.ts';
import { all, deferred, Lab } from './lab.ts';

interface Call {
  readonly what: string;
  readonly end: () => void;
}

/** Tells what it is sent, one call after another; a test ends the calls by hand. */
function teller(calls: Call[]) {
  const told = setup({
    types: { events: {} as { type: 'tell'; what: string } | { type: 'end' } | { type: 'leave' } },
    actions: {
      tell: (async (_: unknown, { what }: { what: string }) => {
        const { promise, resolve } = deferred();
        calls.push({ what, end: () => resolve() });
        await promise;
      }) as unknown as (_: unknown, params: { what: string }) => void,
    },
  });
  const tell = { type: 'tell', params: ({ event }: { event: { what: string } }) => event } as never;
  const last = { type: 'tell', params: { what: 'last' } } as const;
  return told.createMachine({
    id: 'teller',
    initial: 'up',
    states: {
      up: {
        on: { tell: { actions: tell }, end: 'over', leave: { actions: [last, exit('normal')] } },
      },
      over: { type: 'final', entry: last },
    },
  });
}

/** It has a child machine that tells. */
const parent = (calls: Call[]) =>
  setup({
    types: { events: {} as { type: 'tell'; what: string } },
    actors: { kid: teller(calls) },
  }).createMachine({
    id: 'parent',
    invoke: { src: 'kid', id: 'kid' },
    on: { tell: { actions: sendTo('kid', ({ event }) => event) } },
  });

const LOOSE = { restart: 'transient' } as const;

const tree = (calls: Call[]) =>
  supervisor('app', {
    children: [
      actor('single', teller(calls), LOOSE),
      actor('parent', parent(calls), LOOSE),
      pool('many', teller(calls), LOOSE),
      pool('parents', parent(calls), LOOSE),
      pool('groups', supervisor('group', { children: [actor('one', teller(calls), LOOSE)] })),
      supervisor('below', {
        restart: 'transient',
        children: [actor('one', teller(calls), LOOSE)],
        templates: [template('extra', teller(calls), { restart: 'temporary' })],
      }),
    ],
  });

type Tree = System<ReturnType<typeof tree>>;

const told = (calls: readonly Call[]): string[] => calls.map(({ what }) => what);

async function endAll(lab: Lab, calls: readonly Call[]): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    await lab.advance(60_000);
    calls[n]?.end();
  }
  await lab.advance(60_000);
}

interface Case {
  readonly name: string;
  /** Two calls are asked for; none, or the first, has begun when its actor goes. */
  readonly happens: (system: Tree) => Promise<unknown>;
  readonly asked: readonly string[];
}

const ask = async (system: Tree, address: string, ...whats: string[]): Promise<void> => {
  for (const what of whats) await system.ref(address as '/single').send({ type: 'tell', what });
};

const given: readonly Case[] = [
  {
    name: 'of the last turn of an instance of a pool',
    happens: async (system) => {
      const one = await system.pool('/many').startChild('1');
      await ask(system, '/many/1', 'first');
      await one.send({ type: 'end' });
    },
    asked: ['first', 'last'],
  },
  {
    name: 'of the last turn of a temporary child that was added',
    happens: async (system) => {
      await system.supervisor('/below').startChild('x', { template: 'extra' });
      await ask(system, '/below/x', 'first');
      await system.ref('/below/x' as '/single').send({ type: 'end' });
    },
    asked: ['first', 'last'],
  },
  {
    name: 'of an instance of a pool that is terminated',
    happens: async (system) => {
      await system.pool('/many').startChild('1');
      await ask(system, '/many/1', 'first', 'second');
      await system.pool('/many').terminateChild('1');
    },
    asked: ['first', 'second'],
  },
  {
    name: 'of a subtree of a pool that is terminated',
    happens: async (system) => {
      await system.pool('/groups').startChild('1');
      await ask(system, '/groups/1/one', 'first', 'second');
      await system.pool('/groups').terminateChild('1');
    },
    asked: ['first', 'second'],
  },
  {
    name: 'of a child that is terminated and kept',
    happens: async (system) => {
      await ask(system, '/single', 'first', 'second');
      await system.supervisor('/').terminateChild('single');
    },
    asked: ['first', 'second'],
  },
  {
    name: 'of a child that is terminated and deleted',
    happens: async (system) => {
      await ask(system, '/single', 'first', 'second');
      await system.supervisor('/').terminateChild('single');
      await system.supervisor('/').deleteChild('single');
    },
    asked: ['first', 'second'],
  },
  {
    name: 'of a child machine whose parent is terminated and kept',
    happens: async (system) => {
      await ask(system, '/parent', 'first', 'second');
      await system.ref('/parent/kid' as '/single').send({ type: 'tell', what: 'third' });
      await system.supervisor('/').terminateChild('parent');
    },
    asked: ['first', 'second', 'third'],
  },
  {
    name: 'of a child machine of an instance of a pool that is terminated',
    happens: async (system) => {
      await system.pool('/parents').startChild('1');
      await ask(system, '/parents/1', 'first', 'second');
      await system.ref('/parents/1/kid' as '/single').send({ type: 'tell', what: 'third' });
      await system.pool('/parents').terminateChild('1');
    },
    asked: ['first', 'second', 'third'],
  },
  {
    name: 'of what is below a supervisor that is terminated',
    happens: async (system) => {
      await ask(system, '/below/one', 'first', 'second');
      await system.supervisor('/').terminateChild('below');
    },
    asked: ['first', 'second'],
  },
  {
    name: 'of the turn that asked for exit() and is not restarted',
    happens: async (system) => {
      await ask(system, '/single', 'first');
      await system.ref('/single').send({ type: 'leave' });
    },
    asked: ['first', 'last'],
  },
  {
    name: 'of a life that a reset ended',
    happens: async (system) => {
      await ask(system, '/single', 'first', 'second');
      await system.reset('/single');
    },
    asked: ['first', 'second'],
  },
];

const cases = given.map((one) => [one.name, one] as const);

describe('named actions', () => {
  test.each(cases)('%s run', async (_name, { happens, asked }) => {
    const calls: Call[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(calls));
    await happens(system);
    await endAll(lab, calls);
    expect(told(calls)).toEqual(asked);
    await lab.stop(system);
  });

  test.each(cases)(
    '%s run in the next process, not in the one after',
    async (_name, { happens, asked }) => {
      const calls: Call[] = [];
      const lab = new Lab();
      await happens(await lab.open(tree(calls)));
      await lab.settle();
      await lab.kill();
      calls.length = 0;
      const second = await lab.open(tree(calls));
      await endAll(lab, calls);
      expect(told(calls)).toEqual(asked);
      await lab.stop(second);

      calls.length = 0;
      const third = await lab.open(tree(calls));
      await endAll(lab, calls);
      expect(told(calls)).toEqual([]);
      await lab.stop(third);
    },
  );

  test('of an actor that is gone are dead letters when the code has no such actor any more', async () => {
    const calls: Call[] = [];
    const lab = new Lab();
    const first = await lab.open(tree(calls));
    const one = await first.pool('/many').startChild('1');
    await one.send({ type: 'end' });
    await lab.settle();
    await lab.kill();
    const second = await lab.open(supervisor('app', { children: [] }));
    await lab.advance(60_000);
    const letters = await all(second.deadLetters.list());
    expect(letters).toMatchObject([
      { address: '/many/1', reason: 'action', error: { code: 'MACHINE_NOT_DURABLE' } },
    ]);
    await lab.stop(second);
  });
});
