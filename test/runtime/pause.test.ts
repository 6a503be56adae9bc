/** An actor or a subtree that an operator pauses takes no turn until it is resumed, in whatever process. */
import { assign, sendTo, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, at, pool, step, supervisor, template } from '../../src/index.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { codeOf, deferred, eventsOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const tree = supervisor('app', {
  backoff: false,
  children: [
    actor('a', counter),
    actor('b', counter),
    supervisor('floor', {
      children: [actor('c', counter)],
      templates: [template('room', counter)],
    }),
    pool('many', counter, { backoff: false }),
  ],
});

const add = (system: System, address: string, n: number): Promise<unknown> =>
  system.ref(address, counter).send({ type: 'add', n });

async function seen(system: System, address: string): Promise<readonly number[]> {
  return (await system.ref(address, counter).snapshot()).context.seen;
}

const told = (events: readonly SystemEvent[]): string[] =>
  events.flatMap((event) =>
    event.type === 'actor.paused' || event.type === 'actor.resumed'
      ? [`${event.type} ${event.address}`]
      : [],
  );

describe('a paused actor', () => {
  test('takes no turn; its mail is accepted and handled in order when it is resumed', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const events = eventsOf(system);
    await add(system, '/a', 1);
    await system.pause('/a');
    await add(system, '/a', 2);
    await add(system, '/a', 3);
    await add(system, '/b', 9);
    await lab.settle();

    expect([await seen(system, '/a'), await seen(system, '/b')]).toEqual([[1], [9]]);
    await system.resume('/a');
    await lab.settle();
    expect(await seen(system, '/a')).toEqual([1, 2, 3]);
    expect(told(events)).toEqual(['actor.paused /a', 'actor.resumed /a']);
    await lab.stop(system);
  });

  test('takes no turn for what it was sent just before', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    void add(system, '/a', 1);
    await system.pause('/a');
    await lab.settle();
    expect(await seen(system, '/a')).toEqual([]);
    await system.resume('/a');
    await lab.settle();
    expect(await seen(system, '/a')).toEqual([1]);
    await lab.stop(system);
  });

  test('is paused in the next process too, and in the one after its resume is not', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.pause('/a');
    await add(first, '/a', 1);
    await lab.kill();

    const second = await lab.open(tree);
    await add(second, '/a', 2);
    await lab.advance(60_000);
    expect(await seen(second, '/a')).toEqual([]);
    expect(second.health().paused).toEqual(['/a']);
    await second.resume('/a');
    await lab.kill();

    const third = await lab.open(tree);
    await lab.settle();
    expect(await seen(third, '/a')).toEqual([1, 2]);
    expect(third.health().paused).toEqual([]);
    await lab.stop(third);
  });

  test('whose process is killed runs, or is paused if that was told: nothing in between', async () => {
    const outcomes = new Set<string>();
    for (let turns = 0; turns <= 12; turns += 1) {
      const lab = new Lab();
      const first = await lab.open(tree);
      const pausing = watched(first.pause('/a'));
      for (let turn = 0; turn < turns; turn += 1)
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      const wasTold = pausing.isSettled;
      await lab.kill();

      const second = await lab.open(tree);
      await add(second, '/a', 1);
      await lab.settle();
      const isPaused = second.health().paused.length === 1;
      expect(await seen(second, '/a')).toEqual(isPaused ? [] : [1]);
      expect(wasTold && !isPaused).toBe(false);
      outcomes.add(isPaused ? 'paused' : 'runs');
      await lab.stop(second);
    }
    expect([...outcomes].sort()).toEqual(['paused', 'runs']);
  });

  test('whose pause was told is paused after a write that failed', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.pause('/a');
    lab.failNextWrite();
    await codeOf(add(system, '/b', 1));
    await lab.advance(60_000);
    await add(system, '/a', 1);
    await lab.settle();
    expect(await seen(system, '/a')).toEqual([]);
    await lab.stop(system);
  });

  test('is paused twice, or resumed when it was not, without harm', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const events = eventsOf(system);
    await system.pause('/a');
    await system.pause('/a');
    await system.resume('/b');
    await system.resume('/a');
    await add(system, '/a', 1);
    await lab.settle();
    expect(await seen(system, '/a')).toEqual([1]);
    expect(told(events)).toEqual(['actor.paused /a', 'actor.resumed /a']);
    await lab.stop(system);
  });

  test('refuses mail beyond its bound, and lets questions wait or time out', async () => {
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', { children: [actor('a', counter, { mailboxMax: 2 })] }),
    );
    await system.pause('/a');
    const late = watched(system.ref('/a').ask({ type: 'total' }, { timeoutMs: 100 }));
    const patient = system.ref('/a').ask({ type: 'total' }, { timeoutMs: 10_000 });
    await lab.settle();
    expect(await codeOf(add(system, '/a', 1))).toBe('ACTOR_MAILBOX_FULL');
    await lab.advance(100);
    expect(late.error).toMatchObject({ code: 'ASK_TIMEOUT' });
    await system.resume('/a');
    expect(await patient).toBe(0);
    await lab.stop(system);
  });

  test('stays paused when it is killed or stopped and started again', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.pause('/a');
    await add(system, '/a', 1);
    await system.kill('/a');
    await lab.settle();
    await system.supervisor('/').terminateChild('a');
    await system.supervisor('/').restartChild('a');
    await lab.settle();
    expect(await seen(system, '/a')).toEqual([]);
    await system.resume('/a');
    await lab.settle();
    expect(await seen(system, '/a')).toEqual([1]);
    await lab.stop(system);
  });

  test('is forgotten with its pause when it is deleted', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const many = system.pool('/many', counter);
    await many.startChild('m');
    await system.pause('/many/m');
    await many.terminateChild('m');
    expect(system.health().paused).toEqual([]);
    await many.startChild('m');
    await add(system, '/many/m', 1);
    await lab.settle();
    expect(await seen(system, '/many/m')).toEqual([1]);
    await lab.kill();
    const second = await lab.open(tree);
    expect(second.health().paused).toEqual([]);
    await lab.stop(second);
  });

  test('has to be there', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    expect([
      await codeOf(system.pause('/nobody')),
      await codeOf(system.pause('/many/m')),
      await codeOf(system.resume('/nobody')),
      await codeOf(system.pause('a')),
    ]).toEqual(['ACTOR_NOT_FOUND', 'ACTOR_NOT_FOUND', 'ACTOR_NOT_FOUND', 'ADDRESS_INVALID']);
    await lab.stop(system);
  });
});

