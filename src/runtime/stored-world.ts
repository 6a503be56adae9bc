/** What the store tells at boot, read in a few ordered scans: no actor is loaded for it. */
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Codec } from '../persistence/codec.ts';
import {
  fixed,
  type Grant,
  grantInKey,
  numberInKey,
  parseFixed,
  under,
  uidInKey,
} from '../persistence/keyspace.ts';
import {
  type ActionRecord,
  type EffectRecord,
  unpackAction,
  unpackEffect,
} from '../persistence/effect-records.ts';
import {
  type Marker,
  type PauseRecord,
  type TimerRecord,
  unpackMarker,
  unpackPause,
  unpackTimer,
} from '../persistence/records.ts';
import { type BondRecord, unpackBond } from '../persistence/bond-record.ts';
import type { OpenStore, Row } from '../ports/store.ts';
import type { RequestInput } from '../supervisor/input.ts';
import type { StoredRequest } from './waiting-requests.ts';
import { restoreSupervisor, type StoredSupervisor } from './supervisor-node.ts';

export interface StoredWorld {
  readonly marker: Marker;
  readonly waiting: ReadonlyMap<number, { readonly lo: number; readonly hi: number }>;
  readonly timers: readonly TimerRecord[];
  readonly effects: readonly EffectRecord[];
  readonly actions: readonly ActionRecord[];
  readonly unborn: readonly number[];
  readonly supervisors: ReadonlyMap<number, StoredSupervisor>;
  readonly tombstones: readonly number[];
  /** The earliest first. */
  readonly pauses: readonly PauseRecord[];
  readonly bonds: readonly BondRecord[];
  readonly deadLetters: number;
  /** The oldest first. */
  readonly grants: readonly Grant[];
}

/**
 * The last batch that landed. Batches are numbered without a gap and each leaves a marker, so that a hole in
 * the middle of the log or a lost tail is seen, which LevelDB itself passes over in silence.
 *
 * @throws PerdureError STORE_CORRUPT
 */
export async function lastMarker(
  store: OpenStore,
  codec: Codec,
  location: string,
): Promise<Marker> {
  let first: number | undefined;
  let last: Marker | undefined;
  for await (const rows of store.scan(under('k'))) {
    for (const [key, bytes] of rows) {
      const batch = parseFixed(key.slice(2));
      first ??= batch;
      if (last !== undefined && batch !== last.batch + 1) {
        throw corrupt(
          location,
          `batches ${last.batch + 1} to ${batch - 1} are missing between others`,
        );
      }
      last = unpackMarker(batch, decode(codec, location, key, bytes) as unknown[]);
    }
  }
  const marker = last ?? unpackMarker(0, []);
  const oldest = Math.max(1, marker.batch - limits.markersKept + 1);
  if (first !== undefined && first > oldest) {
    throw corrupt(location, `batches ${oldest} to ${first - 1} are missing before others`);
  }
  if (marker.batch < store.highestLanded) {
    throw corrupt(
      location,
      `batches ${marker.batch + 1} to ${store.highestLanded} had landed and are gone`,
    );
  }
  return marker;
}

export async function readStoredWorld(
  store: OpenStore,
  codec: Codec,
  location: string,
): Promise<StoredWorld> {
  const marker = await lastMarker(store, codec, location);
  const each = async (
    prefix: string,
    take: (key: string, value: unknown) => void,
  ): Promise<void> => {
    for await (const rows of store.scan(under(prefix))) {
      for (const [key, bytes] of rows) take(key, decode(codec, location, key, bytes));
    }
  };
  const timers: TimerRecord[] = [];
  await each('t', (key, row) =>
    timers.push(unpackTimer(uidInKey(key), numberInKey(key), row as unknown[])),
  );
  const effects: EffectRecord[] = [];
  await each('e', (key, row) =>
    effects.push(unpackEffect(uidInKey(key), numberInKey(key), row as unknown[])),
  );
  const actions: ActionRecord[] = [];
  await each('q', (key, row) =>
    actions.push(unpackAction(uidInKey(key), numberInKey(key), row as unknown[])),
  );
  const unborn: number[] = [];
  await each('i', (key) => unborn.push(uidInKey(key)));
  const tombstones: number[] = [];
  await each('x', (key) => tombstones.push(uidInKey(key)));
  const pauses: PauseRecord[] = [];
  await each('p', (key, row) => pauses.push(unpackPause(uidInKey(key), row as unknown[])));
  const bonds: BondRecord[] = [];
  await each('j', (key, row) =>
    bonds.push(unpackBond(uidInKey(key), numberInKey(key), row as unknown[])),
  );
  const grants: Grant[] = [];
  await each('g', (key) => grants.push(grantInKey(key)));
  let deadLetters = 0;
  for await (const rows of store.scan(under('d'))) deadLetters += rows.length;
  return {
    marker,
    waiting: await waitingMail(store),
    timers: timers.sort((a, b) => a.number - b.number),
    effects,
    actions: actions.sort((a, b) => a.number - b.number),
    unborn,
    supervisors: await storedSupervisors(each),
    tombstones,
    bonds: bonds.sort((a, b) => a.number - b.number),
    pauses: pauses.sort((a, b) => a.atMs - b.atMs),
    deadLetters,
    grants,
  };
}

/** The range of rows of each mailbox that has any: two look-ups a mailbox, however long it is. */
async function waitingMail(store: OpenStore): Promise<Map<number, { lo: number; hi: number }>> {
  const waiting = new Map<number, { lo: number; hi: number }>();
  const end = 'm"';
  for (let from = 'm!'; ; ) {
    const first = await one(store, { gte: from, lt: end, limit: 1 });
    if (first === undefined) return waiting;
    const uid = uidInKey(first[0]);
    const after = `m!${fixed(uid)}"`;
    const last = await one(store, { gte: first[0], lt: after, limit: 1, reverse: true });
    waiting.set(uid, { lo: numberInKey(first[0]), hi: numberInKey((last ?? first)[0]) + 1 });
    from = after;
  }
}

async function one(
  store: OpenStore,
  range: Parameters<OpenStore['scan']>[0],
): Promise<Row | undefined> {
  for await (const rows of store.scan(range)) return rows[0];
  return undefined;
}

async function storedSupervisors(
  each: (prefix: string, take: (key: string, value: unknown) => void) => Promise<void>,
): Promise<Map<number, StoredSupervisor>> {
  const children = new Map<number, unknown[]>();
  await each('w', (key, row) => {
    const uid = uidInKey(key);
    const known = children.get(uid) ?? [];
    children.set(uid, known);
    known.push(row);
  });
  const requests = new Map<number, StoredRequest[]>();
  await each('y', (key, row) => {
    const uid = uidInKey(key);
    const known = requests.get(uid) ?? [];
    requests.set(uid, known);
    const [request, input] = row as [RequestInput, unknown];
    known.push({ number: numberInKey(key), request, input });
  });
  const supervisors = new Map<number, StoredSupervisor>();
  await each('v', (key, row) => {
    const uid = uidInKey(key);
    supervisors.set(uid, restoreSupervisor(row, children.get(uid) ?? [], requests.get(uid) ?? []));
  });
  return supervisors;
}

function decode(codec: Codec, location: string, key: string, bytes: Uint8Array): unknown {
  try {
    return codec.decode(bytes, key);
  } catch (error) {
    throw corrupt(location, `row ${key} cannot be read`, error);
  }
}

function corrupt(directory: string, what: string, cause?: unknown): PerdureError {
  return new PerdureError('STORE_CORRUPT', { directory, what }, { cause });
}
