/** The system beside its model: what was asked of both, and whether they still agree. */
import { expect } from 'vitest';
import { type DeadLetter, isPerdureError, type Ref } from '../../src/index.ts';
import type { TestSystem } from '../../src/testing/index.ts';
import { all, watched } from '../runtime/lab.ts';
import type { Tally } from '../support/feature-tally.ts';
import type { Model, ModelEvent, ModelLetter, Receipt } from './model.ts';
import { book, type books } from './model-tree.ts';

const addresses = ['/a', '/b', '/pool/x', '/pool/y'] as const;
export type Address = (typeof addresses)[number];

interface Waiting {
  readonly seen: ReturnType<typeof watched<Receipt>>;
  readonly mail: { readonly fate: 'waits' | 'applied' | 'parked' };
}

/** What a send can come to. */
export const outcomes = [
  'accepted',
  'duplicate',
  'KEY_REUSED',
  'ACTOR_MAILBOX_FULL',
  'ACTOR_NOT_FOUND',
  'ACTOR_NOT_RUNNING',
] as const;
export type Outcome = (typeof outcomes)[number];

export class Real {
  readonly lab: TestSystem<typeof books>;
  /** Callers that wait until their message is applied. */
  waiting: Waiting[] = [];
  readonly #outcomes: Tally<Outcome>;

  constructor(lab: TestSystem<typeof books>, tally: Tally<Outcome>) {
    this.lab = lab;
    this.#outcomes = tally;
  }

  ref(address: string): Ref<typeof book> {
    return this.lab.system.ref(address, book);
  }

  /** What came of a call as soon as no more happens without time: a value, a code, or nothing yet. */
  async outcomeOf<T>(call: Promise<T>): Promise<T | string> {
    const seen = watched(call);
    await this.lab.settled();
    return outcomeIn(seen);
  }

  async send(
    to: string,
    event: ModelEvent,
    options: { readonly key?: string; readonly until?: 'applied' },
    expected: ReturnType<Model['send']>,
  ): Promise<void> {
    const seen = watched<Receipt>(this.ref(to).send(event, options));
    await this.lab.settled();
    this.#outcomes.hit(outcomeOf(expected));
    const mail = typeof expected === 'string' ? undefined : expected.mail;
    if (options.until === 'applied' && mail !== undefined) this.waiting.push({ seen, mail });
    else expect(outcomeIn(seen)).toEqual(answerIn(expected));
  }

  async letters(): Promise<DeadLetter[]> {
    return await all(this.lab.system.deadLetters.list());
  }

  async isLike(model: Model): Promise<void> {
    expect(this.lab.isUp).toBe(model.isUp);
    expect(this.lab.world.nowMs - START_MS).toBe(model.nowMs);
    if (!model.isUp) return;
    for (const address of addresses)
      expect([address, await this.#stateAt(address)]).toEqual([address, stateIn(model, address)]);
    const letters = (await this.letters()).map(({ address, reason, event, key }) => ({
      address,
      reason,
      event: event as ModelEvent,
      key,
    }));
    expect(byAddress(letters)).toEqual(byAddress(model.letters));
    expect(this.lab.system.health().paused.toSorted()).toEqual([...model.paused].toSorted());
    for (const { seen, mail } of this.waiting) expect(fateIn(seen)).toBe(mail.fate);
    this.waiting = this.waiting.filter(({ mail }) => mail.fate === 'waits');
  }

  async #stateAt(address: Address): Promise<unknown> {
    const snapshot = await this.outcomeOf(this.ref(address).snapshot());
    return typeof snapshot === 'string' ? snapshot : snapshot.context;
  }
}

const START_MS = Date.UTC(2030, 0, 1);

export function byAddress<Letter extends Pick<ModelLetter, 'address'>>(
  letters: readonly Letter[],
): Letter[] {
  return letters.toSorted((a, b) => (a.address < b.address ? -1 : Number(a.address > b.address)));
}

function stateIn({ actors }: Model, address: Address): unknown {
  const actor = actors.get(address);
  if (actor === undefined) return 'ACTOR_NOT_FOUND';
  const { received, isCured, isBorn, isRunning } = actor;
  if (!isBorn) return isRunning ? 'waits' : 'WAIT_ENDED';
  return { received, isCured };
}

function outcomeIn<T>({ value, error, isSettled }: ReturnType<typeof watched<T>>): T | string {
  if (!isSettled) return 'waits';
  if (error === undefined) return value as T;
  return isPerdureError(error) ? error.code : String(error);
}

function outcomeOf(expected: ReturnType<Model['send']>): Outcome {
  if (typeof expected === 'string') return expected as Outcome;
  return expected.receipt.duplicate ? 'duplicate' : 'accepted';
}

function answerIn(expected: ReturnType<Model['send']>): unknown {
  return typeof expected === 'string' ? expected : expected.receipt;
}

function fateIn(seen: Waiting['seen']): string {
  const outcome = outcomeIn(seen);
  if (typeof outcome === 'object') return 'applied';
  return outcome === 'MESSAGE_PARKED' ? 'parked' : outcome;
}
