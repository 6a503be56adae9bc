import { invariant } from '../base/assert.ts';
import type { Envelope } from './envelope.ts';

/**
 * The waiting line of one actor: one total order, positions without gaps.
 *
 * ```
 *   head                                                            tail
 *    │ in memory (a page) │ on disk only: diskLo … diskHi-1 │ arrivals │
 * ```
 *
 * After a restart the waiting rows are read a page at a time: `diskLo … diskHi-1` have not been read yet,
 * and what arrived since comes behind them.
 *
 * Rows `rowLo … rowHi-1` are in the store or in the batch being written. The committer moves those two.
 */
export class Mailbox {
  /** Position of the next envelope to be handled. */
  head = 1;
  /** Position that the next arrival gets. */
  tail = 1;
  rowLo = 1;
  rowHi = 1;
  /** Rows below it have landed. Kept up only after an unclean end of the process. */
  landedHi = 1;
  first: Envelope | undefined = undefined;
  last: Envelope | undefined = undefined;
  /** First envelope without a row yet; never searched for (speed.md rule 1). */
  firstUnwritten: Envelope | undefined = undefined;
  diskLo = 0;
  diskHi = 0;
  /** false: the row with its head cannot be read. A message put in now would take the place of another. */
  isPlaced = true;

  get length(): number {
    return this.tail - this.head;
  }

  get isEmpty(): boolean {
    return this.head === this.tail;
  }

  /** Whether the next envelope has to be read from disk first. */
  get needsPage(): boolean {
    return this.head < this.tail && this.diskLo < this.diskHi && this.head === this.diskLo;
  }

  add(envelope: Envelope): void {
    invariant(envelope.position === this.tail, 'arrivals are numbered without a gap');
    this.tail += 1;
    if (this.last === undefined) this.first = envelope;
    else this.last.next = envelope;
    this.last = envelope;
    this.firstUnwritten ??= envelope;
  }

  /** The envelope to handle next; undefined if empty or if a page has to be read first. */
  peek(): Envelope | undefined {
    return this.needsPage ? undefined : this.first;
  }

  /** Takes the head away: it was handled, or it left the order. */
  shift(): void {
    const taken = this.first;
    invariant(
      taken !== undefined && taken.position === this.head,
      'the head is in memory when it is taken',
    );
    this.head += 1;
    this.first = taken.next;
    if (this.first === undefined) this.last = undefined;
    if (this.firstUnwritten === taken) this.firstUnwritten = taken.next;
    taken.next = undefined;
  }

  /** Puts rows that were read from disk in front of what is in memory. */
  page(envelopes: readonly Envelope[]): void {
    for (let index = envelopes.length - 1; index >= 0; index -= 1) {
      const envelope = envelopes[index] as Envelope;
      envelope.next = this.first;
      this.first = envelope;
      this.last ??= envelope;
    }
    this.diskLo += envelopes.length;
    if (this.diskLo >= this.diskHi) this.diskLo = this.diskHi = 0;
  }

  /** Takes the head away, which is in the store and cannot be read. */
  pass(): void {
    invariant(this.needsPage, 'what is passed over has not been read');
    this.head += 1;
    this.diskLo += 1;
    if (this.diskLo >= this.diskHi) this.diskLo = this.diskHi = 0;
  }

  /** Takes over what the store holds: rows `lo … hi-1`, none of them read yet. */
  restore(head: number, lo: number, hi: number): void {
    this.isPlaced = true;
    this.head = head;
    this.tail = Math.max(head, hi);
    this.rowLo = Math.min(lo, head);
    this.rowHi = this.tail;
    this.landedHi = this.tail;
    this.diskLo = head;
    this.diskHi = this.tail;
    this.first = this.last = this.firstUnwritten = undefined;
  }

  /** All that waits in memory, oldest first. */
  *[Symbol.iterator](): Generator<Envelope> {
    for (let envelope = this.first; envelope !== undefined; envelope = envelope.next)
      yield envelope;
  }
}
