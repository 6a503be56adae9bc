/** An operator ends an actor or a subtree by its address, whoever its parent is. */
import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, pool, step, supervisor } from '../../src/index.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { codeOf, deferred, eventsOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const stops: string[] = [];
const onStop = ({ address, reason }: { address: string; reason: string }): void =>
  void stops.push(`${address} ${reason}`);

const tree = supervisor('app', {
  backoff: false,
  children: [
    actor('a', counter, { onStop }),
    actor('brief', counter, { restart: 'temporary' }),
    supervisor('floor', { children: [actor('b', counter, { onStop })] }),
    pool('many', counter),
  ],
});

const total = async (system: System, address: string): Promise<number> =>
  (await system.ref(address, counter).snapshot()).context.total;

describe('terminate, below a supervisor', () => {
  test('stops an actor in order; its spec, state and mail stay, and it can be restarted', async () => {
    const lab = new Lab();
    stops.length = 0;
    const system = await lab.open(tree);
    await system.ref('/a').send({ type: 'add', n: 1 }, { until: 'applied' });
    await system.pause('/a');
    await system.ref('/a').send({ type: 'add', n: 2 });
    await system.terminate('/a');
    expect(stops).toEqual(['/a shutdown']);
    expect(await codeOf(system.ref('/a').send({ type: 'add', n: 4 }))).toBe('ACTOR_NOT_RUNNING');
    await system.terminate('/a');
    await system.resume('/a');
    await lab.kill();

    const second = await lab.open(tree);
    await lab.settle();
    expect(await codeOf(second.ref('/a').send({ type: 'add', n: 4 }))).toBe('ACTOR_NOT_RUNNING');
    expect(await second.supervisor('/').restartChild('a')).toMatchObject({ ok: true });
    await lab.settle();
    expect(await total(second, '/a')).toBe(3);
    await lab.stop(second);
  });

  test('forgets a temporary child, and an instance of a pool', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.pool('/many').startChild('m');
    for (const address of ['/brief', '/many/m']) {
      await system.terminate(address);
      expect(await codeOf(system.ref(address, counter).snapshot())).toBe('ACTOR_NOT_FOUND');
      expect(await codeOf(system.terminate(address))).toBe('ACTOR_NOT_FOUND');
    }
    await lab.stop(system);
  });

  test('ends a whole subtree, children first', async () => {
    const lab = new Lab();
    stops.length = 0;
    const system = await lab.open(tree);
    await lab.settle();
    const events = eventsOf(system);
    await system.terminate('/floor');
    expect(events.map(({ type }) => type)).toEqual(['actor.stopped', 'supervisor.ended']);
    expect(await codeOf(system.terminate('/floor/b'))).toBe('ACTOR_NOT_RUNNING');
    await lab.stop(system);
  });

  test('resolves when the hook has ended', async () => {
    const lab = new Lab();
    const hung = deferred();
    const slow = supervisor('app', {
      children: [actor('a', counter, { onStop: () => hung.promise, shutdownMs: 'infinity' })],
    });
    const system = await lab.open(slow);
    await lab.settle();
    const terminated = watched(system.terminate('/a'));
    await lab.advance(60_000);
    expect(terminated.isSettled).toBe(false);
    hung.resolve();
    await lab.settle();
    expect(terminated.isSettled).toBe(true);
    await lab.stop(system);
  });

  test('is refused for the root and for nobody', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    expect([
      await codeOf(system.terminate('/')),
      await codeOf(system.terminate('/nobody')),
      await codeOf(system.terminate('/nobody/at/all')),
      await codeOf(system.terminate('a')),
    ]).toEqual(['OPTION_INVALID', 'ACTOR_NOT_FOUND', 'ACTOR_NOT_FOUND', 'ADDRESS_INVALID']);
    await lab.stop(system);
  });
});

const aborted: string[] = [];
const worker = setup({
  actors: {
    job: step(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push('job');
            reject(new Error('aborted'));
          });
        }),
    ),
  },
  types: { events: {} as { type: 'add' } },
}).createMachine({ id: 'worker', invoke: { src: 'job' } });

const boss = setup({
  types: { context: {} as { error: unknown } },
  actors: { worker },
}).createMachine({
  id: 'boss',
  context: { error: undefined },
  initial: 'busy',
  states: {
    busy: {
      invoke: {
        src: 'worker',
        id: 'w',
        onDone: 'done',
        onError: { target: 'alone', actions: assign({ error: ({ event }) => event.error }) },
      },
    },
    alone: {},
    done: {},
  },
});

describe.each(['terminate', 'kill'] as const)('%s, of what a machine invoked', (call) => {
  const firm = supervisor('app', { children: [actor('boss', boss)] });

  test('ends it with what it runs, and its parent is told', async () => {
    const lab = new Lab();
    aborted.length = 0;
    const first = await lab.open(firm);
    await lab.settle();
    await first[call]('/boss/w');
    expect(aborted).toEqual(['job']);
    await lab.kill();

    const second = await lab.open(firm);
    await lab.settle();
    const { value, context } = await second.ref('/boss').snapshot();
    expect(value).toBe('alone');
    expect(context.error).toMatchObject({
      code: 'ACTOR_EXITED',
      facts: {
        address: '/boss/w',
        reason: call === 'kill' ? 'killed' : 'shutdown: terminated',
      },
    });
    await lab.stop(second);
  });

  test('again, or of nobody: terminate is content with what has ended', async () => {
    const lab = new Lab();
    const system = await lab.open(firm);
    await lab.settle();
    const events = eventsOf(system);
    await system.pause('/boss');
    await system[call]('/boss/w');
    expect([
      await codeOf(system[call]('/boss/w')),
      await codeOf(system[call]('/boss/nobody')),
    ]).toEqual([call === 'kill' ? 'ACTOR_NOT_RUNNING' : 'resolved', 'ACTOR_NOT_FOUND']);
    expect(events.filter(({ type }) => type === 'actor.exited')).toHaveLength(1);
    await lab.stop(system);
  });
});

test('terminate waits for what a spawned actor runs, no longer than a stop may take', async () => {
  const lab = new Lab();
  const deaf = setup({ actors: { job: step(() => new Promise(() => undefined)) } }).createMachine({
    id: 'deaf',
    invoke: { src: 'job' },
  });
  const host = setup({ actors: { deaf } }).createMachine({
    id: 'host',
    invoke: { src: 'deaf', id: 'deaf', onError: {} },
  });
  const system = await lab.open(supervisor('app', { children: [actor('host', host)] }));
  await lab.settle();
  const terminated = watched(system.terminate('/host/deaf'));
  await lab.advance(4_999);
  expect(terminated.isSettled).toBe(false);
  await lab.advance(1);
  expect(terminated.isSettled).toBe(true);
  await lab.stop(system);
});

test('kill of a paused actor restarts it, paused; of an unstarted address it is refused', async () => {
  const lab = new Lab();
  const system = await lab.open(tree);
  await system.ref('/a').send({ type: 'add', n: 1 }, { until: 'applied' });
  await system.pause('/a');
  await system.ref('/a').send({ type: 'add', n: 2 });
  await system.kill('/a');
  await lab.settle();
  expect(await total(system, '/a')).toBe(1);
  expect(await codeOf(system.kill('/many/m'))).toBe('ACTOR_NOT_FOUND');
  await system.resume('/a');
  await lab.settle();
  expect(await total(system, '/a')).toBe(3);
  await lab.stop(system);
});
