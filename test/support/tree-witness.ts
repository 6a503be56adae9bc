/**
 * Watches a tree of supervisors from outside and says which law was broken: nothing here knows how the
 * supervisors decide, only what nobody may ever see.
 */
import { idOf, parentOf } from '../../src/actors/address.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';

export interface Knowledge {
  /** Ids of the static children in start order; undefined for a pool, which has no order. */
  readonly orderAt: (supervisor: string) => readonly string[] | undefined;
  readonly windowAt: (
    supervisor: string,
  ) => { readonly intensity: number; readonly periodMs: number } | undefined;
  readonly nowMs: () => number;
}

interface Restart {
  readonly atMs: number;
  readonly fault: string | undefined;
}

export class TreeWitness {
  readonly broken: string[] = [];
  readonly counts = new Map<string, number>();
  /** Children that a caller asked to stop: those have no order. */
  readonly asked = new Set<string>();
  readonly #knowledge: Knowledge;
  readonly #up = new Set<string>();
  readonly #supervisors = new Set<string>();
  readonly #inHooks = new Map<string, string>();
  #restarts = new Map<string, Restart[]>();
  /** When each fault was seen first within its window, in whatever process: from then on it counts. */
  readonly #firstMs = new Map<string, number>();

  constructor(knowledge: Knowledge) {
    this.#knowledge = knowledge;
  }

  /** Another process begins. What happened last in the one before may have gone unheard, unless it was at rest. */
  begin(wasAtRest: boolean): void {
    this.#up.clear();
    this.#supervisors.clear();
    this.#inHooks.clear();
    if (!wasAtRest) this.#restarts = new Map();
  }

  /** A hook of this address begins; call what it returns when it ends. */
  hook(address: string, name: 'onStart' | 'onStop'): () => void {
    const other = this.#inHooks.get(address);
    if (other !== undefined) this.#blame(`${name} of ${address} while its ${other} runs`);
    if (name === 'onStart' && this.#up.has(address)) this.#blame(`${address} starts while it runs`);
    this.#inHooks.set(address, name);
    return () => {
      if (this.#inHooks.get(address) === name) this.#inHooks.delete(address);
    };
  }

  /** Its time was over: the hook is abandoned, and may go on for nothing. */
  abandoned(address: string): void {
    this.#inHooks.delete(address);
  }

  see(event: SystemEvent): void {
    this.#count(event.type);
    if (event.type === 'supervisor.decided') {
      this.#count(event.decision);
      if (event.decision === 'restart') this.#refuseExcess(event);
    } else if (event.type === 'supervisor.starting') {
      this.#refuseOrphan(event.address);
      this.#supervisors.add(event.address);
    } else if (event.type === 'supervisor.ended' || event.type === 'supervisor.start_failed') {
      this.#restarts.delete(event.address);
      this.#supervisors.delete(event.address);
      this.#refuseSurvivors(event.address);
    } else if (event.type === 'actor.started') {
      if (this.#up.has(event.address)) this.#blame(`${event.address} is there twice`);
      this.#refuseOrphan(event.address);
      this.#up.add(event.address);
    } else if (event.type === 'actor.exited' || event.type === 'actor.stopped') {
      this.#up.delete(event.address);
      if (event.type === 'actor.stopped') this.#refuseDisorder(event.address);
    }
  }

  /** No child without a living parent. */
  #refuseOrphan(address: string): void {
    for (let above = parentOf(address); above !== undefined; above = parentOf(above))
      if (!this.#supervisors.has(above))
        this.#blame(`${address} starts, but ${above} does not run`);
  }

  #refuseSurvivors(supervisor: string): void {
    const below = supervisor === '/' ? '/' : `${supervisor}/`;
    for (const address of [...this.#up, ...this.#supervisors])
      if (address.startsWith(below)) this.#blame(`${supervisor} ended, but ${address} runs`);
  }

  /** The stop order is the reverse of the start order. */
  #refuseDisorder(address: string): void {
    const above = parentOf(address) as string;
    const order = this.#knowledge.orderAt(above);
    if (order === undefined || this.asked.has(address)) return;
    const place = order.indexOf(idOf(address));
    if (place === -1) return;
    for (const id of order.slice(place + 1)) {
      const later = `${above === '/' ? '' : above}/${id}`;
      if (this.#up.has(later) || this.#supervisors.has(later))
        this.#blame(`${address} is stopped before ${later}`);
    }
  }

  /** The window lets no more than `intensity` distinct faults through. */
  #refuseExcess({ address, reason }: { address: string; reason: string }): void {
    const window = this.#knowledge.windowAt(address);
    if (window === undefined) return;
    const nowMs = this.#knowledge.nowMs();
    const entries = this.#restarts.get(address) ?? [];
    const recent = entries.filter(({ atMs }) => atMs >= nowMs - window.periodMs);
    this.#restarts.set(address, recent);
    const [fault] = /fault [\d-]+/.exec(reason) ?? [];
    // one failure that is seen several times counts from when it was first seen
    if (fault !== undefined && recent.some((entry) => entry.fault === fault)) return;
    const atMs =
      fault === undefined
        ? nowMs
        : this.#firstSeenMs(`${address} ${fault}`, nowMs, window.periodMs);
    recent.push({ atMs, fault });
    if (recent.length > window.intensity)
      this.#blame(`${address} let ${recent.length} faults through, not ${window.intensity}`);
  }

  #firstSeenMs(fault: string, nowMs: number, periodMs: number): number {
    const knownMs = this.#firstMs.get(fault);
    const isRecent = knownMs !== undefined && knownMs >= nowMs - periodMs;
    if (!isRecent) this.#firstMs.set(fault, nowMs);
    return isRecent ? knownMs : nowMs;
  }

  #blame(what: string): void {
    this.broken.push(what);
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
