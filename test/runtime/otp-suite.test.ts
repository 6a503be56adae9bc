/** Cases of OTP's own test suite for `supervisor` that no recording exercises; their names are OTP's. */
import { describe, expect, test } from 'vitest';
import { actor, pool, supervisor, template } from '../../src/index.ts';
import { Lab } from './lab.ts';
import { counter } from './machines.ts';

const AT_ONCE = { backoff: false } as const;

describe('as in the test suite of OTP', () => {
  test('sup_stop_race: children that end by themselves while their supervisor stops do not hang it', async () => {
    const lab = new Lab();
    const slow = (id: string) =>
      actor(id, counter, {
        shutdownMs: 'infinity',
        onStop: () =>
          new Promise<void>((resolve) => {
            lab.clock.after(50, resolve);
          }),
      });
    const group = supervisor('group', { ...AT_ONCE, children: ['x', 'y', 'z'].map(slow) });
    const system = await lab.open(supervisor('app', { children: [group] }));
    const stopping = system.supervisor('/').terminateChild('group');
    await lab.settle();
    // z is being stopped; the others crash, are killed, leave
    void system.ref('/group/y').send({ type: 'fail' });
    void system.kill('/group/x');
    void system.kill('/group/z');
    await lab.advance(200);
    expect(await stopping).toEqual({ ok: true });
    expect(await system.supervisor('/group').countChildren()).toEqual({
      ok: false,
      error: 'noproc',
    });
    await lab.stop(system);
  });

  test('sup_start_map, sup_start_map_simple: a spec has its defaults filled in', async () => {
    const lab = new Lab();
    const root = supervisor('app', {
      children: [actor('w', counter), supervisor('s', { children: [] }), pool('p', counter)],
      templates: [template('t', counter)],
    });
    const system = await lab.open(root);
    const app = system.supervisor('/');
    await system.pool('/p').startChild('1');
    await app.startChild('d');
    const plain = { restart: 'permanent', significant: false };
    const worker = { ...plain, type: 'worker', shutdownMs: 5_000 };
    const below = { ...plain, type: 'supervisor', shutdownMs: 'infinity' };
    expect([
      await app.getChildSpec('w'),
      await app.getChildSpec('s'),
      await app.getChildSpec('d'),
      await system.supervisor('/p').getChildSpec({ address: '/p/1' }),
    ]).toEqual([
      { ok: true, spec: { id: 'w', ...worker } },
      { ok: true, spec: { id: 's', ...below } },
      { ok: true, spec: { id: 'd', template: 't', ...worker } },
      { ok: true, spec: { id: '1', template: 'p', ...worker } },
    ]);
    await lab.stop(system);
  });

  test('simple_one_for_one_restart_ignore: an instance that has nothing to run at its restart is dropped', async () => {
    const lab = new Lab();
    let starts = 0;
    const root = supervisor('app', {
      children: [
        pool('p', counter, {
          ...AT_ONCE,
          onStart: () => {
            starts += 1;
            return starts > 1 ? 'ignore' : undefined;
          },
        }),
      ],
    });
    const system = await lab.open(root);
    await system.pool('/p').startChild('1');
    void system.kill('/p/1');
    await lab.settle();
    expect(await system.supervisor('/p').countChildren()).toMatchObject({
      counts: { specs: 1, active: 0, workers: 0 },
    });
    await lab.stop(system);
  });

  test('significant_simple: a pool takes no significant children', () => {
    const significant = actor('w', counter, { restart: 'transient', significant: true });
    expect(() => pool('p', significant)).toThrow(/significant/);
  });

  test('sup_stop_manual_timeout: a stop that takes too long ends the system all the same', async () => {
    const lab = new Lab();
    const hung = actor('hung', counter, {
      shutdownMs: 'infinity',
      onStop: () => new Promise<void>(() => undefined),
    });
    const system = await lab.open(supervisor('app', { children: [hung] }));
    const stopping = system.stop({ deadlineMs: 1_000 });
    await lab.advance(999);
    expect(system.health().status).toBe('stopping');
    await lab.advance(1_100);
    await stopping;
    expect((await system.closed).reason).toBe('stopped');
  });

  test('simple_one_for_one_scale_many_temporary_children: thousands of instances end at once', async () => {
    const lab = new Lab();
    const root = supervisor('app', {
      children: [pool('p', counter, { restart: 'temporary' })],
    });
    const system = await lab.open(root);
    const many = Array.from({ length: 5_000 }, (_, index) => `i${index}`);
    await Promise.all(many.map((id) => system.pool('/p').startChild(id)));
    const ended = system.supervisor('/').terminateChild('p');
    await lab.advance(10);
    expect(await ended).toEqual({ ok: true });
    void system.supervisor('/').restartChild('p');
    await lab.settle();
    // temporary ones do not outlive their supervisor
    expect(await system.supervisor('/p').countChildren()).toMatchObject({ counts: { workers: 0 } });
    await lab.stop(system);
  });
});
