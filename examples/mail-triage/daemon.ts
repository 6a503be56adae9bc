/**
 * The process that gets killed. It opens the store, which resumes the agents wherever they were, and
 * waits until they are done. There is no code for resuming, but for the two bugs that can be injected.
 */
import { createSystem } from '../../src/index.ts';
import { trainingSize, trainOnFirst } from './classifier.ts';
import { agentNames, desk } from './desk.ts';
import { acknowledgeEarly, openLedger } from './ledger.ts';
import { ledgerPath, storePath, type Began, type DaemonOptions } from './run-files.ts';
import { createSteps } from './steps.ts';

const options = JSON.parse(process.argv[2] ?? '') as DaemonOptions;
const { directory, items, durability, isResumed, bug } = options;

// Without its parent nobody would kill or audit this run.
process.on('disconnect', () => process.exit(1));

const plainLedger = await openLedger(ledgerPath(directory));
const ledger = bug === 'early-ack' ? acknowledgeEarly(plainLedger) : plainLedger;
const classify = await trainOnFirst(trainingSize(items));
const steps = createSteps({
  classify,
  ledger,
  began: (item, phase) => process.send?.({ item, phase } satisfies Began),
});

const system = await createSystem({
  root: desk(steps, items),
  store: storePath(directory),
  durability,
});
const agents = agentNames.map((name) => system.ref(`/agents/${name}`));
if (isResumed && (bug === 'skip' || bug === 'repeat')) {
  const by = bug === 'skip' ? 1 : -1;
  await Promise.all(agents.map(async (agent) => await agent.send({ type: 'shift', by })));
}

await Promise.all(agents.map(async (agent) => await agent.done()));
await system.stop();
await ledger.close();
process.exit(0);
