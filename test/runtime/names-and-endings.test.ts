import { setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, pool, step, supervisor } from '../../src/index.ts';
import { codeOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

/** The same machine, which handles `fail`. */
const mendedCounter = setup({
  types: { context: {} as { total: number }, events: {} as { type: 'fail' } },
}).createMachine({
  id: 'counter',
  context: { total: 0 },
  initial: 'counting',
  states: { counting: { on: { fail: {} } }, finished: { type: 'final' } },
});

describe('names', () => {
  test('of two actors of the tree cannot be the same', async () => {
    const root = supervisor('app', {
      children: [actor('a', counter, { name: 'ledger' }), actor('b', counter, { name: 'ledger' })],
    });

    expect(await codeOf(new Lab().open(root))).toBe('NAME_TAKEN');
  });

  test('that a spawned actor holds make a later start of a static child fail', async () => {
    const nest = setup({ actors: { counter } }).createMachine({
      id: 'nest',
      invoke: { src: 'counter', id: 'kid', systemId: 'ledger' },
    });
    const root = supervisor('app', {
      children: [actor('nest', nest), actor('named', counter, { name: 'ledger' })],
    });

    expect(await codeOf(new Lab().open(root))).toBe('SUPERVISOR_START_FAILED');
  });
});

describe('a key whose message was parked', () => {
  const root = supervisor('app', {
    children: [pool('p', counter), actor('counter', counter, { attemptsMax: 1 })],
  });

  test('does not count as applied when it is sent again', async () => {
    const lab = new Lab();
    const system = await lab.open(root);
    const ref = system.ref('/counter');
    await ref.send({ type: 'fail' }, { key: 'k' });
    await lab.advance(1_000);

    const again = ref.send({ type: 'fail' }, { key: 'k', until: 'applied' });

    expect(await codeOf(again)).toBe('MESSAGE_PARKED');
    await lab.stop(system);
  });

  test('answers a repeated question with the refusal', async () => {
    const lab = new Lab();
    const system = await lab.open(root);
    const first = codeOf(system.ref('/counter').ask({ type: 'broken' }, { key: 'k' }));
    await lab.advance(1_000);
    expect(await first).toBe('ASK_PARKED');

    const again = system.ref('/counter').ask({ type: 'broken' }, { key: 'k' });

    expect(await codeOf(again)).toBe('ASK_PARKED');
    await lab.stop(system);
  });

  test('is still a duplicate for who asks for no more, in the next process too', async () => {
    const lab = new Lab();
    const first = await lab.open(root);
    await first.ref('/counter').send({ type: 'fail' }, { key: 'k' });
    await lab.advance(1_000);
    await lab.kill();
    const second = await lab.open(root);

    expect(await second.ref('/counter').send({ type: 'fail' }, { key: 'k' })).toMatchObject({
      duplicate: true,
    });
    const applied = second.ref('/counter').send({ type: 'fail' }, { key: 'k', until: 'applied' });
    expect(await codeOf(applied)).toBe('MESSAGE_PARKED');
    await lab.stop(second);
  });
});

describe('an actor that leaves before it came to a message', () => {
  test('lets nobody wait for it to be applied', async () => {
    const root = supervisor('app', {
      children: [actor('counter', counter, { restart: 'transient' })],
    });
    const lab = new Lab();
    const system = await lab.open(root);
    const ref = system.ref('/counter');
    void ref.send({ type: 'leave', reason: 'shutdown' });

    const late = ref.send({ type: 'add', n: 1 }, { until: 'applied' });

    expect(await codeOf(late)).toBe('ACTOR_NOT_RUNNING');
    await lab.stop(system);
  });
});

describe('the end of a tree whose significant child has done its work', () => {
  test('is a good one', async () => {
    const root = supervisor('app', {
      autoShutdown: 'any_significant',
      children: [actor('counter', counter, { restart: 'transient', significant: true })],
    });
    const lab = new Lab();
    const system = await lab.open(root);
    await system.ref('/counter').send({ type: 'finish' });
    await lab.settle();

    expect(await system.closed).toEqual({ reason: 'stopped', exitCode: 0 });
  });
});

describe('options of a send', () => {
  test('with unknown words are refused', async () => {
    const root = supervisor('app', { children: [actor('counter', counter)] });
    const lab = new Lab();
    const system = await lab.open(root);
    const ref = system.ref('/counter');

    const whenFull = ref.send({ type: 'finish' }, { whenFull: 'drop' as never });
    const until = ref.send({ type: 'finish' }, { until: 'done' as never });

    expect(await codeOf(whenFull)).toBe('OPTION_INVALID');
    expect(await codeOf(until)).toBe('OPTION_INVALID');
    await lab.stop(system);
  });
});

describe('retrying a dead letter', () => {
  test('makes its key count as applied once it was handled', async () => {
    const lab = new Lab();
    const root = supervisor('app', { children: [actor('counter', counter, { attemptsMax: 1 })] });
    const system = await lab.open(root);
    await system.ref('/counter').send({ type: 'fail' }, { key: 'k' });
    await lab.advance(1_000);
    const mended = supervisor('app', { children: [actor('counter', mendedCounter)] });
    await lab.kill();
    const next = await lab.open(mended);

    await next.deadLetters.retry(1);

    const again = next.ref('/counter').send({ type: 'fail' }, { key: 'k', until: 'applied' });
    expect(await again).toMatchObject({ position: 2, duplicate: true });
    await lab.stop(next);
  });

  test('of a step that had its attempts is refused, and the letter stays', async () => {
    const lab = new Lab();
    const failing = setup({
      actors: { fail: step(() => Promise.reject(new Error('no'))) },
    }).createMachine({ id: 'failing', invoke: { src: 'fail' } });
    const root = supervisor('app', {
      intensity: 100,
      children: [actor('failing', failing, { attemptsMax: 1 })],
    });
    const system = await lab.open(root);
    await lab.advance(60_000);

    expect(await codeOf(system.deadLetters.retry(1))).toBe('DEAD_LETTER_NOT_RETRYABLE');
    expect(await system.deadLetters.get(1)).toMatchObject({ reason: 'effect' });
    await lab.stop(system);
  });
});
