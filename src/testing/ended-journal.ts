/**
 * How actors that were taken away had ended. The store forgets them; what they leave in it is the tombstone, in
 * the batch of their end: only with that is their end written down here, once, whoever lives to hear of it.
 */
import { uidInKey, under } from '../persistence/keyspace.ts';
import type { Obituary } from '../ports/obituary.ts';
import { type EndedLife, plainCodec, snapshotIn } from './ending.ts';
import type { BatchRows } from './sim-medium.ts';

/** An end that may land. */
interface Told {
  readonly address: string;
  readonly life: EndedLife;
}

export class EndedJournal {
  readonly #told = new Map<number, Told>();
  readonly #ended = new Map<string, EndedLife[]>();

  /** Not landed yet: if the process dies before, the next one tells another end of the same actor. */
  tell({ uid, address, status, error, snapshot }: Obituary): void {
    this.#told.delete(uid);
    // it has not lived: its start failed, or was withdrawn, before its first turn
    if (snapshot === undefined) return;
    const [, value, context, , , output] = snapshotIn(plainCodec.decode(snapshot, address));
    const life = { status: status as EndedLife['status'], value, context, output, error };
    this.#told.set(uid, { address, life });
  }

  landed(rows: BatchRows): void {
    const { gte, lt } = under('x');
    for (const [key, bytes] of rows) {
      if (bytes === undefined || key < gte || key >= lt) continue;
      const told = this.#told.get(uidInKey(key));
      if (told === undefined) continue;
      const { address, life } = told;
      this.#ended.set(address, [...(this.#ended.get(address) ?? []), life]);
    }
  }

  /** By address, oldest first. */
  get ended(): { readonly [address: string]: readonly EndedLife[] } {
    return Object.fromEntries(this.#ended);
  }
}
