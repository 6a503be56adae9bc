/** One bit of a stored value changes: who needs that value stands still, everybody else goes on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Envelope } from '../../src/actors/envelope.ts';
import { actor, PerdureError, supervisor } from '../../src/index.ts';
import { keys } from '../../src/persistence/keyspace.ts';
import { createCodec } from '../../src/persistence/codec.ts';
import { packEnvelope } from '../../src/persistence/records.ts';
import { all, codeOf } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { StoreLab, until } from './store-lab.ts';
import { Outside, workerOn } from './worker.ts';

let lab: StoreLab;
beforeEach(() => {
  lab = new StoreLab();
});
afterEach(() => lab.dispose());

const tree = supervisor('app', {
  children: [
    actor('a', counter, { mailboxMax: 4 }),
    actor('b', counter),
    actor('worker', workerOn(new Outside())),
  ],
});
const codec = createCodec({ writeRef: (ref) => ref, readRef: (data) => data as object });
const A = 2;
const B = 3;

/** Both have handled 1 and 2. */
async function filled(): Promise<void> {
  const system = await lab.open(tree);
  for (const n of [1, 2]) {
    await system.ref('/a').send({ type: 'add', n });
    await system.ref('/b').send({ type: 'add', n });
  }
  await system.stop();
}

/** Three messages wait at a, as if the process had been killed before their turns. */
async function waiting(): Promise<void> {
  await filled();
  await lab.edit(async (rows) => {
    for (const n of [3, 4, 5]) {
      const envelope = new Envelope(n, 0, { kind: 'message', event: { type: 'add', n } as never });
      await rows.put(keys.message(A, n), Buffer.from(codec.encode(packEnvelope(envelope))));
    }
  });
}

async function refusal(): Promise<PerdureError> {
  try {
    await lab.open(tree);
  } catch (error) {
    if (error instanceof PerdureError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

describe('in a snapshot', () => {
  it('quarantines its actor with the name of the damage; the others run, the bytes stay', async () => {
    await filled();
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
    await filled();
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
    await waiting();
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
    await filled();
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
      await waiting();
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
      expect(lab.events('actor.quarantined')).toMatchObject([
        { address: '/a', why: expect.stringMatching(/checksum|gone/) as string },
      ]);
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
    await waiting();
    await lab.edit((rows) => rows.del(keys.message(A, 3)));
    const system = await lab.open(tree);

    expect(await codeOf(system.ref('/a').send({ type: 'add', n: 6 }))).toBe('resolved');
    expect(lab.events('actor.quarantined')).toMatchObject([
      { address: '/a', why: 'its mailbox begins at 4, but it has handled all before 3' },
    ]);
  });
});

describe('in a row that the whole store needs', () => {
  it.each([
    ['the last marker', 'k!', -1],
    ['an older marker', 'k!', 1],
    ['the state of a supervisor', 'v!', 0],
    ['the state of a child', 'w!', 0],
    ['a timer', 't!', 0],
    ['an effect', 'e!', 0],
  ])('%s refuses to open, and is left as it is', async (_, prefix, index) => {
    await filled();
    const system = await lab.open(tree);
    await system.ref('/worker').send({ type: prefix === 't!' ? 'sleep' : 'work' });
    await system.stop({ deadlineMs: 1 });
    const key = (await lab.keys(prefix)).at(index) ?? '';
    const mend = await lab.flip(key);
    const before = await lab.value(key);

    const error = await refusal();
    expect(error).toMatchObject({ code: 'STORE_CORRUPT', retryable: false });
    expect(error.message).toContain(key);
    expect(await lab.value(key)).toBe(before);
    await mend();
    const mended = await lab.open(tree);
    expect((await mended.ref('/a').snapshot()).context.seen).toEqual([1, 2]);
  });

  it('the epoch refuses to open', async () => {
    await filled();
    const mend = await lab.flip('!e');
    expect((await refusal()).code).toBe('STORE_CORRUPT');
    await mend();
    await lab.open(tree);
  });
});

describe('in a row of an actor that is read when it is needed', () => {
  it('its birth: whoever names it is told, the others run', async () => {
    await filled();
    const mend = await lab.flip(keys.birth(A));
    const before = await lab.value(keys.birth(A));
    const system = await lab.open(tree);

    expect(await codeOf(system.ref('/a').send({ type: 'add', n: 3 }))).toBe('VALUE_CORRUPT');
    expect(await codeOf(system.ref('/a').snapshot())).toBe('VALUE_CORRUPT');
    await system.ref('/b').send({ type: 'add', n: 3 }, { until: 'applied' });
    await system.stop();
    expect(await lab.value(keys.birth(A))).toBe(before);
    await mend();
    const mended = await lab.open(tree);
    expect((await mended.ref('/a').snapshot()).context.seen).toEqual([1, 2]);
  });

  it('its birth, with mail waiting: the store refuses to open', async () => {
    await waiting();
    await lab.flip(keys.birth(A));

    expect(await refusal()).toMatchObject({ code: 'VALUE_CORRUPT', retryable: false });
    expect((await lab.keys('m!')).length).toBe(3);
  });

  it('its address: the store refuses to open', async () => {
    await filled();
    await lab.flip(keys.address('/a'));

    expect((await refusal()).code).toBe('VALUE_CORRUPT');
  });

  it.each(['flipped', 'gone'])('an emission %s: its reader is told', async (how) => {
    await filled();
    const key = keys.emission(B, 1);
    if (how === 'flipped') await lab.flip(key);
    else await lab.edit((rows) => rows.del(key));
    const system = await lab.open(tree);
    const read = (from: number): Promise<unknown[]> =>
      all(system.ref('/b').emitted({ from, follow: false }));

    expect(await codeOf(read(1))).toBe('VALUE_CORRUPT');
    expect(await read(2)).toHaveLength(1);
  });

  it('a key that it remembers: whoever uses the key again is told', async () => {
    const system = await lab.open(tree);
    await system.ref('/b').send({ type: 'add', n: 1 }, { key: 'once' });
    await system.stop();
    await lab.flip(keys.dedupe(B, 'once'));
    const next = await lab.open(tree);

    expect(await codeOf(next.ref('/b').send({ type: 'add', n: 1 }, { key: 'once' }))).toBe(
      'VALUE_CORRUPT',
    );
    expect(await codeOf(next.ref('/b').send({ type: 'add', n: 1 }, { key: 'new' }))).toBe(
      'resolved',
    );
  });

  it('a dead letter: whoever reads it is told', async () => {
    const parking = await lab.open(tree);
    await codeOf(parking.ref('/b').send({ type: 'fail' }, { until: 'applied' }));
    await parking.stop();
    const [key = ''] = await lab.keys('d!');
    await lab.flip(key);
    const system = await lab.open(tree);

    expect(await codeOf(all(system.deadLetters.list()))).toBe('VALUE_CORRUPT');
    expect(system.health()).toMatchObject({ deadLetters: 1, status: 'running' });
  });
});
