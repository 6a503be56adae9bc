/** Rows of docs/xstate.md about history states: what they remember is part of the stored snapshot. */
import { setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { expectSame } from '../support/differential.ts';

const go = { type: 'GO' };

describe('history', () => {
  it('shallow and deep history', async () => {
    const run = await expectSame(
      () =>
        setup({}).createMachine({
          initial: 'on',
          states: {
            on: {
              initial: 'a',
              on: { OFF: 'off' },
              states: {
                a: {
                  initial: 'a1',
                  states: { a1: { on: { GO: 'a2' } }, a2: {} },
                  on: { NEXT: 'b' },
                },
                b: { initial: 'b1', states: { b1: { on: { GO: 'b2' } }, b2: {} } },
                shallow: { type: 'history' },
                deep: { type: 'history', history: 'deep', target: 'b' },
              },
            },
            off: { on: { SHALLOW: 'on.shallow', DEEP: 'on.deep' } },
          },
        }),
      [
        ...[{ type: 'NEXT' }, go, { type: 'OFF' }, { type: 'DEEP' }, { type: 'OFF' }],
        ...[{ type: 'SHALLOW' }, go, { type: 'OFF' }, { type: 'DEEP' }],
      ],
    );

    expect(run.states[4]).toMatchObject({ value: { on: { b: 'b2' } } });
    expect(run.states[6]).toMatchObject({ value: { on: { b: 'b1' } } });
  });

  it('history that was never visited goes to its default', async () => {
    await expectSame(
      () =>
        setup({}).createMachine({
          initial: 'off',
          states: {
            off: { on: { GO: 'on.back' } },
            on: {
              initial: 'a',
              states: { a: {}, b: {}, back: { type: 'history', target: 'b' } },
            },
          },
        }),
      [go],
    );
  });

  it('history of a parallel state', async () => {
    await expectSame(
      () =>
        setup({}).createMachine({
          initial: 'on',
          states: {
            on: {
              type: 'parallel',
              on: { OFF: 'off' },
              states: {
                x: { initial: 'x1', states: { x1: { on: { GO: 'x2' } }, x2: {} } },
                y: { initial: 'y1', states: { y1: { on: { Y: 'y2' } }, y2: {} } },
                back: { type: 'history', history: 'deep' },
              },
            },
            off: { on: { ON: 'on.back' } },
          },
        }),
      [go, { type: 'OFF' }, { type: 'ON' }, { type: 'Y' }, { type: 'OFF' }, { type: 'ON' }],
    );
  });
});
