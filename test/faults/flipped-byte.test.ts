/** A stored value is damaged or gone: the actor that needs it stands still, everybody else goes on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { keys } from '../../src/persistence/keyspace.ts';
import { codeOf } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { StoreLab, until } from './store-lab.ts';
import { A, filled, tree, waiting } from './two-counters.ts';
import { Outside, workerOn } from './worker.ts';

let lab: StoreLab;
beforeEach(() => {
  lab = new StoreLab();
});
afterEach(() => lab.dispose());

describe('in a snapshot', () => {
  it('quarantines its actor with the name of the damage; the others run, the bytes stay', async () => {
    await filled(lab);
    await lab.flip(keys.snapshot(A));
    const before = await lab.value(keys.snapshot(A));
    const system = await lab.open(tree);
    const snapshot = system.ref('/a').snapshot();

    await expect(snapshot).rejects.toMatchObject({
      code: 'ACTOR_QUARANTINED',
      facts: { address: '/a', why: expect.stringContaining('checksum') as string },
    });
    expect(lab.events('actor.quarantined')).toMatchObject([{ address: '/a' }]);
    expect(system.health()).toMatchObject({ status: 'degraded', ready: true, quarantined: 1 });
    await system.ref('/b').send({ type: 'add', n: 3 }, { until: 'applied' });
    expect((await system.ref('/b').snapshot()).context.seen).toEqual([1, 2, 3]);
    await system.stop();
    expect(await lab.value(keys.snapshot(A))).toBe(before);
  });

  it('takes no mail where no place can be told for it, and loses none: mended, it goes on', async () => {
    await filled(lab);
    const mend = await lab.flip(keys.snapshot(A));
    const first = await lab.open(tree);
    expect(await codeOf(first.ref('/a').send({ type: 'add', n: 9 }))).toBe('ACTOR_QUARANTINED');
    await first.stop();
    await mend();

    const second = await lab.open(tree);
    expect(await second.ref('/a').send({ type: 'add', n: 3 })).toMatchObject({ position: 3 });
    expect((await second.ref('/a').snapshot()).context.seen).toEqual([1, 2, 3]);
    expect(second.health()).toMatchObject({ status: 'running', quarantined: 0 });
  });

  it('keeps the mail that waits and what comes to it, up to the bound: mended, it handles all', async () => {
    await waiting(lab);
    const mend = await lab.flip(keys.snapshot(A));
    const first = await lab.open(tree);
    const ref = first.ref('/a');
    expect(await ref.send({ type: 'add', n: 6 })).toMatchObject({ position: 6 });
    expect(await codeOf(ref.send({ type: 'add', n: 7 }))).toBe('ACTOR_MAILBOX_FULL');
    await first.stop();
    await mend();

    const second = await lab.open(tree);
    const { context } = await second.ref('/a').waitFor((s) => s.context.seen.length === 6);
    expect(context.seen).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('of an actor that is started with a hook does not count as a failed start', async () => {
    const hooked = supervisor('app', {
      children: [actor('a', counter, { onStart: () => undefined }), actor('b', counter)],
    });
    const system = await lab.open(hooked);
    await system.ref('/a').send({ type: 'add', n: 1 });
    await system.stop();
    const mend = await lab.flip(keys.snapshot(A));
    const damaged = await lab.open(hooked);
    expect(await codeOf(damaged.ref('/a').snapshot())).toBe('ACTOR_QUARANTINED');
    await damaged.stop();
    await mend();

    const mended = await lab.open(hooked);
    await mended.ref('/a').send({ type: 'add', n: 2 }, { until: 'applied' });
    expect((await mended.ref('/a').snapshot()).context.seen).toEqual([1, 2]);
  });

  it('or the row gone altogether: it is not begun anew', async () => {
    await filled(lab);
    await lab.edit((rows) => rows.del(keys.snapshot(A)));
    const system = await lab.open(tree);

    await expect(system.ref('/a').snapshot()).rejects.toMatchObject({
      code: 'ACTOR_QUARANTINED',
      facts: { why: expect.stringContaining('gone') as string },
    });
    expect(await codeOf(system.ref('/b').send({ type: 'add', n: 3 }))).toBe('resolved');
  });

  it('of an actor with a step under way keeps the step for when it is mended', async () => {
    const outside = new Outside();
    const root = supervisor('app', { children: [actor('worker', workerOn(outside))] });
    const system = await lab.open(root);
    await system.ref('/worker').send({ type: 'work' });
    await until(() => outside.runs.length === 1, 'the step runs');
    await system.stop({ deadlineMs: 1 });
    const mend = await lab.flip(keys.snapshot(2));
    const damaged = await lab.open(root);
    expect(await codeOf(damaged.ref('/worker').snapshot())).toBe('ACTOR_QUARANTINED');
    await damaged.stop();
    expect(outside.runs).toHaveLength(1);
    await mend();

    const mended = await lab.open(root);
    await until(() => outside.runs.length === 2, 'the step runs again');
    outside.finish('done');
    await mended.ref('/worker').waitFor((s) => s.context.results.length === 1);
    expect(new Set(outside.runs).size).toBe(1);
  });
});

describe('in a mailbox', () => {
  it.each(['flipped', 'gone'])(
    'a row %s quarantines the actor before it handles any, with all rows kept: mended, it goes on',
    async (how) => {
      await waiting(lab);
      const key = keys.message(A, 4);
      let mend: () => Promise<void>;
      if (how === 'flipped') mend = await lab.flip(key);
      else {
        const bytes = Buffer.from((await lab.value(key)) ?? '', 'hex');
        await lab.edit((rows) => rows.del(key));
        mend = () => lab.edit((rows) => rows.put(key, bytes));
      }
      const before = await lab.keys('m!');
      const first = await lab.open(tree);
      const sent = await first.ref('/a').send({ type: 'add', n: 6 });

      expect(sent).toMatchObject({ position: 6 });
      expect(lab.quarantines()).toMatchObject([
        { actor: '/a', why: expect.stringMatching(/checksum|gone/) as string },
      ]);
      expect(first.health()).toMatchObject({ status: 'degraded', quarantined: 1 });
      expect((await first.ref('/a').snapshot()).context.seen).toEqual([1, 2]);
      expect(await codeOf(first.ref('/b').send({ type: 'add', n: 3 }))).toBe('resolved');
      await first.stop();
      expect(await lab.keys('m!')).toEqual([...before, keys.message(A, 6)]);
      await mend();

      const second = await lab.open(tree);
      const { context } = await second.ref('/a').waitFor((s) => s.context.seen.length === 6);
      expect(context.seen).toEqual([1, 2, 3, 4, 5, 6]);
    },
  );

  it('the first row gone is seen by the head of the mailbox', async () => {
    await waiting(lab);
    await lab.edit((rows) => rows.del(keys.message(A, 3)));
    const system = await lab.open(tree);

    expect(await codeOf(system.ref('/a').send({ type: 'add', n: 6 }))).toBe('resolved');
    expect(lab.quarantines()).toMatchObject([
      { actor: '/a', why: 'its mailbox begins at 4, but it has handled all before 3' },
    ]);
  });
});
