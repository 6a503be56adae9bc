/** How actors below supervisors come into being, and how they begin a new life. */
import { idOf } from '../actors/address.ts';
import type { RegisteredLogic } from '../actors/registration.ts';
import { keys } from '../persistence/keyspace.ts';
import { Cell } from './cell.ts';
import type { SupervisorNode, WorkerSpec } from './supervisor-node.ts';
import type { World } from './world.ts';

export class Births {
  readonly #world: World;
  readonly #logicOf: (spec: { readonly logic: object }) => RegisteredLogic;

  constructor(world: World, logicOf: (spec: { readonly logic: object }) => RegisteredLogic) {
    this.#world = world;
    this.#logicOf = logicOf;
  }

  /** A new life: the state is dropped, the mailbox stays. */
  renew(cell: Cell): void {
    const { effects, timers, committer, cells } = this.#world;
    timers.clear(cell.uid);
    effects.clear(cell.uid);
    for (const child of this.#world.lifecycle.childrenOf(cell)) this.#world.lifecycle.erase(child);
    cell.life += 1;
    cell.status = 'running';
    cell.ref = cells.refTo(cell.address, cell.uid, cell.life);
    cell.snapshot = cell.landed = cell.written = cell.encoded = undefined;
    cell.synced = undefined;
    // the row that goes held its place too: that is written again, also if there is no first turn yet
    cell.writtenHead = 0;
    committer.pending.del(keys.snapshot(cell.uid));
    committer.pending.put(keys.unborn(cell.uid), true);
    cells.changed(cell);
    committer.touch(cell);
  }

  /** An actor before its first turn; its rows go with the pending batch. */
  create(node: SupervisorNode, address: string, worker: WorkerSpec): Cell {
    const { cells, counters, committer } = this.#world;
    const { settings } = worker;
    const logic = this.#logicOf(worker);
    const uid = counters.uid;
    counters.uid += 1;
    const id = idOf(address);
    const input = node.inputs.has(id) ? node.inputs.get(id) : settings.input;
    node.inputs.delete(id);
    const cell = new Cell(
      uid,
      {
        address,
        parent: node.uid,
        src: '',
        machine: logic.id,
        version: settings.version,
        shape: logic.shape,
        input,
        life: 0,
        incarnation: 1,
        status: 'running',
        systemId: settings.name,
        syncSnapshot: false,
        why: undefined,
      },
      { logic, settings, ref: cells.refTo(address, uid, 0) },
    );
    cells.add(cell);
    committer.pending.putNew(keys.unborn(uid), true);
    return cell;
  }
}
