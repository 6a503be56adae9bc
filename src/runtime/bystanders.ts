/**
 * Callers and listeners outside of the actors: who waits for what. Nothing here is durable, and nothing here
 * is lost when a world is dropped and made anew after a failed write: all of it goes by address or by uid
 * and position, which outlive the world.
 */
import type { Envelope } from '../actors/envelope.ts';
import type { EventObject } from '../actors/host-types.ts';
import { ReplyTarget } from '../actors/special-refs.ts';
import type { TurnSnapshot } from '../actors/turn.ts';
import { PerdureError } from '../base/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { Cell } from './cell.ts';
import { AppliedWaits } from './applied-waits.ts';
import { callListener } from './events.ts';
import { OpenQuestions } from './open-questions.ts';
import type { Settler } from './pending-batch.ts';
import type { Answerable, LandedEmission, SnapshotWatcher } from './bystander.ts';
import type { Outside, World } from './world.ts';

type EmissionListener = (emission: LandedEmission) => void;

export class Bystanders implements Outside {
  readonly #logger: Logger;
  /** The world that runs now. */
  world: World | undefined = undefined;
  readonly #asks = new OpenQuestions();
  readonly #applied = new AppliedWaits();
  readonly #rooms = new Map<number, ((ended?: Error) => void)[]>();
  readonly #watchers = new Map<string, Set<SnapshotWatcher>>();
  readonly #listeners = new Map<string, Set<EmissionListener>>();
  readonly #nameListeners = new Map<string, Set<EmissionListener>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  // ---- who comes to wait

  ask(id: string, caller: Answerable): () => void {
    return this.#asks.add(id, caller);
  }

  /** Settles when the turn that handled this message landed. */
  whenApplied(uid: number, position: number, settler: Settler): () => void {
    return this.#applied.add(uid, position, settler);
  }

  whenRoom(uid: number, call: (ended?: Error) => void): () => void {
    const waiting = this.#rooms.get(uid) ?? [];
    this.#rooms.set(uid, waiting);
    waiting.push(call);
    return () => {
      const index = waiting.indexOf(call);
      if (index >= 0) waiting.splice(index, 1);
    };
  }

  queuedFor(uid: number): number {
    return this.#rooms.get(uid)?.length ?? 0;
  }

