/**
 * What supervisors are asked for, from outside and by machines, and who hears what came of it. A request is
 * stored with the state of its supervisor; its id says who asked, so that a machine gets its answer from
 * whatever process serves it. Callers outside wait in memory.
 */
import { whyNoId } from '../actors/address.ts';
import type { EventObject } from '../actors/host-types.ts';
import { startChildEvent, terminateChildEvent } from '../actors/special-refs.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Answer } from '../supervisor/answer.ts';
import type { Input, Request } from '../supervisor/input.ts';
import type { Cell } from './cell.ts';
import { takesMail } from './delivery.ts';
import { poolNews, type Refusal } from './pool-news.ts';
import type { SupervisorNode } from './supervisor-node.ts';
import { type AnyChild, childSettingsOf } from './tree-spec.ts';
import type { World } from './world.ts';

/** Somebody outside who waits for an answer. */
export interface Caller {
  answered(answer: Answer): void;
  /** Nobody will say what became of it. */
  lost(error: Error): void;
}

/** A child to be: `template` is one of its supervisor's. */
export interface NewcomerInput {
  readonly id: string;
  readonly template: AnyChild;
  readonly input: unknown;
}

export class SupervisorRequests {
  readonly #world: World;
  readonly #feed: (node: SupervisorNode, input: Input) => void;
  readonly #callers = new Map<string, Caller>();
  #count = 0;

  constructor(world: World, feed: (node: SupervisorNode, input: Input) => void) {
    this.#world = world;
    this.#feed = feed;
  }

  /** Starts a child for a caller outside. @throws PerdureError SUPERVISOR_BUSY */
  start(node: SupervisorNode, newcomer: NewcomerInput, caller: Caller): void {
    refuseBusy(node);
    const request = this.#wait('startChild', newcomer.id, caller);
    this.#enter(() => this.#start(node, newcomer, request));
  }

  /** Anything else that a caller outside wants. @throws PerdureError SUPERVISOR_BUSY */
  ask(
    node: SupervisorNode,
    request: Exclude<Request, { kind: 'startChild' }>,
    caller: Caller,
  ): void {
    refuseBusy(node);
    const about = 'child' in request ? request.child.id : '';
    const id = this.#wait(request.kind, about, caller);
    this.#enter(() => this.#feed(node, { kind: 'request', id, request }));
  }

  fromActor(
    from: Cell,
    node: SupervisorNode | undefined,
    address: string,
    event: EventObject,
  ): void {
    const { id, input } = event as EventObject & { id: string; input: unknown };
    const asked = event.type === startChildEvent ? 'startChild' : 'terminateChild';
    this.#count += 1;
    // unlike any other, also where one turn asks for the same child twice
    const who = `${from.uid}.${from.life}.${from.turns}.${this.#count}`;
    const request = requestId(who, asked, id);
    const refuse = (error: Refusal['error']): void => {
      this.#tell(from, address, id, asked, { kind: 'refused', error });
    };
    if (node?.spec.kind !== 'pool') refuse('not_found');
    else if (isBusy(node)) refuse('busy');
    else if (whyNoId(id) !== undefined) refuse('invalid_id');
    else if (event.type === terminateChildEvent) {
      const child = { id, by: 'handle' } as const;
      this.#feed(node, {
        kind: 'request',
        id: request,
        request: { kind: asked, child } as Request,
      });
    } else if (event.type === startChildEvent) {
      if (node.isFullFor(id)) refuse('pool_full');
      else this.#start(node, { id, template: node.spec.template, input }, request);
    }
  }

  /** While the system is closing a machine hears nothing: its request is stored, the next process serves it. */
  answered(node: SupervisorNode, request: string, answer: Answer, isClosing: boolean): void {
    const { who, asked, id } = parts(request);
    node.waiting.inputs.delete(request);
    const caller = this.#callers.get(request);
    this.#callers.delete(request);
    if (caller !== undefined) {
      caller.answered(answer);
      return;
    }
    const [uid = 0, life] = who.split('.').map(Number);
    const asker = isClosing || Number.isNaN(uid) ? undefined : this.#world.cells.byUid(uid);
    if (asker !== undefined && asker.life === life)
      this.#tell(asker, node.address, id, asked, answer);
  }

  /** This world ends: nobody outside will hear from it, nor whether the next one serves what is stored. */
  dismiss(why: Error): void {
    const callers = [...this.#callers.values()];
    this.#callers.clear();
    for (const caller of callers) caller.lost(why);
  }

  /** What comes of it may be a first turn, taken at once: not in the async context of the caller. */
  #enter(call: () => void): void {
    this.#world.ports.executor.enter(call);
  }

  #start(node: SupervisorNode, { id, template, input }: NewcomerInput, request: string): void {
    node.waiting.inputs.set(request, input);
    const spec = { ...childSettingsOf(template), id, template: template.id };
    this.#feed(node, { kind: 'request', id: request, request: { kind: 'startChild', spec } });
  }

  #wait(asked: Request['kind'], id: string, caller: Caller): string {
    this.#count += 1;
    const request = requestId(`call.${this.#world.store.epoch}.${this.#count}`, asked, id);
    this.#callers.set(request, caller);
    return request;
  }

  #tell(asker: Cell, pool: string, id: string, asked: string, answer: Answer | Refusal): void {
    if (takesMail(this.#world, asker))
      this.#world.delivery.enqueue(asker, poolNews(pool, id, asked === 'startChild', answer));
  }
}

function isBusy({ state }: SupervisorNode): boolean {
  return state.queue.length >= limits.requestsMax;
}

function refuseBusy(node: SupervisorNode): void {
  const { address } = node;
  if (isBusy(node))
    throw new PerdureError('SUPERVISOR_BUSY', { address, limit: limits.requestsMax });
}

function requestId(who: string, asked: Request['kind'], id: string): string {
  return `${who}:${asked}:${id}`;
}

function parts(request: string): { who: string; asked: string; id: string } {
  const [who = '', asked = '', ...id] = request.split(':');
  return { who, asked, id: id.join(':') };
}
