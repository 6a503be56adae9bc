/** The suite that every store must pass. Hand it the words of your test runner. */
import { isPerdureError } from '../base/errors.ts';
import type { FlightSlot } from '../ports/flight-slot.ts';
import type { OpenStore, Row, ScanRange, Store } from '../ports/store.ts';

/** The part of a test runner (vitest, or one with the same words) that the suite uses. */
export interface TestKit {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
  /** Its matchers are those of vitest and jest; each types them in another way. */
  readonly expect: (value: unknown) => any;
}

/** A store at a new, empty place. */
export interface PlacedStore {
  readonly store: Store;
  /** Another object for the same place; the same one if the store has no place outside itself. */
  again(): Store;
  dispose(): void | Promise<void>;
}

type Body = (placed: PlacedStore) => Promise<void>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);

function open(store: Store, lockWaitMs = 0, signal?: AbortSignal): Promise<OpenStore> {
  return store.open({ storeId: 'id-1', lockWaitMs, ...(signal === undefined ? {} : { signal }) });
}

async function write(
  opened: OpenStore,
  batch: number,
  rows: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const rowsOfBatch = opened.batch();
  for (const [key, value] of Object.entries(rows)) {
    if (value === undefined) rowsOfBatch.del(key);
    else rowsOfBatch.put(key, bytes(value));
  }
  return await rowsOfBatch.write({ sync: true, batch });
}

async function pagesOf(opened: OpenStore, range: ScanRange): Promise<(readonly Row[])[]> {
  const pages: (readonly Row[])[] = [];
  for await (const page of opened.scan(range)) pages.push(page);
  return pages;
}

async function keysOf(opened: OpenStore, range: ScanRange): Promise<string[]> {
  const pages = await pagesOf(opened, range);
  return pages.flat().map(([key]) => key);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return isPerdureError(error) ? error.code : String(error);
  }
}

/** Declares the suite for one kind of store. */
export function storeConformance(
  kit: TestKit,
  name: string,
  makeStore: () => PlacedStore | Promise<PlacedStore>,
): void {
  const test = (sentence: string, body: Body): void => {
    kit.it(sentence, async () => {
      const placed = await makeStore();
      try {
        await body(placed);
      } finally {
        await placed.dispose();
      }
    });
  };
  kit.describe(`${name}, as a store`, () => {
    rowTests(kit, test);
    batchTests(kit, test);
    scanTests(kit, test);
    openTests(kit, test);
    lockTests(kit, test);
    flightSlotTests(kit, test);
  });
}

type Test = (sentence: string, body: Body) => void;

/** Rules of a {@link FlightSlot}; a store may do without. */
function flightSlotTests({ expect }: TestKit, test: Test): void {
  const idle = (): undefined => undefined;
  /** Opens, does something with the slot, and closes. Returns what was left by the one before. */
  const opening = async (
    store: Store,
    use: (slot: FlightSlot) => void = () => undefined,
  ): Promise<unknown> => {
    const opened = await open(store);
    const { flight } = opened;
    if (flight !== undefined) use(flight);
    await opened.close();
    return flight === undefined ? 'no slot' : flight.left;
  };
  const rule = (sentence: string, body: Body): void =>
    test(sentence, async (placed) => {
      const hasSlot = (await opening(placed.store, (slot) => slot.finish())) !== 'no slot';
      if (hasSlot) await body(placed);
    });

  rule('finds nothing left by a holder that ended in order', async (placed) => {
    await opening(placed.store, (slot) => {
      slot.take(5_000, idle);
      slot.fill(1, 2);
      slot.finish();
    });
    expect(await opening(placed.again())).toBe(undefined);
  });

  rule('tells of a holder that just ended, and of the turn it was in', async (placed) => {
    await opening(placed.store, (slot) => slot.take(5_000.5, idle));
    const left = { epoch: 2, startedMs: 5_000.5, turn: undefined };
    expect(
      await opening(placed.again(), (slot) => {
        slot.take(6_000, idle);
        slot.fill(7, 1);
        slot.fill(2 ** 40, 2 ** 41);
      }),
    ).toEqual(left);
    const turn = { uid: 2 ** 40, position: 2 ** 41 };
    expect(await opening(placed.store)).toEqual({ epoch: 3, startedMs: 6_000, turn });
  });

  rule('names no turn when none ran', async (placed) => {
    await opening(placed.store, (slot) => {
      slot.take(5_000, idle);
      slot.fill(7, 1);
      slot.empty();
    });
    expect(await opening(placed.again())).toEqual({ epoch: 2, startedMs: 5_000, turn: undefined });
  });

  rule('keeps what was left until somebody takes the slot', async (placed) => {
    await opening(placed.store, (slot) => {
      slot.take(5_000, idle);
      slot.fill(7, 1);
    });
    const left = { epoch: 2, startedMs: 5_000, turn: { uid: 7, position: 1 } };
    for (let opens = 0; opens < 3; opens += 1)
      expect(await opening(placed.again(), (slot) => slot.finish())).toEqual(left);
    await opening(placed.again(), (slot) => {
      slot.take(6_000, idle);
      slot.finish();
    });
    expect(await opening(placed.store)).toBe(undefined);
  });

  rule('writes nothing any more once the store is closed', async (placed) => {
    let slot: FlightSlot | undefined;
    await opening(placed.store, (mine) => {
      slot = mine;
      mine.take(5_000, idle);
      mine.finish();
    });
    slot?.fill(7, 1);
    expect(await opening(placed.again())).toBe(undefined);
  });
}