describe('a paused subtree', () => {
  test('is all that is below a supervisor, also what is started or added later', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.pause('/floor');
    await system.pause('/many');
    const added = await system.supervisor('/floor').startChild('r1', { template: 'room' });
    await system.pool('/many', counter).startChild('m');
    const addresses = ['/floor/c', '/floor/r1', '/many/m'];
    for (const address of addresses) await add(system, address, 1);
    await add(system, '/a', 1);
    await lab.settle();

    expect(added).toMatchObject({ ok: true, isRunning: true });
    expect(await seen(system, '/a')).toEqual([1]);
    expect(await seen(system, '/floor/c')).toEqual([]);
    const first = watched(system.ref('/floor/r1', counter).snapshot());
    await lab.settle();
    expect(first.isSettled).toBe(false); // its first turn waits too
    await system.resume('/floor');
    await system.resume('/many');
    await lab.settle();
    for (const address of addresses) expect(await seen(system, address)).toEqual([1]);
    await lab.stop(system);
  });

  test('of the root is everything; supervisors go on to answer', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.pause('/');
    for (const address of ['/a', '/floor/c']) await add(first, address, 1);
    await lab.kill();
    const second = await lab.open(tree);
    await lab.settle();
    const shown = await second.supervisor('/').whichChildren();
    expect(shown.ok && shown.children.map(({ isPaused }) => isPaused)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(await seen(second, '/floor/c')).toEqual([]);
    await second.resume('/');
    await lab.settle();
    expect(await seen(second, '/floor/c')).toEqual([1]);
    await lab.stop(second);
  });

  test('and an actor in it that is paused itself: it runs when neither holds', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.pause('/floor/c');
    await system.pause('/floor');
    await add(system, '/floor/c', 1);
    await system.resume('/floor');
    await lab.settle();
    expect(await seen(system, '/floor/c')).toEqual([]);
    await system.pause('/floor');
    await system.resume('/floor/c');
    await lab.settle();
    expect(await seen(system, '/floor/c')).toEqual([]);
    await system.resume('/floor');
    await lab.settle();
    expect(await seen(system, '/floor/c')).toEqual([1]);
    await lab.stop(system);
  });
});

const clock = setup({
  types: {
    context: {} as { seen: readonly string[] },
    events: {} as
      | { type: 'set'; name: string; ms: number }
      | { type: 'rang'; name: string }
      | { type: 'remind' },
  },
  actions: { note: assign({ seen: ({ context }) => context.seen }) },
}).createMachine({
  id: 'clock',
  context: { seen: [] },
  on: {
    set: {
      actions: sendTo(
        ({ self }) => self,
        ({ event }) => ({ type: 'rang', name: event.name }) as const,
        { delay: ({ event }) => event.ms },
      ),
    },
    remind: { actions: sendTo(at<typeof counter>('/b'), { type: 'add', n: 7 }, { delay: 100 }) },
    rang: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.name] }) },
  },
  initial: 'first',
  states: {
    first: { after: { 500: { target: 'second', actions: 'note' } } },
    second: {},
  },
});

