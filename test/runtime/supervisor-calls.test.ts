/** OTP's calls on a running system: the rules are proved with the vectors, here is what durability adds. */
import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, pool, supervisor, template } from '../../src/index.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { codeOf, eventsOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const tenantMachine = setup({
  types: {
    input: {} as { plan: string },
    context: {} as { plan: string; visits: number },
    events: {} as { type: 'visit' },
  },
}).createMachine({
  id: 'tenant',
  context: ({ input }) => ({ plan: input.plan, visits: 0 }),
  on: { visit: { actions: assign({ visits: ({ context }) => context.visits + 1 }) } },
});

const tenant = template('tenant', tenantMachine, { restart: 'transient' });
const branch = supervisor('branch', {
  restart: 'transient',
  children: [actor('till', counter), actor('desk', counter)],
});
const tree = supervisor('app', {
  backoff: false,
  children: [
    actor('first', counter),
    supervisor('tenants', { children: [], templates: [tenant, branch] }),
    pool('branches', branch, { backoff: false }),
  ],
});

const shown = async (system: System, address: string): Promise<string[]> => {
  const answer = await system.supervisor(address).whichChildren();
  return answer.ok ? answer.children.map(({ id, state }) => `${id} ${state}`) : [answer.error];
};

const told = (events: readonly SystemEvent[], ...types: string[]): string[] =>
  events.flatMap((event) =>
    types.includes(event.type) ? [`${event.type} ${(event as { address: string }).address}`] : [],
  );

describe('a child added to a supervisor of the tree', () => {
  test('has the input it was given, and is there in the next process with its state', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    const added = await first
      .supervisor('/tenants')
      .startChild('t7', { template: 'tenant', input: { plan: 'gold' } });
    await first.ref('/tenants/t7', tenantMachine).send({ type: 'visit' }, { until: 'applied' });
    await lab.kill();

    const second = await lab.open(tree);
    const { context } = await second.ref('/tenants/t7', tenantMachine).snapshot();

    expect(added).toEqual({ ok: true, address: '/tenants/t7', isRunning: true });
    expect(context).toEqual({ plan: 'gold', visits: 1 });
    expect(await shown(second, '/tenants')).toEqual(['t7 running']);
    await lab.stop(second);
  });

  test('can be a supervisor with children of its own', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.supervisor('/tenants').startChild('north', { template: 'branch' });
    await first.ref('/tenants/north/till', counter).send({ type: 'add', n: 3 });
    await lab.settle();
    await lab.kill();

    const second = await lab.open(tree);

    expect(await shown(second, '/tenants/north')).toEqual(['desk running', 'till running']);
    const { context } = await second.ref('/tenants/north/till', counter).snapshot();
    expect(context.total).toBe(3);
    await lab.stop(second);
  });

  test('follows the code: its settings are those that its template has now', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first
      .supervisor('/tenants')
      .startChild('t7', { template: 'tenant', input: { plan: 'x' } });
    await lab.kill();
    const changed = supervisor('app', {
      children: [
        supervisor('tenants', {
          children: [],
          templates: [template('tenant', tenantMachine, { restart: 'temporary', shutdownMs: 7 })],
        }),
      ],
    });

    const second = await lab.open(changed);

    expect(await second.supervisor('/tenants').getChildSpec('t7')).toMatchObject({
      spec: { id: 't7', restart: 'temporary', shutdownMs: 7 },
    });
    await lab.stop(second);
  });

  test('whose template the code has no more is an orphan, and runs again when it is back', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first
      .supervisor('/tenants')
      .startChild('t7', { template: 'tenant', input: { plan: 'gold' } });
    await lab.kill();
    const without = supervisor('app', { children: [supervisor('tenants', { children: [] })] });
    const second = await lab.open(without);
    const orphans = second.health().orphans;
    await lab.stop(second);

    const third = await lab.open(tree);
    const { context } = await third.ref('/tenants/t7', tenantMachine).snapshot();

    expect(orphans).toContain('/tenants/t7');
    expect(context.plan).toBe('gold');
    expect(third.health().orphans).toEqual([]);
    await lab.stop(third);
  });

  test('that was asked for when the process died is there, or never was', async () => {
    for (const msAfter of [0, 1, 2]) {
      const lab = new Lab();
      const first = await lab.open(tree);
      void first
        .supervisor('/tenants')
        .startChild('t7', { template: 'tenant', input: { plan: 'gold' } })
        .catch(() => undefined);
      if (msAfter > 0) await lab.advance(msAfter);
      await lab.kill();
      const second = await lab.open(tree);
      const children = await shown(second, '/tenants');
      const plan = await second
        .ref('/tenants/t7', tenantMachine)
        .snapshot()
        .then(
          ({ context }) => context.plan,
          (error: unknown) => (error as { code?: string }).code,
        );
      expect([
        [[], 'ACTOR_NOT_FOUND'],
        [['t7 running'], 'gold'],
      ]).toContainEqual([children, plan]);
      await lab.stop(second);
    }
  });
});

