/**
 * Who watches whom, and who is linked to whom. A bond is a row from the turn that asked for it until one side
 * ends or takes it back; what comes of an end is in the batch of that end.
 */
import type { BondRequest, DownReason } from '../actors/bond-actions.ts';
import { crash, type ExitReason } from '../actors/exit-reason.ts';
import type { EventObject } from '../actors/host-types.ts';
import { LightRef } from '../actors/light-ref.ts';
import { PerdureError } from '../base/errors.ts';
import { keys } from '../persistence/keyspace.ts';
import { type BondRecord, packBond } from '../persistence/bond-record.ts';
import type { Cell } from './cell.ts';
import type { Bonds, World } from './world.ts';

export class DurableBonds implements Bonds {
  readonly #world: World;
  /** By uid of either side. */
  readonly #of = new Map<number, Map<number, BondRecord>>();
  /** Ends that links bring about: one after another, however long the chain is. */
  readonly #ends: (() => void)[] = [];
  #isHolding = false;

  constructor(world: World) {
    this.#world = world;
  }

  restore(bond: BondRecord): void {
    for (const uid of [bond.target, bond.holder]) {
      const known = this.#of.get(uid) ?? new Map<number, BondRecord>();
      this.#of.set(uid, known);
      known.set(bond.number, bond);
    }
  }

  isHeld(uid: number): boolean {
    return this.#of.has(uid);
  }

  /** Ends that links bring about wait until this is over. */
  withoutEnds(call: () => void): void {
    if (this.#isHolding) {
      call();
      return;
    }
    this.#isHolding = true;
    try {
      call();
      for (let end = this.#ends.shift(); end !== undefined; end = this.#ends.shift()) end();
    } finally {
      this.#isHolding = false;
    }
  }

  asked(from: Cell, { type, target: ref }: BondRequest): void {
    if (ref === undefined) return;
    const target = this.#world.delivery.receiver(ref);
    const kind = type.endsWith('watch') ? 'watch' : 'link';
    if (type === 'perdure.unwatch' || type === 'perdure.unlink') {
      if (target !== undefined) this.#takeBack(kind, from, target);
    } else if (target === from && kind === 'link') {
      // linked to itself: that it ends is news to nobody
    } else if (target !== undefined && this.#mayEnd(target)) {
      this.#add(kind, from, target);
    } else {
      const address = ref instanceof LightRef ? ref.address : `${from.address}/${ref.id}`;
      this.#notify(kind, from, address, whyNot(target));
    }
  }

  exited(cell: Cell, reason: DownReason): void {
    const bonds = this.#of.get(cell.uid);
    if (bonds === undefined || this.#world.supervision.isClosing) return;
    for (const bond of [...bonds.values()]) {
      // what it watches itself stays: its next incarnation goes on with its state
      if (bond.kind === 'watch' && bond.target !== cell.uid) continue;
      // taken back meanwhile, by what came of another one
      if (!bonds.has(bond.number)) continue;
      this.#remove(bond);
      const other = this.#world.cells.byUid(bond.target === cell.uid ? bond.holder : bond.target);
      if (other !== undefined && isThere(other, bond)) {
        this.#notify(bond.kind, other, cell.address, reason);
      }
    }
  }

  forget(uid: number): void {
    for (const bond of [...(this.#of.get(uid)?.values() ?? [])])
      if (bond.kind === 'link' || bond.holder === uid) this.#remove(bond);
  }

  #add(kind: BondRecord['kind'], holder: Cell, target: Cell): void {
    if (kind === 'link' && this.#between(kind, holder, target).length > 0) return;
    const { counters, committer } = this.#world;
    const number = counters.uid;
    counters.uid += 1;
    const bond: BondRecord = {
      number,
      kind,
      target: target.uid,
      holder: holder.uid,
      holderLife: holder.life,
    };
    this.restore(bond);
    committer.pending.putNew(keys.bond(bond.target, number), packBond(bond));
  }

  #takeBack(kind: BondRecord['kind'], holder: Cell, target: Cell): void {
    for (const bond of this.#between(kind, holder, target)) this.#remove(bond);
  }

  #between(kind: BondRecord['kind'], holder: Cell, target: Cell): BondRecord[] {
    // one of the two may have bonds with very many others
    const [one, other] = [this.#of.get(holder.uid), this.#of.get(target.uid)];
    if (one === undefined || other === undefined) return [];
    const known = one.size < other.size ? one : other;
    return [...known.values()].filter((bond) => {
      if (bond.kind !== kind) return false;
      if (bond.holder === holder.uid && bond.target === target.uid) return true;
      return kind === 'link' && bond.holder === target.uid && bond.target === holder.uid;
    });
  }

  #remove(bond: BondRecord): void {
    for (const uid of [bond.target, bond.holder]) {
      const known = this.#of.get(uid);
      known?.delete(bond.number);
      if (known?.size === 0) this.#of.delete(uid);
    }
    this.#world.committer.pending.del(keys.bond(bond.target, bond.number));
  }

  #mayEnd({ status, parent }: Cell): boolean {
    return status === 'running' && !this.#world.supervision.isDown(parent);
  }

  #notify(kind: BondRecord['kind'], to: Cell, address: string, reason: DownReason): void {
    if (kind === 'watch') this.#tell(to, 'perdure.down', address, reason);
    else if (to.settings.trapExits) this.#tell(to, 'perdure.exit', address, reason);
    else if (reason.kind === 'noproc') {
      this.#end(to, crash(new PerdureError('ACTOR_NOT_FOUND', { address })));
    } else if (reason.kind !== 'normal') this.#end(to, reason);
  }

  #end(cell: Cell, reason: ExitReason): void {
    const { incarnation, life } = cell;
    this.withoutEnds(() => {
      this.#ends.push(() => {
        const isSame = cell.incarnation === incarnation && cell.life === life;
        if (isSame) this.#world.lifecycle.end(cell, reason);
      });
    });
  }

  #tell(to: Cell, type: string, address: string, reason: DownReason): void {
    const event: EventObject & { address: string; reason: DownReason } = { type, address, reason };
    this.#world.delivery.enqueue(to, { kind: 'message', event, sender: address });
  }
}

/** Whether the one that is to hear of it is still the one that asked, and has a mailbox to hear with. */
function isThere(
  { uid, life, status, mailbox }: Cell,
  { holder, holderLife }: BondRecord,
): boolean {
  if (uid === holder && life !== holderLife) return false;
  return (status === 'running' || status === 'stopped') && mailbox.isPlaced;
}

function whyNot(target: Cell | undefined): DownReason {
  if (target?.status !== 'quarantined') return { kind: 'noproc' };
  return { kind: 'quarantined', why: target.why ?? 'it was quarantined' };
}
