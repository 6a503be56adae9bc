/** The rows that say which actor there is, and where: one that is damaged costs that actor, and no other. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendTo, setup } from 'xstate';
import { actor, at, pool, supervisor } from '../../src/index.ts';
import { fixed, keys } from '../../src/persistence/keyspace.ts';
import { all, codeOf } from '../runtime/lab.ts';
import { type CounterEvent, counter } from '../runtime/machines.ts';
import { StoreLab, until } from './store-lab.ts';
import { A, filled, tree, waiting } from './two-counters.ts';

let lab: StoreLab;
beforeEach(() => {
  lab = new StoreLab();
});
afterEach(() => lab.dispose());

const WORKER = 4;

/** All rows that are keyed by this uid. */
async function rowsOf(uid: number): Promise<Record<string, string | undefined>> {
  const rows: Record<string, string | undefined> = {};
  for (const prefix of ['b', 'c', 'e', 'i', 'm', 's', 't'])
    for (const key of await lab.keys(`${prefix}!${fixed(uid)}`)) rows[key] = await lab.value(key);
  return rows;
}

type Row = 'birth' | 'address';

function keyOf(row: Row, uid: number, address: string): string {
  return row === 'birth' ? keys.birth(uid) : keys.address(address);
}

describe.each<Row>(['birth', 'address'])('a damaged %s row', (row) => {
  it('quarantines that actor: the others run, its bytes stay, and mended it goes on', async () => {
    await filled(lab);
    const key = keyOf(row, A, '/a');
    const mend = await lab.flip(key);
    const before = [await lab.value(key), await rowsOf(A)];
    const system = await lab.open(tree);
    const a = system.ref('/a');

    expect(await codeOf(a.send({ type: 'add', n: 3 }))).toBe('ACTOR_QUARANTINED');
    expect(await codeOf(a.send({ type: 'add', n: 3 }, { key: 'k' }))).toBe('ACTOR_QUARANTINED');
    expect(await codeOf(a.ask({ type: 'total' }))).toBe('ACTOR_QUARANTINED');
    expect(await codeOf(a.snapshot())).toBe('ACTOR_QUARANTINED');
    expect(await codeOf(a.done())).toBe('ACTOR_QUARANTINED');
    expect(await codeOf(all(a.emitted({ from: 1, follow: false })))).toBe('ACTOR_QUARANTINED');
    expect(await codeOf(system.reset('/a'))).toBe('ACTOR_QUARANTINED');
    await system.ref('/b').send({ type: 'add', n: 3 }, { until: 'applied' });
    expect(system.health()).toMatchObject({ status: 'degraded', quarantined: 1, ready: true });
    expect(lab.quarantines()).toMatchObject([
      { actor: '/a', why: expect.stringContaining(`${key} cannot be read`) },
    ]);
    await system.stop();

    expect([await lab.value(key), await rowsOf(A)]).toEqual(before);
    await mend();
    const mended = await lab.open(tree);
    expect((await mended.ref('/a').snapshot()).context.seen).toEqual([1, 2]);
    await mended.ref('/a').send({ type: 'add', n: 3 }, { until: 'applied' });
    expect((await mended.ref('/b').snapshot()).context.seen).toEqual([1, 2, 3]);
  });

  it('with mail waiting: the mail waits on', async () => {
    await waiting(lab);
    const mend = await lab.flip(keyOf(row, A, '/a'));
    const before = await rowsOf(A);
    const system = await lab.open(tree);
    await system.ref('/b').send({ type: 'add', n: 3 }, { until: 'applied' });
    await until(() => lab.quarantines().length > 0, 'it is told');
    expect(lab.quarantines()).toMatchObject([{ actor: '/a' }]);
    expect(system.health().quarantined).toBe(1);
    await system.stop();

    expect(await rowsOf(A)).toEqual(before);
    await mend();
    const mended = await lab.open(tree);
    const { context } = await mended.ref('/a').waitFor(({ context: { seen } }) => seen.length > 4);
    expect(context.seen).toEqual([1, 2, 3, 4, 5]);
  });

  it.each(['sleep', 'work'] as const)(
    'of an actor that was to %s: that waits too',
    async (type) => {
      const first = await lab.open(tree);
      await first.ref('/worker').send({ type }, { until: 'applied' });
      await first.stop({ deadlineMs: 1 });
      const mend = await lab.flip(keyOf(row, WORKER, '/worker'));
      const before = await rowsOf(WORKER);
      const system = await lab.open(tree);
      // past the time of its timer
      await new Promise((resolve) => setTimeout(resolve, 150));
      await system.ref('/b').send({ type: 'add', n: 3 }, { until: 'applied' });
      expect(await codeOf(system.ref('/worker').send({ type: 'rest' }))).toBe('ACTOR_QUARANTINED');
      expect(system.health().quarantined).toBe(1);
      await system.stop();
      expect(await rowsOf(WORKER)).toEqual(before);

      await mend();
      const mended = await lab.open(tree);
      const goesOn = mended
        .ref('/worker')
        .waitFor(({ context, value }) => context.woken === 1 || value === 'working');
      expect(await codeOf(goesOn)).toBe('resolved');
    },
  );

  it('of an actor with a name and hooks: these are not called', async () => {
    const calls: string[] = [];
    const hooked = supervisor('app', {
      children: [
        actor('a', counter, {
          name: 'clerk',
          onStart: () => void calls.push('start'),
          onStop: () => void calls.push('stop'),
        }),
        actor('b', counter),
      ],
    });
    await (await lab.open(hooked)).stop();
    calls.length = 0;
    await lab.flip(keyOf(row, A, '/a'));
    const system = await lab.open(hooked);

    expect(await codeOf(system.ref('/a').send({ type: 'add', n: 3 }))).toBe('ACTOR_QUARANTINED');
    expect(lab.quarantines()).toHaveLength(1);
    await system.stop();
    expect(calls).toEqual([]);
  });

  it('of an instance of a pool: it is not made anew, the others run', async () => {
    const clerks = supervisor('app', { children: [pool('clerks', counter)] });
    const first = await lab.open(clerks);
    for (const id of ['x', 'y']) await first.pool('/clerks').startChild(id);
    await first.stop();
    const [birth = ''] = await lab.keys('b!');
    const mend = await lab.flip(row === 'birth' ? birth : keys.address('/clerks/x'));
    const system = await lab.open(clerks);
    const x = await system
      .pool('/clerks')
      .ensureChild('x')
      .catch(() => system.ref('/clerks/x'));

    expect(await codeOf(x.send({ type: 'add', n: 1 }))).toBe('ACTOR_QUARANTINED');
    expect(await codeOf(system.ref('/clerks/y').send({ type: 'add', n: 1 }))).toBe('resolved');
    await system.stop();
    await mend();
    const mended = await lab.open(clerks);
    expect((await mended.ref('/clerks/x').snapshot()).context.seen).toEqual([]);
  });

  it('of the receiver of an actor: what is sent to it is a dead letter', async () => {
    const teller = setup({ types: { events: {} as { type: 'tell' } } }).createMachine({
      id: 'teller',
      on: { tell: { actions: sendTo(at<CounterEvent>('/a'), { type: 'add', n: 1 }) } },
    });
    const told = supervisor('app', {
      children: [actor('a', counter), actor('teller', teller)],
    });
    await (await lab.open(told)).stop();
    await lab.flip(keyOf(row, A, '/a'));
    const system = await lab.open(told);
    await system.ref('/teller').send({ type: 'tell' }, { until: 'applied' });

    expect(await all(system.deadLetters.list())).toMatchObject([
      { address: '/a', reason: 'not_running', event: { type: 'add', n: 1 } },
    ]);
  });
});

it('a damaged name row of an actor that says its name itself: it goes on', async () => {
  const named = supervisor('app', {
    children: [actor('a', counter, { name: 'clerk', onStart: () => undefined })],
  });
  await (await lab.open(named)).stop();
  const mend = await lab.flip(keys.name('clerk'));
  const before = await lab.value(keys.name('clerk'));
  const system = await lab.open(named);

  await system.ref('/a').send({ type: 'add', n: 1 }, { until: 'applied' });
  expect(system.health().quarantined).toBe(0);
  await system.stop();
  expect(await lab.value(keys.name('clerk'))).toBe(before);
  await mend();
});

describe('a damaged address row', () => {
  it('of a supervisor: the store refuses to open, and is left as it is', async () => {
    const nested = supervisor('app', {
      children: [supervisor('inner', { children: [actor('a', counter)] })],
    });
    await (await lab.open(nested)).stop();
    const key = keys.address('/inner');
    const mend = await lab.flip(key);
    const before = await lab.value(key);

    await expect(lab.open(nested)).rejects.toMatchObject({ code: 'VALUE_CORRUPT', exitCode: 74 });
    expect(await lab.value(key)).toBe(before);
    await mend();
    await lab.open(nested);
  });
});
