/** What an operator may do to any actor or supervisor, by its address. */
import { idOf, parentOf, parseAddress, rootAddress } from '../actors/address.ts';
import { PerdureError } from '../base/errors.ts';
import type { Answer } from '../supervisor/answer.ts';
import type { ChildKey, Request } from '../supervisor/input.ts';
import { quiet } from './actor-handle.ts';
import type { BuiltWorld } from './boot.ts';
import type { Cell } from './cell.ts';
import { formerLives } from './former-lives.ts';
import { startError } from './how-it-ended.ts';
import { inWorld } from './in-world.ts';
import type { SupervisorNode } from './supervisor-node.ts';
import type { SystemHost } from './system.ts';
import type { FormerLifeView } from './system-types.ts';

type AskedOfChild = Extract<Request, { kind: 'terminateChild' | 'resetChild' }>['kind'];

export function kill(host: SystemHost, address: string): Promise<void> {
  return inWorld(host, (world) => {
    refuseRoot(address, 'kill(address)');
    // what comes of it may be a first turn, taken at once: not in the async context of the caller
    const isKilled = world.ports.executor.enter(() => world.supervision.kill(address));
    if (!isKilled) throw notRunning(world, address);
    world.dispatcher.wake();
    return world.committer.flush();
  });
}

export function pause(host: SystemHost, address: string): Promise<void> {
  return inWorld(host, (world) => {
    world.pauses.pause(address, uidAt(world, address));
    return world.committer.flush();
  });
}

export function resume(host: SystemHost, address: string): Promise<void> {
  return inWorld(host, (world) => {
    // refused where nobody ever was
    uidAt(world, address);
    world.pauses.resume(address);
    return world.committer.flush();
  });
}

export function terminate(host: SystemHost, address: string): Promise<void> {
  return inWorld(host, (world) => {
    refuseRoot(address, 'terminate(address)');
    const node = supervisorOf(world, address);
    if (node === undefined) return terminateSpawned(world, spawnedAt(world, address));
    return askOf(world, node, address, 'terminateChild');
  });
}

export function reset(host: SystemHost, address: string): Promise<void> {
  return quiet(resetAt(host, address));
}

async function resetAt(host: SystemHost, address: string): Promise<void> {
  const strays = await inWorld(host, (world) => straysOf(world, address));
  await inWorld(host, (world) => {
    world.ports.executor.enter(() => eraseStrays(world, strays));
    const node = supervisorOf(world, address);
    if (node === undefined) return resetSpawned(world, spawnedAt(world, address));
    return askOf(world, node, address, 'resetChild');
  });
}

export function formerLivesAt(host: SystemHost, address: string): Promise<FormerLifeView[]> {
  return inWorld(host, async (world) => {
    const lives = await formerLives(world, uidAt(world, address));
    return lives.map((former) => ({ ...former, state: stateIn(world, former.snapshot) }));
  });
}

/** Resolves when the supervisor has served it and that is durable. */
async function askOf(
  world: BuiltWorld,
  node: SupervisorNode,
  address: string,
  kind: AskedOfChild,
): Promise<void> {
  const by = node.spec.kind === 'pool' ? 'handle' : 'id';
  const child: ChildKey = { id: idOf(address), by };
  const answer = await new Promise<Answer>((resolve, reject) => {
    const { committer, dispatcher, supervision } = world;
    const answered = (given: Answer): void => {
      committer.pending.settlers.push({ landed: () => resolve(given), failed: reject });
      dispatcher.wake();
    };
    supervision.requests.ask(node, { kind, child }, { answered, lost: reject });
  });
  refuseUnserved(node, address, answer);
}

function refuseUnserved(node: SupervisorNode, address: string, answer: Answer): void {
  if (answer.kind === 'startFailed') throw startError(node.address, idOf(address), answer.reason);
  if (answer.kind !== 'refused') return;
  if (answer.error === 'not_found') throw new PerdureError('ACTOR_NOT_FOUND', { address });
  throw new PerdureError('ACTOR_NOT_RUNNING', {
    address: node.address,
    status: node.state.phase,
  });
}

