/**
 * A `System` for whoever is outside and lives on when the process dies: what is under way then is made again
 * in the next process, as a good client does.
 */
import type { AnyActorLogic } from '../actors/host-types.ts';
import type { DeadLetter } from '../persistence/records.ts';
import type { TreeDescription } from '../runtime/describe-tree.ts';
import type { SystemEvent } from '../runtime/events.ts';
import type {
  Closed,
  DeadLetterBox,
  DeadLetterOptions,
  FormerLifeView,
  Health,
  StopOptions,
  System,
} from '../runtime/system-types.ts';
import { doneBy, type Lives, type WasDone } from './lives.ts';
import { PoolClient } from './pool-client.ts';
import { RefClient } from './ref-client.ts';
import { SupervisorClient } from './supervisor-client.ts';

/** Whoever asks on the way to the next process. */
const nobodyRuns: Health = {
  live: false,
  ready: false,
  status: 'recovering',
  quarantined: 0,
  deadLetters: 0,
  orphans: [],
  paused: [],
};

export class SystemClient {
  readonly #lives: Lives;
  readonly #sends: { count: number } = { count: 0 };
  readonly closed: Promise<Closed>;
  #description: TreeDescription | undefined = undefined;
  readonly deadLetters: DeadLetterBox;

  constructor(lives: Lives) {
    this.#lives = lives;
    this.closed = new Promise((resolve) => {
      // that of a process that died says nothing
      lives.onUp((system) => void system.closed.then(resolve));
    });
    lives.onUp((system) => {
      this.#description ??= system.describe();
    });
    this.deadLetters = {
      list: (options = {}) => this.#letters(options),
      get: (id) => lives.call('deadLetters.get()', (system) => system.deadLetters.get(id)),
      retry: (id) =>
        lives.call(
          'deadLetters.retry()',
          (system) => system.deadLetters.retry(id),
          doneBy('DEAD_LETTER_NOT_FOUND'),
        ),
      drop: (id) =>
        lives.call(
          'deadLetters.drop()',
          (system) => system.deadLetters.drop(id),
          doneBy('DEAD_LETTER_NOT_FOUND'),
        ),
    };
  }

  get events(): Pick<System['events'], 'on'> {
    return {
      on: (type, listener) => {
        let present: Disposable | undefined;
        const leave = this.#lives.onUp((system) => {
          present = system.events.on(type, listener as (event: SystemEvent) => void);
        });
        return {
          [Symbol.dispose]: () => {
            leave();
            present?.[Symbol.dispose]();
          },
        };
      },
    };
  }

  ref(address: string, logic?: AnyActorLogic): RefClient {
    const find = (system: System) => system.ref(address, logic as AnyActorLogic);
    // refuses a bad address here and now
    if (this.#lives.system !== undefined) find(this.#lives.system);
    return new RefClient(this.#lives, `ref('${address}')`, this.#sends, find, address);
  }

  named(name: string, logic?: AnyActorLogic): RefClient {
    const find = (system: System) => system.named(name, logic as AnyActorLogic);
    return new RefClient(this.#lives, `named('${name}')`, this.#sends, find, name);
  }

  pool(address: string, logic?: AnyActorLogic): PoolClient {
    return new PoolClient(this.#lives, address, logic, (child) => this.ref(child, logic));
  }

  supervisor(address: string): SupervisorClient {
    return new SupervisorClient(this.#lives, address);
  }

  kill(address: string): Promise<void> {
    return this.#call('kill', address, doneBy('ACTOR_NOT_RUNNING'));
  }

  terminate(address: string): Promise<void> {
    return this.#call('terminate', address, doneBy('ACTOR_NOT_FOUND'));
  }

  pause(address: string): Promise<void> {
    return this.#call('pause', address);
  }

  resume(address: string): Promise<void> {
    return this.#call('resume', address);
  }

  reset(address: string): Promise<void> {
    return this.#call('reset', address);
  }

  formerLives(address: string): Promise<readonly FormerLifeView[]> {
    return this.#lives.call(`formerLives('${address}')`, (system) => system.formerLives(address));
  }

  health(): Health {
    return this.#lives.system?.health() ?? nobodyRuns;
  }

  describe(): TreeDescription | undefined {
    return this.#description;
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#lives.call('stop()', (system) => system.stop(options));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #call(
    name: 'kill' | 'terminate' | 'pause' | 'resume' | 'reset',
    address: string,
    wasDone?: WasDone<void>,
  ): Promise<void> {
    return this.#lives.call(`${name}('${address}')`, (system) => system[name](address), wasDone);
  }

  async *#letters(options: DeadLetterOptions): AsyncGenerator<DeadLetter> {
    const { limit = Number.POSITIVE_INFINITY } = options;
    if (limit === 0) return;
    let count = 0;
    const letters = this.#lives.read<DeadLetter>('deadLetters.list()', (system, last) =>
      system.deadLetters.list(last === undefined ? options : { ...options, from: last.id + 1 }),
    );
    for await (const letter of letters) {
      yield letter;
      count += 1;
      if (count >= limit) return;
    }
  }
}
