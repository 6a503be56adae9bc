/** A host process for `process.test.ts`: `run.ts DIRECTORY HOW`. Says on stdout how far it is. */
import { setup } from 'xstate';
import { actor, createSystem, stopOnSignals, supervisor } from '../../../src/index.ts';

const [directory = '', how = ''] = process.argv.slice(2);

/** Waits for months, and for a step that never ends by itself. */
const waiter = setup({ delays: { months: 90 * 86_400_000 } }).createMachine({
  id: 'waiter',
  initial: 'waiting',
  states: { waiting: { after: { months: 'over' } }, over: {} },
});

const system = await createSystem({
  root: supervisor('host', { children: [actor('waiter', waiter)] }),
  store: directory,
  keepAlive: how !== 'no-keep-alive',
});
process.on('exit', (code) => console.log(`exit ${code} ${system.health().status}`));
if (how === 'signals') stopOnSignals(system, { before: () => console.log('before') });
console.log('up');
switch (how) {
  case 'stop':
    await system.ref('/waiter').snapshot();
    await system.stop();
    break;
  case 'signals':
    process.exitCode = (await system.closed).exitCode;
    break;
  case 'reject':
    void system.ref('/waiter').waitFor(() => false);
    void system.ref('/nobody', waiter).done();
    await system.stop();
    break;
}
