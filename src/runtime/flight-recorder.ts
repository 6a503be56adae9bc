/**
 * Notes which turn runs, so that the next process can tell what killed this one. On after an unclean end,
 * until that end is well behind: then a turn costs one small write, and nothing is run that is not in the
 * store, because only what is there can be blamed. Otherwise a turn costs one test.
 */
import { reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { keys } from '../persistence/keyspace.ts';
import type { FlightSlot, RunningTurn } from '../ports/flight-slot.ts';
import type { TurnWatch, WatchOptions } from '../ports/turn-watch.ts';
import type { Cell } from './cell.ts';
import type { StoredWorld } from './stored-world.ts';
import type { FlightRecorder, World } from './world.ts';

/** A mailbox that had mail at the start, and where that ends; or an actor without a first turn. */
interface Backlog {
  readonly uid: number;
  readonly hi: number;
}

export class SlotRecorder implements FlightRecorder {
  isOn: boolean;
  isRecording: boolean;
  readonly #world: World;
  readonly #slot: FlightSlot | undefined;
  #watch: TurnWatch | undefined = undefined;
  #untilMs = 0;
  /** What waited when the process came back; the last is looked at first. */
  readonly #backlog: Backlog[] = [];
  /** They have work that is on its way to the store. */
  #held: Cell[] = [];
  #isFilled = false;
  /** Whoever has mail was told to go on with it. */
  #hasResumed = false;

  constructor(world: World) {
    this.#world = world;
    this.#slot = world.store.flight;
    this.isOn = this.#slot?.left !== undefined;
    this.isRecording = this.isOn;
  }

  /** From now on what is noted is of this process: what the last one left has been dealt with. */
  take({ marker, waiting, unborn }: StoredWorld, watch: WatchOptions | undefined): void {
    const slot = this.#slot;
    if (slot === undefined) return;
    const { time, store, ports } = this.#world;
    const nowMs = time.nowMs();
    if (slot.left !== undefined) {
      const { epoch, startedMs } = slot.left;
      const uptimeMs = epoch === store.epoch - 1 ? marker.atMs - startedMs : 0;
      const lookMs = Math.min(limits.flightMaxMs, Math.max(limits.flightMinMs, 2 * uptimeMs));
      this.#untilMs = nowMs + lookMs;
      for (const [uid, { hi }] of waiting) this.#backlog.push({ uid, hi });
      for (const uid of unborn) this.#backlog.push({ uid, hi: 0 });
    }
    try {
      slot.take(nowMs, () => this.#current());
      if (watch !== undefined) this.#watch = slot.watch?.(watch);
    } catch (error) {
      this.#failed(error);
    }
    if (watch !== undefined && this.#watch === undefined)
      ports.logger.warn({ store: store.storeId }, 'this store has no watchdog');
    this.isRecording = this.isOn || this.#watch !== undefined;
  }

  /** The start, which may take long, is over, and what waited is met from now on. */
  resumed(): void {
    this.#hasResumed = true;
  }

  enter(cell: Cell, position: number, event: string): void {
    this.#isFilled = true;
    try {
      this.#watch?.begin(cell.uid, position, cell.address, event);
      if (this.isOn) this.#slot?.fill(cell.uid, position);
    } catch (error) {
      this.#failed(error);
    }
  }

  leave(): void {
    if (!this.#isFilled) return;
    this.#isFilled = false;
    try {
      this.#watch?.end();
      if (this.isOn) this.#slot?.empty();
    } catch (error) {
      this.#failed(error);
    }
    if (this.isOn && this.#isBehind()) this.#end();
  }

  mayTake(cell: Cell): boolean {
    const { mailbox, uid } = cell;
    if (cell.snapshot === undefined)
      return this.#world.committer.recent(keys.unborn(uid)) === undefined;
    return mailbox.head < mailbox.landedHi;
  }

  hold(cell: Cell): void {
    this.#held.push(cell);
  }

  landed(cells: readonly Cell[]): void {
    for (const { mailbox } of cells) mailbox.landedHi = mailbox.rowHi;
    this.#release();
  }

  #release(): void {
    for (const cell of this.#held.splice(0)) this.#world.dispatcher.ready(cell);
  }

  /**
   * What waited at the start is consumed, and the process has lived twice as long as the one that died, or
   * long enough: what comes later is in the store by then, and the next process meets it at its start.
   */
  #isBehind(): boolean {
    if (!this.#hasResumed || this.#world.time.nowMs() < this.#untilMs) return false;
    for (let last = this.#backlog.at(-1); last !== undefined; last = this.#backlog.at(-1)) {
      if (this.#waits(last)) return false;
      this.#backlog.pop();
    }
    return true;
  }

  /** Whether it will still come to that mail by itself. */
  #waits({ uid, hi }: Backlog): boolean {
    const { cells, pauses } = this.#world;
    const cell = cells.isLoaded(uid) ? cells.byUid(uid) : undefined;
    if (cell?.status !== 'running' || cell.hold === 'stopping') return false;
    if (pauses.holds(cell.address)) return false;
    return cell.snapshot === undefined || cell.mailbox.head < hi;
  }

  #end(): void {
    this.isOn = false;
    this.isRecording = this.#watch !== undefined;
    this.#release();
  }

  /** The turn that is being computed right now, if any. */
  #current(): RunningTurn | undefined {
    const cell = this.#world.host.current as Cell | undefined;
    if (cell === undefined) return undefined;
    const { uid, snapshot, mailbox } = cell;
    return { uid, position: snapshot === undefined ? 0 : mailbox.head };
  }

  /** Nothing but the knowledge of what killed the process hangs on it. */
  #failed(error: unknown): void {
    this.#world.ports.logger.warn(
      { error: reasonOf(error) },
      'which turn runs cannot be noted: what kills this process will not be known',
    );
    this.#end();
  }
}
