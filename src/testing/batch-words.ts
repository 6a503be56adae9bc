/** What a batch held, in words for people: who, and what of them. */
import type { EventObject } from '../actors/host-types.ts';
import { unpackAction, unpackEffect } from '../persistence/effect-records.ts';
import { numberInKey, uidInKey } from '../persistence/keyspace.ts';
import {
  unpackBirth,
  unpackDeadLetter,
  unpackEnvelope,
  unpackTimer,
} from '../persistence/records.ts';
import { shown } from './difference.ts';
import { plainCodec, snapshotIn } from './ending.ts';
import type { BatchRows } from './sim-medium.ts';

/** What is known of the store before the batch. */
interface Before {
  readonly rows: Map<string, Uint8Array>;
  readonly addresses: Map<number, string>;
}

/** Lines on the last of these batches, one for each actor it is about. */
export function batchInWords(batches: readonly BatchRows[]): string[] {
  const before: Before = { rows: new Map(), addresses: new Map() };
  for (const batch of batches.slice(0, -1)) take(before, batch);
  const last = batches.at(-1) ?? new Map<string, undefined>();
  learn(before, last);
  const told = new Map<string, string[]>();
  for (const [key, bytes] of last) {
    const words = rowInWords(key, bytes, before.rows.get(key));
    if (words === undefined) continue;
    const who = 'dfk'.includes(key.charAt(0)) ? '' : before.addresses.get(uidInKey(key));
    const name = who ?? 'one that is gone';
    told.set(name, [...(told.get(name) ?? []), words]);
  }
  return [...told].map(([who, words]) =>
    who === '' ? words.join('; ') : `${who}: ${words.join('; ')}`,
  );
}

function take(before: Before, batch: BatchRows): void {
  learn(before, batch);
  for (const [key, bytes] of batch) {
    if (bytes === undefined) before.rows.delete(key);
    else before.rows.set(key, bytes);
  }
}

/** Whose uid is whose. */
function learn({ addresses }: Before, batch: BatchRows): void {
  for (const [key, bytes] of batch) {
    if (key.startsWith('a!') && bytes !== undefined)
      addresses.set(plainCodec.decode(bytes, key) as number, key.slice(2));
  }
}

/** Undefined: not worth a word. */
function rowInWords(
  key: string,
  bytes: Uint8Array | undefined,
  formerBytes: Uint8Array | undefined,
): string | undefined {
  const isGone = bytes === undefined;
  const known = bytes ?? formerBytes;
  if (known === undefined) return undefined;
  const row = plainCodec.decode(known, key) as unknown[];
  const isNew = formerBytes === undefined;
  switch (key.charAt(0)) {
    case 'b':
      return birthInWords(row, isGone, isNew);
    case 'd':
      return deadLetterInWords(row, isGone);
    case 'e': {
      const { kind, src, settled } = unpackEffect(0, 0, row);
      const name = `${kind} '${src}'`;
      if (isGone) return `${name} is over`;
      if (settled) return `the result of ${name}`;
      return isNew ? `${name} is to run` : `${name} runs`;
    }
    case 'm': {
      const { event } = unpackEnvelope(0, row);
      return `'${event.type}' ${isGone ? 'out of' : 'into'} its mailbox`;
    }
    case 'o':
      return `emits '${(row[1] as EventObject).type}'`;
    case 'q':
      return `action '${unpackAction(0, 0, row).type}' ${isGone ? 'is over' : 'is to run'}`;
    case 'r':
      return isGone ? undefined : `accepts what has the key '${key.slice(15)}'`;
    case 's':
      return isGone ? 'its state is gone' : stateInWords(row);
    case 't': {
      const { event, fired } = unpackTimer(0, numberInKey(key), row);
      if (isGone) return `the timer of '${event.type}' is gone`;
      return `the timer of '${event.type}' ${fired ? 'fired' : 'is set'}`;
    }
    case 'v':
      return 'what its supervisor knows';
    default:
      return undefined;
  }
}

function birthInWords(
  row: readonly unknown[],
  isGone: boolean,
  isNew: boolean,
): string | undefined {
  const { status } = unpackBirth(row);
  if (isGone) return 'it is taken away';
  return isNew ? 'it is made' : `it is ${status}`;
}

function deadLetterInWords(row: readonly unknown[], isGone: boolean): string {
  const { address, event, reason } = unpackDeadLetter(0, row);
  const name = `the dead letter '${event.type}' of ${address}`;
  return isGone ? `${name} is gone` : `${name} (${reason})`;
}

function stateInWords(row: readonly unknown[]): string {
  const [status, value, context] = snapshotIn(row);
  const state = value === undefined ? String(status) : shown(value);
  return `its state ${state}, context ${shown(context)}`;
}