function rowTests({ expect }: TestKit, test: Test): void {
  test('gives back what was put, and nothing for what was not', async ({ store }) => {
    const opened = await open(store);
    expect(await write(opened, 1, { 'a!1': 'one', 'a!2': '' })).toBe('landed');

    expect(text(opened.get('a!1'))).toBe('one');
    expect(text(opened.get('a!2'))).toBe('');
    expect(opened.get('a!3')).toBe(undefined);
    await opened.close();
  });

  test('copies bytes on the way in and on the way out', async ({ store }) => {
    const opened = await open(store);
    const value = bytes('one');
    const batch = opened.batch();
    batch.put('a!1', value);
    value.fill(0);
    await batch.write({ sync: false, batch: 1 });
    opened.get('a!1')?.fill(0);
    for (const [, scanned] of (await pagesOf(opened, { gte: 'a!', lt: 'a"' })).flat()) {
      scanned.fill(0);
    }

    expect(text(opened.get('a!1'))).toBe('one');
    await opened.close();
  });
}

function batchTests({ expect }: TestKit, test: Test): void {
  test('lets the last word of a batch on a key win', async ({ store }) => {
    const opened = await open(store);
    const batch = opened.batch();
    batch.put('a!1', bytes('one'));
    batch.put('a!1', bytes('two'));
    batch.put('a!2', bytes('one'));
    batch.del('a!2');
    batch.del('a!3');
    batch.put('a!3', bytes('one'));
    await batch.write({ sync: true, batch: 1 });

    expect(text(opened.get('a!1'))).toBe('two');
    expect(opened.get('a!2')).toBe(undefined);
    expect(text(opened.get('a!3'))).toBe('one');
    await opened.close();
  });

  test('shows nothing of a batch that was not written', async ({ store }) => {
    const opened = await open(store);
    opened.batch().put('a!1', bytes('one'));

    expect(opened.get('a!1')).toBe(undefined);
    await opened.close();
    const later = await open(store);
    expect(later.get('a!1')).toBe(undefined);
    await later.close();
  });

  test('answers unknown for a batch that is written after close', async ({ store }) => {
    const opened = await open(store);
    const batch = opened.batch();
    batch.put('a!1', bytes('one'));
    await opened.close();

    expect(await batch.write({ sync: true, batch: 1 })).toBe('unknown');
    expect(isPerdureError(opened.lastError)).toBe(true);
    const later = await open(store);
    expect(later.get('a!1')).toBe(undefined);
    await later.close();
  });

  test('refuses everything else after close, which may come twice', async ({ store }) => {
    const opened = await open(store);
    await Promise.all([opened.close(), opened.close()]);
    await opened.close();

    expect(await codeOf(Promise.resolve().then(() => opened.get('a!1')))).toBe('STORE_CLOSED');
    expect(await codeOf(Promise.resolve().then(() => opened.batch()))).toBe('STORE_CLOSED');
    expect(await codeOf(keysOf(opened, { gte: 'a', lt: 'b' }))).toBe('STORE_CLOSED');
  });
}

