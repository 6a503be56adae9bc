/**
 * The process that gets killed. It opens the system on its directory, does what the parent says, and tells
 * it what it was told: what is acknowledged, answered and heard here has left the system.
 */
import { appendFileSync } from 'node:fs';
import { levelStore } from '../../src/index.ts';
import { localExecutor } from '../../src/drivers/local-executor.ts';
import { systemClock } from '../../src/drivers/system-clock.ts';
import { systemEntropy } from '../../src/drivers/system-entropy.ts';
import { isPerdureError } from '../../src/base/errors.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { openSystem } from '../../src/runtime/open-system.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { CrashSwitch } from './crash-switch.ts';
import { appendingTo } from './effect-ledger.ts';
import { withBug } from './injected-bugs.ts';
import type { ChildOptions, FromChild, Heard, Intake, ToChild } from './messages.ts';
import { emissionsOf, reportOf } from './reading.ts';
import { ledgerPath, logPath, storePath } from './run-files.ts';
import { type Tree, treeIn } from './tree.ts';
import { watchedClock, watchedExecutor, watchedStore } from './watched-ports.ts';

const options = JSON.parse(process.argv[2] ?? '') as ChildOptions;
const { directory, life, durability, bug, plan } = options;

// Without its parent nobody would kill or audit this run.
process.on('disconnect', () => process.exit(1));
process.on('unhandledRejection', (error) => fail(error));

const crash = new CrashSwitch(plan);
const progress = { hasResult: false };
const opening = open();
opening.catch((error: unknown) => fail(error));
process.on('message', (message: ToChild) => void take(message));

function tell(message: FromChild): void {
  process.send?.(message);
}

function fail(error: unknown): void {
  const code = isPerdureError(error) ? error.code : 'UNKNOWN';
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.send?.({ kind: 'failed', code, message } satisfies FromChild, () => process.exit(3));
}

async function open(): Promise<System<Tree>> {
  const append = appendingTo(ledgerPath(directory));
  tell({ kind: 'opening' });
  const system = await openSystem<Tree>({
    root: treeIn({ crash, append, life }),
    store: watchedStore(withBug(levelStore(storePath(directory)), bug), crash, progress),
    lockWaitMs: 0,
    sync: durability === 'fsync',
    keepAlive: true,
    signal: undefined,
    ports: {
      clock: watchedClock(systemClock(), crash),
      entropy: systemEntropy(),
      executor: watchedExecutor(localExecutor(), crash, progress),
      logger: fileLogger(),
    },
  });
  crash.isUp = true;
  const hear = ({ actor, index, source, n }: Heard): void => {
    crash.reach('emission.heard');
    tell({ kind: 'heard', heard: { actor, index, source, n } });
  };
  system.ref('/relay').on('passed', hear);
  system.ref('/crew/recorder').on('recorded', hear);
  void system.closed.then((closed) => {
    if (closed.reason !== 'stopped') fail(closed.error);
  });
  tell({ kind: 'up' });
  return system;
}

/** In the order in which they come: none waits for the one before it. */
async function take(message: ToChild): Promise<void> {
  const system = await opening;
  switch (message.kind) {
    case 'send':
      await send(system, message.to, message.n, message.isApplied);
      return;
    case 'ask':
      await ask(system, message.n);
      return;
    case 'report':
      tell({ kind: 'report', report: await reportOf(system) });
      return;
    case 'emissions':
      tell({ kind: 'emissions', emissions: await emissionsOf(system, message.actor) });
      return;
    case 'stop':
      await system.stop();
      crash.reach('stop.closed');
      process.disconnect();
      process.exit(0);
  }
}

async function send(
  system: System<Tree>,
  to: Intake,
  n: number,
  isApplied: boolean,
): Promise<void> {
  const ref = system.ref(`/${to}`);
  const until = isApplied ? 'applied' : 'accepted';
  try {
    const sent = ref.send({ type: 'item', source: 'outside', n }, { key: `item-${n}`, until });
    crash.reach('send.taken');
    const { position } = await sent;
    crash.reach('send.acknowledged');
    const isInState =
      !isApplied || ((await ref.snapshot()).context.streams['outside']?.last ?? 0) >= n;
    tell({ kind: 'acknowledged', to, n, position, isInState });
  } catch (error) {
    refused(`${to}-${n}`, error);
  }
}

async function ask(system: System<Tree>, n: number): Promise<void> {
  try {
    const reply = await system
      .ref('/oracle')
      .ask({ type: 'question', source: 'outside', n }, { key: `ask-${n}`, timeoutMs: 60_000 });
    crash.reach('ask.answered');
    tell({ kind: 'answered', n, reply });
  } catch (error) {
    refused(`ask-${n}`, error);
  }
}

/** The outcome is unknown: the parent sends it again, under the same key. */
function refused(what: string, error: unknown): void {
  const code = isPerdureError(error) ? error.code : String(error);
  tell({ kind: 'refused', what, code });
}

function fileLogger(): Logger {
  const write = (level: string) => (fields: object, message: string) => {
    appendFileSync(
      logPath(directory),
      `${JSON.stringify({ life, level, message, ...fields }, plainError)}\n`,
    );
  };
  const silent = (): void => undefined;
  return { debug: silent, info: silent, warn: write('warn'), error: write('error') };
}

function plainError(_name: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value;
}
