/** The handle to an actor for whoever outlives the process: see `system-client.ts`. */
import type { AnyActorLogic, EventObject } from '../actors/host-types.ts';
import { LightRef } from '../actors/light-ref.ts';
import type {
  AskOptions,
  Emission,
  EmittedOptions,
  NamedRef,
  Receipt,
  SendOptions,
  WaitOptions,
} from '../runtime/ref-types.ts';
import type { System } from '../runtime/system-types.ts';
import type { Lives } from './lives.ts';

// biome-ignore lint/suspicious/noExplicitAny: the types are those of the handle it stands in for
type AnyRef = FoundRef & Record<'send' | 'ask', (...args: any[]) => Promise<any>>;
/** What a handle by address and one by name have both. */
type FoundRef = Omit<NamedRef<AnyActorLogic>, 'name'>;
type Predicate = Parameters<AnyRef['waitFor']>[0];
type Heard = Emission<EventObject>;

/** Who sends: counts what was sent without a key, so that each send has one that its repetition has too. */
export interface Sends {
  count: number;
}

export class RefClient {
  /** Of a handle by name: the name. */
  readonly address: string;
  readonly #lives: Lives;
  readonly #name: string;
  readonly #sends: Sends;
  readonly #find: (system: System) => AnyRef;

  constructor(
    lives: Lives,
    name: string,
    sends: Sends,
    find: (system: System) => FoundRef,
    address: string,
  ) {
    this.#lives = lives;
    this.#name = name;
    this.#sends = sends;
    this.#find = find as (system: System) => AnyRef;
    this.address = address;
  }

  get name(): string {
    return this.address;
  }

  get xstate(): LightRef {
    return new LightRef(this.address);
  }

  send(event: EventObject, options: SendOptions = {}): Promise<Receipt> {
    const keyed = this.#keyed(options);
    return this.#call(`send('${event?.type}')`, (ref) => ref.send(event, keyed));
  }

  ask(event: EventObject, options: AskOptions = {}): Promise<unknown> {
    const keyed = this.#keyed(options);
    return this.#call(`ask('${event?.type}')`, (ref) => ref.ask(event, keyed));
  }

  on(type: string, listener: (event: EventObject) => void): Disposable {
    let present: Disposable | undefined;
    const leave = this.#lives.onUp((system) => {
      present = this.#find(system).on(type as '*', listener as never);
    });
    return {
      [Symbol.dispose]: () => {
        leave();
        present?.[Symbol.dispose]();
      },
    };
  }

  snapshot(): Promise<unknown> {
    return this.#call('snapshot()', (ref) => ref.snapshot());
  }

  waitFor(predicate: Predicate, options?: WaitOptions): Promise<unknown> {
    return this.#call('waitFor()', (ref) => ref.waitFor(predicate, options));
  }

  done(options?: Parameters<AnyRef['done']>[0]): Promise<unknown> {
    return this.#call('done()', (ref) => ref.done(options));
  }

  async *emitted(options: EmittedOptions = {}): AsyncGenerator<Heard> {
    const from = options.from ?? (await this.#nextPosition());
    yield* this.#lives.read<Heard>(`${this.#name}.emitted()`, (system, last) =>
      this.#find(system).emitted({
        ...options,
        from: last === undefined ? from : last.position + 1,
      }),
    );
  }

  /** Behind everything that was emitted so far: after a crash that has to be known. */
  async #nextPosition(): Promise<number> {
    let next = 1;
    const past = this.#lives.read<Heard>(`${this.#name}.emitted()`, (system) =>
      this.#find(system).emitted({ from: next, follow: false }),
    );
    for await (const { position } of past) next = position + 1;
    return next;
  }

  #call<T>(what: string, make: (ref: AnyRef) => PromiseLike<T>): Promise<T> {
    return this.#lives.call(`${this.#name}.${what}`, (system) => make(this.#find(system)));
  }

  #keyed<O extends SendOptions>(options: O): O {
    if (typeof (options as unknown) !== 'object' || options === null || options.key !== undefined)
      return options;
    this.#sends.count += 1;
    return { ...options, key: `perdure:script:${this.#sends.count}` };
  }
}
