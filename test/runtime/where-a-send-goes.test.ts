/** The table of receivers in `docs/guarantees.md`, row by row. */
import { assign, sendTo, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, at, pool, supervisor, type System } from '../../src/index.ts';
import { all, codeOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

const BACKOFF = { minMs: 1_000, maxMs: 1_000, jitter: 'none' } as const;

/** Sends on what it is told to. */
const sender = setup({
  types: { events: {} as { type: 'send'; to: string; n: number } },
}).createMachine({
  id: 'sender',
  on: {
    send: {
      actions: sendTo(
        ({ event }) => at<typeof counter>(event.to),
        ({ event }) => ({ type: 'add', n: event.n }),
      ),
    },
  },
});

const fits = setup({}).createMachine({
  id: 'shape',
  initial: 'old',
  states: { old: {} },
});
const doesNotFit = setup({
  types: { context: {} as { n: number }, events: {} as { type: 'add'; n: number } },
}).createMachine({
  id: 'shape',
  context: { n: 0 },
  initial: 'new',
  states: { new: { on: { add: { actions: assign({ n: ({ context }) => context.n + 1 }) } } } },
});

function tree(mailboxMax = 10) {
  return supervisor('app', {
    backoff: BACKOFF,
    children: [
      actor('sender', sender),
      actor('up', counter),
      actor('down', counter, { attemptsMax: 1 }),
      actor('ends', counter, { restart: 'transient' }),
      actor('goes', counter, { restart: 'temporary' }),
      actor('odd', doesNotFit, { mailboxMax }),
      pool('pool', counter, { restart: 'transient' }),
    ],
  });
}

/** A system where `/down` waits for its restart, `/ends` and `/goes` have ended and `/odd` is quarantined. */
async function motley(lab: Lab, mailboxMax?: number): Promise<System<ReturnType<typeof tree>>> {
  const before = await lab.open(supervisor('app', { children: [actor('odd', fits)] }));
  await before.stop();
  const system = await lab.open(tree(mailboxMax));
  await system.ref('/ends').send({ type: 'finish' });
  await system.ref('/goes').send({ type: 'finish' });
  await system.ref('/down').send({ type: 'fail' });
  await lab.settle();
  await system.deadLetters.drop(1);
  return system;
}

describe('a send from outside', () => {
  test('to a running actor is accepted', async () => {
    const system = await motley(new Lab());
    expect(await codeOf(system.ref('/up').send({ type: 'add', n: 1 }))).toBe('resolved');
    await system.stop();
  });

  test('to a restarting actor is accepted, and handled after the restart', async () => {
    const lab = new Lab();
    const system = await motley(lab);
    expect(await codeOf(system.ref('/down').send({ type: 'add', n: 4 }))).toBe('resolved');
    expect((await system.ref('/down').snapshot()).context.total).toBe(0);
    await lab.advance(1_000);
    expect((await system.ref('/down').snapshot()).context.total).toBe(4);
    await system.stop();
  });

  test('to a quarantined actor is accepted up to the bound', async () => {
    const system = await motley(new Lab(), 2);
    const ref = system.ref('/odd');
    const sends = [1, 2, 3].map((n) => codeOf(ref.send({ type: 'add', n })));
    expect(await Promise.all(sends)).toEqual(['resolved', 'resolved', 'ACTOR_MAILBOX_FULL']);
    await system.stop();
  });

  test('to an actor that ended is refused: ACTOR_NOT_RUNNING', async () => {
    const lab = new Lab();
    const first = await motley(lab);
    expect(await codeOf(first.ref('/ends').send({ type: 'add', n: 1 }))).toBe('ACTOR_NOT_RUNNING');
    await lab.kill();
    const second = await lab.open(tree());
    expect(await codeOf(second.ref('/ends').send({ type: 'add', n: 1 }))).toBe('ACTOR_NOT_RUNNING');
    await second.stop();
  });

  test('to nobody is refused: ACTOR_NOT_FOUND', async () => {
    const system = await motley(new Lab());
    expect(await codeOf(system.ref('/goes').send({ type: 'add', n: 1 }))).toBe('ACTOR_NOT_FOUND');
    expect(await codeOf(system.ref('/pool/7').send({ type: 'add', n: 1 }))).toBe('ACTOR_NOT_FOUND');
    expect(await codeOf(system.ref('/nobody', counter).send({ type: 'add', n: 1 }))).toBe(
      'ACTOR_NOT_FOUND',
    );
    expect(await codeOf(system.ref('/pool', counter).send({ type: 'add', n: 1 }))).toBe(
      'ACTOR_NOT_FOUND',
    );
    await system.stop();
  });

  test('to an actor of another machine than expected is refused: ACTOR_MACHINE_MISMATCH', async () => {
    const system = await motley(new Lab());
    expect(await codeOf(system.ref('/up', sender).send({ type: 'send', to: '/up', n: 1 }))).toBe(
      'ACTOR_MACHINE_MISMATCH',
    );
    await system.stop();
  });

  test('to no address is a mistake of the caller: ADDRESS_INVALID', async () => {
    const system = await motley(new Lab());
    expect(() => system.ref('up', counter)).toThrow(
      expect.objectContaining({ code: 'ADDRESS_INVALID' }),
    );
    await system.stop();
  });

  test('while the system stops, or after, is refused: SYSTEM_STOPPING', async () => {
    const system = await motley(new Lab());
    const stopped = system.stop();
    expect(await codeOf(system.ref('/up').send({ type: 'add', n: 1 }))).toBe('SYSTEM_STOPPING');
    expect(await codeOf(system.ref('/up').ask({ type: 'total' }))).toBe('SYSTEM_STOPPING');
    await stopped;
    expect(await codeOf(system.ref('/up').send({ type: 'add', n: 1 }))).toBe('SYSTEM_STOPPING');
    expect(await codeOf(system.pool('/pool').ensureChild('1'))).toBe('SYSTEM_STOPPING');
  });
});

describe("an actor's message", () => {
  test('to an actor that runs, restarts or is quarantined is accepted whatever the bound', async () => {
    const lab = new Lab();
    const system = await motley(lab, 1);
    for (const to of ['/up', '/down', '/odd', '/odd', '/odd'])
      await system.ref('/sender').send({ type: 'send', to, n: 1 });
    await lab.settle();
    expect(await all(system.deadLetters.list())).toEqual([]);
    expect((await system.ref('/up').snapshot()).context.total).toBe(1);
    await system.stop();
  });

  test('to an actor that ended, or to nobody, becomes a dead letter', async () => {
    const lab = new Lab();
    const system = await motley(lab);
    for (const to of ['/ends', '/goes', '/nobody', '/pool/7'])
      await system.ref('/sender').send({ type: 'send', to, n: 1 });
    await lab.settle();
    const letters = await all(system.deadLetters.list());
    const event = { type: 'add', n: 1 };
    expect(letters).toMatchObject([
      { address: '/ends', reason: 'not_running', sender: '/sender', event },
      { address: '/goes', reason: 'not_found', sender: '/sender', event },
      { address: '/nobody', reason: 'not_found', sender: '/sender', event },
      { address: '/pool/7', reason: 'not_found', sender: '/sender', event },
    ]);
    expect(system.health().deadLetters).toBe(4);
    await system.stop();
  });
});

describe('what waits at an actor that ends', () => {
  test('becomes dead letters', async () => {
    const lab = new Lab();
    const system = await motley(lab);
    await system.pool('/pool').startChild('1');
    const one = system.ref('/pool/1');
    void one.send({ type: 'finish' });
    void one.send({ type: 'add', n: 1 });
    await lab.settle();
    expect(await all(system.deadLetters.list())).toMatchObject([
      { address: '/pool/1', reason: 'ended', event: { type: 'add', n: 1 }, position: 2 },
    ]);
    await system.stop();
  });
});
