/** The person who sees to dead letters: some are retried after their cause is gone, the others dropped. */
import { type DeadLetter, isPerdureError, type System } from '../../src/index.ts';
import type { Ill } from './clinic.ts';
import { isCurable } from './duties.ts';
import { Recent } from './recent.ts';

const ROUND_MS = 500;
/** A round that meets more leaves them to the next. */
const ROUND_MAX = 200;
const HEALED_MAX = 1_000;

export class Operator {
  readonly #healed = new Recent<number>(HEALED_MAX);
  readonly #fail: (error: unknown) => void;

  constructor(fail: (error: unknown) => void) {
    this.#fail = fail;
  }

  isHealed(session: number): boolean {
    return this.#healed.has(session);
  }

  /** One round after another, for as long as the process lives. */
  start(system: System): void {
    setTimeout(() => {
      this.#round(system).then(
        () => this.start(system),
        (error: unknown) => {
          if (!isPerdureError(error) || error.code !== 'SYSTEM_STOPPING') this.#fail(error);
        },
      );
    }, ROUND_MS);
  }

  async #round(system: System): Promise<void> {
    const letters: DeadLetter[] = [];
    for await (const letter of system.deadLetters.list({ limit: ROUND_MAX })) letters.push(letter);
    for (const letter of letters) await this.#decide(system, letter);
  }

  async #decide({ deadLetters }: System, { id, reason, event }: DeadLetter): Promise<void> {
    if (reason !== 'parked') return await deadLetters.drop(id);
    if (event.type !== 'ill') return await deadLetters.retry(id);
    const { session } = event as unknown as Ill;
    if (!isCurable(session)) return await deadLetters.drop(id);
    this.#healed.add(session);
    return await deadLetters.retry(id);
  }
}
