/** The supervisors of the tree, by uid and by address. */
import { childAddress } from '../actors/address.ts';
import { keys } from '../persistence/keyspace.ts';
import type { SupervisorState } from '../supervisor/state.ts';
import { type StoredSupervisor, type SupervisingSpec, SupervisorNode } from './supervisor-node.ts';
import type { World } from './world.ts';

export class SupervisorNodes {
  readonly #world: World;
  readonly #stored: ReadonlyMap<number, StoredSupervisor>;
  readonly #byUid: Map<number, SupervisorNode> = new Map();
  readonly #byAddress: Map<string, SupervisorNode> = new Map();

  /** @param stored - what the store knows of supervisors, by uid */
  constructor(world: World, stored: ReadonlyMap<number, StoredSupervisor>) {
    this.#world = world;
    this.#stored = stored;
  }

  get(uid: number): SupervisorNode | undefined {
    return this.#byUid.get(uid);
  }

  at(address: string): SupervisorNode | undefined {
    return this.#byAddress.get(address);
  }

  /** The node at an address, made if it is new; its uid is that of its address. */
  ensure(
    address: string,
    id: string,
    spec: SupervisingSpec,
    parent: SupervisorNode | undefined,
  ): SupervisorNode {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    const { cells, counters, committer } = this.#world;
    let uid = cells.uidAt(address);
    if (uid === 0) {
      uid = counters.uid;
      counters.uid += 1;
      committer.pending.put(keys.address(address), uid);
    }
    const stored = this.#stored.get(uid);
    const node = new SupervisorNode({ id, uid, address, spec, parent, stored });
    this.#byUid.set(uid, node);
    this.#byAddress.set(address, node);
    parent?.nodes.set(node.id, node);
    return node;
  }

  /** Also those that are not to be started now: what is below them is known to the code all the same. */
  ensureBelow(node: SupervisorNode): void {
    for (const id of [...node.namedIds(), ...node.state.children.keys()]) {
      const spec = node.specOf(id);
      const address = childAddress(node.address, id);
      if (spec === undefined || spec.kind === 'actor' || this.#world.cells.uidAt(address) === 0)
        continue;
      if (!node.nodes.has(id)) this.ensureBelow(this.ensure(address, id, spec, node));
    }
  }

  /** Takes the node and its rows away; its children are gone already. */
  remove(node: SupervisorNode): void {
    node.parent?.nodes.delete(node.id);
    this.#byUid.delete(node.uid);
    this.#byAddress.delete(node.address);
    this.#world.pauses.forget(node.address);
    const { pending } = this.#world.committer;
    node.waiting.clear(pending, node.uid);
    this.#removeRows(node.address, node.uid, node.state);
  }

  /** Takes away what the store has of a supervisor that has no node. Returns the ids of what was below it. */
  removeStored(address: string): string[] {
    const uid = this.#world.cells.uidAt(address);
    const stored = this.#stored.get(uid);
    if (stored === undefined) return [];
    const { pending } = this.#world.committer;
    for (const { number } of stored.requests) pending.del(keys.request(uid, number));
    this.#world.pauses.forget(address);
    return this.#removeRows(address, uid, stored.state);
  }

  #removeRows(address: string, uid: number, { children, orphans }: SupervisorState): string[] {
    const { pending } = this.#world.committer;
    const ids = [...children.keys(), ...orphans.keys()];
    pending.del(keys.supervisor(uid));
    for (const id of ids) pending.del(keys.supervisedChild(uid, id));
    pending.del(keys.address(address));
    return ids;
  }

  /** Children that their supervisors have set aside, in this process or an earlier one. */
  quarantined(): string[] {
    const addresses: string[] = [];
    for (const node of this.#byUid.values()) {
      for (const [id, { status }] of node.state.children)
        if (status === 'quarantined') addresses.push(childAddress(node.address, id));
    }
    return addresses;
  }

  /** Children that the store knows and the code does not name: kept, not started. */
  orphans(): string[] {
    const addresses: string[] = [];
    for (const node of this.#byUid.values()) {
      for (const id of node.state.orphans.keys()) addresses.push(childAddress(node.address, id));
    }
    return addresses;
  }
}
