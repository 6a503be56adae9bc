/** The handle to a pool for whoever outlives the process: see `system-client.ts`. */
import type { AnyActorLogic } from '../actors/host-types.ts';
import { isPerdureError } from '../base/errors.ts';
import type { PoolRef } from '../runtime/ref-types.ts';
import type { System } from '../runtime/system-types.ts';
import { doneBy, type Lives } from './lives.ts';
import type { RefClient } from './ref-client.ts';

type ChildOptions = { readonly input?: unknown } | undefined;

export class PoolClient {
  readonly address: string;
  readonly #lives: Lives;
  readonly #find: (system: System) => PoolRef<AnyActorLogic>;
  readonly #refTo: (address: string) => RefClient;

  constructor(
    lives: Lives,
    address: string,
    logic: AnyActorLogic | undefined,
    refTo: (address: string) => RefClient,
  ) {
    this.#lives = lives;
    this.address = address;
    this.#find = (system) => system.pool(address, logic as AnyActorLogic);
    this.#refTo = refTo;
    // refuses a bad address here and now
    if (lives.system !== undefined) this.#find(lives.system);
  }

  async startChild(id: string, options?: ChildOptions): Promise<RefClient> {
    const address = `${this.address}/${id}`;
    const child = await this.#lives.call<{ readonly address: string }>(
      `pool('${this.address}').startChild('${id}')`,
      (system) => this.#find(system).startChild(id, options),
      (error) =>
        isPerdureError(error) && error.code === 'CHILD_REFUSED'
          ? { value: { address } }
          : undefined,
    );
    return this.#refTo(child.address);
  }

  async ensureChild(id: string, options?: ChildOptions): Promise<RefClient> {
    const { address } = await this.#lives.call(
      `pool('${this.address}').ensureChild('${id}')`,
      (system) => this.#find(system).ensureChild(id, options),
    );
    return this.#refTo(address);
  }

  terminateChild(id: string): Promise<void> {
    return this.#lives.call(
      `pool('${this.address}').terminateChild('${id}')`,
      (system) => this.#find(system).terminateChild(id),
      doneBy('ACTOR_NOT_FOUND'),
    );
  }
}
