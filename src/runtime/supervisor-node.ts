import { present } from '../base/assert.ts';
import { keys } from '../persistence/keyspace.ts';
import type { ChildSettings } from '../supervisor/child-spec.ts';
import type { Input } from '../supervisor/input.ts';
import {
  type ChildState,
  isDown,
  newState,
  type OwnRecord,
  ownRecord,
  stateFromRecords,
  type SupervisorState,
} from '../supervisor/state.ts';
import type { SupervisorSettings } from '../supervisor/supervisor-settings.ts';
import type { Counters } from '../persistence/records.ts';
import type { StepResult } from '../supervisor/step.ts';
import type { PendingBatch } from './pending-batch.ts';
import { namedStep, templateStep } from './place-in-code.ts';
import { type StoredRequest, WaitingRequests } from './waiting-requests.ts';
import {
  type ActorSpec,
  type AnyChild,
  childSettingsOf,
  type PoolSpec,
  type SupervisorSpec,
} from './tree-spec.ts';

// biome-ignore lint/suspicious/noExplicitAny: specs of any children
export type AnyPool = PoolSpec<string, any>;
// biome-ignore lint/suspicious/noExplicitAny: specs of any children
export type SupervisingSpec = SupervisorSpec<string, any, any> | AnyPool;
// biome-ignore lint/suspicious/noExplicitAny: specs of any logic
export type WorkerSpec = ActorSpec<string, any>;

/** One supervisor of the tree: its spec in code, its state in the store, and what it is busy with. */
export class SupervisorNode {
  readonly uid: number;
  readonly address: string;
  readonly spec: SupervisingSpec;
  readonly settings: SupervisorSettings;
  readonly parent: SupervisorNode | undefined;
  readonly place: readonly string[];
  /** Its id at its parent. */
  readonly id: string;
  readonly state: SupervisorState;
  /** Supervisors below it. */
  readonly nodes: Map<string, SupervisorNode> = new Map();
  /** Whether it was started in this process, or is known not to be: before that its state is the last one's. */
  hasBegun = false;
  /** Which start of it this is, as its parent counts. */
  incarnation = 0;
  readonly inbox: Input[] = [];
  isBusy = false;
  /** It is being destroyed: nothing below it is waited for any more. */
  isKilled = false;
  /** Takes back the limit on how long its end may take. */
  withdrawLimit: () => void = () => undefined;
  readonly waiting: WaitingRequests;
  readonly #children: ReadonlyMap<string, AnyChild>;
  readonly #templates: ReadonlyMap<string, AnyChild>;

  constructor(parts: {
    readonly id: string;
    readonly uid: number;
    readonly address: string;
    readonly spec: SupervisingSpec;
    readonly parent: SupervisorNode | undefined;
    readonly stored: StoredSupervisor | undefined;
  }) {
    const { spec } = parts;
    this.uid = parts.uid;
    this.address = parts.address;
    this.spec = spec;
    this.parent = parts.parent;
    this.id = parts.id;
    this.place = parts.parent?.placeOf(parts.id) ?? [];
    this.state = parts.stored?.state ?? newState();
    this.waiting = new WaitingRequests(parts.stored?.requests ?? []);
    const { finished: _finished, ...settings } = spec.settings;
    const templates = spec.kind === 'pool' ? [spec.template] : spec.templates;
    this.settings = {
      ...settings,
      address: parts.address,
      templates: templates.map(childSettingsOf),
    };
    this.#children = byId(spec.kind === 'pool' ? [] : spec.children);
    this.#templates = byId(templates);
  }

  /** The children that the code names. */
  named(): readonly ChildSettings[] {
    return this.spec.kind === 'pool' ? [] : this.spec.children.map(childSettingsOf);
  }

  namedIds(): Iterable<string> {
    return this.#children.keys();
  }

  /** It does not run and nothing is planned for it: nor is there for what is below it. */
  get isDown(): boolean {
    if (this.parent === undefined) return false;
    const own = this.parent.state.children.get(this.id);
    return own === undefined || isDown(own) || this.parent.isDown;
  }

  /** What a child is made of, undefined for one that only the store knows. */
  specOf(id: string): AnyChild | undefined {
    if (this.spec.kind === 'pool') return this.spec.template;
    // one that was added may have taken the id of one that was deleted
    const template = this.state.children.get(id)?.spec.template;
    return template === undefined ? this.#children.get(id) : this.#templates.get(template);
  }

  /** Where in the code a child is described that it has now. */
  placeOf(id: string): readonly string[] {
    if (this.spec.kind === 'pool') return [...this.place, templateStep(this.spec.template.id)];
    const template = this.state.children.get(id)?.spec.template;
    return [...this.place, template === undefined ? namedStep(id) : templateStep(template)];
  }

  /** How a worker child runs; undefined if the child is a supervisor, or not named by the code. */
  workerOf(id: string): WorkerSpec | undefined {
    const spec = this.specOf(id);
    return spec?.kind === 'actor' ? spec : undefined;
  }

  /** The template of that id; the only one, if none is named. */
  template(id: string | undefined): AnyChild | undefined {
    if (id !== undefined) return this.#templates.get(id);
    return this.#templates.size === 1 ? [...this.#templates.values()][0] : undefined;
  }

  /** How many instances a pool may have. */
  get childrenMax(): number {
    return this.spec.kind === 'pool' ? this.spec.childrenMax : Number.POSITIVE_INFINITY;
  }

  /** Whether there is no room for this one more; those that wait for their start count. */
  isFullFor(id: string): boolean {
    const { children } = this.state;
    if (children.has(id)) return false;
    return children.size + this.waiting.starts >= this.childrenMax;
  }

  incarnationOf(id: string): number {
    return present(this.state.children.get(id), 'a running child is known to its supervisor')
      .incarnation;
  }

  /** Writes down what a step changed. */
  write(batch: PendingBatch, counters: Counters, changed: StepResult['changed']): void {
    if (changed.own) batch.put(keys.supervisor(this.uid), ownRecord(this.state));
    this.waiting.write(batch, counters, this.uid, changed.requests);
    for (const id of changed.children) {
      const child = this.state.children.get(id) ?? this.state.orphans.get(id);
      const key = keys.supervisedChild(this.uid, id);
      if (child === undefined) batch.del(key);
      else batch.put(key, { ...child });
    }
  }
}

function byId(specs: readonly AnyChild[]): ReadonlyMap<string, AnyChild> {
  return new Map(specs.map((spec) => [spec.id, spec]));
}

/** What the store knows of one supervisor. */
export interface StoredSupervisor {
  readonly state: SupervisorState;
  readonly requests: readonly StoredRequest[];
}

/** A supervisor as its rows tell. */
export function restoreSupervisor(
  own: unknown,
  children: readonly unknown[],
  requests: readonly StoredRequest[],
): StoredSupervisor {
  const waiting = requests.map(({ request }) => request);
  const state = stateFromRecords(own as OwnRecord, children as readonly ChildState[], waiting);
  // whoever asks it for something before it is resumed waits
  const { phase } = state;
  if (phase === 'running' || phase === 'ending') state.phase = 'starting';
  return { state, requests };
}
