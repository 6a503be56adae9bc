import { createActor, emit, setup } from 'xstate';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  actor,
  fromEmissions,
  pipeline,
  type PipelineResult,
  step,
  type StepArgs,
  supervisor,
} from '../../src/index.ts';
import { Lab } from '../runtime/lab.ts';

const inbox = setup({
  types: {
    events: {} as { type: 'deliver'; mail: string } | { type: 'tick' } | { type: 'close' },
    emitted: {} as { type: 'arrived'; mail: string } | { type: 'ticked' },
  },
}).createMachine({
  id: 'inbox',
  initial: 'open',
  states: {
    open: {
      on: {
        deliver: { actions: emit(({ event }) => ({ type: 'arrived', mail: event.mail })) },
        tick: { actions: emit({ type: 'ticked' }) },
        close: 'closed',
      },
    },
    closed: { type: 'final' },
  },
});

type Arrived = { type: 'arrived'; mail: string };

function treeOf(done: string[], address = '/inbox') {
  const sorter = pipeline({
    source: fromEmissions<typeof inbox, 'arrived'>(address, 'arrived'),
    step: step(async ({ input }: StepArgs<Arrived>) => {
      done.push(input.mail);
      return input.mail.toUpperCase();
    }),
    pageSize: 2,
  });
  return supervisor('app', {
    backoff: false,
    children: [
      actor('inbox', inbox, { restart: 'transient' }),
      actor('sorter', sorter, { restart: 'transient' }),
    ],
  });
}

type System = Awaited<ReturnType<typeof open>>;
const open = (lab: Lab, done: string[]) => lab.open(treeOf(done));

async function resultsOf(system: System): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const { event } of system.ref('/sorter').emitted({ from: 1, follow: false })) {
    const result = event as PipelineResult<string>;
    results.push(result.type === 'item.done' ? result.output : result.error);
  }
  return results;
}

const deliver = (system: System, mail: string) =>
  system.ref('/inbox').send({ type: 'deliver', mail });

describe('emissions as the source of a pipeline', () => {
  test('are taken as they come, those of other types passed over, to the end of their actor', async () => {
    const lab = new Lab();
    const done: string[] = [];
    const system = await open(lab, done);
    await deliver(system, 'a');
    await lab.settle();
    expect(done).toEqual(['a']);
    const tick = system.ref('/inbox').send({ type: 'tick' });
    await Promise.all([tick, ...['b', 'c', 'd', 'e'].map((mail) => deliver(system, mail))]);
    await system.ref('/inbox').send({ type: 'tick' });
    await lab.settle();
    expect(await resultsOf(system)).toEqual(['A', 'B', 'C', 'D', 'E']);
    await system.ref('/inbox').send({ type: 'close' });
    await lab.settle();
    expect(await system.ref('/sorter').done()).toMatchObject({ done: 5, failed: 0 });
    await lab.stop(system);
  });

  test('are each taken once, through crashes and failed writes', async () => {
    const lab = new Lab();
    for (let life = 0; life < 6; life += 1) {
      const system = await open(lab, []);
      await deliver(system, `${life}a`);
      if (life % 2 === 0) await lab.settle();
      if (life % 3 === 1) {
        lab.failNextWrite();
        await deliver(system, 'lost').catch(() => undefined);
        await lab.advance(5_000);
      }
      await deliver(system, `${life}b`);
      if (life % 2 === 1) await lab.settle();
      await lab.kill();
    }
    const system = await open(lab, []);
    await lab.advance(60_000);
    const results = await resultsOf(system);
    const lives = [0, 1, 2, 3, 4, 5];
    expect(results).toEqual(lives.flatMap((life) => [`${life}A`, `${life}B`]));
    await lab.stop(system);
  });

  test('of nobody pause the pipeline, with the error', async () => {
    const lab = new Lab();
    const system = await lab.open(treeOf([], '/nobody'));
    await lab.settle();
    expect(await system.ref('/sorter').snapshot()).toMatchObject({
      value: 'paused',
      context: { error: { code: 'ACTOR_NOT_FOUND' } },
    });
    await lab.stop(system);
  });

  test('are not there on a plain createActor', async () => {
    const machine = pipeline({
      source: fromEmissions<typeof inbox>('/inbox'),
      step: step(async ({ attempt }: StepArgs<unknown>) => attempt),
    });
    const plain = createActor(machine).start();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(plain.getSnapshot()).toMatchObject({
      value: 'paused',
      context: { error: { code: 'OPTION_INVALID' } },
    });
  });

  test('have the types of their actor', () => {
    const source = fromEmissions<typeof inbox, 'arrived'>('/inbox', 'arrived');
    expectTypeOf(source.item).toEqualTypeOf<Arrived | undefined>();
    expect(() => fromEmissions('inbox')).toThrow(
      expect.objectContaining({ code: 'ADDRESS_INVALID' }),
    );
  });
});
