/** Puts one world together from an opened store, and sets going what was under way. */
import { type RegisteredLogic, registerMachine } from '../actors/registration.ts';
import { createCodec } from '../persistence/codec.ts';
import type { Ports } from '../ports/ports.ts';
import type { OpenStore } from '../ports/store.ts';
import { DurableActions } from './actions.ts';
import { background } from './background.ts';
import { StoredCells } from './cells.ts';
import { DurableBonds } from './bonds.ts';
import { BatchCommitter, type Flight } from './committer.ts';
import { DurableDeadLetters } from './dead-letters.ts';
import { MailDelivery } from './delivery.ts';
import { SliceDispatcher } from './dispatcher.ts';
import { DurableTime } from './durable-time.ts';
import { DurableEffects } from './effects.ts';
import type { SystemEvents } from './events.ts';
import { SlotRecorder } from './flight-recorder.ts';
import { CountedKeys } from './key-memory.ts';
import { ActorLifecycle } from './lifecycle.ts';
import { machineHost, refCodec } from './machine-host.ts';
import { DurablePauses } from './pauses.ts';
import type { PendingBatch } from './pending-batch.ts';
import type { RunningActions } from './running-actions.ts';
import type { RunningSteps } from './running-steps.ts';
import type { Resources } from './resource-limits.ts';
import { SharedResources } from './resources.ts';
import { readStoredWorld, type StoredWorld } from './stored-world.ts';
import { Suspects } from './suspects.ts';
import { sweep } from './sweep.ts';
import { DurableTimers } from './timers.ts';
import { type TreeOptions, TreeSupervision } from './tree-supervision.ts';
import { Turns } from './turns.ts';
import type { Outside, World } from './world.ts';

export interface WorldOptions {
  readonly ports: Ports;
  readonly store: OpenStore;
  /** For messages. */
  readonly location: string;
  readonly sync: boolean;
  readonly root: TreeOptions['root'];
  readonly registry: LogicRegistry;
  readonly outside: Outside;
  readonly events: SystemEvents;
  readonly running: RunningSteps;
  readonly runningActions: RunningActions;
  readonly resources: Resources;
  readonly onFailure: (
    flight: Flight,
    pending: PendingBatch,
    verdict: 'fenced' | 'unknown',
  ) => void;
  readonly onPanic: (error: unknown) => void;
  readonly onStarted: TreeOptions['onStarted'];
  readonly onStartFailed: TreeOptions['onStartFailed'];
  readonly onExited: TreeOptions['onExited'];
}

/** A world with its tree in hand, for the system around it. */
export interface BuiltWorld extends World {
  readonly supervision: TreeSupervision;
  readonly timers: DurableTimers;
  readonly bonds: DurableBonds;
  readonly effects: DurableEffects;
  readonly recorder: SlotRecorder;
}

/** Each logic is checked once per system. */
export class LogicRegistry {
  readonly #known = new Map<object, RegisteredLogic>();

  of(logic: object, name: string): RegisteredLogic {
    const known = this.#known.get(logic);
    if (known !== undefined) return known;
    const registered = registerMachine(logic as never, name);
    this.#known.set(logic, registered);
    return registered;
  }

  /** Those that were asked for so far. */
  all(): Iterable<RegisteredLogic> {
    return this.#known.values();
  }
}

/** Reads the store and makes the world. The tree is not started yet: see {@link startWorld}. */
export async function buildWorld(
  options: WorldOptions,
): Promise<{ world: BuiltWorld; stored: StoredWorld }> {
  const { ports, store } = options;
  const late: { world?: BuiltWorld } = {};
  const getWorld = (): BuiltWorld => late.world as BuiltWorld;
  const { host, refHost } = machineHost(getWorld);
  const codec = createCodec(refCodec(refHost));
  const stored = await readStoredWorld(store, codec, options.location);
  const base = {
    ports,
    store,
    codec,
    host,
    time: new DurableTime(ports.clock, stored.marker.atMs),
    counters: { ...stored.marker.counters },
    events: options.events,
    outside: options.outside,
    running: options.running,
    runningActions: options.runningActions,
    isAlive: true,
    panic: options.onPanic,
  };
  // the parts know each other through the world: it is filled in place
  const world = base as unknown as { -readonly [Part in keyof BuiltWorld]: BuiltWorld[Part] };
  late.world = world;
  const turns = new Turns(world);
  world.cells = new StoredCells(world, {
    refHost,
    definitionOf: (supervisor, address) => world.supervision.definitionOf(supervisor, address),
    waiting: stored.waiting,
  });
  world.committer = new BatchCommitter(world, {
    sync: options.sync,
    firstBatch: stored.marker.batch + 1,
    onFailure: options.onFailure,
  });
  world.dispatcher = new SliceDispatcher(world, (cell) => turns.take(cell));
  world.delivery = new MailDelivery(world);
  world.timers = new DurableTimers(world);
  world.suspects = new Suspects(world);
  world.resources = new SharedResources(world, options.resources, stored.grants);
  world.effects = new DurableEffects(world);
  world.actions = new DurableActions(world);
  world.deadLetters = new DurableDeadLetters(world, stored.deadLetters);
  world.bonds = new DurableBonds(world);
  world.keyMemory = new CountedKeys(world);
  world.pauses = new DurablePauses(world, stored.pauses);
  world.recorder = new SlotRecorder(world);
  world.lifecycle = new ActorLifecycle(world);
  world.supervision = new TreeSupervision(world, {
    root: options.root,
    stored: stored.supervisors,
    logicOf: ({ logic }) => options.registry.of(logic, 'actor'),
    begin: (cell) => turns.begin(cell),
    onStarted: options.onStarted,
    onStartFailed: options.onStartFailed,
    onExited: options.onExited,
  });
  return { world, stored };
}

/** Takes in what was under way, then starts the tree. */
export function startWorld(world: BuiltWorld, stored: StoredWorld): void {
  for (const timer of stored.timers) world.timers.restore(timer);
  for (const effect of stored.effects) world.effects.restore(effect);
  for (const bond of stored.bonds) world.bonds.restore(bond);
  for (const action of stored.actions) world.actions.restore(action);
  world.effects.takeResults();
  world.supervision.boot();
}

/** Everything that waited for the process to come back: mail, effects, actions, first turns. */
export function resumeWork(world: BuiltWorld, stored: StoredWorld): void {
  const busy = new Set<number>([...stored.waiting.keys(), ...stored.unborn]);
  for (const { owner } of [...stored.effects, ...stored.actions]) busy.add(owner);
  for (const uid of busy) {
    const cell = world.cells.byUid(uid);
    if (cell === undefined) {
      world.actions.resumeLeft(uid);
      continue;
    }
    world.actions.resume(cell); // also of one that has ended
    if (!cell.isRunning) continue;
    world.effects.resume(uid);
    world.dispatcher.ready(cell);
  }
  world.recorder.resumed();
  for (const uid of stored.tombstones) background(world, 'sweeping', sweep(world, uid));
  background(world, 'sweeping keys', world.keyMemory.sweep());
  world.dispatcher.wake();
}
