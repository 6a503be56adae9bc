/** Does to a generated tree what a program says, process after process, and then settles the accounts. */
import { setImmediate as turn } from 'node:timers/promises';
import { childAddress } from '../../src/actors/address.ts';
import type { AnyChild } from '../../src/runtime/tree-spec.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { Lab } from '../runtime/lab.ts';
import {
  ATTEMPTS_MAX,
  clerk,
  type Deed,
  type Hooks,
  ledger,
  specOf,
  type SupervisorShape,
  type WorkerShape,
} from './tree-family.ts';
import { TreeWitness } from './tree-witness.ts';

type Spec = ReturnType<typeof specOf>;

interface Place {
  readonly address: string;
  readonly spec: AnyChild;
}

export class TreeRun {
  readonly witness: TreeWitness;
  readonly #lab = new Lab();
  readonly #spec: Spec;
  readonly #places: readonly Place[];
  readonly #failing = new Map<string, number>();
  readonly #accepted: number[] = [];
  readonly #refused: number[] = [];
  #system: System | undefined = undefined;
  #isClosed = true;
  #ids = 0;
  #born = 0;

  constructor(shape: SupervisorShape) {
    this.#spec = specOf(shape, (worker) => this.#hooksOf(worker));
    this.#places = placesOf(this.#spec, '/');
    const specAt = (address: string): AnyChild | undefined =>
      this.#places.find((place) => place.address === address)?.spec;
    this.witness = new TreeWitness({
      orderAt: (address) => {
        const spec = specAt(address);
        return spec?.kind === 'supervisor'
          ? (spec.children as readonly AnyChild[]).map(({ id }) => id)
          : undefined;
      },
      windowAt: (address) => {
        const spec = specAt(address);
        return spec === undefined || spec.kind === 'actor' ? undefined : spec.settings;
      },
      nowMs: () => this.#lab.clock.monotonicMs(),
    });
  }

  async play(program: readonly Deed[]): Promise<void> {
    for (const deed of program) {
      await this.#open(true);
      await this.#perform(deed);
    }
  }

