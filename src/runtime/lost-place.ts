/**
 * Where an actor goes on whose snapshot row cannot be read: that row held its counters too. No position is
 * ever given out twice.
 */
import { keys } from '../persistence/keyspace.ts';
import { laterCursor } from '../persistence/records.ts';
import type { Cell } from './cell.ts';
import type { World } from './world.ts';

/** Positions passed over where nobody knows how far a mailbox had come. */
const UNKNOWN = 2 ** 32;

export function regainPlace(world: World, cell: Cell): void {
  const { uid, mailbox } = cell;
  const { store } = world;
  const cursor = readCursor(world, uid);
  const from = Math.max(cell.emissions, cursor.emissions);
  cell.emissions = firstFree(from, (at) => store.get(keys.emission(uid, at)) !== undefined);
  const turn = Math.max(cell.turns, cursor.turns) + 1;
  cell.turns = firstFree(turn, (at) => store.get(keys.history(uid, at)) !== undefined) - 1;
  if (mailbox.isPlaced) return;
  const head = cursor.head + UNKNOWN;
  mailbox.restore(head, head, head);
}

function readCursor({ codec, store }: World, uid: number): ReturnType<typeof laterCursor> {
  const key = keys.cursor(uid);
  const bytes = store.get(key);
  try {
    return laterCursor(
      bytes === undefined ? undefined : (codec.decode(bytes, key) as unknown[]),
      undefined,
    );
  } catch {
    return laterCursor(undefined, undefined);
  }
}

/** The first number that is not taken: they are taken without a gap. */
function firstFree(from: number, isTaken: (number: number) => boolean): number {
  if (!isTaken(from)) return from;
  let taken = from;
  let free = from + 1;
  while (isTaken(free)) {
    taken = free;
    free = from + (free - from) * 2;
  }
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2);
    if (isTaken(middle)) taken = middle;
    else free = middle;
  }
  return free;
}
