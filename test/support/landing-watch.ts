/** Looks at everything that a system lets out, at the moment it does, and asks whether it has landed. */
import type { AnyActorLogic, EventObject } from 'xstate';
import type { StepArgs } from '../../src/index.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';
import type { Receipt, Ref, SendOptions } from '../../src/runtime/ref-types.ts';
import type { System } from '../../src/runtime/system-types.ts';
import type { Life } from './crash-store.ts';
import type { Feature } from './feature-tally.ts';
import type { LandedFacts } from './landed-facts.ts';
import type { Outside, Task } from './machine-context.ts';

/** What is logged as an error because the store was made to fail. */
const STORE_TROUBLE = new Set([
  'a batch could not be written',
  'the store could not be opened again',
]);

export class LandingWatch implements Outside {
  /** What was observed before it had landed. */
  readonly early: string[] = [];
  /** What must never be said. */
  readonly alarms: string[] = [];
  readonly #facts: LandedFacts;
  readonly #tally: (feature: Feature) => void;
  /** Steps that ran, with every idempotency key that they ran under. */
  readonly #ledger = new Map<string, Set<string>>();
  readonly #failures = new Map<string, number>();

  constructor(facts: LandedFacts, tally: (feature: Feature) => void) {
    this.#facts = facts;
    this.#tally = tally;
  }

  /** Steps that ran under several keys, and keys under which several steps ran. */
  get reused(): string[] {
    const tasks = new Map<string, string>();
    const reused: string[] = [];
    for (const [task, keys] of this.#ledger) {
      if (keys.size > 1) reused.push(task);
      for (const key of keys) {
        const other = tasks.get(key);
        if (other !== undefined) reused.push(`${other}, ${task}`);
        tasks.set(key, task);
      }
    }
    return reused;
  }

  /** Listens wherever one can listen. */
  attend(life: Life, system: System): void {
    system.events.on('*', (event) => {
      if (!life.isOver) this.#happened(event);
    });
    for (const name of ['a', 'b']) {
      const ref = refIn(system, `/${name}`);
      ref.on('*', (event: EventObject) => {
        if (life.isOver) return;
        this.#check(this.#facts.hasEmitted(`/${name}`, event), `emission ${JSON.stringify(event)}`);
      });
      ref
        .waitFor((snapshot) => {
          const { drives } = (snapshot as { context: { drives: number } }).context;
          if (!life.isOver) this.#reached(name, drives, 'snapshot');
          return false;
        })
        .catch(() => undefined);
    }
  }

  // ---- what the machines do outside

  hit(feature: Feature): void {
    this.#tally(feature);
  }

  stepped({ input, idempotencyKey }: StepArgs<Task>): void {
    const task = `${input.by} ${input.place} ${input.mark}`;
    this.#check(this.#facts.hasArmed(idempotencyKey), `step ${task}`);
    const keys = this.#ledger.get(task) ?? new Set();
    this.#ledger.set(task, keys);
    keys.add(idempotencyKey);
  }

  acted(by: string, mark: number): void {
    this.#reached(by, mark, 'action');
  }

  // ---- what callers are told

  answered(life: Life, name: string, drives: number): void {
    if (!life.isOver) this.#reached(name, drives, 'answer');
  }

  accepted(life: Life, name: string, { position }: Receipt, { until }: SendOptions): void {
    if (life.isOver) return;
    const isIn =
      until === 'applied'
        ? this.#facts.hasApplied(`/${name}`, position)
        : this.#facts.hasAccepted(`/${name}`, position);
    this.#check(isIn, `receipt of ${name} ${position}`);
  }

  info(life: Life, fields: object, message: string): void {
    if (life.isOver || message !== 'log') return;
    const { by, mark } = (fields as { value: { by: string; mark: number } }).value;
    this.#reached(by, mark, 'log line');
  }

  error(life: Life, fields: object, message: string): void {
    if (!life.isOver && !STORE_TROUBLE.has(message))
      this.alarms.push(`${message} ${JSON.stringify(fields)}`);
  }

  #happened(event: SystemEvent): void {
    if (event.type === 'message.parked') {
      this.#tally('message parked');
      const isIn = this.#facts
        .letters()
        .some(({ address, reason }) => address === event.address && reason === 'parked');
      this.#check(isIn, `parking at ${event.address}`);
    } else if (event.type === 'effect.failed') {
      const { address, effect } = event;
      const told = (this.#failures.get(effect) ?? 0) + 1;
      this.#failures.set(effect, told);
      this.#check(this.#facts.settledOf(address, effect) >= told, `failure of ${effect}`);
    }
  }

  #reached(name: string, drives: number, what: string): void {
    this.#check(this.#facts.drivesOf(name) >= drives, `${what} of ${name} ${drives}`);
  }

  #check(isIn: boolean, what: string): void {
    if (!isIn) this.early.push(what);
  }
}

/** By address, without the types of the tree. */
export function refIn(system: System, address: string): Ref<AnyActorLogic> {
  return (system as unknown as { ref(address: string): Ref<AnyActorLogic> }).ref(address);
}