describe('what a supervisor answers', () => {
  test('is what OTP answers, as data', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const app = system.supervisor('/');
    const answers = [
      await app.terminateChild('first'),
      await app.terminateChild('nobody'),
      await app.restartChild('tenants'),
      await app.restartChild('first'),
      await app.deleteChild('first'),
      await system.supervisor('/nowhere').countChildren(),
      await system.supervisor('/branches').terminateChild('b1'),
      await system.supervisor('/branches').terminateChild({ address: '/branches/b1' }),
      await system.supervisor('/tenants').terminateChild({ address: '/tenants/t1' }),
      await app.countChildren(),
    ];
    expect(answers).toEqual([
      { ok: true },
      { ok: false, error: 'not_found' },
      { ok: false, error: 'running' },
      { ok: true, address: '/first', isRunning: true },
      { ok: false, error: 'running' },
      { ok: false, error: 'noproc' },
      { ok: false, error: 'simple_one_for_one' },
      { ok: false, error: 'not_found' },
      { ok: false, error: 'not_found' },
      { ok: true, counts: { specs: 3, active: 3, supervisors: 2, workers: 1 } },
    ]);
    await lab.stop(system);
  });

  test('to a start that failed names what failed, and nothing is stored', async () => {
    const broken = actor('broken', counter, {
      onStart: () => {
        throw new Error('no port');
      },
    });
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        children: [],
        templates: [supervisor('shop', { children: [actor('ok', counter), broken] })],
      }),
    );
    const asked = system.supervisor('/').startChild('s1');
    await lab.settle();

    expect(await asked).toMatchObject({
      ok: false,
      error: 'start_failed',
      reason: "could not start 'broken': crash: no port",
      failure: { kind: 'failed_to_start_child', child: 'broken' },
    });
    expect(await shown(system, '/')).toEqual([]);
    expect(await codeOf(system.ref('/s1/ok', counter).send({ type: 'add', n: 1 }))).toBe(
      'ACTOR_NOT_FOUND',
    );
    await lab.stop(system);
  });

  test('to bad input is a rejection that says what would be right', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const tenants = system.supervisor('/tenants');
    const reject = (promise: Promise<unknown>): Promise<unknown> =>
      promise.catch((error: unknown) => (error as { facts?: object }).facts);
    expect([
      await reject(tenants.startChild('x', {} as never)),
      await reject(tenants.startChild('x', { template: 'other' as never })),
      await reject(tenants.startChild('..', { template: 'tenant', input: { plan: '' } })),
      await reject(tenants.startChild('x', { template: 'branch', input: 1 as never })),
    ]).toEqual([
      { path: "startChild('x').template", why: "expected 'tenant', 'branch'" },
      { path: "startChild('x').template", why: "expected 'tenant', 'branch'" },
      { path: "startChild('..')", why: expect.any(String) },
      { path: "startChild('x').input", why: 'a supervisor takes no input' },
    ]);
    await lab.stop(system);
  });
});

describe('a pool of supervisors', () => {
  test('starts, restarts and ends whole subtrees', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const branches = system.supervisor('/branches');
    await branches.startChild('b1');
    await branches.startChild('b2');
    const events = eventsOf(system);
    await system.ref('/branches/b1/till').send({ type: 'add', n: 2 });
    await system.kill('/branches/b1');
    await lab.settle();
    await branches.terminateChild({ address: '/branches/b2' });

    expect(told(events, 'supervisor.ended', 'supervisor.started')).toEqual([
      'supervisor.ended /branches/b1',
      'supervisor.started /branches/b1',
      'supervisor.ended /branches/b2',
    ]);
    expect(await shown(system, '/branches')).toEqual(['b1 running']);
    const { context } = await system.ref('/branches/b1/till').snapshot();
    expect(context.total).toBe(2);
    await lab.stop(system);
  });
});

describe('kill', () => {
  test('ends an actor at once, without its hook; its mail and state stay', async () => {
    const stops: string[] = [];
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        backoff: false,
        children: [actor('a', counter, { onStop: ({ reason }) => void stops.push(reason) })],
      }),
    );
    const events = eventsOf(system);
    await system.ref('/a').send({ type: 'add', n: 2 }, { until: 'applied' });
    void system.ref('/a').send({ type: 'add', n: 3 });
    await system.kill('/a');
    await lab.settle();

    expect((await system.ref('/a').snapshot()).context.total).toBe(5);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'actor.exited', address: '/a', reason: 'killed' }),
    );
    expect(stops).toEqual([]);
    expect(system.health().deadLetters).toBe(0);
    await lab.stop(system);
    expect(stops).toEqual(['shutdown']);
  });

  test('of a start is a failed start', async () => {
    const lab = new Lab();
    const hung = actor('hung', counter, { onStart: () => new Promise<void>(() => undefined) });
    const system = await lab.open(supervisor('app', { children: [], templates: [hung] }));
    const asked = system.supervisor('/').startChild('h');
    await lab.settle();
    void system.kill('/h');
    await lab.settle();

    expect(await asked).toMatchObject({ error: 'start_failed', reason: 'killed' });
    await lab.stop(system);
  });

  test('is refused for what does not run, and for the root', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.supervisor('/').terminateChild('first');
    expect([
      await codeOf(system.kill('/first')),
      await codeOf(system.kill('/nobody')),
      await codeOf(system.kill('/')),
    ]).toEqual(['ACTOR_NOT_RUNNING', 'ACTOR_NOT_FOUND', 'OPTION_INVALID']);
    await lab.stop(system);
  });
});

