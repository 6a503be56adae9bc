/**
 * A process with a poison message in its mail: `child.ts DIRECTORY HOW PHASE`. `fill` accepts the mail and
 * ends in order, `run` comes to the poison, `retry` does too, with code that was mended. Says `poison` before
 * each attempt at it, and at its end, as JSON, what came of everything.
 */
import { writeSync } from 'node:fs';
import { assign, setup } from 'xstate';
import { actor, createSystem, step, supervisor } from '../../src/index.ts';

const [directory = '', how = '', phase = ''] = process.argv.slice(2);

function say(line: string): void {
  // a pipe of a process that is about to die is written at once or not at all
  writeSync(1, `${line}\n`);
}

function forever(): never {
  for (;;) Math.sqrt(2);
}

function hoard(): never {
  const hoard: unknown[] = [];
  for (;;) hoard.push(Array.from<number>({ length: 100_000 }).fill(hoard.length));
}

/** What a turn returns that comes to the poison, if it returns. */
const harms: Readonly<Record<string, () => unknown>> = {
  exit: () => process.exit(3),
  memory: hoard,
  loop: forever,
  throws: () => {
    throw new Error('poison');
  },
  unstorable: () => () => 'a function',
  step: () => 'poison',
};

const clerk = setup({
  types: {
    context: {} as { done: readonly unknown[]; failed: string },
    events: {} as { type: 'do'; what: string },
  },
  actors: {
    kill: step(() => {
      say('poison');
      process.kill(process.pid, 'SIGKILL');
      return Promise.resolve('survived');
    }),
  },
  actions: {
    note: assign({
      done: ({ context, event }) => {
        const { what } = event as { what: string };
        if (what !== 'poison' || phase === 'retry') return [...context.done, what];
        if (how !== 'step') say('poison');
        return [...context.done, harms[how]?.()];
      },
    }),
  },
}).createMachine({
  id: 'clerk',
  context: { done: [], failed: '' },
  initial: 'idle',
  states: {
    idle: {
      on: {
        do: [
          {
            guard: ({ event }) => how === 'step' && event.what === 'poison',
            target: 'killing',
            actions: 'note',
          },
          { actions: 'note' },
        ],
      },
    },
    killing: {
      on: { do: { actions: 'note' } },
      invoke: {
        src: 'kill',
        id: 'kill',
        onDone: 'idle',
        onError: {
          target: 'idle',
          actions: assign({ failed: ({ event }) => (event.error as { code: string }).code }),
        },
      },
    },
  },
});

const system = await createSystem({
  root: supervisor('poison', {
    backoff: false,
    children: [actor('a', clerk), actor('b', clerk)],
  }),
  store: directory,
  durability: 'os',
  logger: { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 } as never,
  ...(how === 'loop' ? { watchdog: { turnMs: 100, onStuck: 'kill' } } : {}),
});
const [a, b] = [system.ref('/a'), system.ref('/b')];

switch (phase) {
  case 'fill':
    await system.pause('/a');
    for (const what of ['one', 'poison', 'two']) await a.send({ type: 'do', what });
    await b.send({ type: 'do', what: 'three' });
    break;
  case 'run':
    // the mail is in the store: it is the same message in every process
    await system.resume('/a');
    await a.waitFor(({ context }) => context.done.includes('two'));
    if (how === 'step') await a.waitFor(({ value }) => value === 'idle');
    break;
  case 'retry':
    for await (const { id } of system.deadLetters.list()) await system.deadLetters.retry(id);
    await a.waitFor(({ context }) => context.done.includes('poison'));
    break;
}
const letters: unknown[] = [];
for await (const { reason, event, error, attempts } of system.deadLetters.list())
  letters.push({ reason, type: event.type, code: error?.code ?? error?.message, attempts });
const { done, failed } = (await a.snapshot()).context;
say(JSON.stringify({ letters, a: done, failed, b: (await b.snapshot()).context.done }));
await system.stop();
