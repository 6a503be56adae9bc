/**
 * The catalogue of operating errors: everything perdure can refuse or fail with, by stable code.
 * Messages may change in any release; codes and facts do not. `docs/errors.md` says what to do.
 */
import type { Acceptance, ErrorFactsByCode } from './error-facts.ts';

/** @public */
export type ErrorCode = keyof ErrorFactsByCode;

interface Entry<Facts> {
  readonly retryable: boolean;
  /** As in `sysexits.h`: 74 input or output, 75 try again later, 78 configuration. @defaultValue 70 */
  readonly exitCode?: 74 | 75 | 78;
  readonly message: (facts: Facts) => string;
}

const fateOf: { readonly [A in Acceptance]: string } = {
  accepted: 'the message was accepted and remains so',
  not_accepted: 'the message was not accepted',
  unknown: 'whether the message was accepted is unknown',
};

const catalogue: { readonly [C in ErrorCode]: Entry<ErrorFactsByCode[C]> } = {
  ACTOR_NOT_FOUND: {
    retryable: false,
    message: (f) =>
      f.name === undefined
        ? `no ${f.what ?? 'actor'} at ${f.address}; addresses are paths below the root, such as /intake/reader`
        : `no actor bears the name '${f.name}'`,
  },
  ACTOR_NOT_RUNNING: {
    retryable: false,
    message: (f) => `${f.address} does not run: it is ${f.status}`,
  },
  ACTOR_MAILBOX_FULL: {
    retryable: true,
    message: (f) =>
      `the mailbox of ${f.address} holds its limit of ${f.limit} messages; send with whenFull: 'wait' to wait for room`,
  },
  ACTOR_MACHINE_MISMATCH: {
    retryable: false,
    exitCode: 78,
    message: (f) => `the actor at ${f.address} runs machine '${f.stored}', not '${f.given}'`,
  },
  ACTOR_QUARANTINED: {
    retryable: false,
    message: (f) => `the actor at ${f.address} is quarantined: ${f.why}`,
  },
  ACTOR_EXITED: {
    retryable: false,
    message: (f) => `the actor at ${f.address} ended: ${f.reason}`,
  },
  ADDRESS_INVALID: {
    retryable: false,
    exitCode: 78,
    message: (f) => `'${f.address}' is no address: ${f.why}`,
  },
  ASK_PARKED: {
    retryable: false,
    message: (f) =>
      `${f.address} could not handle the question '${f.type}': it is among the dead letters`,
  },
  ASK_TARGET_ENDED: {
    retryable: false,
    message: (f) => `${f.address} ended before it answered the question '${f.type}'`,
  },
  ASK_TIMEOUT: {
    retryable: true,
    message: (f) =>
      `${f.address} did not answer the question '${f.type}' within ${f.timeoutMs} ms; the question remains accepted`,
  },
  CHILD_REFUSED: {
    retryable: false,
    message: (f) => `${f.address} was not started: ${f.why}`,
  },
  DEAD_LETTER_NOT_RETRYABLE: {
    retryable: false,
    message: (f) =>
      `dead letter ${f.id} (${f.reason}) is no message that could be sent again: mend its cause, then drop it`,
  },
  DEAD_LETTER_NOT_FOUND: {
    retryable: false,
    message: (f) => `there is no dead letter ${f.id}`,
  },
  EFFECT_KILLED_PROCESS: {
    retryable: false,
    message: (f) =>
      `the process died ${f.deaths} times while '${f.effect}' of ${f.address} ran, the last time with no other suspect running`,
  },
  EVENT_INVALID: {
    retryable: false,
    message: (f) => `this is no event that can be sent: ${f.why}`,
  },
  EXPLORE_NOT_DETERMINISTIC: {
    retryable: false,
    message: (f) =>
      `two runs without a crash were not the same, so that none can be compared with another: take time and chance from the world, not from Date, Math.random or setTimeout\n  first run:  ${f.first}\n  second run: ${f.second}`,
  },
  EXPLORE_SCRIPT_STUCK: {
    retryable: false,
    message: (f) =>
      `everything is at rest and the script is not over; it waits for ${
        f.waitsFor === '' ? 'nothing of the system' : f.waitsFor
      }${
        f.nextTimerInMs === undefined
          ? ', and time alone brings nothing'
          : `; in ${f.nextTimerInMs} ms it would go on: call world.advance()`
      }`,
  },
  EXPLORE_TOO_LARGE: {
    retryable: false,
    message: (f) =>
      `the script leads to ${f.writes} writes: to explore all boundaries takes up to ${f.runs} runs, more than ${f.limit}; use boundaries: { sample: n }, or a larger runsMax`,
  },
  KEY_REUSED: {
    retryable: false,
    message: (f) => `the key '${f.key}' was already used for another event to ${f.address}`,
  },
  KEY_MEMORY_FULL: {
    retryable: true,
    message: (f) =>
      `${f.address} remembers its limit of ${f.limit} keys; none is old enough to be forgotten`,
  },
  MACHINE_NOT_DURABLE: {
    retryable: false,
    exitCode: 78,
    message: (f) =>
      `machine '${f.machine}' cannot be made durable: at ${f.path} ${f.why}; ${f.fix}`,
  },
  MESSAGE_PARKED: {
    retryable: false,
    message: (f) =>
      `${f.address} failed at '${f.type}' in ${f.attempts} attempts: it is among the dead letters`,
  },
  NAME_TAKEN: {
    retryable: false,
    exitCode: 78,
    message: (f) => `the name '${f.name}' belongs to ${f.address}`,
  },
  OPTION_INVALID: {
    retryable: false,
    exitCode: 78,
    message: (f) => `option ${f.path}: ${f.why}`,
  },
  PROCESS_DIED: {
    retryable: false,
    message: (f) => `the process died ${f.deaths} times while ${f.address} handled '${f.type}'`,
  },
  REF_UNBOUND: {
    retryable: false,
    message: (f) =>
      `${f.call} was called on a stored ref ('${f.ref}'), which has no running system behind it; ${f.fix}`,
  },
  POOL_FULL: {
    retryable: true,
    message: (f) => `the pool ${f.address} holds its limit of ${f.limit} children`,
  },
  SEND_ABORTED: {
    retryable: true,
    message: (f) =>
      `the wait for ${f.address} was aborted${f.message === undefined ? '' : `; ${fateOf[f.message]}`}`,
  },
  SEND_TIMEOUT: {
    retryable: true,
    message: (f) =>
      f.message === 'not_accepted'
        ? `the mailbox of ${f.address} had no room within ${f.timeoutMs} ms; ${fateOf[f.message]}`
        : `what was sent to ${f.address} took longer than ${f.timeoutMs} ms; ${fateOf[f.message]}`,
  },
  SNAPSHOT_MISFIT: {
    retryable: false,
    exitCode: 78,
    message: (f) =>
      `the stored snapshot of ${f.address} does not fit machine '${f.machine}': ${f.why}`,
  },
  START_TIMEOUT: {
    retryable: true,
    message: (f) => `onStart of ${f.address} took longer than ${f.timeoutMs} ms`,
  },
  STEP_OUTCOME_UNKNOWN: {
    retryable: false,
    message: (f) =>
      `attempt ${f.attempt} at '${f.step}' of ${f.address} was cut short, and nobody can tell what came of it`,
  },
  STEP_TIMEOUT: {
    retryable: true,
    message: (f) => {
      const what = {
        timeoutMs: `attempt ${f.attempt} at '${f.step}' of ${f.address} took longer than`,
        totalTimeoutMs: `'${f.step}' of ${f.address} was not done, in ${f.attempt} attempts, within`,
        heartbeatMs: `attempt ${f.attempt} at '${f.step}' of ${f.address} gave no heartbeat for`,
      } as const;
      return `${what[f.limit]} ${f.limitMs} ms; what it did is unknown`;
    },
  },
  STORE_CLOSED: {
    retryable: false,
    message: (f) => `the store at ${f.directory} is closed`,
  },
  STORE_CORRUPT: {
    retryable: false,
    exitCode: 74,
    message: (f) =>
      `the store at ${f.directory} cannot be trusted: ${f.what}; nothing was changed, restore a copy or repair it deliberately`,
  },
  STORE_FORMAT_UNKNOWN: {
    retryable: false,
    exitCode: 78,
    message: (f) =>
      `the store at ${f.directory} has format ${f.found}; this version reads ${f.known}`,
  },
  STORE_LOCKED: {
    retryable: true,
    exitCode: 75,
    message: (f) => `the store at ${f.directory} is open in ${f.holder}`,
  },
  STORE_UNAVAILABLE: {
    retryable: true,
    exitCode: 74,
    message: (f) => `the store at ${f.directory} cannot be used: ${f.what}`,
  },
  STORE_WRITE_FAILED: {
    retryable: true,
    exitCode: 74,
    message: (f) =>
      `a batch could not be written to ${f.directory}; ${
        f.outcome === 'unknown'
          ? 'whether it is there is unknown: send again only with the same key'
          : 'what it held was not accepted'
      }`,
  },
  SUPERVISOR_BUSY: {
    retryable: true,
    message: (f) => `${f.limit} calls wait for the supervisor at ${f.address} already`,
  },
  SUPERVISOR_GAVE_UP: {
    retryable: false,
    message: (f) =>
      `${f.address} gave up: ${f.child} needed more than ${f.intensity} restarts in ${f.periodMs} ms`,
  },
  SUPERVISOR_START_FAILED: {
    retryable: false,
    message: (f) => `${f.address} could not start its child '${f.child}': ${f.why}`,
  },
  SYSTEM_STOPPING: {
    retryable: true,
    message: (f) => `the system is ${f.status} and takes nothing new`,
  },
  TEST_NOTHING_WRITTEN: {
    retryable: false,
    message: () =>
      'the simulated process was to die with its next write, but everything came to rest without one',
  },
  TEST_PROCESS_DEAD: {
    retryable: false,
    message: () => 'no simulated process runs: call restart() after crash()',
  },
  TEST_STUCK: {
    retryable: false,
    message: (f) =>
      `the simulated process does not come to the end of its ${f.at}: everything is at rest, and time alone brings nothing`,
  },
  TURN_IMPURE: {
    retryable: false,
    message: (f) => `${f.call} was called inside a turn of ${f.address}; ${f.fix}`,
  },
  VALUE_CORRUPT: {
    retryable: false,
    exitCode: 74,
    message: (f) => `${f.what} cannot be read: ${f.why}`,
  },
  VALUE_NOT_STORABLE: {
    retryable: false,
    message: (f) => `${f.path} cannot be stored: ${f.why}`,
  },
  VALUE_TOO_LARGE: {
    retryable: false,
    message: (f) => `${f.what} takes ${f.bytes} bytes, more than the limit of ${f.limit}`,
  },
  WAIT_ENDED: {
    retryable: false,
    message: (f) => `${f.address} is ${f.status}; what was waited for can no longer happen`,
  },
  WAIT_TIMEOUT: {
    retryable: true,
    message: (f) => `${f.address} did not reach the awaited state within ${f.timeoutMs} ms`,
  },
};

