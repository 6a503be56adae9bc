/** The handle behind `NamedRef`: looks up who bears the name, at each call, and hands the call on. */
import type { EventObject } from '../actors/host-types.ts';
import type { TurnSnapshot } from '../actors/turn.ts';
import { PerdureError } from '../base/errors.ts';
import { ActorHandle, quiet, tellUnsent } from './actor-handle.ts';
import { inWorld } from './in-world.ts';
import type { AskOptions, EmittedOptions, Receipt, SendOptions, WaitOptions } from './ref-types.ts';
import type { SystemHost } from './system.ts';
import type { LandedEmission } from './bystander.ts';
import type { World } from './world.ts';

export class NamedHandle {
  readonly name: string;
  readonly #host: SystemHost;
  readonly #machine: string | undefined;

  constructor(host: SystemHost, name: string, machine: string | undefined) {
    if (typeof name !== 'string' || name === '') {
      const why = name === '' ? 'it is empty' : `expected a name, not ${String(name)}`;
      throw new PerdureError('OPTION_INVALID', { path: 'named(name)', why });
    }
    this.#host = host;
    this.name = name;
    this.#machine = machine;
  }

  send(event: EventObject, options?: SendOptions): Promise<Receipt> {
    return quiet(
      new Promise((resolve, reject) => {
        this.#host.withWorld(
          (world) => resolve(this.#bearer(world).send(event, options)),
          (error) => {
            tellUnsent(this.#host, this.name, event, error);
            reject(error);
          },
        );
      }),
    );
  }

  ask(event: EventObject, options?: AskOptions): Promise<unknown> {
    return this.#call((bearer) => bearer.ask(event, options));
  }

  on(type: string, listener: (event: EventObject) => void): Disposable {
    const leave = this.#host.outside.listenToName(this.name, ({ event }: LandedEmission) =>
      // what an async listener returns is watched for a rejection
      type === '*' || event.type === type ? listener(event) : undefined,
    );
    return { [Symbol.dispose]: leave };
  }

  snapshot(): Promise<TurnSnapshot> {
    return this.#call((bearer) => bearer.snapshot());
  }

  waitFor(
    predicate: (snapshot: TurnSnapshot) => boolean,
    options?: WaitOptions,
  ): Promise<TurnSnapshot> {
    return this.#call((bearer) => bearer.waitFor(predicate, options));
  }

  done(options?: { readonly signal?: AbortSignal }): Promise<unknown> {
    return this.#call((bearer) => bearer.done(options));
  }

  /** Those of whoever bears the name when the first one is asked for. */
  async *emitted(options?: EmittedOptions): AsyncGenerator<LandedEmission> {
    const bearer = await inWorld(this.#host, (world) => this.#bearer(world));
    yield* bearer.emitted(options);
  }

  #call<T>(call: (bearer: ActorHandle) => Promise<T>): Promise<T> {
    return inWorld(this.#host, (world) => call(this.#bearer(world)));
  }

  #bearer({ cells }: World): ActorHandle {
    const cell = cells.named(this.name);
    if (cell === undefined)
      throw new PerdureError('ACTOR_NOT_FOUND', { address: '', name: this.name });
    return new ActorHandle(this.#host, cell.address, this.#machine);
  }
}