describe('timers of a paused actor', () => {
  const clocks = supervisor('app', {
    children: [actor('clock', clock), actor('b', counter)],
  });
  const now = async (system: System): Promise<unknown> => {
    const { value, context } = await system.ref('/clock', clock).snapshot();
    return [value, context.seen];
  };

  test('that become due wait, and fire in order at once when it is resumed', async () => {
    const lab = new Lab();
    const system = await lab.open(clocks);
    await system.ref('/clock', clock).send({ type: 'set', name: 'late', ms: 300 });
    await system.ref('/clock', clock).send({ type: 'set', name: 'early', ms: 200 });
    await system.ref('/clock', clock).send({ type: 'set', name: 'never yet', ms: 5_000 });
    await lab.settle();
    await system.pause('/clock');
    await lab.advance(1_000);
    expect(await now(system)).toEqual(['first', []]);
    await system.resume('/clock');
    await lab.settle();
    expect(await now(system)).toEqual(['second', ['early', 'late']]);
    await lab.advance(4_000);
    expect(await now(system)).toEqual(['second', ['early', 'late', 'never yet']]);
    await lab.stop(system);
  });

  test('for others wait too', async () => {
    const lab = new Lab();
    const system = await lab.open(clocks);
    await system.ref('/clock', clock).send({ type: 'remind' }, { until: 'applied' });
    await system.pause('/clock');
    await lab.advance(1_000);
    expect(await seen(system, '/b')).toEqual([]);
    await system.resume('/clock');
    await lab.settle();
    expect(await seen(system, '/b')).toEqual([7]);
    await lab.stop(system);
  });

  test('that become due while the process is down wait for the resume in the next one', async () => {
    const lab = new Lab();
    const first = await lab.open(clocks);
    await first.ref('/clock', clock).send({ type: 'set', name: 'ring', ms: 300 });
    await first.pause('/clock');
    await lab.kill();
    await lab.advance(1_000);
    const second = await lab.open(clocks);
    await lab.advance(1_000);
    expect(await now(second)).toEqual(['first', []]);
    await second.resume('/clock');
    await lab.settle();
    expect(await now(second)).toEqual(['second', ['ring']]);
    await lab.stop(second);
  });
});

describe('what a paused machine has under way', () => {
  const works: ReturnType<typeof deferred<string>>[] = [];
  const child = counter;
  const boss = setup({
    types: {
      context: {} as { got: readonly string[] },
      events: {} as { type: 'work' } | { type: 'tell' },
    },
    actors: {
      job: step(() => {
        const work = deferred<string>();
        works.push(work);
        return work.promise;
      }),
      child,
    },
  }).createMachine({
    id: 'boss',
    context: { got: [] },
    invoke: { src: 'child', id: 'kid' },
    initial: 'idle',
    on: { tell: { actions: sendTo('kid', { type: 'add', n: 1 }) } },
    states: {
      idle: { on: { work: 'working' } },
      working: {
        invoke: {
          src: 'job',
          onDone: {
            target: 'idle',
            actions: assign({ got: ({ context, event }) => [...context.got, event.output] }),
          },
        },
      },
    },
  });
  const firm = supervisor('app', { children: [actor('boss', boss)] });

  test('goes on: a step runs to its end, and its result waits in the mailbox, also of the next process', async () => {
    const lab = new Lab();
    const first = await lab.open(firm);
    works.length = 0;
    await first.ref('/boss').send({ type: 'work' }, { until: 'applied' });
    await lab.settle();
    await first.pause('/boss');
    works[0]?.resolve('paid');
    await lab.settle();
    expect((await first.ref('/boss').snapshot()).value).toBe('working');
    await lab.kill();

    const second = await lab.open(firm);
    await lab.settle();
    expect((await second.ref('/boss').snapshot()).value).toBe('working');
    await second.resume('/boss');
    await lab.settle();
    expect((await second.ref('/boss').snapshot()).context.got).toEqual(['paid']);
    expect(works).toHaveLength(1);
    await lab.stop(second);
  });

  test('what it invoked is paused with it', async () => {
    const lab = new Lab();
    const system = await lab.open(firm);
    await system.ref('/boss').send({ type: 'tell' }, { until: 'applied' });
    await lab.settle();
    await system.pause('/boss');
    await add(system, '/boss/kid', 2);
    await lab.settle();
    expect(await seen(system, '/boss/kid')).toEqual([1]);
    await system.resume('/boss');
    await lab.settle();
    expect(await seen(system, '/boss/kid')).toEqual([1, 2]);
    await lab.stop(system);
  });

  test('a child of it can be paused alone', async () => {
    const lab = new Lab();
    const system = await lab.open(firm);
    await lab.settle();
    await system.pause('/boss/kid');
    await system.ref('/boss').send({ type: 'tell' }, { until: 'applied' });
    await lab.settle();
    expect(await seen(system, '/boss/kid')).toEqual([]);
    await system.resume('/boss/kid');
    await lab.settle();
    expect(await seen(system, '/boss/kid')).toEqual([1]);
    await lab.stop(system);
  });
});
