/** The public face of a system: what `createSystem` resolves with. */
import type { AnyActorLogic } from '../actors/host-types.ts';
import { stopOptionsSchema } from '../base/call-options.ts';
import { readOptions } from '../base/option-reading.ts';
import { ActorHandle, quiet } from './actor-handle.ts';
import { deadLetterBox } from './dead-letter-box.ts';
import { NamedHandle } from './named-handle.ts';
import { describeTree, type TreeDescription } from './describe-tree.ts';
import * as operator from './operator-calls.ts';
import { readPolicies, withPolicies } from './policies.ts';
import { PoolHandle } from './pool-handle.ts';
import { checkSteps } from './known-steps.ts';
import { registerTree } from './register-tree.ts';
import type { Resources } from './resource-limits.ts';
import { SupervisorHandle } from './supervisor-handle.ts';
import { type HostOptions, SystemHost } from './system.ts';
import type {
  AnyRoot,
  Closed,
  DeadLetterBox,
  FormerLifeView,
  Health,
  StopOptions,
  System,
} from './system-types.ts';

export interface OpenOptions extends Omit<HostOptions, 'resources'> {
  /** @defaultValue none */
  readonly resources?: Resources | undefined;
  readonly root: AnyRoot;
  /** Checked here. */
  readonly policies?: unknown;
}

/** @throws PerdureError as `createSystem` does */
export async function openSystem<R extends AnyRoot>(options: OpenOptions): Promise<System<R>> {
  const { policies = {}, resources = {}, ...rest } = options;
  const root = withPolicies(options.root, readPolicies(policies));
  const host = new SystemHost({ ...rest, resources, root });
  registerTree(root, host.registry, options.ports.logger);
  const { threads } = options.ports;
  await checkSteps(host.registry.all(), { resources, threads });
  await host.open();
  return new OpenSystem(host, root) as unknown as System<R>;
}

class OpenSystem {
  readonly #host: SystemHost;
  readonly #root: AnyRoot;
  readonly closed: Promise<Closed>;
  readonly deadLetters: DeadLetterBox;

  constructor(host: SystemHost, root: AnyRoot) {
    this.#host = host;
    this.#root = root;
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

  named(name: string, logic?: AnyActorLogic): NamedHandle {
    return new NamedHandle(
      this.#host,
      name,
      logic === undefined ? undefined : this.#machineOf(logic, name),
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
    return operator.kill(this.#host, address);
  }

  terminate(address: string): Promise<void> {
    return operator.terminate(this.#host, address);
  }

  pause(address: string): Promise<void> {
    return operator.pause(this.#host, address);
  }

  resume(address: string): Promise<void> {
    return operator.resume(this.#host, address);
  }

  reset(address: string): Promise<void> {
    return operator.reset(this.#host, address);
  }

  formerLives(address: string): Promise<readonly FormerLifeView[]> {
    return operator.formerLivesAt(this.#host, address);
  }

  describe(): TreeDescription {
    return describeTree(this.#root, ({ logic, id }) => this.#machineOf(logic, id));
  }

  health(): Health {
    return this.#host.health();
  }

  stop(given: StopOptions = {}): Promise<void> {
    return quiet(this.#stop(given));
  }

  async #stop(given: StopOptions): Promise<void> {
    await this.#host.stop(readOptions('stop', stopOptionsSchema, given));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#host.stop();
  }

  #machineOf(logic: AnyActorLogic, address: string): string {
    return this.#host.registry.of(logic, address).id;
  }
}
