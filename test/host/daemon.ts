/** A daemon as its user writes it: `daemon.ts DIRECTORY FATE`. Says when it is up. */
import { setup } from 'xstate';
import {
  actor,
  createSystem,
  levelStore,
  type PerdureError,
  stopOnSignals,
  supervisor,
} from '../../src/index.ts';
import { FailingStore } from '../faults/failing-store.ts';

const [directory = '', fate = ''] = process.argv.slice(2);

const worker = setup({
  delays: { soon: 20, months: 90 * 86_400_000 },
  actions: {
    work: () => {
      if (fate === 'gives-up') throw new Error('there is no way on');
    },
  },
}).createMachine({
  id: 'worker',
  initial: 'waiting',
  states: {
    waiting: { after: { [fate === 'stays' ? 'months' : 'soon']: 'working' } },
    working: { entry: fate === 'unknown-action' ? 'play' : 'work' },
  } as never,
});

const disk = new FailingStore(levelStore(directory));

function onStart(): void {
  if (fate === 'no-start') throw new Error('the database does not answer');
}

try {
  const system = await createSystem({
    root: supervisor('daemon', {
      intensity: fate === 'bad-option' ? -1 : 0,
      children: [actor('worker', worker, { onStart })],
    }),
    store: fate === 'disk-fails' ? disk : directory,
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  stopOnSignals(system);
  disk.fate = 'fenced';
  console.log('up');
  const { reason, exitCode } = await system.closed;
  console.log(reason);
  process.exitCode = exitCode;
} catch (error) {
  const { code, exitCode } = error as PerdureError;
  console.log(code);
  process.exitCode = exitCode;
}
