import { childAddress, parseAddress } from '../actors/address.ts';
import { judge } from '../actors/value.ts';
import { refuseLarge } from '../actors/value-size.ts';
import { instanceOptionsSchema } from '../base/call-options.ts';
import { PerdureError } from '../base/errors.ts';
import { readOptions } from '../base/option-reading.ts';
import type { Answer } from '../supervisor/answer.ts';
import { ActorHandle, quiet } from './actor-handle.ts';
import type { BuiltWorld } from './boot.ts';
import { startError } from './how-it-ended.ts';
import { SupervisorHandle } from './supervisor-handle.ts';
import type { AnyPool, SupervisorNode } from './supervisor-node.ts';
import type { SystemHost } from './system.ts';

type PoolNode = SupervisorNode & { readonly spec: AnyPool };

/** A handle to a pool. */
export class PoolHandle {
  readonly address: string;
  readonly #host: SystemHost;
  readonly #machine: string | undefined;

  constructor(host: SystemHost, address: string, machine: string | undefined) {
    parseAddress(address);
    this.#host = host;
    this.address = address;
    this.#machine = machine;
  }

  startChild(
    id: string,
    options: { readonly input?: unknown } = {},
  ): Promise<ActorHandle | SupervisorHandle> {
    return this.#start('startChild', id, options);
  }

  ensureChild(
    id: string,
    options: { readonly input?: unknown } = {},
  ): Promise<ActorHandle | SupervisorHandle> {
    return this.#start('ensureChild', id, options);
  }

  terminateChild(id: string): Promise<void> {
    return quiet(
      new Promise((resolve, reject) => {
        childAddress(this.address, id);
        this.#host.withWorld((world) => {
          const { supervision, committer } = world;
          const child = { id, by: 'handle' } as const;
          const request = { kind: 'terminateChild', child } as const;
          const node = this.#node(world);
          const answered = (answer: Answer): void => {
            if (answer.kind === 'done')
              committer.pending.settlers.push({ landed: resolve, failed: reject });
            else reject(refusal(this.address, id, answer));
          };
          supervision.requests.ask(node, request, { answered, lost: reject });
        }, reject);
      }),
    );
  }

  #start(
    call: 'startChild' | 'ensureChild',
    id: string,
    options: { readonly input?: unknown },
  ): Promise<ActorHandle | SupervisorHandle> {
    return quiet(
      new Promise((resolve, reject) => {
        const address = childAddress(this.address, id);
        const { input } = readOptions(`${call}('${id}')`, instanceOptionsSchema, options);
        this.#host.withWorld((world) => {
          const { supervision, committer } = world;
          judge(input, `input of '${id}'`);
          refuseLarge(input, `input of '${id}'`);
          const node = this.#nodeWithRoom(world, id);
          const { template } = node.spec;
          if (input !== undefined && template.kind !== 'actor') {
            const path = `${call}('${id}').input`;
            throw new PerdureError('OPTION_INVALID', { path, why: 'a supervisor takes no input' });
          }
          const handle =
            template.kind === 'actor'
              ? new ActorHandle(this.#host, address, this.#machine)
              : new SupervisorHandle(this.#host, address);
          const landed = (): void => resolve(handle);
          const answered = (answer: Answer): void => {
            const isThere =
              answer.kind === 'child' ||
              (call === 'ensureChild' && answer.kind === 'refused' && isThereAlready(answer.error));
            if (isThere) committer.pending.settlers.push({ landed, failed: reject });
            else reject(refusal(this.address, id, answer));
            world.dispatcher.wake();
          };
          const newcomer = { id, template, input };
          supervision.requests.start(node, newcomer, { answered, lost: reject });
        }, reject);
      }),
    );
  }

  #node(world: BuiltWorld): PoolNode {
    const node = world.supervision.nodeAt(this.address);
    if (node?.spec.kind !== 'pool')
      throw new PerdureError('ACTOR_NOT_FOUND', { address: this.address, what: 'pool' });
    return node as PoolNode;
  }

  #nodeWithRoom(world: BuiltWorld, id: string): PoolNode {
    const node = this.#node(world);
    if (!node.isFullFor(id)) return node;
    throw new PerdureError('POOL_FULL', { address: this.address, limit: node.childrenMax });
  }
}

/** It runs, or waits to run again. */
function isThereAlready(error: string): boolean {
  return error === 'already_started' || error === 'already_present';
}

function refusal(pool: string, id: string, answer: Answer): PerdureError {
  const address = childAddress(pool, id);
  if (answer.kind === 'startFailed') return startError(pool, id, answer.reason);
  if (answer.kind === 'refused' && answer.error === 'not_found')
    return new PerdureError('ACTOR_NOT_FOUND', { address });
  return new PerdureError('CHILD_REFUSED', {
    address,
    why: answer.kind === 'refused' ? String(answer.error) : answer.kind,
  });
}
