/**
 * Who sends: a rolling set of sessions, each given its items in order. What was not acknowledged when the
 * child died is ordered again, under the same key.
 */
import type { Random } from '../crash/random.ts';
import { itemsPerSession } from './duties.ts';
import type { FromChild, Order } from './messages.ts';

export interface LoadOptions {
  readonly ratePerS: number;
  /** At a time. */
  readonly sessions: number;
  readonly random: Random;
}

interface Session {
  readonly number: number;
  sent: number;
  /** Nothing else is ordered before it was acknowledged. */
  isHeld: boolean;
  unacknowledged: number;
}

/** One send in so many waits until it is applied. */
const APPLIED_EVERY = 5;
/** Orders that may be unacknowledged: so many seconds of them. */
const BEHIND_MAX_S = 2;

export class Load {
  /** How many were begun: they are numbered from 1. */
  begun = 0;
  acknowledged = 0;
  duplicates = 0;
  /** Refusals that nobody can explain. */
  readonly faults: string[] = [];
  #isEnding = false;
  #orders = 0;
  #due = 0;
  readonly #options: LoadOptions;
  readonly #open: Session[] = [];
  readonly #unacknowledged = new Map<number, { readonly order: Order; readonly of: Session }>();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** No session is begun any more, those that are open go on to their end. */
  end(): void {
    this.#isEnding = true;
  }

  get isDone(): boolean {
    return this.#isEnding && this.#open.length === 0;
  }

  /** Everything whose outcome is unknown, in the order in which it was ordered first. */
  *again(): Generator<Order> {
    for (const { order } of this.#unacknowledged.values()) yield order;
  }

  /** What is due after so much time. What there is no room for is not made up for later. */
  *more(elapsedMs: number): Generator<Order> {
    const { ratePerS } = this.#options;
    this.#due = Math.min(this.#due + (elapsedMs / 1_000) * ratePerS, ratePerS);
    while (this.#due >= 1 && this.#unacknowledged.size < ratePerS * BEHIND_MAX_S) {
      const order = this.#next();
      if (order === undefined) return;
      this.#due -= 1;
      yield order;
    }
  }

  take(message: FromChild): void {
    if (message.kind !== 'done' && message.kind !== 'refused') return;
    const found = this.#unacknowledged.get(message.id);
    if (found === undefined) return;
    const { order, of } = found;
    if (message.kind === 'done') {
      this.#done(order, of);
      if (message.isDuplicate) this.duplicates += 1;
      return;
    }
    // a session that took its finish before the kill is gone with all that is known of it
    if (order.kind === 'finish' && isGone(message.code)) this.#done(order, of);
    else this.faults.push(`${order.kind} of session ${of.number} was refused: ${message.code}`);
  }

  #done(order: Order, of: Session): void {
    this.#unacknowledged.delete(order.id);
    this.acknowledged += 1;
    of.unacknowledged -= 1;
    if (order.kind === 'start') of.isHeld = false;
    if (order.kind === 'finish') this.#open.splice(this.#open.indexOf(of), 1);
  }

  /** A session by chance, so that they do not all end at once. */
  #next(): Order | undefined {
    if (!this.#isEnding && this.#open.length < this.#options.sessions) return this.#begin();
    const ready = this.#open.filter(
      ({ isHeld, sent, unacknowledged }) =>
        !isHeld && (sent < itemsPerSession || unacknowledged === 0),
    );
    const of = ready[this.#options.random.int(0, ready.length - 1)];
    if (of === undefined) return undefined;
    if (of.sent === itemsPerSession) {
      of.isHeld = true;
      return this.#ordered(of, { kind: 'finish' });
    }
    of.sent += 1;
    return this.#ordered(of, {
      kind: 'item',
      n: of.sent,
      isApplied: this.#orders % APPLIED_EVERY === 0,
    });
  }

  #begin(): Order {
    this.begun += 1;
    const of: Session = { number: this.begun, sent: 0, isHeld: true, unacknowledged: 0 };
    this.#open.push(of);
    return this.#ordered(of, { kind: 'start' });
  }

  #ordered(
    of: Session,
    what: { kind: 'start' | 'finish' } | { kind: 'item'; n: number; isApplied: boolean },
  ): Order {
    this.#orders += 1;
    const order: Order = { id: this.#orders, session: of.number, ...what };
    of.unacknowledged += 1;
    this.#unacknowledged.set(order.id, { order, of });
    return order;
  }
}

function isGone(code: string): boolean {
  return code === 'ACTOR_NOT_FOUND' || code === 'ACTOR_NOT_RUNNING';
}
