/** Who waits or listens outside of a world, and what it is told. */
import type { EventObject } from '../actors/host-types.ts';
import type { TurnSnapshot } from '../actors/turn.ts';

/** An emission that is durable. */
export interface LandedEmission {
  readonly position: number;
  readonly atMs: number;
  readonly event: EventObject;
}

/** A caller who waits for an answer. */
export interface Answerable {
  readonly address: string;
  readonly type: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A caller who waits for a state. */
export interface SnapshotWatcher {
  /** Whether this was what it waited for. */
  see(snapshot: TurnSnapshot): boolean;
  end(error: Error): void;
}