/** Resolves when what it ran has ended too, as far as that does in the time that a stop may take. */
async function terminateSpawned(world: BuiltWorld, cell: Cell): Promise<void> {
  if (cell.status !== 'running' && cell.status !== 'quarantined') return;
  const { committer, lifecycle, ports, running } = world;
  const runs = Promise.all(withAllBelow(world, cell).map((uid) => running.allEnded(uid)));
  ports.executor.enter(() => lifecycle.terminate(cell));
  await committer.flush();
  const { shutdownMs } = cell.settings;
  if (typeof shutdownMs !== 'number') return;
  await new Promise<void>((resolve) => {
    const withdraw = ports.clock.after(shutdownMs, resolve);
    void runs.then(() => {
      withdraw();
      resolve();
    });
  });
}

function withAllBelow(world: BuiltWorld, cell: Cell): number[] {
  return [
    cell.uid,
    ...world.lifecycle.childrenOf(cell).flatMap((child) => withAllBelow(world, child)),
  ];
}

function resetSpawned(world: BuiltWorld, cell: Cell): Promise<void> {
  const { address, status, why = '' } = cell;
  if (status !== 'running' && status !== 'quarantined')
    throw new PerdureError('ACTOR_NOT_RUNNING', { address, status });
  if (world.cells.byUid(cell.parent)?.logic.child(cell.src) === undefined)
    throw new PerdureError('ACTOR_QUARANTINED', { address, why });
  world.ports.executor.enter(() => world.supervision.resetSpawned(cell));
  return world.committer.flush();
}

type Stray = readonly [address: string, uid: number];

/** What an actor had spawned whose snapshot cannot be read: only their addresses tell. */
async function straysOf(world: BuiltWorld, address: string): Promise<Stray[]> {
  parseAddress(address);
  const spec = supervisorOf(world, address)?.specOf(idOf(address));
  if (address === rootAddress || (spec !== undefined && spec.kind !== 'actor')) {
    const why = 'a supervisor has no state of its own: reset the actors below it';
    throw new PerdureError('OPTION_INVALID', { path: 'reset(address)', why });
  }
  const cell = world.cells.byAddress(address);
  // what it is, and what it was given, is in no other row
  if (cell?.isShell === true)
    throw new PerdureError('ACTOR_QUARANTINED', { address, why: cell.why ?? '' });
  const strays: Stray[] = [];
  if (cell?.status !== 'quarantined' || cell.snapshot !== undefined) return strays;
  const range = { gte: `a!${address}/`, lt: `a!${address}0` };
  for await (const rows of world.store.scan(range)) {
    for (const [key, bytes] of rows)
      strays.push([key.slice(2), world.codec.decode(bytes, key) as number]);
  }
  return strays;
}

function eraseStrays({ cells, lifecycle }: BuiltWorld, strays: readonly Stray[]): void {
  for (const [address, uid] of strays) {
    const cell = cells.uidAt(address) === uid ? cells.byUid(uid) : undefined;
    if (cell !== undefined) lifecycle.erase(cell);
  }
}

/** The supervisor that the address lies directly below, if it is one. */
function supervisorOf({ supervision }: BuiltWorld, address: string): SupervisorNode | undefined {
  return supervision.nodeAt(parentOf(address) ?? rootAddress);
}

/** An actor that a machine spawned or invoked. */
function spawnedAt({ cells }: BuiltWorld, address: string): Cell {
  const cell = cells.byAddress(address);
  if (cell === undefined) throw new PerdureError('ACTOR_NOT_FOUND', { address });
  return cell;
}

function uidAt({ cells }: BuiltWorld, address: string): number {
  parseAddress(address);
  const uid = cells.uidAt(address);
  if (uid === 0) throw new PerdureError('ACTOR_NOT_FOUND', { address });
  return uid;
}

function refuseRoot(address: string, path: string): void {
  parseAddress(address);
  if (address !== rootAddress) return;
  throw new PerdureError('OPTION_INVALID', { path, why: 'the root is ended by stop()' });
}

function notRunning({ cells, supervision }: BuiltWorld, address: string): PerdureError {
  const status = supervision.nodeAt(address)?.state.phase ?? cells.byAddress(address)?.status;
  if (status === undefined) return new PerdureError('ACTOR_NOT_FOUND', { address });
  return new PerdureError('ACTOR_NOT_RUNNING', { address, status });
}

function stateIn(world: BuiltWorld, snapshot: Uint8Array): FormerLifeView['state'] {
  try {
    const [, record] = world.codec.decode(snapshot, 'former life') as [
      unknown,
      [status: string, value: unknown, context: unknown],
    ];
    const [status, value, context] = record;
    return { status, value, context };
  } catch {
    return undefined;
  }
}
