/**
 * The catalogue of operating errors: everything perdure can refuse or fail with, by stable code.
 * Messages may change in any release; codes and facts do not. `docs/errors.md` says what to do.
 */
interface Entry {
  readonly retryable: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: each entry narrows its own facts
  readonly message: (facts: any) => string;
}

const catalogue = {
  ACTOR_NOT_FOUND: {
    retryable: false,
    message: (f: { address: string }) =>
      `no actor at ${f.address}; addresses are paths below the root, such as /intake/reader`,
  },
  ACTOR_NOT_RUNNING: {
    retryable: false,
    message: (f: { address: string; status: string }) =>
      `the actor at ${f.address} takes no messages: it is ${f.status}`,
  },
  ACTOR_MAILBOX_FULL: {
    retryable: true,
    message: (f: { address: string; limit: number }) =>
      `the mailbox of ${f.address} holds its limit of ${f.limit} messages; send with whenFull: 'wait' to wait for room`,
  },
  ACTOR_MACHINE_MISMATCH: {
    retryable: false,
    message: (f: { address: string; stored: string; given: string }) =>
      `the actor at ${f.address} runs machine '${f.stored}', not '${f.given}'`,
  },
  ACTOR_QUARANTINED: {
    retryable: false,
    message: (f: { address: string; why: string }) => `the actor at ${f.address} is quarantined: ${f.why}`,
  },
  ACTOR_EXITED: {
    retryable: false,
    message: (f: { address: string; reason: string }) => `the actor at ${f.address} ended: ${f.reason}`,
  },
  ADDRESS_INVALID: {
    retryable: false,
    message: (f: { address: string; why: string }) => `'${f.address}' is no address: ${f.why}`,
  },
  ASK_PARKED: {
    retryable: false,
    message: (f: { address: string; type: string }) =>
      `${f.address} could not handle the question '${f.type}': it is among the dead letters`,
  },
  ASK_TARGET_ENDED: {
    retryable: false,
    message: (f: { address: string; type: string }) =>
      `${f.address} ended before it answered the question '${f.type}'`,
  },
  ASK_TIMEOUT: {
    retryable: true,
    message: (f: { address: string; type: string; timeoutMs: number }) =>
      `${f.address} did not answer the question '${f.type}' within ${f.timeoutMs} ms; the question remains accepted`,
  },
  CHILD_REFUSED: {
    retryable: false,
    message: (f: { address: string; why: string }) => `${f.address} was not started: ${f.why}`,
  },
  DEAD_LETTER_NOT_FOUND: {
    retryable: false,
    message: (f: { id: number }) => `there is no dead letter ${f.id}`,
  },
  EVENT_INVALID: {
    retryable: false,
    message: (f: { why: string }) => `this is no event that can be sent: ${f.why}`,
  },
  KEY_REUSED: {
    retryable: false,
    message: (f: { address: string; key: string }) =>
      `the key '${f.key}' was already used for another event to ${f.address}`,
  },
  KEY_MEMORY_FULL: {
    retryable: true,
    message: (f: { address: string; limit: number }) =>
      `${f.address} remembers its limit of ${f.limit} keys; none is old enough to be forgotten`,
  },
  MACHINE_NOT_DURABLE: {
    retryable: false,
    message: (f: { machine: string; path: string; why: string; fix: string }) =>
      `machine '${f.machine}' cannot be made durable: at ${f.path} ${f.why}; ${f.fix}`,
  },
  MESSAGE_PARKED: {
    retryable: false,
    message: (f: { address: string; type: string; attempts: number }) =>
      `${f.address} failed at '${f.type}' in ${f.attempts} attempts: it is among the dead letters`,
  },
  NAME_TAKEN: {
    retryable: false,
    message: (f: { name: string; address: string }) => `the name '${f.name}' belongs to ${f.address}`,
  },
  OPTION_INVALID: {
    retryable: false,
    message: (f: { path: string; why: string }) => `option ${f.path}: ${f.why}`,
  },
  REF_UNBOUND: {
    retryable: false,
    message: (f: { ref: string; call: string; fix: string }) =>
      `${f.call} was called on a stored ref ('${f.ref}'), which has no running system behind it; ${f.fix}`,
  },
  POOL_FULL: {
    retryable: true,
    message: (f: { address: string; limit: number }) => `the pool ${f.address} holds its limit of ${f.limit} children`,
  },
  SEND_ABORTED: {
    retryable: true,
    message: (f: { address: string }) => `the wait for ${f.address} was aborted; the outcome is unknown`,
  },
  SEND_TIMEOUT: {
    retryable: true,
    message: (f: { address: string; timeoutMs: number }) =>
      `the mailbox of ${f.address} had no room within ${f.timeoutMs} ms; the message was not accepted`,
  },
  SNAPSHOT_MISFIT: {
    retryable: false,
    message: (f: { address: string; machine: string; why: string }) =>
      `the stored snapshot of ${f.address} does not fit machine '${f.machine}': ${f.why}`,
  },
  START_TIMEOUT: {
    retryable: true,
    message: (f: { address: string; timeoutMs: number }) =>
      `onStart of ${f.address} took longer than ${f.timeoutMs} ms`,
  },
  STEP_FAILED: {
    retryable: false,
    message: (f: { address: string; step: string; attempt: number }) =>
      `step '${f.step}' of ${f.address} failed in attempt ${f.attempt}`,
  },
  STEP_OUTCOME_UNKNOWN: {
    retryable: false,
    message: (f: { address: string; step: string; attempt: number }) =>
      `step '${f.step}' of ${f.address} was running in attempt ${f.attempt} when the process ended: whether it happened is unknown`,
  },
  STORE_CLOSED: {
    retryable: false,
    message: (f: { directory: string }) => `the store at ${f.directory} is closed`,
  },
  STORE_CORRUPT: {
    retryable: false,
    message: (f: { directory: string; what: string }) =>
      `the store at ${f.directory} cannot be trusted: ${f.what}; nothing was changed, restore a copy or repair it deliberately`,
  },
  STORE_FORMAT_UNKNOWN: {
    retryable: false,
    message: (f: { directory: string; found: string; known: string }) =>
      `the store at ${f.directory} has format ${f.found}; this version reads ${f.known}`,
  },
  STORE_LOCKED: {
    retryable: true,
    message: (f: { directory: string; holder: string }) =>
      `the store at ${f.directory} is open in ${f.holder}`,
  },
  STORE_UNAVAILABLE: {
    retryable: true,
    message: (f: { directory: string; what: string }) => `the store at ${f.directory} cannot be used: ${f.what}`,
  },
  STORE_WRITE_FAILED: {
    retryable: true,
    message: (f: { directory: string }) =>
      `a batch could not be written to ${f.directory}; what it held was not accepted`,
  },
  SUPERVISOR_GAVE_UP: {
    retryable: false,
    message: (f: { address: string; child: string; intensity: number; periodMs: number }) =>
      `${f.address} gave up: ${f.child} needed more than ${f.intensity} restarts in ${f.periodMs} ms`,
  },
  SUPERVISOR_START_FAILED: {
    retryable: false,
    message: (f: { address: string; child: string; why: string }) =>
      `${f.address} could not start its child '${f.child}': ${f.why}`,
  },
  SYSTEM_ENDED: {
    retryable: false,
    message: (f: { reason: string }) => `the root of the tree ended: ${f.reason}`,
  },
  SYSTEM_STOPPING: {
    retryable: true,
    message: (f: { status: string }) => `the system is ${f.status} and takes nothing new`,
  },
  TURN_FAILED: {
    retryable: false,
    message: (f: { address: string; event: string; why: string }) => `${f.address} failed to handle '${f.event}': ${f.why}`,
  },
  TURN_IMPURE: {
    retryable: false,
    message: (f: { address: string; call: string; fix: string }) =>
      `${f.call} was called inside a turn of ${f.address}; ${f.fix}`,
  },
  VALUE_CORRUPT: {
    retryable: false,
    message: (f: { what: string; why: string }) => `${f.what} cannot be read: ${f.why}`,
  },
  VALUE_NOT_STORABLE: {
    retryable: false,
    message: (f: { path: string; why: string }) => `${f.path} cannot be stored: ${f.why}`,
  },
  VALUE_TOO_LARGE: {
    retryable: false,
    message: (f: { what: string; bytes: number; limit: number }) =>
      `${f.what} takes ${f.bytes} bytes, more than the limit of ${f.limit}`,
  },
  WAIT_ENDED: {
    retryable: false,
    message: (f: { address: string; status: string }) =>
      `${f.address} is ${f.status}; what was waited for can no longer happen`,
  },
  WAIT_TIMEOUT: {
    retryable: true,
    message: (f: { address: string; timeoutMs: number }) =>
      `${f.address} did not reach the awaited state within ${f.timeoutMs} ms`,
  },
} as const satisfies Record<string, Entry>;

/** @public */
export type ErrorCode = keyof typeof catalogue;
/** @public The facts of one code, as data. */
export type ErrorFacts<C extends ErrorCode> = Parameters<(typeof catalogue)[C]['message']>[0];

/** Every code of the catalogue. */
export const errorCodes: readonly ErrorCode[] = Object.keys(catalogue) as ErrorCode[];

const mark: unique symbol = Symbol.for('perdure.error') as never;

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
  readonly [mark]: true = true;

  constructor(code: C, facts: ErrorFacts<C>, options?: ErrorOptions) {
    super((catalogue[code].message as (facts: ErrorFacts<C>) => string)(facts), options);
    this.code = code;
    this.facts = facts;
    this.retryable = catalogue[code].retryable;
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
