/** A row is damaged that no single actor stands for, or that is read only when somebody asks for it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PerdureError } from '../../src/index.ts';
import { keys } from '../../src/persistence/keyspace.ts';
import { all, codeOf } from '../runtime/lab.ts';
import { StoreLab } from './store-lab.ts';
import { B, filled, tree } from './two-counters.ts';

let lab: StoreLab;
beforeEach(() => {
  lab = new StoreLab();
});
afterEach(() => lab.dispose());

async function refusal(): Promise<PerdureError> {
  try {
    await lab.open(tree);
  } catch (error) {
    if (error instanceof PerdureError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

describe('in a row that the whole store needs', () => {
  it.each([
    ['the last marker', 'k!', -1],
    ['an older marker', 'k!', 1],
    ['the state of a supervisor', 'v!', 0],
    ['the state of a child', 'w!', 0],
    ['a timer', 't!', 0],
    ['an effect', 'e!', 0],
  ])('%s refuses to open, and is left as it is', async (_, prefix, index) => {
    await filled(lab);
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
    await filled(lab);
    const mend = await lab.flip('!e');
    expect((await refusal()).code).toBe('STORE_CORRUPT');
    await mend();
    await lab.open(tree);
  });
});

describe('in a row of an actor that is read when it is needed', () => {
  it.each(['flipped', 'gone'])('an emission %s: its reader is told', async (how) => {
    await filled(lab);
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
