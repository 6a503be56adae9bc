/** Callers outside: what they asked for, and what they were told. */
import type { AnyActorLogic } from 'xstate';
import type { Ref } from '../../src/runtime/ref-types.ts';
import type { System } from '../../src/runtime/system-types.ts';
import type { Landed } from './landed.ts';
import type { Laws } from './laws.ts';
import type { Work } from './machine.ts';
import type { Op } from './program.ts';

type Tell = Extract<Op, { op: 'tell' }>;

/** A message of a caller, through all processes. */
export interface Call {
  readonly id: string;
  readonly address: string;
  readonly tell: Tell | undefined;
  /** Of the process that is to answer. */
  process: number;
  state: 'open' | 'accepted' | 'refused' | 'unknown';
  /** Of the actor that was there when it was made first; 0: none. */
  readonly uid: number;
  /** Of the error that it was told. */
  code: string;
  /** It was made more than once: a refusal says nothing of the times before. */
  isRepeated: boolean;
}

/** Nothing of such a call is there. */
const refusals = [
  'ACTOR_MAILBOX_FULL',
  'ACTOR_NOT_FOUND',
  'ACTOR_NOT_RUNNING',
  'ACTOR_QUARANTINED',
  'ACTOR_MACHINE_MISMATCH',
];

export class Callers {
  readonly calls = new Map<string, Call>();
  readonly #laws: Laws;
  readonly #landed: Landed;
  readonly #isAlive: (process: number) => boolean;
  readonly #unexpected: (error: unknown) => void;
  readonly #hasStaleKeys: () => boolean;

  constructor(options: {
    readonly laws: Laws;
    readonly landed: Landed;
    readonly isAlive: (process: number) => boolean;
    readonly unexpected: (error: unknown) => void;
    readonly hasStaleKeys: () => boolean;
  }) {
    this.#laws = options.laws;
    this.#landed = options.landed;
    this.#isAlive = options.isAlive;
    this.#unexpected = options.unexpected;
    this.#hasStaleKeys = options.hasStaleKeys;
  }

  /** Whether somebody waits for an answer, or is to ask again because none came. */
  get isWaiting(): boolean {
    for (const call of this.calls.values()) {
      if (call.state === 'open' && this.#isAlive(call.process)) return true;
      if (this.#comesAgain(call)) return true;
    }
    return false;
  }

  /** Whom the process that runs owes an answer although there is nothing left to wait for. */
  get unanswered(): readonly string[] {
    return [...this.calls.values()]
      .filter(({ state, process, tell }) => {
        const waitsForTurn = tell === undefined || tell.until === 'applied';
        return state === 'open' && this.#isAlive(process) && !waitsForTurn;
      })
      .map(({ id }) => id);
  }

  tell(system: System, process: number, id: string, address: string, tell: Tell): void {
    const call = this.#begin(id, address, tell, process);
    const event: Work = { type: 'work', id, deeds: tell.deeds };
    const ref = refIn(system, address);
    const options = {
      ...(tell.isKeyed ? { key: `key ${id}` } : {}),
      ...(tell.until === 'applied' ? { until: 'applied' as const } : {}),
    };
    ref.send(event as never, options).then(
      () => this.#told(call, process, () => this.#accepted(call)),
      (error: unknown) => this.#told(call, process, () => this.#rejected(call, error)),
    );
  }

  ask(system: System, process: number, id: string, address: string): void {
    const call = this.#begin(`ask:${id}`, address, undefined, process);
    const asked = refIn(system, address).ask(
      { type: 'question', id } as never,
      {
        timeoutMs: 60_000,
        key: `key ${id}`,
      } as never,
    );
    (asked as Promise<unknown>).then(
      (answer) =>
        this.#told(call, process, () => {
          call.state = 'accepted';
          this.#laws.check(
            'G3',
            this.#landed.turns.has(call.id),
            () => `${call.id} was answered before its turn landed`,
          );
          this.#laws.check(
            'G2',
            answer === call.id,
            () => `${call.id} was answered with ${String(answer)}`,
          );
        }),
      (error: unknown) => this.#told(call, process, () => this.#rejected(call, error)),
    );
  }

  /** Whoever makes sure of a message sends it again until it is accepted. */
  again(system: System, process: number): void {
    for (const call of this.calls.values()) {
      const { tell, state, id, address } = call;
      if (tell === undefined || !this.#comesAgain(call)) continue;
      if (state === 'open' && call.process === process) continue;
      this.tell(system, process, id, address, tell);
    }
  }

  /** The power was lost: what was promised may be gone. */
  doubt(): void {
    for (const call of this.calls.values()) if (call.state === 'accepted') call.state = 'unknown';
  }

  /** Not to another actor at the same address, which knows nothing of its key. */
  #comesAgain({ tell, state, uid, address }: Call): boolean {
    if (tell?.isKeyed !== true || state === 'accepted' || state === 'refused') return false;
    return uid !== 0 && uid === this.#uidAt(address);
  }

  #uidAt(address: string): number {
    return this.#landed.actorAt(address)?.uid ?? 0;
  }

  #begin(id: string, address: string, tell: Tell | undefined, process: number): Call {
    const known = this.calls.get(id);
    if (known !== undefined) {
      known.process = process;
      known.state = 'open';
      known.isRepeated = true;
      return known;
    }
    const uid = this.#uidAt(address);
    const call: Call = {
      id,
      address,
      tell,
      process,
      uid,
      state: 'open',
      code: '',
      isRepeated: false,
    };
    this.calls.set(id, call);
    return call;
  }

  #told(call: Call, process: number, tell: () => void): void {
    if (this.#isAlive(process) && call.process === process) tell();
  }

  #accepted(call: Call): void {
    const { id, tell } = call;
    call.state = 'accepted';
    this.#laws.check(
      'G5',
      this.#landed.seen.has(id),
      () => `${id} was accepted before it was durable`,
    );
    this.#laws.check(
      'G3',
      this.#landed.seen.has(id),
      () => `the receipt of ${id} left before it was durable`,
    );
    if (tell?.until === 'applied')
      this.#laws.check(
        'G5',
        this.#landed.turns.has(id) || (this.#hasStaleKeys() && this.#landed.buried.has(id)),
        () => `${id} was said to be applied before that had landed`,
      );
  }

  #rejected(call: Call, error: unknown): void {
    const { code = '' } = error as { code?: string };
    call.code = code;
    if (code === 'MESSAGE_PARKED') {
      call.state = 'accepted';
      this.#laws.check(
        'G3',
        this.#landed.buried.has(call.id),
        () => `${call.id} was said to be parked before that had landed`,
      );
    } else if ((error as { facts?: { status?: string } }).facts?.status === 'ended') {
      // it had been accepted
      call.state = 'accepted';
      this.#laws.check(
        'G3',
        this.#landed.buried.has(call.id),
        () => `${call.id} was said to have come too late before that had landed`,
      );
    } else if (isRefusal(error) && call.tell?.until !== 'applied')
      call.state = call.isRepeated ? 'unknown' : 'refused';
    else {
      call.state = 'unknown';
      if (code === '') this.#unexpected(error);
    }
  }
}

/** Whether the error says that nothing of the call is there. */
function isRefusal(error: unknown): boolean {
  const { code = '', facts } = error as { code?: string; facts?: { readonly outcome?: string } };
  return (
    refusals.includes(code) || (code === 'STORE_WRITE_FAILED' && facts?.outcome === 'not_accepted')
  );
}

export function refIn(system: System, address: string): Ref<AnyActorLogic> {
  return (system as unknown as { ref(address: string): Ref<AnyActorLogic> }).ref(address);
}
