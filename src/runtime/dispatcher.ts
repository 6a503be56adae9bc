/**
 * The heartbeat: the one place where work begins. Arrivals only enqueue; here ready actors take turns, in
 * slices, and after each slice the next batch is cut if none is in flight.
 */
import { limits } from '../base/limits.ts';
import type { Cell } from './cell.ts';
import { guard } from './guard.ts';
import type { Dispatcher, World } from './world.ts';

/** A line of cells, linked through `nextReady`. */
class ReadyLine {
  first: Cell | undefined = undefined;
  length = 0;
  #last: Cell | undefined = undefined;

  push(cell: Cell): void {
    if (this.first === undefined) this.first = cell;
    else (this.#last as Cell).nextReady = cell;
    this.#last = cell;
    this.length += 1;
  }

  /** @param place - whose turn it is, from the first */
  take(place: number): Cell | undefined {
    for (let skipped = 0; skipped < place; skipped += 1) this.push(this.#shift() as Cell);
    return this.#shift();
  }

  #shift(): Cell | undefined {
    const cell = this.first;
    if (cell === undefined) return undefined;
    this.length -= 1;
    this.first = cell.nextReady;
    cell.nextReady = undefined;
    if (this.first === undefined) this.#last = undefined;
    return cell;
  }
}

export class SliceDispatcher implements Dispatcher {
  readonly #world: World;
  readonly #takeTurn: (cell: Cell) => void;
  readonly #line = new ReadyLine();
  /** Actors that send faster than others can take: they run when nobody else has work. */
  readonly #throttled = new ReadyLine();
  #isScheduled = false;
  #isRunning = false;
  #isFrozen = false;
  /** As the turn order says. */
  #isSliceOver = false;

  constructor(world: World, takeTurn: (cell: Cell) => void) {
    this.#world = world;
    this.#takeTurn = takeTurn;
  }

  ready(cell: Cell): void {
    if (cell.isReady || !cell.isRunning || !cell.hasWork) return;
    cell.isReady = true;
    if (cell.isThrottled) this.#throttled.push(cell);
    else this.#line.push(cell);
    this.wake();
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  wake(): void {
    if (this.#isScheduled || this.#isRunning || !this.#world.isAlive) return;
    this.#isScheduled = true;
    this.#world.ports.clock.soon(() => {
      this.#isScheduled = false;
      guard(this.#world, () => this.#beat());
    });
  }

  #beat(): void {
    const world = this.#world;
    if (!world.isAlive) return;
    this.#isRunning = true;
    world.timers.fireDue();
    this.#slice();
    if (world.recorder.isRecording) world.recorder.leave();
    this.#isRunning = false;
    world.committer.cut();
    if (this.#hasReady() && !world.committer.isFull && !this.#isFrozen) this.wake();
  }

  #hasReady(): boolean {
    return this.#line.first !== undefined || this.#throttled.first !== undefined;
  }

  #next(line: ReadyLine): Cell | undefined {
    const { turnOrder } = this.#world.ports;
    return line.take(turnOrder === undefined || line.length < 2 ? 0 : turnOrder.next(line.length));
  }

  #slice(): void {
    const { clock } = this.#world.ports;
    const untilMs = clock.monotonicMs() + limits.sliceMs;
    this.#isSliceOver = false;
    let turns = 0;
    while (!this.#world.committer.isFull && !this.#isFrozen) {
      const cell = this.#next(this.#line) ?? this.#next(this.#throttled);
      if (cell === undefined) return;
      cell.isReady = false;
      cell.isThrottled = false;
      if (this.#world.pauses.holds(cell.address)) continue;
      turns += this.#turnsOf(cell);
      if (this.#mustWait(cell)) this.#world.recorder.hold(cell);
      else this.ready(cell);
      if (this.#isSliceOver) return;
      if (turns >= limits.turnsPerClockRead) {
        if (clock.monotonicMs() >= untilMs) return;
        turns = 0;
      }
    }
  }

  /** After an unclean end nothing is run that is not in the store: it could not be found there again. */
  #mustWait(cell: Cell): boolean {
    const { recorder } = this.#world;
    return recorder.isOn && cell.isRunning && cell.hasWork && !recorder.mayTake(cell);
  }

  /** Several turns of one actor in a row: few for a short mailbox, many for a long one (speed.md rule 6). */
  #turnsOf(cell: Cell): number {
    const quantum =
      cell.mailbox.length > limits.quantumShort ? limits.quantumLong : limits.quantumShort;
    let turns = 0;
    const { clock, turnOrder } = this.#world.ports;
    const untilMs = clock.monotonicMs() + limits.sliceMs;
    while (turns < quantum && cell.isRunning && cell.hasWork && !cell.isThrottled) {
      if (this.#world.committer.isFull || !this.#world.isAlive || this.#isFrozen) break;
      if (this.#mustWait(cell)) break;
      turnOrder?.begins(cell.uid, cell.snapshot === undefined ? 0 : cell.mailbox.head);
      this.#takeTurn(cell);
      turns += 1;
      if (turnOrder?.endsSlice() === true) this.#isSliceOver = true;
      if (this.#isSliceOver) break;
      if (turns % limits.turnsPerClockRead === 0 && clock.monotonicMs() >= untilMs) break;
    }
    return turns;
  }
}