  watch(address: string, watcher: SnapshotWatcher): () => void {
    return addTo(this.#watchers, address, watcher);
  }

  listen(address: string, listener: EmissionListener): () => void {
    return addTo(this.#listeners, address, listener);
  }

  /** Hears whoever bears the name. */
  listenToName(name: string, listener: EmissionListener): () => void {
    return addTo(this.#nameListeners, name, listener);
  }

  // ---- what the world tells

  listens({ address, systemId }: Cell): boolean {
    if (this.#listeners.has(address)) return true;
    return systemId !== undefined && this.#nameListeners.has(systemId);
  }

  emitted({ address, systemId = '' }: Cell, emission: LandedEmission): void {
    for (const listeners of [this.#listeners.get(address), this.#nameListeners.get(systemId)]) {
      for (const listener of [...(listeners ?? [])])
        callListener(this.#logger, () => listener(emission));
    }
  }

  /** A message was handled; told within its turn. */
  applied(cell: Cell, envelope: Envelope): void {
    if (this.#applied.isEmpty) return;
    for (const settler of this.#applied.take(cell.uid, envelope.position)) {
      this.world?.committer.pending.settlers.push({
        landed: () => settler.landed(),
        // the turn is lost, not the message: it is handled again after the recovery
        failed: () => void this.whenApplied(cell.uid, envelope.position, settler),
      });
    }
  }

  /** A message was parked: whoever waits for what came of it learns that after it landed. */
  parked(cell: Cell, envelope: Envelope, error: Error): void {
    const { address } = cell;
    const { type } = envelope.event;
    const cause = { cause: error };
    this.#fail(cell, envelope, {
      applied: () =>
        new PerdureError('MESSAGE_PARKED', { address, type, attempts: envelope.attempts }, cause),
      asked: () => new PerdureError('ASK_PARKED', { address, type }, cause),
    });
  }

  /** The actor ended before it handled this message. */
  buried(cell: Cell, envelope: Envelope): void {
    const { address } = cell;
    const { type } = envelope.event;
    this.#fail(cell, envelope, {
      applied: () => new PerdureError('ACTOR_NOT_RUNNING', { address, status: 'ended' }),
      asked: () => new PerdureError('ASK_TARGET_ENDED', { address, type }),
    });
  }

  /** There is nobody at that address to handle it. */
  undeliverable(address: string, event: EventObject): void {
    const error = (): Error => new PerdureError('ASK_TARGET_ENDED', { address, type: event.type });
    this.#failAsker(event, error);
  }

  answered(askId: string, value: unknown): void {
    const callers = this.#asks.take(askId);
    if (callers.length === 0) {
      this.world?.events.emit({ type: 'answer.dropped', ask: askId });
      return;
    }
    for (const caller of callers) caller.resolve(value);
  }

  /** There is room for one more at this actor. */
  roomAt(cell: Cell): void {
    if (this.#rooms.size === 0) return;
    const waiting = this.#rooms.get(cell.uid);
    while (
      waiting !== undefined &&
      waiting.length > 0 &&
      cell.mailbox.length < cell.settings.mailboxMax
    ) {
      waiting.shift()?.();
    }
    if (waiting?.length === 0) this.#rooms.delete(cell.uid);
  }

  /** A new world has taken the place of one that was dropped: whoever waited goes on from what is stored. */
  resume(world: World): void {
    for (const uid of [...this.#rooms.keys()]) {
      const cell = world.cells.byUid(uid);
      if (cell === undefined) for (const call of this.#rooms.get(uid)?.splice(0) ?? []) call();
      else this.roomAt(cell);
    }
    for (const address of this.#listeners.keys()) this.#wakeFollowers(address);
  }

  landed(cells: readonly Cell[]): void {
    if (this.#watchers.size === 0) return;
    for (const cell of cells) this.#show(cell.address, cell.landed);
  }

  /** The actor reached its final state. */
  finished(cell: Cell): void {
    const { address, snapshot } = cell;
    this.#whenLanded(() => this.#show(address, snapshot));
  }

  /** The actor ended: nobody will hear from it again under this uid. */
  ended(cell: Cell): void {
    const { address, status } = cell;
    this.#whenLanded(() => {
      this.#show(address, cell.landed);
      for (const watcher of this.#watchers.get(address) ?? []) {
        watcher.end(new PerdureError('WAIT_ENDED', { address, status }));
      }
      this.#watchers.delete(address);
      for (const caller of this.#asks.takeFrom(address))
        caller.reject(new PerdureError('ASK_TARGET_ENDED', { address, type: caller.type }));
      for (const call of this.#rooms.get(cell.uid)?.splice(0) ?? []) call();
      this.#failApplied(cell.uid, new PerdureError('ACTOR_NOT_RUNNING', { address, status }));
      this.#wakeFollowers(address);
    });
  }

  /** Mail that is kept may be handled in another life: nobody is made to wait for that. */
  #failApplied(uid: number, error: Error): void {
    for (const settler of this.#applied.takeAllOf(uid)) settler.failed(error);
  }

  /** The system ends: everybody who waits learns it. */
  close(status: string): void {
    const error = (): PerdureError<'SYSTEM_STOPPING'> =>
      new PerdureError('SYSTEM_STOPPING', { status });
    for (const caller of this.#asks.takeAll()) caller.reject(error());
    for (const settler of this.#applied.takeAll()) settler.failed(error());
    for (const watchers of this.#watchers.values())
      for (const watcher of watchers) watcher.end(error());
    const rooms = [...this.#rooms.values()].flat();
    for (const map of [this.#rooms, this.#watchers]) map.clear();
    for (const call of rooms) call(error());
    for (const address of this.#listeners.keys()) this.#wakeFollowers(address);
  }

  #wakeFollowers(address: string): void {
    for (const listener of [...(this.#listeners.get(address) ?? [])]) {
      callListener(this.#logger, () => listener(NOTHING));
    }
  }

  #show(address: string, snapshot: TurnSnapshot | undefined): void {
    const watchers = this.#watchers.get(address);
    if (watchers === undefined || snapshot === undefined) return;
    for (const watcher of [...watchers]) if (watcher.see(snapshot)) watchers.delete(watcher);
    if (watchers.size === 0) this.#watchers.delete(address);
  }

  #fail(
    cell: Cell,
    envelope: Envelope,
    errors: { applied: () => Error; asked: () => Error },
  ): void {
    const settlers = this.#applied.take(cell.uid, envelope.position);
    this.#failAsker(envelope.event, errors.asked);
    this.world?.committer.pending.settlers.push({
      landed: () => {
        for (const settler of settlers) settler.failed(errors.applied());
      },
      failed: () => {
        for (const settler of settlers) this.whenApplied(cell.uid, envelope.position, settler);
      },
    });
  }

  #failAsker(event: EventObject, error: () => Error): void {
    const { replyTo } = event as EventObject & { replyTo?: unknown };
    if (!(replyTo instanceof ReplyTarget)) return;
    const { askId } = replyTo;
    if (askId === '') {
      this.world?.effects.failAsk(replyTo.uid, replyTo.childUid, error());
      return;
    }
    this.#whenLanded(() => {
      for (const caller of this.#asks.take(askId)) caller.reject(error());
    });
  }

  #whenLanded(call: () => void): void {
    this.world?.committer.pending.afterLanding(call);
  }
}

/** Tells a follower that there will be no more, so that it looks for itself. */
export const NOTHING: LandedEmission = Object.freeze({
  position: 0,
  atMs: 0,
  event: Object.freeze({ type: '' }),
});

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): () => void {
  const values = map.get(key) ?? new Set<V>();
  map.set(key, values);
  values.add(value);
  return () => {
    values.delete(value);
    if (values.size === 0 && map.get(key) === values) map.delete(key);
  };
}
