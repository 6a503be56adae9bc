/** Delayed events across processes, cancels and stops: each fires once, at its own time, in order. */
import { assign, cancel, enqueueActions, sendTo, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, at, exit, supervisor } from '../../src/index.ts';
import { Lab } from './lab.ts';

/** Rings `name` after `ms`, under an id that several may have; or has the other bell do so. */
const bell = setup({
  types: {
    context: {} as { rung: readonly string[] },
    events: {} as
      | { type: 'set'; id: string; name: string; ms: number }
      | { type: 'pass'; name: string; ms: number }
      | { type: 'unset'; id: string }
      | { type: 'ring'; name: string }
      | { type: 'fail' }
      | { type: 'leave' },
  },
}).createMachine({
  id: 'bell',
  context: { rung: [] },
  on: {
    set: {
      actions: enqueueActions(({ enqueue, event: { id, name, ms } }) => {
        enqueue.raise({ type: 'ring', name }, { id, delay: ms });
      }),
    },
    pass: {
      actions: sendTo(at('/other'), ({ event: { name } }) => ({ type: 'ring', name }), {
        delay: ({ event }) => event.ms,
      }),
    },
    unset: { actions: cancel(({ event }) => event.id) },
    ring: { actions: assign({ rung: ({ context, event }) => [...context.rung, event.name] }) },
    fail: {
      actions: assign(() => {
        throw new Error('failed on purpose');
      }),
    },
    leave: { actions: exit('shutdown', 'asked to') },
  },
});

const tree = supervisor('app', {
  backoff: false,
  children: [actor('bell', bell, { restart: 'transient' }), actor('other', bell)],
});

type Opened = Awaited<ReturnType<typeof open>>;

function open(lab: Lab) {
  return lab.open(tree);
}

async function set(system: Opened, name: string, ms: number, id = name): Promise<void> {
  await system.ref('/bell').send({ type: 'set', id, name, ms }, { until: 'applied' });
}

async function rung(system: Opened, address: '/bell' | '/other' = '/bell') {
  return (await system.ref(address).snapshot()).context.rung;
}

describe('timers', () => {
  test('are all there in the next process, and those set there are added to them', async () => {
    const lab = new Lab();
    const first = await open(lab);
    await set(first, 'a', 1_000);
    await set(first, 'b', 3_000);
    await lab.kill();
    const second = await open(lab);
    await set(second, 'c', 2_000);
    await lab.kill();
    const third = await open(lab);
    await lab.advance(3_000);
    expect(await rung(third)).toEqual(['a', 'c', 'b']);
    await lab.stop(third);
  });

  test('that are due at once fire in the order of their deadlines, not of their setting', async () => {
    const lab = new Lab();
    const system = await open(lab);
    await set(system, 'late', 3_000);
    await set(system, 'early', 1_000);
    await set(system, 'between', 2_000);
    lab.clock.jump(5_000);
    await lab.settle();
    expect(await rung(system)).toEqual(['early', 'between', 'late']);
    await lab.stop(system);
  });

  test('of one id: a cancel takes back the latest, in this process and the next', async () => {
    const lab = new Lab();
    const first = await open(lab);
    for (const name of ['a', 'b', 'c']) await set(first, name, 1_000, 'same');
    await first.ref('/bell').send({ type: 'unset', id: 'same' }, { until: 'applied' });
    await lab.kill();
    const second = await open(lab);
    await second.ref('/bell').send({ type: 'unset', id: 'same' }, { until: 'applied' });
    await lab.advance(2_000);
    expect(await rung(second)).toEqual(['a']);
    await lab.stop(second);
  });

  test('that were cancelled do not fire in the next process', async () => {
    const lab = new Lab();
    const first = await open(lab);
    await set(first, 'a', 1_000);
    await set(first, 'b', 1_000);
    await first.ref('/bell').send({ type: 'unset', id: 'a' }, { until: 'applied' });
    await lab.kill();
    const second = await open(lab);
    await lab.advance(2_000);
    expect(await rung(second)).toEqual(['b']);
    await lab.stop(second);
  });

  test('that became due while their actor was stopped all fire when it is started again', async () => {
    const lab = new Lab();
    const system = await open(lab);
    await set(system, 'b', 2_000);
    await set(system, 'a', 1_000);
    await set(system, 'c', 60_000);
    await system.ref('/bell').send({ type: 'leave' });
    await lab.advance(5_000);
    expect(await rung(system)).toEqual([]);
    await system.supervisor('/').restartChild('bell');
    await lab.settle();
    expect(await rung(system)).toEqual(['a', 'b']);
    await lab.advance(60_000);
    expect(await rung(system)).toEqual(['a', 'b', 'c']);
    await lab.stop(system);
  });

  test('of an actor that begins anew are gone, also from the store', async () => {
    const lab = new Lab();
    const child = actor('bell', bell, { restartFrom: 'initial', attemptsMax: 1 });
    const root = supervisor('app', { backoff: false, children: [child] });
    const first = await lab.open(root);
    const set = { type: 'set', ms: 1_000 } as const;
    void first.ref('/bell').send({ ...set, id: 'old', name: 'old' });
    void first.ref('/bell').send({ type: 'fail' });
    void first.ref('/bell').send({ ...set, id: 'new', name: 'new' });
    await lab.settle();
    await lab.advance(900);
    await lab.kill();
    const second = await lab.open(root);
    await lab.advance(1_000);
    expect((await second.ref('/bell').snapshot()).context.rung).toEqual(['new']);
    await lab.stop(second);
  });

  test('keep their deadline however long the process was away', async () => {
    const lab = new Lab();
    const first = await open(lab);
    await set(first, 'a', 10_000);
    await lab.kill();
    lab.clock.jump(6_000);
    const second = await open(lab);
    await lab.advance(3_999);
    expect(await rung(second)).toEqual([]);
    await lab.advance(1);
    expect(await rung(second)).toEqual(['a']);
    await lab.stop(second);
  });

  test('for another actor send once, whatever the next processes do', async () => {
    const lab = new Lab();
    const first = await open(lab);
    await first.ref('/bell').send({ type: 'pass', name: 'a', ms: 1_000 }, { until: 'applied' });
    await lab.advance(1_000);
    expect(await rung(first, '/other')).toEqual(['a']);
    await lab.kill();
    const second = await open(lab);
    await lab.advance(2_000);
    expect(await rung(second, '/other')).toEqual(['a']);
    await lab.stop(second);
  });

  test('of several actors that were paused all fire when these are resumed', async () => {
    const lab = new Lab();
    const system = await open(lab);
    const about = { type: 'set', id: 'a', name: 'a', ms: 1_000 } as const;
    for (const address of ['/bell', '/other'] as const) await system.ref(address).send(about);
    await system.pause('/');
    await lab.advance(2_000);
    await system.resume('/');
    await lab.settle();
    expect([await rung(system), await rung(system, '/other')]).toEqual([['a'], ['a']]);
    await lab.stop(system);
  });

  test('that are months away ask the host for no wait that it cannot keep', async () => {
    const lab = new Lab();
    const { clock } = lab;
    const after = clock.after.bind(clock);
    const waits: number[] = [];
    clock.after = (ms, fn) => {
      waits.push(ms);
      return after(ms, fn);
    };
    const system = await open(lab);
    const months = 90 * 86_400_000;
    await set(system, 'a', months);
    await lab.advance(months - 1);
    expect(await rung(system)).toEqual([]);
    await lab.advance(1);
    expect(await rung(system)).toEqual(['a']);
    expect(Math.max(...waits)).toBeLessThan(2 ** 31);
    await lab.stop(system);
  });
});
