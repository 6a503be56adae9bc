/** What is told of an actor that is taken away, to a simulation that asks for it. */
import { shutdown } from '../actors/exit-reason.ts';
import type { Obituary } from '../ports/obituary.ts';
import { describeFailure, type StartFailure } from '../supervisor/start-failure.ts';
import type { Cell } from './cell.ts';
import { snapshotRow } from './committer.ts';
import type { World } from './world.ts';

/** @param reason - why it ended, as its supervisor has it in the store: so it is the same for each process */
export function obituaryOf({ codec }: World, cell: Cell, reason?: StartFailure): Obituary {
  const { uid, address, status, snapshot, encoded } = cell;
  const end = status === 'running' ? endBy(reason) : { status, error: undefined };
  const row = snapshot === undefined ? undefined : (encoded ?? codec.encode(snapshotRow(cell)));
  return { uid, address, ...end, snapshot: row };
}

function endBy(reason: StartFailure = shutdown): Pick<Obituary, 'status' | 'error'> {
  switch (reason.kind) {
    case 'shutdown':
    case 'killed':
      return { status: 'stopped', error: undefined };
    case 'normal':
      return { status: 'done', error: undefined };
    case 'crash':
      return { status: 'failed', error: reason.error.message };
    case 'quarantined':
    case 'refused':
    case 'failed_to_start_child':
      return { status: 'failed', error: describeFailure(reason) };
  }
}
