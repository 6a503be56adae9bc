/** What the next process takes up by itself, without mail for it. */
import { fromPromise, sendTo, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, pool, supervisor } from '../../src/index.ts';
import { codeOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

describe('a process', () => {
  test('takes the first turn of an actor that was made, and had not had it', async () => {
    const began: string[] = [];
    const worker = setup({
      actors: { begin: fromPromise(() => Promise.resolve(began.push('begin'))) },
    }).createMachine({ id: 'worker', invoke: { src: 'begin' } });
    const tree = supervisor('app', { children: [pool('pool', worker)] });
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.pause('/pool');
    await first.pool('/pool').startChild('a');
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree);
    await lab.settle();
    expect(began).toEqual([]);
    await second.resume('/pool');
    await lab.settle();
    expect(began).toEqual(['begin']);
    await lab.stop(second);
  });

  test('gives no new actor the number of one that is there: both keep their state', async () => {
    const tree = supervisor('app', { children: [pool('pool', counter)] });
    const lab = new Lab();
    const first = await lab.open(tree);
    await (await first.pool('/pool').startChild('a')).send({ type: 'add', n: 1 });
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree);
    await (await second.pool('/pool').startChild('b')).send({ type: 'add', n: 10 });
    await lab.settle();
    await lab.kill();
    const third = await lab.open(tree);
    const totals = ['/pool/a', '/pool/b'].map(
      async (address) => (await third.ref(address, counter).snapshot()).context.total,
    );
    expect(await Promise.all(totals)).toEqual([1, 10]);
    await lab.stop(third);
  });

  test('leaves what a machine spawned, and what failed, as it was', async () => {
    const parent = setup({
      actors: { kid: counter },
      types: { events: {} as { type: 'spoil' } },
    }).createMachine({
      id: 'parent',
      initial: 'up',
      states: {
        up: {
          invoke: { src: 'kid', id: 'kid', onError: { actions: () => undefined } },
          on: { spoil: { actions: sendTo('kid', { type: 'fail' }) } },
        },
      },
    });
    const tree = supervisor('app', { children: [actor('parent', parent)] });
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/parent').send({ type: 'spoil' });
    await lab.settle();
    const kid = first.ref('/parent/kid', counter);
    expect(await codeOf(kid.send({ type: 'add', n: 1 }))).toBe('ACTOR_NOT_RUNNING');
    await lab.kill();
    const second = await lab.open(tree);
    const again = second.ref('/parent/kid', counter);
    expect(await codeOf(again.send({ type: 'add', n: 1 }))).toBe('ACTOR_NOT_RUNNING');
    await lab.stop(second);
  });
});
