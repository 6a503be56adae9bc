import { spawnedActorSettings as settings } from '../actors/actor-settings.ts';
import { unknownLogic } from '../actors/unknown-logic.ts';
import { isPerdureError } from '../base/errors.ts';
import { keys, under } from '../persistence/keyspace.ts';
import { background } from './background.ts';
import { Cell } from './cell.ts';
import type { World } from './world.ts';

/** Where the shells stand: among the actors in memory. */
export interface ShellPlaces {
  readonly byUid: Map<number, Cell>;
  readonly uids: Map<string, number>;
  readonly refuse: (cell: Cell, why: string) => void;
}

/**
 * Stored actors of which nobody can say what they are, because their birth or their address row is damaged.
 * Each is a shell in memory: quarantined, without a mailbox, and nothing is written for it.
 */
export class Shells {
  readonly #world: World;
  readonly #places: ShellPlaces;
  /** Of those whose address row is damaged: the actor's own number is another one. */
  readonly #lentUids = new Set<number>();

  constructor(world: World, places: ShellPlaces) {
    this.#world = world;
    this.#places = places;
  }

  /** @param address - undefined: the actor was met by its number */
  withoutBirth(uid: number, address: string | undefined, why: string): Cell {
    const { byUid, uids, refuse } = this.#places;
    const cell = shellOf(this.#world, uid, address);
    cell.why = why;
    byUid.set(uid, cell);
    if (address === undefined) {
      background(this.#world, 'looking for an address', this.#name(cell, why));
    } else {
      uids.set(address, uid);
      refuse(cell, why);
    }
    return cell;
  }

  withoutUid(address: string, why: string): Cell {
    const { counters } = this.#world;
    const uid = counters.uid;
    counters.uid += 1;
    this.#lentUids.add(uid);
    return this.withoutBirth(uid, address, why);
  }

  /** The actor behind a shell was met by its number: it is the one that is quarantined. */
  fill(shell: Cell, cell: Cell): void {
    this.#lentUids.delete(shell.uid);
    this.#places.byUid.delete(shell.uid);
    cell.status = 'quarantined';
    cell.isUnreadable = cell.isShell = true;
    cell.mailbox.isPlaced = false;
    cell.why = shell.why;
  }

  /** Takes away one that has no rows of its own; false if it has. */
  remove({ uid, address }: Cell): boolean {
    if (!this.#lentUids.delete(uid)) return false;
    this.#places.byUid.delete(uid);
    this.#places.uids.delete(address);
    return true;
  }

  /** It is told under its address, if that can be found. */
  async #name(cell: Cell, why: string): Promise<void> {
    const address = await addressOf(this.#world, cell.uid);
    if (!this.#world.isAlive || this.#places.byUid.get(cell.uid) !== cell) return;
    if (address === undefined) this.#places.refuse(cell, why);
    else this.withoutBirth(cell.uid, address, why);
  }
}

/** What is damaged. Whatever else was thrown is thrown on: the store does not answer. */
export function damageIn(error: unknown): string {
  if (!isPerdureError(error) || error.code !== 'VALUE_CORRUPT') throw error;
  return error.message;
}

function shellOf(world: World, uid: number, address: string | undefined): Cell {
  const cell = new Cell(
    uid,
    {
      address: address ?? `(actor ${uid})`,
      parent: 0,
      src: '',
      machine: '',
      version: 0,
      shape: '',
      input: undefined,
      life: 0,
      incarnation: 0,
      status: 'quarantined',
      systemId: undefined,
      syncSnapshot: false,
      why: undefined,
    },
    { logic: unknownLogic(''), settings, ref: world.cells.refTo(address ?? '', uid, 0) },
  );
  cell.isUnreadable = cell.isShell = true;
  cell.mailbox.isPlaced = false;
  return cell;
}

/** The address that leads to this number; undefined if that cannot be read either. */
async function addressOf(world: World, uid: number): Promise<string | undefined> {
  for await (const rows of world.store.scan(under('a'))) {
    if (!world.isAlive) return undefined;
    for (const [key, bytes] of rows) {
      try {
        if (world.codec.decode(bytes, key) === uid) return key.slice(keys.address('').length);
      } catch {
        // another one that is damaged
      }
    }
  }
  return undefined;
}
