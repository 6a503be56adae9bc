/** What an actor has spawned rests while it is away, and goes on when it is back. */
import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, exit, step, type StepArgs, supervisor } from '../../src/index.ts';
import { Lab } from './lab.ts';

interface Run {
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly resolve: (output: string) => void;
}

function parentOf(runs: Run[]) {
  const work = step(
    ({ attempt, signal }: StepArgs<unknown>) =>
      new Promise<string>((resolve, reject) => {
        runs.push({ attempt, signal, resolve });
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  const helper = setup({
    types: { context: {} as { results: readonly string[] } },
    actors: { work },
  }).createMachine({
    id: 'helper',
    context: { results: [] },
    initial: 'working',
    states: {
      working: {
        invoke: {
          src: 'work',
          onDone: {
            target: 'resting',
            actions: assign({ results: ({ event }) => [event.output] }),
          },
        },
      },
      resting: {},
    },
  });
  return setup({
    types: { events: {} as { type: 'leave' } },
    actors: { helper },
  }).createMachine({
    id: 'parent',
    invoke: { src: 'helper', id: 'helper' },
    on: { leave: { actions: exit('shutdown') } },
  });
}

const tree = (runs: Run[]) =>
  supervisor('app', { backoff: false, children: [actor('parent', parentOf(runs))] });

describe('a step of a child of an actor', () => {
  test.each(['leaves', 'is killed'])(
    'is aborted when the actor %s, and runs again with its next incarnation',
    async (how) => {
      const runs: Run[] = [];
      const lab = new Lab();
      const system = await lab.open(tree(runs));
      await lab.advance(100);
      if (how === 'leaves') await system.ref('/parent').send({ type: 'leave' });
      else await system.kill('/parent');
      await lab.advance(100);

      expect(runs.map(({ attempt, signal }) => [attempt, signal.aborted])).toEqual([
        [1, true],
        [2, false],
      ]);
      runs[1]?.resolve('done');
      await lab.settle();
      const helper = system.ref(
        '/parent/helper',
        parentOf([]).implementations.actors['helper'] as never,
      );
      expect((await helper.snapshot()) as object).toMatchObject({ context: { results: ['done'] } });
      await lab.stop(system);
    },
  );
});
