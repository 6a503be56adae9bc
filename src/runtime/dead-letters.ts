/** Messages that nobody will handle: kept with why and from whom, until a person retries or drops them. */
import { limits } from '../base/limits.ts';
import { keys, parseFixed, under } from '../persistence/keyspace.ts';
import { type DeadLetter, packDeadLetter, unpackDeadLetter } from '../persistence/records.ts';
import { DELETED } from './pending-batch.ts';
import { toStorableError } from './storable-error.ts';
import type { DeadLetters, World } from './world.ts';

export class DurableDeadLetters implements DeadLetters {
  readonly #world: World;
  #count: number;

  constructor(world: World, count: number) {
    this.#world = world;
    this.#count = count;
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count >= limits.deadLettersMax;
  }

  add(letter: Parameters<DeadLetters['add']>[0]): void {
    const world = this.#world;
    const id = world.counters.deadLetter;
    world.counters.deadLetter += 1;
    this.#count += 1;
    const error = letter.error === undefined ? undefined : factsOf(letter.error);
    world.committer.pending.putNew(
      keys.deadLetter(id),
      packDeadLetter({
        id,
        address: letter.address,
        reason: letter.reason,
        event: letter.event,
        sender: letter.sender ?? '',
        key: letter.key,
        position: letter.position ?? 0,
        attempts: letter.attempts ?? 0,
        atMs: world.time.nowMs(),
        error,
        state: letter.state,
      }),
    );
    world.dispatcher.wake();
    world.committer.pending.afterLanding(() =>
      world.events.emit({
        type: 'message.dead',
        address: letter.address,
        event: letter.event.type,
        reason: letter.reason,
      }),
    );
  }

  get(id: number): DeadLetter | undefined {
    const key = keys.deadLetter(id);
    const recent = this.#world.committer.recent(key);
    if (recent === DELETED) return undefined;
    if (recent !== undefined) return unpackDeadLetter(id, recent as unknown[]);
    const bytes = this.#world.store.get(key);
    return bytes === undefined
      ? undefined
      : unpackDeadLetter(id, this.#world.codec.decode(bytes, key) as unknown[]);
  }

  async *list(from: number): AsyncGenerator<DeadLetter> {
    const range = { ...under('d'), gte: keys.deadLetter(from) };
    for await (const rows of this.#world.store.scan(range)) {
      for (const [key] of rows) {
        const letter = this.get(parseFixed(key.slice(2)));
        if (letter !== undefined) yield letter;
      }
    }
  }

  drop(id: number): void {
    this.#count -= 1;
    this.#world.committer.pending.del(keys.deadLetter(id));
    this.#world.dispatcher.wake();
  }
}

function factsOf(thrown: unknown): NonNullable<DeadLetter['error']> {
  const { name, message, stack, ...rest } = toStorableError(thrown) as Error & { code?: unknown };
  return {
    name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(typeof rest.code === 'string' ? { code: rest.code } : {}),
  };
}
