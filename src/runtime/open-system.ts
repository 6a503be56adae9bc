/** The public face of a system: what `createSystem` resolves with. */
import { parseAddress, rootAddress } from '../actors/address.ts';
import type { AnyActorLogic } from '../actors/host-types.ts';
import { PerdureError } from '../base/errors.ts';
import type { DeadLetter } from '../persistence/records.ts';
import { ActorHandle, quiet } from './actor-handle.ts';
import type { BuiltWorld } from './boot.ts';
import { takesMail } from './delivery.ts';
import { PoolHandle } from './pool-handle.ts';
import { registerTree } from './register-tree.ts';
import { SupervisorHandle } from './supervisor-handle.ts';
import { type HostOptions, SystemHost } from './system.ts';
import type {
  AnyRoot,
  Closed,
  DeadLetterBox,
  Health,
  StopOptions,
  System,
} from './system-types.ts';

/** @throws PerdureError as `createSystem` does */
export async function openSystem<R extends AnyRoot>(options: HostOptions): Promise<System<R>> {
  const host = new SystemHost(options);
  registerTree(options.root, host.registry, options.ports.logger);
  await host.open();
  return new OpenSystem(host) as unknown as System<R>;
}

class OpenSystem {
  readonly #host: SystemHost;
  readonly closed: Promise<Closed>;
  readonly deadLetters: DeadLetterBox;

  constructor(host: SystemHost) {
    this.#host = host;
    this.closed = host.closed;
    this.deadLetters = deadLetterBox(host);
  }

  get events(): SystemHost['events'] {
    return this.#host.events;
  }

  ref(address: string, logic?: AnyActorLogic): ActorHandle {
    return new ActorHandle(
      this.#host,
      address,
      logic === undefined ? undefined : this.#machineOf(logic, address),
    );
  }

  pool(address: string, logic?: AnyActorLogic): PoolHandle {
    return new PoolHandle(
      this.#host,
      address,
      logic === undefined ? undefined : this.#machineOf(logic, address),
    );
  }

  supervisor(address: string): SupervisorHandle {
    return new SupervisorHandle(this.#host, address);
  }

  kill(address: string): Promise<void> {
    return inWorld(this.#host, (world) => killAt(world, address));
  }

  health(): Health {
    return this.#host.health();
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#host.stop(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#host.stop();
  }

  #machineOf(logic: AnyActorLogic, address: string): string {
    return this.#host.registry.of(logic, address).id;
  }
}

function inWorld<T>(host: SystemHost, call: (world: BuiltWorld) => T | PromiseLike<T>): Promise<T> {
  return quiet(
    new Promise((resolve, reject) => host.withWorld((world) => resolve(call(world)), reject)),
  );
}

function killAt(world: BuiltWorld, address: string): Promise<void> {
  parseAddress(address);
  if (address === rootAddress) {
    const why = 'the root is ended by stop()';
    throw new PerdureError('OPTION_INVALID', { path: 'kill(address)', why });
  }
  if (!world.supervision.kill(address)) throw notRunning(world, address);
  world.dispatcher.wake();
  return world.committer.flush();
}

function notRunning({ cells, supervision }: BuiltWorld, address: string): PerdureError {
  const status = supervision.nodeAt(address)?.state.phase ?? cells.byAddress(address)?.status;
  if (status === undefined) return new PerdureError('ACTOR_NOT_FOUND', { address });
  return new PerdureError('ACTOR_NOT_RUNNING', { address, status });
}

function deadLetterBox(host: SystemHost): DeadLetterBox {
  const found = (world: BuiltWorld, id: number): DeadLetter => {
    const letter = world.deadLetters.get(id);
    if (letter === undefined) throw new PerdureError('DEAD_LETTER_NOT_FOUND', { id });
    return letter;
  };
  return {
    async *list() {
      yield* await inWorld(host, (world) => world.deadLetters.list());
    },
    get: (id) => inWorld(host, (world) => world.deadLetters.get(id)),
    drop: (id) =>
      inWorld(host, (world) => {
        found(world, id);
        world.deadLetters.drop(id);
        return world.committer.flush();
      }),
    retry: (id) =>
      inWorld(host, (world) => {
        const { address, event, sender, key, reason } = found(world, id);
        if (reason === 'effect' || reason === 'action')
          throw new PerdureError('DEAD_LETTER_NOT_RETRYABLE', { id, reason });
        const cell = world.cells.byAddress(address);
        if (cell === undefined) throw new PerdureError('ACTOR_NOT_FOUND', { address });
        if (!takesMail(cell))
          throw new PerdureError('ACTOR_NOT_RUNNING', { address, status: cell.status });
        const content = { kind: 'message', event, sender, key } as const;
        const { position } = world.delivery.enqueue(cell, content);
        if (key !== undefined) world.delivery.remember(cell, key, { position, parked: false });
        world.deadLetters.drop(id);
        return world.committer.flush();
      }),
  };
}
