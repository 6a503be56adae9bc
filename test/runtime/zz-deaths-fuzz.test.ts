import { expect, test } from 'vitest';
import { assign, sendTo, setup, fromCallback, enqueueActions, sendParent } from 'xstate';
import { actor, at, step, supervisor } from '../../src/index.ts';
import { Mortal } from './deadly.ts';
import { all } from './lab.ts';

function rng(seed: number) { let a = seed; return () => { a |= 0; a = (a + 0x6d2b79f5) | 0; let t = Math.imul(a ^ (a >>> 15), 1 | a); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; }; }

const N = 4;
for (let seed = 1; seed <= 150; seed += 1)
test(`lane ${seed}`, async () => {
  const r = rng(seed);
  const open = new Map<string, { ok: (v: unknown) => void; no: (e: Error) => void }>();
  const mortal: Mortal = new Mortal((deed) => {
    const m = (name: string) => setup({
      types: { context: {} as { n: number }, events: {} as { type: 'go' } | { type: 'act' } | { type: 'leave' } },
      actors: { work: step({ run: () => { deed(name); return new Promise((ok, no) => open.set(name, { ok, no: no as never })); } }) as never, cb: fromCallback(() => deed(`${name}cb`)) },
      actions: { act: () => { deed(`${name}act`); return new Promise((ok, no) => open.set(`${name}act`, { ok, no: no as never })) as never; } },
    }).createMachine({ id: 'm', context: { n: 0 }, initial: 'idle', 
      on: { act: { actions: 'act' } },
      states: { idle: { on: { go: 'working' } }, working: { on: { leave: 'over' }, invoke: [{ src: 'work', id: 'work', onDone: 'over', onError: 'over' }, { src: 'cb', id: 'cb' }] as never }, over: { on: { go: 'working' } } } });
    return supervisor('d', { backoff: false, children: Array.from({ length: N }, (_, i) => actor(`w${i}`, m(`w${i}`), { attemptsMax: 1 + (i % 3) })) as never }) as never;
  });
  let sys: any = await mortal.live();
  for (let i = 0; i < 40; i += 1) {
    const w = `w${Math.floor(r() * N)}`;
    const x = r();
    const q = (p: Promise<unknown>) => void p.catch(() => 0);
    try {
    if (x < 0.25) q(sys.ref(`/${w}`).send({ type: 'go' }));
    else if (x < 0.35) q(sys.ref(`/${w}`).send({ type: 'act' }));
    else if (x < 0.4) q(sys.ref(`/${w}`).send({ type: 'leave' }));
    else if (x < 0.5) { const o = open.get(w); open.delete(w); o?.ok(1); }
    else if (x < 0.55) { const o = open.get(`${w}act`); open.delete(`${w}act`); r() < 0.5 ? o?.ok(1) : o?.no(new Error('x')); }
    else if (x < 0.6) { q(sys.terminate(`/${w}`)); if (r() < 0.5) await mortal.lab.advance(7000); q(sys.supervisor('/').restartChild(w)); }
    else if (x < 0.65) q(sys.kill(`/${w}`));
    else if (x < 0.68) q(sys.reset(`/${w}`));
    else if (x < 0.72) { q(sys.pause(`/${w}`)); await mortal.lab.settle(); q(sys.resume(`/${w}`)); }
    else if (x < 0.77) { mortal.lab.failNextWrite(); await mortal.lab.advance(200); }
    else if (x < 0.8) { await mortal.lab.advance(30_000); }
    else if (x < 0.82) { await mortal.lab.stop(sys); open.clear(); sys = await mortal.live(); }
    else { if (r() < 0.7) await mortal.lab.advance(r() < 0.5 ? 100 : 0); await mortal.die(); open.clear(); sys = await mortal.live(); }
    } catch (e) { throw new Error(`step ${i} ${x}: ${(e as Error).stack}`); }
    if (r() < 0.5) await mortal.lab.settle();
    if (r() < 0.2) await mortal.lab.advance(1500);
  }
  for (let i = 0; i < N; i += 1) void sys.supervisor('/').restartChild(`w${i}`).catch(() => 0);
  await mortal.lab.advance(60_000);
  for (let i = 0; i < 30; i += 1) { for (const [k, o] of [...open]) { open.delete(k); o.ok(1); } await mortal.lab.advance(2_000); }
  for (let i = 0; i < N; i += 1) {
    const c = [...sys.describe?.() ?? []]; void c;
    const s = await sys.ref(`/w${i}`).snapshot();
    expect([s.value, i]).not.toEqual(['working', i]);
    const p = sys.ref(`/w${i}`).send({ type: 'leave' }, { until: 'applied' }).then(() => 'ok', (e: Error & {code: string}) => e.code);
    await mortal.lab.settle();
    expect(await Promise.race([p, Promise.resolve().then(() => mortal.lab.advance(10_000)).then(() => 'stuck')])).not.toBe('stuck');
  }
  await mortal.lab.kill();
});
for (let seed = 1; seed <= 60; seed += 1)
test(`mail ${seed}`, async () => {
  const run = async (isFlight: boolean) => {
    const r = rng(seed);
    const mortal = new Mortal(() => {
      const kid = setup({}).createMachine({ id: 'kid', initial: 'a', states: { a: { entry: sendParent({ type: 'kid' }), after: { 100: 'b' } }, b: { type: 'final' } } });
      const m = setup({ types: { context: {} as { log: string[] }, events: {} as any }, actors: { kid } }).createMachine({ id: 'm', context: { log: [] },
        on: {
          m: { actions: enqueueActions(({ enqueue, event, self }: any) => {
            enqueue.assign({ log: ({ context }: any) => [...context.log, event.id] });
            if (event.ttl > 0) {
              enqueue(sendTo(at(`/a${event.ttl % 3}`) as never, { type: 'm', id: `${event.id}x`, ttl: event.ttl - 1 } as never));
              if (event.ttl % 2) enqueue(sendTo(at(`/a${(event.ttl + 1) % 3}`) as never, { type: 'm', id: `${event.id}y`, ttl: event.ttl - 1 } as never, { delay: 50 * event.ttl } as never));
              if (event.ttl % 3 === 0) enqueue(sendTo(({ self }: any) => self, { type: 'm', id: `${event.id}z`, ttl: event.ttl - 1 } as never));
              if (event.ttl === 2) enqueue.spawnChild('kid', { id: `k${event.id}` } as never);
            } void self;
          }) as never },
          kid: { actions: assign({ log: ({ context }: any) => [...context.log, 'kid'] }) as never },
        } as never });
      return supervisor('d', { children: [0, 1, 2].map((i) => actor(`a${i}`, m as never, { mailboxMax: 5 } as never)) as never }) as never;
    });
    await mortal.live();
    if (isFlight) { await mortal.die(); } else await mortal.lab.kill().then(() => undefined), void 0;
    let sys: any;
    if (isFlight) sys = await mortal.live(); else { const m2 = mortal as any; m2; sys = await mortal.live(); await mortal.lab.stop(sys); sys = await mortal.live(); }
    for (let i = 0; i < 10; i += 1) { void sys.ref(`/a${Math.floor(r() * 3)}`).send({ type: 'm', id: `${i}`, ttl: Math.floor(r() * 6) }, { whenFull: 'wait' }).catch(() => 0); if (r() < 0.3) await mortal.lab.advance(Math.floor(r() * 200)); }
    await mortal.lab.advance(5_000);
    const logs = [];
    for (let i = 0; i < 3; i += 1) logs.push((await sys.ref(`/a${i}`).snapshot()).context.log);
    const letters = await all(sys.deadLetters.list());
    await mortal.lab.stop(sys);
    return { logs, letters: letters.length };
  };
  const [a, b] = [await run(false), await run(true)];
  expect(b.letters).toBe(a.letters);
  expect(b.logs.map((l: string[]) => [...l].sort())).toEqual(a.logs.map((l: string[]) => [...l].sort()));
});
