/** Requests that wait for their supervisor: a row each, so that one more costs one row however many wait. */
import { keys } from '../persistence/keyspace.ts';
import type { Counters } from '../persistence/records.ts';
import type { RequestInput } from '../supervisor/input.ts';
import type { PendingBatch } from './pending-batch.ts';

/** One that waits, as its row has it. */
export interface StoredRequest {
  readonly number: number;
  readonly request: RequestInput;
  /** Of the child that is asked for. */
  readonly input: unknown;
}

export class WaitingRequests {
  /** Inputs of children that were asked for and are not born yet, by request. */
  readonly inputs: Map<string, unknown> = new Map();
  readonly #waiting = new Map<string, StoredRequest>();
  /** Children that were asked for and wait for their start. */
  starts = 0;

  constructor(stored: readonly StoredRequest[]) {
    for (const each of stored) {
      this.#add(each);
      this.inputs.set(each.request.id, each.input);
    }
  }

  /** Writes down which wait from now on, and which wait no more. */
  write(
    batch: PendingBatch,
    counters: Counters,
    uid: number,
    changed: ReadonlyMap<string, RequestInput | undefined>,
  ): void {
    for (const [id, request] of changed) {
      const known = this.#waiting.get(id);
      if (request === undefined) {
        if (known === undefined) continue;
        this.#waiting.delete(id);
        if (known.request.request.kind === 'startChild') this.starts -= 1;
        batch.del(keys.request(uid, known.number));
      } else if (known === undefined) {
        const added = { number: counters.uid, request, input: this.inputs.get(id) };
        counters.uid += 1;
        this.#add(added);
        batch.put(keys.request(uid, added.number), [request, added.input]);
      }
    }
  }

  /** Takes all rows away: the supervisor is gone. */
  clear(batch: PendingBatch, uid: number): void {
    for (const { number } of this.#waiting.values()) batch.del(keys.request(uid, number));
  }

  #add(each: StoredRequest): void {
    this.#waiting.set(each.request.id, each);
    if (each.request.request.kind === 'startChild') this.starts += 1;
  }
}
