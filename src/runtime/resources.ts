/**
 * Limits that many steps share, such as those of an API: how many run at once, and how many begin in a time.
 * Who has to wait is served in the order of asking. Each beginning is a row until it is too old to count, written
 * with the attempt that it allows: the rate holds over the end of the process too.
 */
import { present } from '../base/assert.ts';
import { type Grant, keys } from '../persistence/keyspace.ts';
import type { ResourceGate, ResourceLimits, Resources } from './resource-limits.ts';
import type { World } from './world.ts';

type Rate = NonNullable<ResourceLimits['rate']>;

interface Waiting {
  readonly uid: number;
  readonly start: () => void;
}

interface Resource {
  readonly name: string;
  readonly limits: ResourceLimits;
  readonly waiting: Map<number, Waiting>;
  /** Of steps whose attempt is on its way to the store. */
  readonly taken: Set<number>;
  /** That still count, the oldest first. */
  readonly grants: Grant[];
  /** Whether somebody will look when the oldest grant is too old. */
  isWatched: boolean;
}

export class SharedResources implements ResourceGate {
  readonly #world: World;
  readonly #resources = new Map<string, Resource>();
  /** Whose turn it is: it may pass those who wait. */
  #called = 0;

  constructor(world: World, limits: Resources, grants: readonly Grant[]) {
    this.#world = world;
    for (const [name, given] of Object.entries(limits)) {
      this.#resources.set(name, {
        name,
        limits: given,
        waiting: new Map(),
        taken: new Set(),
        grants: [],
        isWatched: false,
      });
    }
    for (const grant of grants) {
      const resource = this.#resources.get(grant.resource);
      if (resource?.limits.rate === undefined) this.#forget(grant);
      else resource.grants.push(grant);
    }
  }

  admits(name: string | undefined, uid: number, start: () => void): boolean {
    if (name === undefined) return true;
    const resource = this.#get(name);
    const isItsTurn = resource.waiting.size === 0 || this.#called === uid;
    if (isItsTurn && this.#isFree(resource)) return true;
    resource.waiting.set(uid, { uid, start });
    this.#watch(resource);
    return false;
  }

  take(name: string, uid: number, attempt: number): void {
    const resource = this.#get(name);
    resource.waiting.delete(uid);
    resource.taken.add(uid);
    if (resource.limits.rate === undefined) return;
    const { time, committer } = this.#world;
    const grant = { resource: name, uid, attempt, atMs: time.nowMs() };
    resource.grants.push(grant);
    committer.pending.put(keys.grant(grant), true);
  }

  passOn(uid: number): void {
    for (const { taken } of this.#resources.values()) taken.delete(uid);
  }

  /** The grant stays: it is written. */
  giveBack(uid: number): void {
    for (const resource of this.#resources.values())
      if (resource.taken.delete(uid)) this.#next(resource);
  }

  withdraw(uid: number): void {
    for (const { waiting } of this.#resources.values()) waiting.delete(uid);
  }

  freed(name: string): void {
    const resource = this.#resources.get(name);
    if (resource !== undefined) this.#next(resource);
  }

  #get(name: string): Resource {
    return present(this.#resources.get(name), 'the resources of all steps were checked');
  }

  #isFree(resource: Resource): boolean {
    const { concurrency = Number.POSITIVE_INFINITY, rate } = resource.limits;
    const { name, taken } = resource;
    if (taken.size + this.#world.running.countOf(name) >= concurrency) return false;
    return rate === undefined || !this.#isUsedUp(resource.grants, rate);
  }

  #isUsedUp(grants: Grant[], { max, perMs }: Rate): boolean {
    this.#forgetOld(grants, perMs);
    return grants.length >= max;
  }

  #forgetOld(grants: Grant[], perMs: number): void {
    const sinceMs = this.#world.time.nowMs() - perMs;
    const firstNew = grants.findIndex(({ atMs }) => atMs > sinceMs);
    for (const grant of grants.splice(0, firstNew < 0 ? grants.length : firstNew))
      this.#forget(grant);
  }

  #forget(grant: Grant): void {
    this.#world.committer.pending.del(keys.grant(grant));
  }

  /** Calls those who wait, the one that was asked for first in front, while there is room. */
  #next(resource: Resource): void {
    const waiting = [...resource.waiting.values()].sort((a, b) => a.uid - b.uid);
    for (const { uid, start } of waiting) {
      if (!this.#isFree(resource)) break;
      resource.waiting.delete(uid);
      this.#called = uid;
      start();
      this.#called = 0;
    }
    this.#watch(resource);
  }

  /** Looks again when the oldest beginning is too old to count, if it is the rate that makes them wait. */
  #watch(resource: Resource): void {
    const { rate } = resource.limits;
    if (rate === undefined || resource.isWatched || resource.waiting.size === 0) return;
    if (!this.#isUsedUp(resource.grants, rate)) return;
    const oldest = present(resource.grants[0], 'a rate that is used up was used');
    resource.isWatched = true;
    this.#world.timers.alarm(oldest.atMs + rate.perMs, () => {
      resource.isWatched = false;
      this.#next(resource);
    });
  }
}
