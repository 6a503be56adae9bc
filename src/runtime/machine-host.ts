/** What machines and custom actions reach through refs: sends, snapshots, names. */
import { childAddress } from '../actors/address.ts';
import type { AnyActorRef, EventObject } from '../actors/host-types.ts';
import { LightRef, type RefData, type RefHost, StorableRef } from '../actors/light-ref.ts';
import { refFromData } from '../actors/special-refs.ts';
import { TurnHost, uidOf } from '../actors/turn.ts';
import { invariant } from '../base/assert.ts';
import { PerdureError } from '../base/errors.ts';
import type { Cell } from './cell.ts';
import { checkedEvent, post } from './post.ts';
import type { World } from './world.ts';

/** The two sides of one world that machines see. `world` is asked for late: it is made of them. */
export function machineHost(world: () => World): {
  readonly host: TurnHost;
  readonly refHost: RefHost;
} {
  const host = new TurnHost({
    nextUid: () => {
      const { counters } = world();
      const uid = counters.uid;
      counters.uid += 1;
      return uid;
    },
    named: (name) => asActorRef(world().cells.named(name)?.ref),
    allNamed: () => {
      const refs: Record<string, AnyActorRef> = {};
      for (const [name, cell] of Object.entries(world().cells.allNamed()))
        refs[name] = cell.ref as never;
      return refs;
    },
  });
  const refHost: RefHost = {
    system: host.system as never,
    send: (ref, event) => sendOutsideOfTurn(world(), ref, event),
    snapshotOf: (ref) => snapshotOf(world(), ref),
    parentOf: (ref) => {
      const cell = cellOf(world(), ref);
      return cell === undefined ? undefined : world().cells.byUid(cell.parent)?.ref;
    },
  };
  return { host, refHost };
}

/** How refs go into the store and come back. */
export function refCodec(refHost: RefHost): {
  writeRef(ref: object): unknown;
  readRef(data: unknown): object;
} {
  return {
    writeRef: (ref) => {
      if (ref instanceof StorableRef) return ref.toJSON();
      // XState's own object for a child of the turn that is being written
      const { id, _parent } = ref as AnyActorRef;
      const parent: unknown = _parent;
      invariant(parent instanceof LightRef, 'a newborn child has a ref of ours for its parent');
      const address = childAddress(parent.address, id);
      return { $ref: 'actor', address, uid: uidOf(ref as AnyActorRef), life: 0 } satisfies RefData;
    },
    readRef: (data) => {
      const ref = refFromData(data as RefData, refHost);
      invariant(ref !== undefined, 'a stored ref is of a known kind');
      return ref;
    },
  };
}

function asActorRef(ref: LightRef | undefined): AnyActorRef | undefined {
  return ref as unknown as AnyActorRef | undefined;
}

function cellOf(world: World, ref: StorableRef): Cell | undefined {
  if (!(ref instanceof LightRef)) return undefined;
  return ref.uid === 0 ? world.cells.byAddress(ref.address) : world.cells.byUid(ref.uid);
}

/** `ref.send()` of a custom action: a message from outside that nobody waits for. */
function sendOutsideOfTurn(world: World, ref: StorableRef, event: EventObject): void {
  refuseInTurn(
    world,
    `send() of '${ref.id}'`,
    'use sendTo() or raise(), which are part of the turn',
  );
  const cell = cellOf(world, ref);
  const address = ref instanceof LightRef ? ref.address : ref.id;
  const checked = checkedEvent(event, {});
  const refused = (error: Error): void => {
    world.ports.logger.warn(
      { actor: address, event: event.type, error: error.message },
      'a message was not accepted',
    );
    world.events.emit({ type: 'send.failed', address, event: event.type, error });
  };
  if (cell === undefined) refused(new PerdureError('ACTOR_NOT_FOUND', { address }));
  else post(world, cell, checked, {}, { accepted: () => undefined, refused });
}

function snapshotOf(world: World, ref: StorableRef): unknown {
  const turn = world.host.current;
  const cell = cellOf(world, ref);
  if (turn === undefined) return cell?.landed ?? STARTING;
  if (cell !== undefined && cell === (turn as unknown)) return cell.snapshot ?? STARTING;
  const synced = ref instanceof LightRef ? (turn as Cell).synced?.get(ref.uid) : undefined;
  if (synced !== undefined) return synced;
  throw new PerdureError('TURN_IMPURE', {
    address: turn.address,
    call: `getSnapshot() of '${ref.id}'`,
    fix: 'a turn knows only its own state: let the other actor send what is needed, or use syncSnapshot',
  });
}

function refuseInTurn(world: World, call: string, fix: string): void {
  const turn = world.host.current;
  if (turn !== undefined)
    throw new PerdureError('TURN_IMPURE', { address: turn.address, call, fix });
}

const STARTING = Object.freeze({
  status: 'active',
  output: undefined,
  error: undefined,
  context: undefined,
});
