/** What somebody learns of a failure who looks at the log and at the error only: whose line it was. */
import { assign, createMachine, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import {
  actor,
  type AnyChild,
  createSystem,
  memoryStore,
  pool,
  supervisor,
} from '../../src/index.ts';
import { DOWN_MS, openDown } from './down.ts';
import { Lab } from './lab.ts';
import { counter } from './machines.ts';

/** Where the throw is: what a person has to find. */
function misread(): never {
  throw Object.assign(new TypeError('there is no plan'), { code: 'NO_PLAN' });
}

/** The first line of a stack, and where it begins. */
const origin = /^TypeError: there is no plan\n\s+at misread .*told-failures/;
const thrown = {
  name: 'TypeError',
  message: 'there is no plan',
  code: 'NO_PLAN',
  stack: expect.stringMatching(origin),
};
const inContext = createMachine({ id: 'm', context: () => misread() });
const inInput = setup({ actors: { counter } }).createMachine({
  id: 'm',
  invoke: { src: 'counter', input: () => misread() },
});

const over = (child: AnyChild) =>
  supervisor('app', { children: [supervisor('desk', { children: [child] })] });

describe('a throw while a machine is initialised', () => {
  test.each([
    ['in its context', inContext],
    ['in the input of what it invokes', inInput],
  ])('%s is the cause of the start that failed, with its stack', async (_where, machine) => {
    await expect(new Lab().open(over(actor('clerk', machine)))).rejects.toMatchObject({
      code: 'SUPERVISOR_START_FAILED',
      cause: thrown,
    });
  });

  test('is the cause of the real start too', async () => {
    const opening = createSystem({ root: over(actor('clerk', inContext)), store: memoryStore() });
    await expect(opening).rejects.toMatchObject({ cause: thrown });
  });

  test('is the cause of a child of a pool that does not start', async () => {
    const system = await new Lab().open(
      supervisor('app', { children: [pool('clerks', inContext)] }),
    );
    await expect(system.pool('/clerks').startChild('1')).rejects.toMatchObject({ cause: thrown });
    await system.stop();
  });

  test('is in the log of the restart that it makes necessary', async () => {
    let isPlanned = true;
    const forgetful = createMachine({
      id: 'forgetful',
      context: () => (isPlanned ? {} : misread()),
      on: {
        crash: {
          actions: assign(() => {
            isPlanned = false;
            return misread();
          }),
        },
      },
    });
    const lab = new Lab();
    const child = actor('clerk', forgetful, { restartFrom: 'initial', attemptsMax: 1 });
    const system = await lab.open(supervisor('app', { intensity: 1, children: [child] }));
    await system.ref('/clerk').send({ type: 'crash' });
    await lab.advance(60_000);
    const decided = lab.logs.filter(({ message }) => message === 'supervisor decided');
    expect(decided.length).toBeGreaterThan(1);
    for (const { fields } of decided)
      expect(fields).toMatchObject({ stack: expect.stringContaining('at misread') });
  });
});

describe('a message that is parked', () => {
  const parked = (lab: Lab) =>
    lab.logs.filter(({ message }) => message.startsWith('message parked'));
  const tree = supervisor('app', {
    backoff: false,
    children: [actor('counter', counter, { attemptsMax: 2 })],
  });

  test('is a warning, once, with whose, what and why', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.ref('/counter').send({ type: 'fail' });
    await lab.settle();
    expect(parked(lab)).toEqual([
      {
        level: 'warn',
        message: 'message parked: it is among the dead letters',
        fields: {
          address: '/counter',
          event: 'fail',
          attempts: 2,
          error: 'failed on purpose',
          stack: expect.stringContaining('machines.ts'),
        },
      },
    ]);
    await system.stop();
    await lab.open(tree);
    expect(parked(lab)).toHaveLength(1);
  });

  test('is a warning when that has landed, not before', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 5);
    await system.ref('/counter').send({ type: 'crash' });
    const seen: number[] = [];
    system.events.on('store.failed', () => seen.push(parked(lab).length));
    await lab.advance(DOWN_MS - 1);
    lab.failNextWrite();
    await lab.advance(DOWN_MS);
    expect(seen).toEqual([1]);
    expect(parked(lab).map(({ fields }) => fields)).toMatchObject([
      { event: 'fail' },
      { event: 'crash' },
    ]);
    await system.stop();
  });
});
