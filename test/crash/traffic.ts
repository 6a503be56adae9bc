/**
 * What the parent sent, what was acknowledged and answered, and what it heard: the evidence that lives
 * outside of the child. After a kill, what was not acknowledged is sent again under the same key.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { type FromChild, type Heard, type Intake, intakes, type ToChild } from './messages.ts';

/** Questions that may be unanswered at once. */
const ASK_WINDOW = 3;
/** One send in so many waits until it is applied. */
const APPLIED_EVERY = 5;

export class Traffic {
  readonly sent: Record<Intake, number> = { a: 0, b: 0 };
  asked = 0;
  /** What was heard by actor and index, and in which life first. */
  readonly heard = new Map<string, { readonly heard: Heard; readonly life: number }>();
  /** What an acknowledgement, an answer or an emission said that cannot be. */
  readonly lies: string[] = [];
  readonly #unacknowledged: Record<Intake, Set<number>> = { a: new Set(), b: new Set() };
  readonly #unanswered = new Set<number>();
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  get unfinished(): number {
    return intakes.reduce((sum, to) => sum + this.#unacknowledged[to].size, this.#unanswered.size);
  }

  get items(): number {
    return intakes.reduce((sum, to) => sum + this.sent[to], 0);
  }

  /** Everything whose outcome is unknown, in the order in which it was sent first. */
  *again(): Generator<ToChild> {
    for (const to of intakes) for (const n of this.#unacknowledged[to]) yield sendOf(to, n);
    for (const n of this.#unanswered) yield { kind: 'ask', n };
  }

  /** More, up to so many unacknowledged sends at each intake. */
  *more(window: number): Generator<ToChild> {
    for (const to of intakes) {
      while (this.#unacknowledged[to].size < window) {
        this.sent[to] += 1;
        const n = this.sent[to];
        this.#unacknowledged[to].add(n);
        this.#write({ sent: to, n });
        yield sendOf(to, n);
      }
    }
    while (this.#unanswered.size < ASK_WINDOW) {
      this.asked += 1;
      this.#unanswered.add(this.asked);
      this.#write({ asked: this.asked });
      yield { kind: 'ask', n: this.asked };
    }
  }

  take(message: FromChild, life: number): void {
    switch (message.kind) {
      case 'acknowledged':
        this.#acknowledged(message);
        return;
      case 'answered':
        this.#answered(message.n, message.reply);
        return;
      case 'heard':
        this.#hear(message.heard, life);
        return;
      case 'opening':
      case 'up':
      case 'refused':
      case 'report':
      case 'emissions':
      case 'failed':
        return;
    }
  }

  /** Makes the record of this life durable, as a caller would who must not forget. */
  sync(): void {
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #acknowledged(message: Extract<FromChild, { kind: 'acknowledged' }>): void {
    const { to, n, position, isInState } = message;
    this.#unacknowledged[to].delete(n);
    this.#write({ acknowledged: to, n, position });
    // nobody else sends to an intake: item n is the n-th in its mailbox
    if (position !== n) this.lies.push(`item ${n} of ${to} was given position ${position}`);
    if (!isInState) this.lies.push(`item ${n} of ${to} was told as applied before it was`);
  }

  #answered(n: number, reply: { n: number; count: number }): void {
    this.#unanswered.delete(n);
    this.#write({ answered: n, ...reply });
    if (reply.n !== n || reply.count !== n)
      this.lies.push(`question ${n} was answered as number ${reply.count} with ${reply.n}`);
  }

  #hear(heard: Heard, life: number): void {
    const place = `${heard.actor} ${heard.index}`;
    const before = this.heard.get(place)?.heard;
    this.heard.set(place, { heard, life });
    if (before !== undefined) this.lies.push(`emission ${place} was heard twice`);
  }

  #write(line: object): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

function sendOf(to: Intake, n: number): ToChild {
  return { kind: 'send', to, n, isApplied: n % APPLIED_EVERY === 0 };
}
