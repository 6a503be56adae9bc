/** The machines of a small weather station. Each has a `break` event, so that the example can hurt it. */
import { assign, sendTo, setup } from 'xstate';
import { at } from '../../src/index.ts';

/** Throws in the middle of a turn, as a bug would. */
function breakNow(): never {
  throw new Error('a bug');
}

/** Counts what was published. It is what must not be lost. */
export const ledger = setup({
  types: {
    context: {} as { published: number },
    events: {} as { type: 'published' } | { type: 'break' },
  },
}).createMachine({
  id: 'ledger',
  context: { published: 0 },
  on: {
    published: { actions: assign({ published: ({ context }) => context.published + 1 }) },
    break: { actions: assign(breakNow) },
  },
});

/** Reads an instrument. */
export const sensor = setup({
  types: {
    context: {} as { readings: number },
    events: {} as { type: 'reading'; celsius: number } | { type: 'break' },
  },
}).createMachine({
  id: 'sensor',
  context: { readings: 0 },
  on: {
    reading: {
      // a sensor that reports nonsense is broken: let it crash
      guard: ({ event }) => {
        if (event.celsius < -273.15) throw new Error(`${event.celsius} °C cannot be`);
        return true;
      },
      actions: [
        assign({ readings: ({ context }) => context.readings + 1 }),
        sendTo(at<typeof press>('/office/press'), ({ event }) => ({
          type: 'print',
          celsius: event.celsius,
        })),
      ],
    },
    break: { actions: assign(breakNow) },
  },
});

/** Prints a forecast and has it counted. */
export const press = setup({
  types: {
    context: {} as { pages: number },
    events: {} as { type: 'print'; celsius: number } | { type: 'break' },
  },
}).createMachine({
  id: 'press',
  context: { pages: 0 },
  on: {
    print: {
      actions: [
        assign({ pages: ({ context }) => context.pages + 1 }),
        sendTo(at<typeof ledger>('/ledger'), { type: 'published' }),
      ],
    },
    break: { actions: assign(breakNow) },
  },
});

/** Stands by: something that others are restarted with. */
export const helper = setup({
  types: { events: {} as { type: 'break' } },
}).createMachine({ id: 'helper', on: { break: { actions: assign(breakNow) } } });

/** A piece of work with an end. */
export const survey = setup({
  types: {
    context: {} as { left: number },
    events: {} as { type: 'visit' },
  },
}).createMachine({
  id: 'survey',
  context: { left: 3 },
  initial: 'visiting',
  states: {
    visiting: {
      on: { visit: { actions: assign({ left: ({ context }) => context.left - 1 }) } },
      always: { guard: ({ context }) => context.left === 0, target: 'done' },
    },
    done: { type: 'final' },
  },
});