describe('a supervisor that is told to stop', () => {
  const hanging = (id: string): ReturnType<typeof actor> =>
    actor(id, counter, { shutdownMs: 'infinity', onStop: () => new Promise(() => undefined) });

  test('is killed with all below it when its time is over', async () => {
    const lab = new Lab();
    const slow = supervisor('slow', {
      shutdownMs: 1_000,
      children: [hanging('a'), supervisor('deep', { children: [hanging('b')] })],
    });
    const system = await lab.open(supervisor('app', { children: [slow, actor('c', counter)] }));
    const events = eventsOf(system);
    const asked = system.supervisor('/').terminateChild('slow');
    await lab.advance(999);
    expect(told(events, 'actor.stopped', 'supervisor.ended')).toEqual([]);
    await lab.advance(1);
    await lab.settle();

    expect(await asked).toEqual({ ok: true });
    expect(told(events, 'actor.stopped', 'supervisor.ended')).toEqual([
      'actor.stopped /slow/deep/b',
      'supervisor.ended /slow/deep',
      'actor.stopped /slow/a',
      'supervisor.ended /slow',
    ]);
    await lab.stop(system);
  });

  test('brutally is killed at once', async () => {
    const lab = new Lab();
    const slow = supervisor('slow', { shutdownMs: 'brutal_kill', children: [hanging('a')] });
    const system = await lab.open(supervisor('app', { children: [slow] }));
    const asked = system.supervisor('/').terminateChild('slow');
    await lab.settle();

    expect(await asked).toEqual({ ok: true });
    await lab.stop(system);
  });
});

test('a child with brutal_kill is told as killed, whether or not it holds anything outside', async () => {
  const lab = new Lab();
  const brutal = { shutdownMs: 'brutal_kill' } as const;
  const children = [
    actor('bare', counter, brutal),
    actor('hooked', counter, { ...brutal, onStop: () => undefined }),
  ];
  const root = supervisor('app', { backoff: false, children });
  const first = await lab.open(root);
  await first.supervisor('/').terminateChild('bare');
  await first.supervisor('/').restartChild('bare');
  await lab.kill();
  const second = await lab.open(root);
  const events = eventsOf(second);

  // nobody has named it in this process: it is not in memory
  await second.supervisor('/').terminateChild('bare');
  await second.supervisor('/').restartChild('bare');
  await second.supervisor('/').terminateChild('bare');
  const hooked = watched(second.supervisor('/').terminateChild('hooked'));
  await lab.advance(1);

  expect(hooked.isSettled).toBe(true);
  const reasons = events.flatMap((event) => (event.type === 'actor.stopped' ? [event.reason] : []));
  expect(reasons).toEqual(['killed', 'killed', 'killed']);
  await lab.stop(second);
});

describe('a supervisor that is busy', () => {
  test('lets ten thousand calls wait, and refuses the next', async () => {
    const lab = new Lab();
    const slow = template('slow', counter, { onStart: () => new Promise<void>(() => undefined) });
    const system = await lab.open(supervisor('app', { children: [], templates: [slow] }));
    const app = system.supervisor('/');
    void app.startChild('s');
    await lab.settle();
    for (let call = 0; call < 10_000; call += 1) void app.countChildren();
    const one = app.countChildren();
    expect(await codeOf(one)).toBe('SUPERVISOR_BUSY');
    await lab.stop(system);
  });
});

describe('a pool with a bound', () => {
  test('counts those that are there, also in the next process, and not those that were asked for', async () => {
    const few = supervisor('app', { children: [pool('p', tenantMachine, { childrenMax: 2 })] });
    const lab = new Lab();
    const first = await lab.open(few);
    const input = { plan: 'x' };
    await first.pool('/p').startChild('1', { input });
    await lab.kill();
    const second = await lab.open(few);
    const codes = [
      await codeOf(second.pool('/p').startChild('2', { input })),
      await codeOf(second.pool('/p').startChild('3', { input })),
    ];
    expect(codes).toEqual(['resolved', 'POOL_FULL']);
    await lab.stop(second);
  });
});
