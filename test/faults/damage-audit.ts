/** Opens a damaged store and asks for everything that was acknowledged: it is there, or its lack is named. */
import { isPerdureError, type System } from '../../src/index.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { systemClock } from '../../src/drivers/system-clock.ts';
import { all } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { busyTree, type Ledger, SLEEP_MS } from './busy-store.ts';
import { StoreLab } from './store-lab.ts';
import { Outside } from './worker.ts';

/** `named`: it opened, and something says of itself that it cannot be read. */
export type Outcome = 'refused' | 'named' | 'whole';

/** Longer than any answer takes on a busy machine. */
const PATIENCE_MS = 10_000;

/** What may be said of damage. Whoever finds nothing where something was must not say that nothing was. */
const names: ReadonlySet<string> = new Set([
  'ACTOR_QUARANTINED',
  'STORE_CORRUPT',
  'STORE_FORMAT_UNKNOWN',
  'STORE_UNAVAILABLE',
  'STORE_WRITE_FAILED',
  'VALUE_CORRUPT',
]);

type BusySystem = System<ReturnType<typeof busyTree>>;

class Audit {
  outcome: Exclude<Outcome, 'refused'> = 'whole';
  readonly system: BusySystem;
  readonly ledger: Ledger;
  readonly outside: Outside;
  readonly #lab: StoreLab;

  constructor(lab: StoreLab, system: BusySystem, outside: Outside, ledger: Ledger) {
    this.#lab = lab;
    this.system = system;
    this.outside = outside;
    this.ledger = ledger;
  }

  /** Runs one check: it holds, or fails with a name for the damage, or is a violation. */
  async check(what: string, address: string | undefined, run: () => Promise<void>): Promise<void> {
    try {
      await withPatience(what, run());
    } catch (error) {
      if (!(await this.#isNamed(error, address))) throw error;
      this.outcome = 'named';
    }
  }

  async #isNamed(error: unknown, address: string | undefined): Promise<boolean> {
    if (isPerdureError(error) && names.has(error.code)) return true;
    // a system that met the damage while it ran says so when it closes
    if (isPerdureError(error) && error.code === 'SYSTEM_STOPPING') {
      const { reason } = await withPatience('closed', this.system.closed);
      return reason === 'store_failed';
    }
    // whoever waits for a quarantined actor waits for a person: it has to be told, though
    const quarantined = this.#lab.quarantines() as { readonly actor: string }[];
    return error instanceof Waited && quarantined.some(({ actor }) => actor === address);
  }
}

class Waited extends Error {}

async function withPatience<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Waited(`${what} does not come`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What a damaged store gives back, in two processes; the second runs after all timers are due.
 *
 * @throws if something that was acknowledged is lost and nobody says so
 */
export async function audit(directory: string, ledger: Ledger): Promise<Outcome> {
  const first = await inProcess(directory, ledger, 0, firstLook);
  if (first !== 'refused')
    return worse(first, await inProcess(directory, ledger, SLEEP_MS, secondLook));
  // the attempt must not have made of it a store that opens without what was refused
  const again = await inProcess(directory, ledger, 0, firstLook);
  return again === 'refused' ? again : worse('named', again);
}

function worse(a: Outcome, b: Outcome): Outcome {
  const order: readonly Outcome[] = ['refused', 'named', 'whole'];
  return order[Math.min(order.indexOf(a), order.indexOf(b))] as Outcome;
}

async function inProcess(
  directory: string,
  ledger: Ledger,
  aheadMs: number,
  look: (audit: Audit) => Promise<void>,
): Promise<Outcome> {
  const lab = new StoreLab(directory);
  const outside = new Outside();
  try {
    const system = await withPatience(
      'a system',
      lab.open(busyTree(outside), { clock: ahead(aheadMs), sync: false }),
    );
    const under = new Audit(lab, system, outside, ledger);
    await look(under);
    await withPatience('the stop', system.stop({ deadlineMs: PATIENCE_MS / 2 }));
    return under.outcome;
  } catch (error) {
    if (isPerdureError(error) && names.has(error.code)) return 'refused';
    throw error;
  } finally {
    await withPatience('the end', lab.dispose());
  }
}

async function firstLook(audit: Audit): Promise<void> {
  const { system, ledger, outside } = audit;
  for (const [address, seen] of Object.entries(ledger.seen)) {
    const ref = system.ref(address, counter);
    await audit.check(`the state of ${address}`, address, async () => {
      if (address === '/worker') return;
      equal(address, (await ref.snapshot()).context.seen, seen);
    });
    if (address !== '/paused')
      await audit.check(`one more at ${address}`, address, async () => {
        await ref.send({ type: 'add', n: -1 }, { until: 'applied' });
        equal(`${address} after one more`, (await ref.snapshot()).context.seen, [...seen, -1]);
      });
  }
  await keysAndEmissions(audit);
  await audit.check('the dead letters', undefined, async () => {
    equal('dead letters', (await all(system.deadLetters.list())).length, ledger.deadLetters);
  });
  await audit.check('the pause', '/paused', async () => {
    equal('what is paused', system.health().paused, ['/paused']);
    await system.resume('/paused');
    const wanted = [...(ledger.seen['/paused'] ?? []), ...ledger.waiting];
    const { context } = await system
      .ref('/paused')
      .waitFor(({ context: { seen } }) => seen.length >= wanted.length);
    equal('what had waited', context.seen, wanted);
  });
  await audit.check('the step', '/worker', async () => {
    while (outside.runs.length === 0) await system.ref('/worker').snapshot();
    outside.finish('done');
    const { context } = await system
      .ref('/worker')
      .waitFor((snapshot) => snapshot.context.results.length > 0);
    equal('the result of the step', context.results, ['done']);
  });
  await audit.check('the sleeper', '/sleeper', async () => {
    equal('the sleeper', (await system.ref('/sleeper').snapshot()).value, 'asleep');
  });
}

async function keysAndEmissions(audit: Audit): Promise<void> {
  const { system, ledger } = audit;
  const faulty = system.ref('/faulty');
  for (const [key, n] of ledger.keys)
    await audit.check(`the key ${key}`, '/faulty', async () => {
      equal(key, (await faulty.send({ type: 'add', n }, { key })).duplicate, true);
    });
  await audit.check('the emissions', '/faulty', async () => {
    const emissions = await all(faulty.emitted({ from: 1, follow: false }));
    const totals = emissions.map(({ event }) => ('total' in event ? event.total : undefined));
    equal('emissions', totals.slice(0, ledger.emitted.length), ledger.emitted);
  });
}

async function secondLook(audit: Audit): Promise<void> {
  const { system, ledger } = audit;
  await audit.check('the timer', '/sleeper', async () => {
    const woken = await system.ref('/sleeper').waitFor(({ value }) => value === 'awake');
    equal('how often it woke', woken.context.woken, 1);
  });
  for (const [address, seen] of Object.entries(ledger.seen)) {
    const last = address === '/paused' ? ledger.waiting : [-1];
    await audit.check(`the state of ${address}`, address, async () => {
      const { context } = await system.ref(address, counter).snapshot();
      equal(`${address} in the next process`, context.seen, [...seen, ...last]);
    });
  }
}

function ahead(ms: number): Clock {
  const clock = systemClock();
  return { ...clock, wallMs: () => clock.wallMs() + ms };
}

function equal(what: string, found: unknown, wanted: unknown): void {
  const [is, should] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (is !== should) throw new Error(`${what}: ${is} instead of ${should}`);
}
