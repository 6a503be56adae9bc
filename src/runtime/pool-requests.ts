/**
 * What pools are asked for, from outside and by machines, and who hears what came of it. A request is stored
 * with the state of its pool; its id says who asked, so that a machine gets its answer from whatever process
 * serves it. Callers outside wait in memory.
 */
import { whyNoId } from '../actors/address.ts';
import type { EventObject } from '../actors/host-types.ts';
import { startChildEvent, terminateChildEvent } from '../actors/special-refs.ts';
import { invariant } from '../base/assert.ts';
import type { Answer } from '../supervisor/answer.ts';
import type { Input } from '../supervisor/input.ts';
import type { Cell } from './cell.ts';
import { takesMail } from './delivery.ts';
import { poolNews, type Refusal } from './pool-news.ts';
import type { SupervisorNode } from './supervisor-node.ts';
import { bareSettings } from './tree-spec.ts';
import type { World } from './world.ts';

type Caller = (answer: Answer) => void;
type Asked = 'start' | 'terminate';

export class PoolRequests {
  readonly #world: World;
  readonly #feed: (node: SupervisorNode, input: Input) => void;
  readonly #callers = new Map<string, Caller>();
  #count = 0;

  constructor(world: World, feed: (node: SupervisorNode, input: Input) => void) {
    this.#world = world;
    this.#feed = feed;
  }

  start(node: SupervisorNode, id: string, input: unknown, caller: Caller): void {
    if (isAsked(node, id)) caller({ kind: 'refused', error: 'already_started' });
    else this.#start(node, id, input, this.#wait('start', id, caller));
  }

  terminate(node: SupervisorNode, id: string, caller: Caller): void {
    this.#terminate(node, id, this.#wait('terminate', id, caller));
  }

  fromActor(
    from: Cell,
    node: SupervisorNode | undefined,
    address: string,
    event: EventObject,
  ): void {
    const { id, input } = event as EventObject & { id: string; input: unknown };
    const asked = event.type === startChildEvent ? 'start' : 'terminate';
    const refuse = (error: Refusal['error']): void => {
      this.#tell(from, address, id, asked, { kind: 'refused', error });
    };
    if (node?.spec.kind !== 'pool') refuse('not_found');
    else if (whyNoId(id) !== undefined) refuse('invalid_id');
    else if (event.type === terminateChildEvent) {
      this.#terminate(node, id, requestId(`${from.uid}.${from.life}`, asked, id));
    } else if (event.type === startChildEvent) {
      if (node.isFullFor(id)) refuse('pool_full');
      else if (isAsked(node, id)) refuse('already_started');
      else this.#start(node, id, input, requestId(`${from.uid}.${from.life}`, asked, id));
    }
  }

  /** While the system is closing a machine hears nothing: its request is stored, the next process serves it. */
  answered(node: SupervisorNode, request: string, answer: Answer, isClosing: boolean): void {
    const { who, asked, id } = parts(request);
    if (asked === 'start') node.inputs.delete(id);
    const caller = this.#callers.get(request);
    this.#callers.delete(request);
    if (caller !== undefined) {
      caller(answer);
      return;
    }
    const [uid = 0, life] = who.split('.').map(Number);
    const asker = isClosing || Number.isNaN(uid) ? undefined : this.#world.cells.byUid(uid);
    if (asker !== undefined && asker.life === life)
      this.#tell(asker, node.address, id, asked, answer);
  }

  /** This world ends: nobody outside will hear from it. */
  dismiss(): void {
    const callers = [...this.#callers.values()];
    this.#callers.clear();
    for (const caller of callers) caller({ kind: 'refused', error: 'noproc' });
  }

  #start(node: SupervisorNode, id: string, input: unknown, request: string): void {
    invariant(node.spec.kind === 'pool', 'instances are started under pools');
    node.inputs.set(id, input);
    const spec = { ...bareSettings(node.spec.template), id };
    this.#feed(node, { kind: 'request', id: request, request: { kind: 'startChild', spec } });
  }

  #terminate(node: SupervisorNode, id: string, request: string): void {
    const child = { id, by: 'handle' } as const;
    this.#feed(node, { kind: 'request', id: request, request: { kind: 'terminateChild', child } });
  }

  #wait(asked: Asked, id: string, caller: Caller): string {
    this.#count += 1;
    const request = requestId(`call.${this.#world.store.epoch}.${this.#count}`, asked, id);
    this.#callers.set(request, caller);
    return request;
  }

  #tell(asker: Cell, pool: string, id: string, asked: Asked, answer: Answer | Refusal): void {
    if (takesMail(asker))
      this.#world.delivery.enqueue(asker, poolNews(pool, id, asked === 'start', answer));
  }
}

/** One that was asked for and waits for its start is as good as started. */
function isAsked(node: SupervisorNode, id: string): boolean {
  return node.state.children.has(id) || node.inputs.has(id);
}

function requestId(who: string, asked: Asked, id: string): string {
  return `${who}:${asked}:${id}`;
}

function parts(request: string): { who: string; asked: Asked; id: string } {
  const [who = '', asked, ...id] = request.split(':');
  return { who, asked: asked as Asked, id: id.join(':') };
}
