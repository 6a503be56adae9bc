import { describe, expect, test } from 'vitest';
import { assign, setup } from 'xstate';
import { actor, supervisor } from '../../src/index.ts';
import { all, codeOf, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

/** A lamp that cannot be lit before it is mended: `light` is a poison message until then. */
const lamp = setup({
  types: {
    context: {} as { isWhole: boolean; lit: number },
    events: {} as { type: 'light' } | { type: 'mend' },
  },
}).createMachine({
  id: 'lamp',
  context: { isWhole: false, lit: 0 },
  on: {
    mend: { actions: assign({ isWhole: true }) },
    light: {
      actions: assign({
        lit: ({ context }) => {
          if (!context.isWhole) throw new TypeError('broken');
          return context.lit + 1;
        },
      }),
    },
  },
});

const tree = supervisor('app', {
  backoff: false,
  children: [actor('lamp', lamp), actor('counter', counter, { restart: 'transient' })],
});

async function withLetter(lab: Lab) {
  const system = await lab.open(tree);
  await system.ref('/lamp').send({ type: 'light' }, { key: 'k' });
  await lab.settle();
  return system;
}

describe('a dead letter', () => {
  test('says what, to whom, from whom, why, how often, when and in what state', async () => {
    const lab = new Lab();
    const system = await withLetter(lab);
    const [letter] = await all(system.deadLetters.list());
    expect(letter).toEqual({
      id: 1,
      address: '/lamp',
      reason: 'parked',
      event: { type: 'light' },
      sender: '',
      key: 'k',
      position: 1,
      attempts: 3,
      atMs: lab.clock.wallMs(),
      error: { name: 'TypeError', message: 'broken', stack: expect.any(String) },
      state: { value: {}, context: { isWhole: false, lit: 0 } },
    });
    expect(await system.deadLetters.get(1)).toEqual(letter);
    expect(await system.deadLetters.get(2)).toBeUndefined();
    expect(system.health().deadLetters).toBe(1);
    await system.stop();
  });

  test('is told as events', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const events = eventsOf(system);
    await system.ref('/lamp').send({ type: 'light' });
    await lab.settle();
    expect(events.filter(({ type }) => type.startsWith('message.'))).toMatchObject([
      { type: 'message.dead', address: '/lamp', event: 'light', reason: 'parked' },
      { type: 'message.parked', address: '/lamp', event: 'light', attempts: 3 },
    ]);
    await system.stop();
  });

  test('survives the process, and is counted', async () => {
    const lab = new Lab();
    const first = await withLetter(lab);
    const before = await all(first.deadLetters.list());
    await lab.kill();
    const second = await lab.open(tree);
    expect(await all(second.deadLetters.list())).toEqual(before);
    expect(second.health().deadLetters).toBe(1);
    await second.stop();
  });

  test('is joined by those of the next process, and takes the place of none', async () => {
    const lab = new Lab();
    await withLetter(lab);
    await lab.kill();
    const second = await lab.open(tree);
    await second.ref('/lamp').send({ type: 'light' });
    await lab.settle();
    const letters = await all(second.deadLetters.list());
    expect(letters.map(({ id, position }) => [id, position])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    await lab.stop(second);
  });

  test('of a message that an earlier process took has its key and its sender too', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.pause('/lamp');
    await first.ref('/lamp').send({ type: 'light' }, { key: 'k' });
    await lab.kill();
    const second = await lab.open(tree);
    await second.resume('/lamp');
    await lab.settle();
    expect(await all(second.deadLetters.list())).toMatchObject([{ key: 'k', sender: '' }]);
    const again = second.ref('/lamp').send({ type: 'light' }, { key: 'k', until: 'applied' });
    expect(await codeOf(again)).toBe('MESSAGE_PARKED');
    await lab.stop(second);
  });

  test('that is dropped is gone, for good', async () => {
    const lab = new Lab();
    const first = await withLetter(lab);
    await first.deadLetters.drop(1);
    expect(await all(first.deadLetters.list())).toEqual([]);
    await lab.kill();
    const second = await lab.open(tree);
    expect(second.health().deadLetters).toBe(0);
    expect(await codeOf(second.deadLetters.drop(1))).toBe('DEAD_LETTER_NOT_FOUND');
    await second.stop();
  });

  test('that is retried goes to the end of the mailbox and out of the box, in one batch', async () => {
    const lab = new Lab();
    const first = await withLetter(lab);
    await first.ref('/lamp').send({ type: 'mend' });
    await first.deadLetters.retry(1);
    expect(await first.deadLetters.get(1)).toBeUndefined();
    await lab.kill();
    const second = await lab.open(tree);
    await lab.settle();
    expect((await second.ref('/lamp').snapshot()).context.lit).toBe(1);
    expect(second.health().deadLetters).toBe(0);
    expect(await codeOf(second.deadLetters.retry(1))).toBe('DEAD_LETTER_NOT_FOUND');
    await second.stop();
  });

  test('that fails again is a new dead letter, after as many attempts', async () => {
    const lab = new Lab();
    const system = await withLetter(lab);
    await system.deadLetters.retry(1);
    await lab.settle();
    expect(await all(system.deadLetters.list())).toMatchObject([
      { id: 2, reason: 'parked', attempts: 3, position: 2, key: 'k' },
    ]);
    await system.stop();
  });

  test('is found by address, from an id on, and so many at a time', async () => {
    const lab = new Lab();
    const system = await withLetter(lab);
    void system.ref('/counter').send({ type: 'finish' });
    for (const n of [1, 2]) void system.ref('/counter').send({ type: 'add', n });
    await system.ref('/lamp').send({ type: 'light' });
    await lab.settle();
    const ids = async (
      options: Parameters<typeof system.deadLetters.list>[0],
    ): Promise<readonly number[]> =>
      (await all(system.deadLetters.list(options))).map(({ id }) => id);
    const byLamp = await ids({ address: '/lamp' });
    const byCounter = await ids({ address: '/counter' });
    expect([byLamp.length, byCounter.length]).toEqual([2, 2]);
    expect(await ids({})).toEqual([1, 2, 3, 4]);
    expect(await ids({ from: 3 })).toEqual([3, 4]);
    expect(await ids({ limit: 2 })).toEqual([1, 2]);
    expect(await ids({ limit: 0 })).toEqual([]);
    expect(await ids({ address: '/counter', from: (byCounter[0] ?? 0) + 1, limit: 5 })).toEqual(
      byCounter.slice(1),
    );
    expect(await ids({ address: '/nobody' })).toEqual([]);
    for (const wrong of [{ limit: -1 }, { from: 1.5 }, { adress: '/lamp' }])
      expect(await codeOf(ids(wrong as object))).toBe('OPTION_INVALID');
    await system.stop();
  });

  test('is not retried where nobody takes it: it stays', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    void ref.send({ type: 'finish' });
    void ref.send({ type: 'add', n: 1 });
    await lab.settle();
    expect(await all(system.deadLetters.list())).toMatchObject([{ id: 1, reason: 'ended' }]);
    expect(await codeOf(system.deadLetters.retry(1))).toBe('ACTOR_NOT_RUNNING');
    expect(await system.deadLetters.get(1)).toMatchObject({ reason: 'ended' });
    await system.stop();
  });
});
