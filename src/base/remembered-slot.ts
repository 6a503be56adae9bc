/** A flight slot without a medium, for stores that are in memory: see `ports/flight-slot.ts`. */

interface Left {
  readonly epoch: number;
  readonly startedMs: number;
  readonly turn: { readonly uid: number; readonly position: number } | undefined;
}

/** What the last holder wrote. */
export interface RememberedSlot {
  readonly left: Left;
  readonly hasEnded: boolean;
}

/** What outlives the holders. */
interface Memory {
  /** Of the present holder. */
  readonly epoch: number;
  slot: RememberedSlot | undefined;
}

interface Slot {
  readonly left: Left | undefined;
  take(startedMs: number): void;
  fill(uid: number, position: number): void;
  empty(): void;
  finish(): void;
}

/** Whoever just closes the store dies in it, as far as the next holder can tell. */
export function slotIn(memory: Memory, isOpen: () => boolean): Slot {
  const { epoch } = memory;
  const left = leftIn(memory);
  let startedMs: number | undefined;
  const leave = (turn: Left['turn'], hasEnded = false): void => {
    if (isOpen()) memory.slot = { left: { epoch, startedMs: startedMs ?? 0, turn }, hasEnded };
  };
  return {
    left,
    take: (atMs) => {
      startedMs = atMs;
      leave(undefined);
    },
    fill: (uid, position) => leave({ uid, position }),
    empty: () => leave(undefined),
    finish: () => {
      if (startedMs !== undefined || left === undefined) leave(undefined, true);
    },
  };
}

function leftIn({ slot, epoch }: Memory): Left | undefined {
  if (epoch === 1 || (slot?.hasEnded === true && slot.left.epoch === epoch - 1)) return undefined;
  return slot?.left ?? { epoch: 0, startedMs: 0, turn: undefined };
}
