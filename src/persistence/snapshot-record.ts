/**
 * Snapshots as they are stored, and back. Public members of XState only: no XState actor is created on
 * the way back, children become light refs.
 */
import type { AnyActorRef, AnyStateMachine, AnyStateNode } from '../actors/host-types.ts';
import type { TurnSnapshot } from '../actors/turn.ts';

/** `[id, uid, last synced snapshot]` of one child. */
export type ChildRecord = readonly [id: string, uid: number, synced: unknown];

interface MachineSnapshotParts extends TurnSnapshot {
  readonly value: unknown;
  readonly historyValue: Readonly<Record<string, readonly AnyStateNode[]>>;
}

/** `[status, value, context, history, children, output, error]`; for `fromTransition` value and history are absent. */
export type SnapshotRecord = readonly [
  status: string,
  value: unknown,
  context: unknown,
  history: unknown,
  children: readonly ChildRecord[] | undefined,
  output: unknown,
  error: unknown,
];

export function packSnapshot(
  snapshot: TurnSnapshot,
  uidOf: (ref: AnyActorRef) => number,
  syncedOf: (uid: number) => unknown,
): SnapshotRecord {
  const parts = snapshot as MachineSnapshotParts;
  return [
    parts.status,
    parts.value,
    parts.context,
    packHistory(parts.historyValue),
    packChildren(parts.children, uidOf, syncedOf),
    parts.output,
    parts.error,
  ];
}

function packChildren(
  children: Record<string, AnyActorRef> | undefined,
  uidOf: (ref: AnyActorRef) => number,
  syncedOf: (uid: number) => unknown,
): ChildRecord[] | undefined {
  if (children === undefined) return undefined;
  let records: ChildRecord[] | undefined;
  for (const id in children) {
    const ref = children[id];
    if (ref === undefined) continue;
    const uid = uidOf(ref);
    records ??= [];
    records.push([id, uid, syncedOf(uid)]);
  }
  return records;
}

function packHistory(history: MachineSnapshotParts['historyValue'] | undefined): unknown {
  if (history === undefined) return undefined;
  let record: Record<string, string[]> | undefined;
  for (const id in history) {
    record ??= {};
    record[id] = (history[id] ?? []).map((node) => node.id);
  }
  return record;
}

/** A stored snapshot that the machine does not have the states for. */
export class Misfit extends Error {
  override readonly name: string = 'Misfit';
}

/** @throws {@link Misfit} if the machine lacks a state that the record names */
export function unpackMachineSnapshot(
  machine: AnyStateMachine,
  record: SnapshotRecord,
  refOf: (id: string, uid: number) => AnyActorRef,
): TurnSnapshot {
  const [status, value, context, history, children, output, error] = record;
  let snapshot: TurnSnapshot & { status: string };
  try {
    snapshot = machine.resolveState({
      value: value as never,
      context,
      historyValue: reviveHistory(machine, history as Record<string, string[]> | undefined),
      status: status as 'active',
      output,
      error,
    }) as unknown as TurnSnapshot & { status: string };
  } catch (cause) {
    throw new Misfit(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (snapshot.status !== status) {
    throw new Misfit(`it is '${status}' in the store and '${snapshot.status}' by the machine`);
  }
  snapshot.children = reviveChildren(children, refOf);
  return snapshot;
}

export function unpackTransitionSnapshot(record: SnapshotRecord, input: unknown): TurnSnapshot {
  const [status, , context, , , output, error] = record;
  return { status: status as 'active', context, output, error, input } as TurnSnapshot;
}

function reviveChildren(
  children: readonly ChildRecord[] | undefined,
  refOf: (id: string, uid: number) => AnyActorRef,
): Record<string, AnyActorRef> {
  const revived: Record<string, AnyActorRef> = {};
  for (const [id, uid] of children ?? []) revived[id] = refOf(id, uid);
  return revived;
}

function reviveHistory(
  machine: AnyStateMachine,
  history: Record<string, string[]> | undefined,
): Record<string, AnyStateNode[]> {
  const revived: Record<string, AnyStateNode[]> = {};
  for (const id in history) {
    revived[id] = (history[id] ?? []).map((nodeId) => {
      const node = (machine as unknown as { idMap: ReadonlyMap<string, AnyStateNode> }).idMap.get(
        nodeId,
      );
      if (node === undefined)
        throw new Misfit(`it remembers state '${nodeId}', which the machine lacks`);
      return node;
    });
  }
  return revived;
}
