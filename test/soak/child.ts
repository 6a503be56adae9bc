/** The daemon: opens the system on its directory, does what the parent orders, and tells how it is. */
import { createSystem, isPerdureError, levelStore, type System } from '../../src/index.ts';
import { storePath } from '../crash/run-files.ts';
import { source } from './duties.ts';
import { ballastOf, leak, withBug } from './injected-bugs.ts';
import type { ChildOptions, FromChild, Order, Report, ToChild } from './messages.ts';
import { Meter } from './meter.ts';
import { Operator } from './operator.ts';
import { type Tree, treeIn } from './tree.ts';

const options = JSON.parse(process.argv[2] ?? '') as ChildOptions;

// Without its parent nobody would kill or audit this run.
process.on('disconnect', () => process.exit(1));
process.on('unhandledRejection', (error) => fail(error));

/** Crashes are what this is about: what the runtime logs of them is not looked at. */
const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };
/** By session: whoever listens to one, until it finishes. */
const listeners = new Map<number, Disposable>();
const operator = new Operator(fail);
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

async function open(): Promise<{ readonly system: System<Tree>; readonly meter: Meter }> {
  tell({ kind: 'opening' });
  const sinceMs = performance.now();
  const system = await createSystem({
    root: treeIn({
      isHealed: (session) => operator.isHealed(session),
      ballast: ballastOf(options.bug),
    }),
    store: withBug(levelStore(storePath(options.directory)), options),
    logger,
  });
  tell({ kind: 'up', recoveryMs: performance.now() - sinceMs });
  void system.closed.then((closed) => {
    if (closed.reason !== 'stopped') fail(closed.error);
  });
  const meter = new Meter(system);
  meter.start(options, (gauges) => tell({ kind: 'gauges', gauges }));
  operator.start(system);
  return { system, meter };
}

/** In the order in which they come: none waits for the one before it. */
async function take(message: ToChild): Promise<void> {
  const { system, meter } = await opening;
  switch (message.kind) {
    case 'start':
    case 'item':
    case 'finish':
      await obey(system, meter, message);
      return;
    case 'report':
      tell({ kind: 'report', report: await reportOf(system) });
      return;
    case 'stop':
      await system.stop();
      process.disconnect();
      process.exit(0);
  }
}

async function obey(system: System<Tree>, meter: Meter, order: Order): Promise<void> {
  try {
    const isDuplicate = await carriedOut(system, meter, order);
    meter.count();
    leak(options.bug);
    tell({ kind: 'done', id: order.id, isDuplicate });
  } catch (error) {
    const code = isPerdureError(error) ? error.code : String(error);
    tell({ kind: 'refused', id: order.id, code });
  }
}

/** Whether it had been carried out before. */
async function carriedOut(system: System<Tree>, meter: Meter, order: Order): Promise<boolean> {
  const { session } = order;
  const ref = system.ref(`/sessions/s${session}`);
  const sinceMs = performance.now();
  switch (order.kind) {
    case 'start': {
      const started = await system
        .pool('/sessions')
        .ensureChild(`s${session}`, { input: { session } });
      listeners.set(
        session,
        started.on('noted', () => undefined),
      );
      return false;
    }
    case 'item': {
      const { n, isApplied } = order;
      const until = isApplied ? 'applied' : 'accepted';
      const { duplicate } = await ref.send({ type: 'item', n }, { key: `item-${n}`, until });
      meter[until].add(performance.now() - sinceMs);
      return duplicate;
    }
    case 'finish': {
      listeners.get(session)?.[Symbol.dispose]();
      listeners.delete(session);
      return (await ref.send({ type: 'finish' }, { key: 'finish' })).duplicate;
    }
  }
}

async function reportOf(system: System<Tree>): Promise<Report> {
  const [archive, clinic, oracle] = await Promise.all([
    system.ref('/archive').snapshot(),
    system.ref('/crew/clinic').snapshot(),
    system.ref('/oracle').snapshot(),
  ]);
  const { deadLetters, quarantined, orphans } = system.health();
  return {
    ...archive.context,
    cured: clinic.context.cured,
    answered: oracle.context.streams[source],
    deadLetters,
    quarantined,
    orphans,
  };
}