  /** Brings everything up that can be brought up, and returns what became of each message. */
  async settle(): Promise<{ lost: number[]; twice: number[]; invented: number[] }> {
    this.#failing.clear();
    // a message that ends the whole system takes a process for each of its attempts, those behind it wait so long
    const rounds = 12 + ATTEMPTS_MAX * this.#ids;
    for (let round = 0; round < rounds; round += 1) {
      const system = await this.#open(true);
      await this.#lab.advance(120_000);
      for (const address of system.health().paused) void system.resume(address);
      if (!this.#isClosed) await this.#reviveAll(system, '/');
      await this.#lab.advance(120_000);
    }
    const system = await this.#open(true);
    const handled = (await system.ref('/ledger', ledger).snapshot()).context.seen;
    const dead: number[] = [];
    for await (const { event } of system.deadLetters.list()) {
      const { id } = event as { id?: number };
      if (id !== undefined) dead.push(id);
    }
    await this.#lab.stop(system);
    const found = [...handled, ...dead];
    const times = (id: number): number => found.filter((each) => each === id).length;
    return {
      lost: this.#accepted.filter((id) => times(id) === 0),
      twice: [...new Set(found)].filter((id) => times(id) > 1),
      invented: found.filter((id) => this.#refused.includes(id)),
    };
  }

  async #open(wasAtRest: boolean): Promise<System> {
    if (this.#system !== undefined && !this.#isClosed) return this.#system;
    this.witness.begin(wasAtRest);
    this.#isClosed = false;
    const opening = this.#lab.open(this.#spec, { onEvent: (event) => this.witness.see(event) });
    await this.#lab.advance(200);
    const system = (await opening) as System;
    this.#system = system;
    void system.closed.then(() => {
      if (this.#system === system) this.#isClosed = true;
    });
    return system;
  }

  async #perform(deed: Deed): Promise<void> {
    const system = this.#system as System;
    switch (deed.do) {
      case 'add':
      case 'crash': {
        this.#ids += 1;
        const id = this.#ids;
        const sent = system.ref(this.#workerAt(deed.at), clerk).send({ type: deed.do, id });
        sent.then(
          () => this.#accepted.push(id),
          (error: { code?: string }) => {
            if (error.code !== 'SYSTEM_STOPPING') this.#refused.push(id);
          },
        );
        break;
      }
      case 'finish':
      case 'leave':
        void system.ref(this.#workerAt(deed.at), clerk).send({ type: deed.do });
        break;
      case 'kill':
        void system.kill(this.#workerAt(deed.at));
        break;
      case 'pause':
      case 'resume':
      case 'reset':
        if (deed.do === 'reset') this.witness.asked.add(this.#workerAt(deed.at));
        void system[deed.do](this.#workerAt(deed.at));
        break;
      case 'end':
        this.witness.asked.add(this.#workerAt(deed.at));
        void system.terminate(this.#workerAt(deed.at));
        break;
      case 'pauseBelow':
      case 'resumeBelow':
        void system[deed.do === 'pauseBelow' ? 'pause' : 'resume'](this.#supervisorAt(deed.at));
        break;
      case 'killSupervisor':
        void system.kill(this.#supervisorAt(deed.at));
        break;
      case 'failStarts':
        this.#failing.set(this.#workerAt(deed.at), deed.count);
        break;
      case 'pass':
        await this.#lab.advance(deed.ms);
        break;
      case 'die':
        if (deed.atRest) await this.#lab.settle();
        await this.#lab.kill();
        this.#isClosed = true;
        await this.#open(deed.atRest);
        break;
      case 'stop':
        await this.#lab.stop(system);
        break;
      case 'terminate':
      case 'restart':
      case 'delete':
      case 'start':
        this.#call(system, deed.do, this.#supervisorAt(deed.at), deed.child);
    }
    await turn();
  }

  #call(system: System, what: string, address: string, child: number): void {
    const supervisor = system.supervisor(address);
    const spec = this.#places.find((place) => place.address === address)?.spec;
    if (what === 'start') {
      this.#born += 1;
      void supervisor.startChild(`n${this.#born}`);
      return;
    }
    const children = spec?.kind === 'supervisor' ? (spec.children as readonly AnyChild[]) : [];
    const id =
      spec?.kind === 'pool' ? `n${this.#born}` : children[child % Math.max(1, children.length)]?.id;
    if (id === undefined || id === 'ledger') return;
    const name = spec?.kind === 'pool' ? { address: childAddress(address, id) } : id;
    if (what === 'terminate') {
      this.witness.asked.add(childAddress(address, id));
      void supervisor.terminateChild(name);
    } else if (what === 'restart') void supervisor.restartChild(name);
    else void supervisor.deleteChild(name);
  }

  async #reviveAll(system: System, address: string): Promise<void> {
    const supervisor = system.supervisor(address);
    const asked = supervisor.whichChildren();
    await this.#lab.advance(1);
    const answer = await asked;
    if (!answer.ok) return;
    const isPool = this.#places.some(
      (place) => place.address === address && place.spec.kind === 'pool',
    );
    for (const { id, state, type, address: child } of answer.children) {
      if (state === 'undefined' || state === 'quarantined')
        void supervisor.restartChild(isPool ? { address: child } : id);
      await this.#lab.advance(1_000);
      if (this.#isClosed) return;
      if (type === 'supervisor') await this.#reviveAll(system, child);
    }
  }

  #workerAt(index: number): string {
    const workers = this.#places.filter(
      ({ address, spec }) => spec.kind !== 'supervisor' && address !== '/ledger',
    );
    const place = workers[index % workers.length];
    if (place === undefined) return '/nobody';
    return place.spec.kind === 'pool'
      ? childAddress(place.address, `n${this.#born}`)
      : place.address;
  }

  #supervisorAt(index: number): string {
    const supervisors = this.#places.filter(({ spec }) => spec.kind !== 'actor');
    return supervisors[index % supervisors.length]?.address ?? '/';
  }

  #hooksOf({ startMs, stopMs }: WorkerShape): Hooks {
    const wait = (ms: number): Promise<void> | undefined =>
      ms === 0
        ? undefined
        : new Promise((resolve) => {
            this.#lab.clock.after(ms, resolve);
          });
    return {
      onStart: async ({ address, signal }: { address: string; signal: AbortSignal }) => {
        const over = this.witness.hook(address, 'onStart');
        signal.addEventListener('abort', () => this.witness.abandoned(address));
        try {
          await wait(startMs);
          const left = this.#failing.get(address) ?? 0;
          if (left === 0) return;
          this.#failing.set(address, left - 1);
          throw new Error('the start failed on purpose');
        } finally {
          over();
        }
      },
      onStop: async ({ address, signal }: { address: string; signal: AbortSignal }) => {
        const over = this.witness.hook(address, 'onStop');
        signal.addEventListener('abort', () => this.witness.abandoned(address));
        try {
          await wait(stopMs);
        } finally {
          over();
        }
      },
    };
  }
}

/** Every supervisor, pool and actor that the code names. */
function placesOf(spec: AnyChild, address: string): Place[] {
  const below =
    spec.kind === 'supervisor'
      ? (spec.children as readonly AnyChild[]).flatMap((child) =>
          placesOf(child, childAddress(address, child.id)),
        )
      : [];
  return [{ address, spec }, ...below];
}
