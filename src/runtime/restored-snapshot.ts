/** From a stored snapshot to a live one: migrated if its version is older, fitted to the machine, frozen. */
import type { Migration } from '../actors/actor-settings.ts';
import type { AnyActorRef, AnyStateMachine } from '../actors/host-types.ts';
import type { LightRef } from '../actors/light-ref.ts';
import type { TurnSnapshot } from '../actors/turn.ts';
import { judge } from '../actors/value.ts';
import { PerdureError, reasonOf } from '../base/errors.ts';
import {
  type SnapshotRecord,
  unpackMachineSnapshot,
  unpackTransitionSnapshot,
} from '../persistence/snapshot-record.ts';
import type { Cell } from './cell.ts';

export interface Restored {
  readonly snapshot: TurnSnapshot;
  readonly synced: Map<number, unknown> | undefined;
  readonly isMutable: boolean;
}

/** @throws PerdureError SNAPSHOT_MISFIT */
export function restoreSnapshot(
  cell: Cell,
  stored: SnapshotRecord,
  refOf: (id: string, uid: number) => LightRef,
): Restored {
  const record = migrated(cell, stored);
  const isMutable = [record[2], record[5]]
    .map((part) => judge(part, 'context'))
    .includes('mutable');
  try {
    const snapshot =
      cell.logic.kind === 'machine'
        ? unpackMachineSnapshot(
            cell.logic.logic as unknown as AnyStateMachine,
            record,
            (id, uid) => refOf(id, uid) as unknown as AnyActorRef,
          )
        : unpackTransitionSnapshot(record, cell.input);
    return { snapshot, synced: syncedOf(record), isMutable };
  } catch (error) {
    throw misfit(cell, reasonOf(error), error);
  }
}

function migrated(cell: Cell, record: SnapshotRecord): SnapshotRecord {
  const { version: wanted, migrate } = cell.settings;
  if (cell.version === wanted) return record;
  if (cell.version > wanted) {
    throw misfit(cell, `it was written by version ${cell.version}, the code has version ${wanted}`);
  }
  let state = { value: record[1], context: record[2] };
  for (let version = cell.version; version < wanted; version += 1) {
    const step: Migration | undefined = migrate[version];
    if (step === undefined) throw misfit(cell, `there is no migration from version ${version}`);
    try {
      state = step(state);
    } catch (error) {
      throw misfit(cell, `the migration from version ${version} threw: ${reasonOf(error)}`, error);
    }
  }
  const [status, , , history, children, output, error] = record;
  return [status, state.value, state.context, history, children, output, error];
}

function syncedOf(record: SnapshotRecord): Map<number, unknown> | undefined {
  let synced: Map<number, unknown> | undefined;
  for (const [, uid, snapshot] of record[4] ?? []) {
    if (snapshot === undefined) continue;
    synced ??= new Map();
    synced.set(uid, snapshot);
  }
  return synced;
}

function misfit(cell: Cell, why: string, cause?: unknown): PerdureError {
  return new PerdureError(
    'SNAPSHOT_MISFIT',
    { address: cell.address, machine: cell.logic.id, why },
    { cause },
  );
}
