/** Listeners outside, in each process anew: what they hear has landed, in its order, once. */
import type { System } from '../../src/runtime/system-types.ts';
import { refIn } from './callers.ts';
import type { Landed } from './landed.ts';
import type { Laws } from './laws.ts';
import type { Applied } from './machine.ts';

export class Hearing {
  readonly #laws: Laws;
  readonly #landed: Landed;

  constructor(laws: Laws, landed: Landed) {
    this.#laws = laws;
    this.#landed = landed;
  }

  /** @param isAlive - whether the process of that system still runs */
  begin(system: System, addresses: readonly string[], isAlive: () => boolean): void {
    const latest = new Map<number, number>();
    for (const address of addresses)
      refIn(system, address).on('applied' as never, (event) => {
        if (isAlive()) this.#heard(event as unknown as Applied, latest);
      });
  }

  #heard({ id }: Applied, latest: Map<number, number>): void {
    const turn = this.#landed.turns.get(id);
    this.#laws.check('G3', turn !== undefined, () => `${id} was heard of before it had landed`);
    if (turn === undefined) return;
    const before = latest.get(turn.uid) ?? 0;
    this.#laws.check(
      'G3',
      turn.place > before,
      () => `turn ${turn.place} (${id}) was heard of after turn ${before}`,
    );
    latest.set(turn.uid, turn.place);
  }
}
