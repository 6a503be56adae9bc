/** What a run left behind: read from the rows, so that it also tells of actors that cannot run. */
import type { AnyActorLogic, EventObject, OutputFrom, SnapshotFrom } from '../actors/host-types.ts';
import type { RefData } from '../actors/light-ref.ts';
import { type Codec, createCodec } from '../persistence/codec.ts';
import { keys, numberInKey, ofUid, under } from '../persistence/keyspace.ts';
import {
  type ActorStatus,
  type DeadLetterReason,
  unpackBirth,
  unpackDeadLetter,
  unpackEnvelope,
} from '../persistence/records.ts';
import type { SnapshotRecord } from '../persistence/snapshot-record.ts';
import type { AddressMap, LogicAt } from '../runtime/address-types.ts';
import type { SimMedium } from './sim-medium.ts';
import type { Note } from './world.ts';

/** @public */
export interface EndedActor {
  readonly status: ActorStatus;
  /** Of a machine: its state. */
  readonly value: unknown;
  readonly context: unknown;
  readonly output: unknown;
  readonly error: unknown;
  /** Events that wait. */
  readonly mailbox: readonly EventObject[];
}

/** The same, for logic that is known. @public */
export interface EndedActorOf<L extends AnyActorLogic> extends EndedActor {
  readonly value: SnapshotFrom<L> extends { readonly value: infer V } ? V : unknown;
  readonly context: SnapshotFrom<L> extends { readonly context: infer C } ? C : unknown;
  readonly output: OutputFrom<L> | undefined;
}

/** How an actor had ended that is not there any more. @public */
export interface EndedLife {
  /**
   * `done`: by its final state or `exit('normal')`; one that a machine spawned, by any `exit`. `failed`: by an
   * error. `stopped`: by others, or by `exit('shutdown')`.
   */
  readonly status: Exclude<ActorStatus, 'running'>;
  /** Of a machine: its last state. */
  readonly value: unknown;
  readonly context: unknown;
  readonly output: unknown;
  /** Message of the error that ended it; not of one that its parent kept as failed for a while. */
  readonly error: string | undefined;
}

/** The same, for logic that is known. @public */
export interface EndedLifeOf<L extends AnyActorLogic> extends EndedLife {
  readonly value: EndedActorOf<L>['value'];
  readonly context: EndedActorOf<L>['context'];
  readonly output: EndedActorOf<L>['output'];
}

/** @public */
export interface EndedLetter {
  readonly address: string;
  readonly reason: DeadLetterReason;
  readonly event: EventObject;
  /** Message of the error that parked it. */
  readonly error: string | undefined;
}

type ActorsOf<R> = {
  readonly [P in keyof AddressMap<R> & string]: EndedActorOf<LogicAt<AddressMap<R>, P>>;
} & { readonly [address: string]: EndedActor | undefined };

type LivesOf<R> = {
  readonly [P in keyof AddressMap<R> & string]?: readonly EndedLifeOf<LogicAt<AddressMap<R>, P>>[];
} & { readonly [address: string]: readonly EndedLife[] | undefined };

/** What is there when everything came to rest: plain data. Refs to actors are their addresses. @public */
export interface End<R = unknown> {
  /** By address: those of the tree, instances of pools, and what machines spawned. */
  readonly actors: ActorsOf<R>;
  /** By address: how those ended that are not there any more, such as instances of pools; oldest first. */
  readonly ended: LivesOf<R>;
  /** By address: what was emitted, oldest first. */
  readonly emissions: { readonly [address: string]: readonly EventObject[] };
  readonly deadLetters: readonly EndedLetter[];
  /** What happened outside, in all processes. */
  readonly notes: readonly Note[];
}

/** Reads values without a system: a ref is data, and of it only what is the same in each run. */
export const plainCodec: Codec = createCodec({
  writeRef: (ref) => ref,
  readRef: (data) => {
    const { $ref, address } = data as RefData & { readonly address?: string };
    return address === undefined ? { $ref } : { $ref, address };
  },
});

/** The part of a snapshot's row that is the snapshot; empty if there is none yet. */
export function snapshotIn(row: unknown): Partial<SnapshotRecord> {
  return row === undefined ? [] : (row as [cursor: unknown, snapshot: SnapshotRecord])[1];
}

export function endOf(
  medium: SimMedium,
  ended: { readonly [address: string]: readonly EndedLife[] },
  notes: readonly Note[],
): End {
  const read = (key: string): unknown => {
    const bytes = medium.rows.get(key);
    return bytes === undefined ? undefined : plainCodec.decode(bytes, key);
  };
  const all = (prefix: string, uid: number): [key: string, row: unknown[]][] => {
    const { gte, lt } = ofUid(prefix, uid);
    return medium.rows.keysIn(gte, lt).map((key) => [key, read(key) as unknown[]]);
  };
  const actors: Record<string, EndedActor> = {};
  const emissions: Record<string, readonly EventObject[]> = {};
  for (const [address, uid] of addressesIn(medium, read)) {
    const birth = read(keys.birth(uid));
    // supervisors have addresses too
    if (birth === undefined) continue;
    const [, value, context, , , output, error] = snapshotIn(read(keys.snapshot(uid)));
    const { status } = unpackBirth(birth as unknown[]);
    const mailbox = all('m', uid).map(([key, row]) => unpackEnvelope(numberInKey(key), row).event);
    actors[address] = { status, value, context, output, error, mailbox };
    const emitted = all('o', uid).map(([, row]) => row[1] as EventObject);
    if (emitted.length > 0) emissions[address] = emitted;
  }
  return { actors, ended, emissions, deadLetters: lettersIn(medium, read), notes: [...notes] };
}

function addressesIn(
  { rows }: SimMedium,
  read: (key: string) => unknown,
): [address: string, uid: number][] {
  const { gte, lt } = under('a');
  return rows.keysIn(gte, lt).map((key) => [key.slice(gte.length), read(key) as number]);
}

function lettersIn({ rows }: SimMedium, read: (key: string) => unknown): EndedLetter[] {
  const { gte, lt } = under('d');
  return rows.keysIn(gte, lt).map((key) => {
    const { address, reason, event, error } = unpackDeadLetter(0, read(key) as unknown[]);
    return { address, reason, event, error: error?.message };
  });
}