/** The facts of one code, as data. @public */
export type ErrorFacts<C extends ErrorCode> = ErrorFactsByCode[C];

/** Every code of the catalogue. */
export const errorCodes: readonly ErrorCode[] = Object.keys(catalogue) as ErrorCode[];

const mark = Symbol.for('perdure.error');

/**
 * An operating error. Match on `code`, not on the class: two copies of the package may be loaded.
 *
 * @public
 */
export class PerdureError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name: string = 'PerdureError';
  readonly code: C;
  readonly facts: ErrorFacts<C>;
  /** Whether the same call may succeed later without a change of code or configuration. */
  readonly retryable: boolean;
  /**
   * With which code a process ends that could not go on for this: 74 the store failed or is corrupt, 75 it is
   * held by another process, 78 options, tree, machines or the version of the code are wrong, 70 anything else.
   */
  readonly exitCode: number;

  constructor(code: C, facts: ErrorFacts<C>, options?: ErrorOptions) {
    super(catalogue[code].message(facts), options);
    this.code = code;
    this.facts = facts;
    this.retryable = catalogue[code].retryable;
    this.exitCode = catalogue[code].exitCode ?? 70;
    Object.defineProperty(this, mark, { value: true });
  }
}

/** Whether `error` is a {@link PerdureError}, of this or another copy of the package. @public */
export function isPerdureError(error: unknown): error is PerdureError {
  return typeof error === 'object' && error !== null && mark in error;
}

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
