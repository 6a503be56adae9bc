/** One race: callers whose order fast-check chooses, before a runtime whose order comes from a seed. */
import type fc from 'fast-check';
import { type DeadLetter, isPerdureError, type System, type SystemEvent } from '../../src/index.ts';
import type { Fate, WriteEnd } from '../../src/testing/fate.ts';
import { Random } from '../../src/testing/random.ts';
import type { BatchRows } from '../../src/testing/sim-medium.ts';
import { Simulation } from '../../src/testing/simulation.ts';
import { all } from '../runtime/lab.ts';
import { type Call, isMessage, type Made, make } from './race-callers.ts';
import {
  HookWitness,
  ledger,
  type RaceTree,
  raceTree,
  type Receiver,
  receivers,
} from './race-tree.ts';

const ID = /#\d+#/g;
const REST_MS = 60_000;
const TURNS_MAX = 12;
/** Of callers' calls, or of time that passes. */
const ROUNDS_MAX = 2_000;

/** Some writes fail while callers race, half of which are there all the same. */
class Weather implements Fate {
  isCalm = true;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  dies(): boolean {
    return false;
  }

  opens(): undefined {
    return undefined;
  }

  fails(): undefined {
    return undefined;
  }

  writes(): WriteEnd {
    if (this.isCalm || !this.#random.chance(0.04)) return 'lands';
    return this.#random.chance(0.5) ? 'is lost' : 'lands unheard';
  }
}

export class Race {
  readonly made: Made[] = [];
  /** Ids of what each took, in the order in which it was heard of. */
  readonly heard: ReadonlyMap<Receiver, string[]> = new Map(receivers.map((at) => [at, []]));
  /** The same as it is stored at the end, of those that are still there. */
  readonly stored: Map<Receiver, readonly string[]> = new Map();
  /** The same of `/a`, as whoever follows it from its first emission on got it last. */
  followed: string[] = [];
  letters: readonly DeadLetter[] = [];
  /** What was told before it was on disk. */
  readonly tooEarly: string[] = [];
  /** Addresses that were started while they ran. */
  readonly twice: string[] = [];
  /** Of stops that were called. */
  stopsLeft = 0;
  readonly witness: HookWitness = new HookWitness();
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #simulation: Simulation<RaceTree>;
  readonly #order: fc.Scheduler;
  readonly #landed = new Set<string>();
  readonly #running = new Set<string>();
  #callersLeft = 0;

  constructor(seed: number, order: fc.Scheduler) {
    this.#random = new Random(seed);
    this.#weather = new Weather(this.#random.fork());
    this.#order = order;
    this.#simulation = new Simulation({
      seed,
      root: () => raceTree(this.witness),
      isShuffled: true,
      delays: { write: 0.5, heard: 0.5 },
      fate: this.#weather,
      onEvent: (event) => this.#see(event),
    });
    this.#simulation.medium.onLanded = (rows) => this.#land(rows);
  }

  /** @param stopsAfter - calls after which the system is stopped while others still call */
  async run(callers: readonly (readonly Call[])[], stopsAfter: number | undefined): Promise<void> {
    const { scheduler } = this.#simulation;
    let system = await this.#open();
    this.#weather.isCalm = false;
    this.#callersLeft = callers.length;
    for (const [caller, calls] of callers.entries()) void this.#calling(system, calls, caller);
    for (let rounds = 0; this.#callersLeft > 0; rounds += 1) {
      if (rounds === ROUNDS_MAX) throw new Error('a caller waits for ever');
      if (rounds === stopsAfter) this.#stop(system);
      await this.#letSomethingHappen();
    }
    this.#weather.isCalm = true;
    await scheduler.advance(REST_MS);
    if (this.#simulation.process?.status === 'closed') system = await this.#open();
    for (const at of receivers) void system.resume(at).catch(() => undefined);
    await scheduler.advance(REST_MS);
    this.letters = await all(system.deadLetters.list());
    for (const at of receivers) this.stored.set(at, await storedOf(system, at));
    this.#stop(system);
    await scheduler.advance(REST_MS);
    this.#simulation.kill();
  }

  async #open(): Promise<System<RaceTree>> {
    this.#simulation.kill();
    this.witness.isUp = false; // with all that its process held
    const starting = this.#simulation.start();
    await this.#simulation.scheduler.settled();
    const start = await starting;
    if (start.how !== 'up') throw new Error(`the system is ${start.how}`);
    const { system } = start;
    for (const at of receivers)
      system.ref(at, ledger).on('took', ({ id }) => {
        this.#mustBeLanded(id);
        this.heard.get(at)?.push(id);
      });
    void this.#follow(system);
    return system;
  }

  async #follow(system: System<RaceTree>): Promise<void> {
    this.followed = [];
    for await (const { event } of system.ref('/a').emitted({ from: 1 })) {
      this.#mustBeLanded(event.id);
      this.followed.push(event.id);
    }
  }

  #stop(system: System<RaceTree>): void {
    this.stopsLeft += 1;
    void system.stop().then(() => {
      this.stopsLeft -= 1;
    });
  }

  async #calling(system: System<RaceTree>, calls: readonly Call[], caller: number): Promise<void> {
    for (const call of calls) {
      await this.#order.schedule(Promise.resolve(), `caller ${caller}`);
      const one: Made = { ...call, id: `#${this.made.length}#`, outcome: 'open' };
      this.made.push(one);
      if (call.kind === 'kill' && call.to === '/b') this.witness.unasked += 1;
      const over = make(system, one, () => {
        if (isMessage(one)) this.#mustBeLanded(one.id);
      });
      if (call.isAwaited) await over;
    }
    this.#callersLeft -= 1;
  }

  /** As many may call before anything moves as after all came to rest. */
  async #letSomethingHappen(): Promise<void> {
    if (this.#order.count() > 0) await this.#order.waitNext(1);
    for (let turns = this.#random.below(TURNS_MAX); turns > 0; turns -= 1) await nextTurn();
    if (this.#order.count() === 0)
      await this.#simulation.scheduler.advance(this.#random.below(1_000));
  }

  #land(rows: BatchRows): void {
    for (const bytes of rows.values()) {
      const text = Buffer.from(bytes ?? []).toString('latin1');
      for (const [id] of text.matchAll(ID)) this.#landed.add(id);
    }
  }

  #mustBeLanded(id: string): void {
    if (!this.#landed.has(id)) this.tooEarly.push(id);
  }

  #see(event: SystemEvent): void {
    const running = this.#running;
    if (event.type === 'store.failed') this.witness.unasked += 1;
    // all is made anew, as after a write that failed
    if (event.type === 'supervisor.starting' && event.address === '/') running.clear();
    if (event.type === 'actor.exited' || event.type === 'actor.stopped')
      running.delete(event.address);
    if (event.type !== 'actor.started') return;
    if (running.has(event.address)) this.twice.push(event.address);
    running.add(event.address);
  }
}

async function storedOf(system: System<RaceTree>, at: Receiver): Promise<string[]> {
  try {
    const emissions = await all(system.ref(at, ledger).emitted({ from: 1, follow: false }));
    return emissions.map(({ event }) => event.id);
  } catch (error) {
    if (isPerdureError(error) && error.code === 'ACTOR_NOT_FOUND') return [];
    throw error;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
