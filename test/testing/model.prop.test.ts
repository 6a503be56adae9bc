/** Whatever is done to a system, and whenever its process dies: it is what a model of a few lines says. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openTestSystem } from '../../src/testing/index.ts';
import { Tally } from '../support/feature-tally.ts';
import { property } from '../support/property.ts';
import { Model } from './model.ts';
import { commandNames, commandsOf } from './model-commands.ts';
import { outcomes, Real } from './model-real.ts';
import { books } from './model-tree.ts';

const seen = new Tally(outcomes);
const tallies = { all: new Tally(commandNames), afterCrash: new Tally(commandNames) };
const FLOOR = 10;
const COMMANDS_MAX = 60;

describe('a system', () => {
  property(
    'is what its model says, after each of any calls and crashes',
    [fc.commands(commandsOf(tallies), { maxCommands: COMMANDS_MAX, size: 'max' })],
    async (commands) => {
      const lab = await openTestSystem({ root: books });
      const setup = (): { model: Model; real: Real } => ({
        model: new Model(),
        real: new Real(lab, seen),
      });
      await fc.asyncModelRun(setup, commands);
      await lab.stop();
    },
    { runs: 300 },
  );

  it('met each kind of call often enough, also after a crash', () => {
    expect(tallies.all.below(FLOOR)).toEqual([]);
    expect(tallies.afterCrash.below(FLOOR)).toEqual([]);
    expect(seen.below(FLOOR)).toEqual([]);
  });
});

afterAll(() => {
  tallies.all.print('calls');
  tallies.afterCrash.print('calls after a crash');
  seen.print('what sends came to');
});
