/** How actors below supervisors come into being, and how they begin a new life. */
import { idOf } from '../actors/address.ts';
import type { RegisteredLogic } from '../actors/registration.ts';
import { keys } from '../persistence/keyspace.ts';
import { packCursor } from '../persistence/records.ts';
import { Cell } from './cell.ts';
import { keepAside } from './former-lives.ts';
import { regainPlace } from './lost-place.ts';
import type { SupervisorNode, WorkerSpec } from './supervisor-node.ts';
import type { World } from './world.ts';

export class Births {
  readonly #world: World;
  readonly #logicOf: (spec: { readonly logic: object }) => RegisteredLogic;

  constructor(world: World, logicOf: (spec: { readonly logic: object }) => RegisteredLogic) {
    this.#world = world;
    this.#logicOf = logicOf;
  }

  /**
   * An operator's way out of a bad state: a new life, with the old one kept aside. One that belongs to a
   * machine keeps the number of its life, because the refs of its parent are for that.
   */
  reset(cell: Cell): void {
    const world = this.#world;
    const { address, uid } = cell;
    keepAside(world, cell);
    if (cell.status === 'quarantined') regainPlace(world, cell);
    cell.why = undefined;
    cell.isUnreadable = false;
    this.renew(cell, world.supervision.supervises(cell.parent) ? cell.life + 1 : cell.life);
    const { emissions, turns, mailbox } = cell;
    // also over a row that is further on than the mailbox is
    world.committer.pending.put(
      keys.cursor(uid),
      packCursor({ head: mailbox.head, emissions, turns }),
    );
    world.committer.pending.afterLanding(() => world.events.emit({ type: 'actor.reset', address }));
  }

  /** A new life: the state is dropped, the mailbox stays. */
  renew(cell: Cell, life: number = cell.life + 1): void {
    const { effects, timers, committer, cells } = this.#world;
    timers.clear(cell.uid);
    effects.clear(cell.uid);
    this.#world.bonds.forget(cell.uid);
    for (const child of this.#world.lifecycle.childrenOf(cell)) this.#world.lifecycle.erase(child);
    cell.life = life;
    cell.version = cell.settings.version;
    cell.status = 'running';
    cell.ref = cells.refTo(cell.address, cell.uid, cell.life);
    cell.snapshot = cell.landed = cell.written = cell.encoded = undefined;
    cell.synced = undefined;
    cell.deaths = 0;
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
    const { operation } = node.state;
    const request = operation?.kind === 'serve' ? operation.caller.id : '';
    const { inputs } = node.waiting;
    const input = inputs.has(request) ? inputs.get(request) : settings.input;
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
      {
        logic,
        settings,
        place: node.placeOf(idOf(address)),
        ref: cells.refTo(address, uid, 0),
      },
    );
    cells.add(cell);
    committer.pending.putNew(keys.unborn(uid), true);
    return cell;
  }
}