function scanTests({ expect }: TestKit, test: Test): void {
  test('scans in the order of the bytes, with both ends, reverse and limit', async ({ store }) => {
    const opened = await open(store);
    const keys = ['a!1', 'a!10', 'a!2', 'a!\u{ffee}', 'a!\u{1f600}'];
    await write(opened, 1, Object.fromEntries([...keys, 'b!1', 'Z'].map((key) => [key, key])));
    const range = { gte: 'a!', lt: 'a"' };

    expect(await keysOf(opened, range)).toEqual(keys);
    expect(await keysOf(opened, { ...range, reverse: true })).toEqual(keys.toReversed());
    expect(await keysOf(opened, { ...range, limit: 2 })).toEqual(keys.slice(0, 2));
    expect(await keysOf(opened, { ...range, reverse: true, limit: 1 })).toEqual(keys.slice(-1));
    expect(await keysOf(opened, { gte: 'a!10', lt: 'a!2' })).toEqual(['a!10']);
    expect(await keysOf(opened, { gte: 'c', lt: 'd' })).toEqual([]);
    await opened.close();
  });

  test('scans many rows in pages, as they were at its start', async ({ store }) => {
    const opened = await open(store);
    const rows = Array.from({ length: 5_000 }, (_, n) => [`m!${String(n).padStart(6, '0')}`, 'x']);
    await write(opened, 1, Object.fromEntries(rows) as Record<string, string>);
    const seen: string[] = [];
    let pages = 0;
    for await (const page of opened.scan({ gte: 'm!', lt: 'm"' })) {
      if (pages === 0) await write(opened, 2, { 'm!004999': undefined, 'm!005000': 'x' });
      pages += 1;
      seen.push(...page.map(([key]) => key));
    }

    expect(seen).toEqual(rows.map(([key]) => key));
    expect(pages).toBeGreaterThan(1);
    await opened.close();
  });

  test('lets a scan be left early', async ({ store }) => {
    const opened = await open(store);
    await write(opened, 1, { 'a!1': 'x', 'a!2': 'x' });
    for await (const page of opened.scan({ gte: 'a!', lt: 'a"' })) {
      expect(page.length).toBe(2);
      break;
    }
    expect(await write(opened, 2, { 'a!3': 'x' })).toBe('landed');
    await opened.close();
  });
}

function openTests({ expect }: TestKit, test: Test): void {
  test('keeps rows and its id over close and open, and counts the opens', async (placed) => {
    const first = await open(placed.store);
    expect([first.isNew, first.storeId, first.epoch, first.highestLanded]).toEqual([
      true,
      'id-1',
      1,
      0,
    ]);
    await write(first, 1, { 'a!1': 'one' });
    await write(first, 2, { 'a!2': 'two' });
    await first.close();

    const second = await placed.again().open({ storeId: 'id-2', lockWaitMs: 0 });
    expect([second.isNew, second.storeId, second.epoch]).toEqual([false, 'id-1', 2]);
    expect(second.highestLanded).toBe(2);
    expect(await keysOf(second, { gte: 'a!', lt: 'a"' })).toEqual(['a!1', 'a!2']);
    await second.close();
  });

  test('has a location to name', async ({ store }) => {
    expect(store.location.length).toBeGreaterThan(0);
  });
}

function lockTests({ expect }: TestKit, test: Test): void {
  test('is held by one at a time', async (placed) => {
    const first = await open(placed.store);
    expect(await codeOf(open(placed.again()))).toBe('STORE_LOCKED');
    expect(await codeOf(open(placed.store))).toBe('STORE_LOCKED');
    expect(await write(first, 1, { 'a!1': 'one' })).toBe('landed');
    await first.close();

    const second = await open(placed.again());
    expect(text(second.get('a!1'))).toBe('one');
    expect(second.epoch).toBe(2);
    await second.close();
  });

  test('is waited for as long as is allowed', async (placed) => {
    const first = await open(placed.store);
    expect(await codeOf(open(placed.again(), 30))).toBe('STORE_LOCKED');
    const waiting = open(placed.again(), 20_000);
    await first.close();
    const second = await waiting;
    expect(second.epoch).toBe(2);
    await second.close();
  });

  test('is no longer waited for after an abort', async (placed) => {
    const first = await open(placed.store);
    const abort = new AbortController();
    const waiting = codeOf(open(placed.again(), 600_000, abort.signal));
    abort.abort();
    expect(await waiting).toBe('STORE_LOCKED');
    await first.close();
  });
}
