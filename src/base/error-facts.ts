/** The facts of each error of the catalogue: what it tells as data. */

/** What is known of a message whose sender waits no longer. @public */
export type Acceptance = 'accepted' | 'not_accepted' | 'unknown';

/** What each code tells, as data. @public */
export interface ErrorFactsByCode {
  /** `name`: nobody bears it; the address is empty then. */
  readonly ACTOR_NOT_FOUND: {
    readonly address: string;
    readonly name?: string;
    readonly what?: 'pool';
  };
  readonly ACTOR_NOT_RUNNING: { readonly address: string; readonly status: string };
  readonly ACTOR_MAILBOX_FULL: { readonly address: string; readonly limit: number };
  readonly ACTOR_MACHINE_MISMATCH: {
    readonly address: string;
    readonly stored: string;
    readonly given: string;
  };
  readonly ACTOR_QUARANTINED: { readonly address: string; readonly why: string };
  readonly ACTOR_EXITED: { readonly address: string; readonly reason: string };
  readonly ADDRESS_INVALID: { readonly address: string; readonly why: string };
  readonly ASK_PARKED: { readonly address: string; readonly type: string };
  readonly ASK_TARGET_ENDED: { readonly address: string; readonly type: string };
  readonly ASK_TIMEOUT: {
    readonly address: string;
    readonly type: string;
    readonly timeoutMs: number;
  };
  readonly CHILD_REFUSED: { readonly address: string; readonly why: string };
  readonly DEAD_LETTER_NOT_FOUND: { readonly id: number };
  readonly DEAD_LETTER_NOT_RETRYABLE: { readonly id: number; readonly reason: string };
  readonly EFFECT_KILLED_PROCESS: {
    readonly address: string;
    readonly effect: string;
    readonly deaths: number;
  };
  readonly EVENT_INVALID: { readonly why: string };
  /** The first step that was not the same. */
  readonly EXPLORE_NOT_DETERMINISTIC: { readonly first: string; readonly second: string };
  readonly EXPLORE_SCRIPT_STUCK: {
    /** Calls, with commas between them; empty: none. */
    readonly waitsFor: string;
    readonly nextTimerInMs?: number;
  };
  readonly EXPLORE_TOO_LARGE: {
    readonly writes: number;
    readonly runs: number;
    readonly limit: number;
  };
  readonly KEY_REUSED: { readonly address: string; readonly key: string };
  readonly KEY_MEMORY_FULL: { readonly address: string; readonly limit: number };
  readonly MACHINE_NOT_DURABLE: {
    readonly machine: string;
    readonly path: string;
    readonly why: string;
    readonly fix: string;
  };
  readonly MESSAGE_PARKED: {
    readonly address: string;
    readonly type: string;
    readonly attempts: number;
  };
  readonly NAME_TAKEN: { readonly name: string; readonly address: string };
  readonly OPTION_INVALID: { readonly path: string; readonly why: string };
  readonly PROCESS_DIED: {
    readonly address: string;
    readonly type: string;
    readonly deaths: number;
  };
  readonly REF_UNBOUND: { readonly ref: string; readonly call: string; readonly fix: string };
  readonly POOL_FULL: { readonly address: string; readonly limit: number };
  /** `message`: where there is one. */
  readonly SEND_ABORTED: { readonly address: string; readonly message?: Acceptance };
  readonly SEND_TIMEOUT: {
    readonly address: string;
    readonly timeoutMs: number;
    readonly message: Acceptance;
  };
  readonly SNAPSHOT_MISFIT: {
    readonly address: string;
    readonly machine: string;
    readonly why: string;
  };
  readonly START_TIMEOUT: { readonly address: string; readonly timeoutMs: number };
  readonly STEP_OUTCOME_UNKNOWN: {
    readonly address: string;
    readonly step: string;
    readonly attempt: number;
  };
  readonly STEP_TIMEOUT: {
    readonly address: string;
    readonly step: string;
    readonly attempt: number;
    /** Which limit: of one attempt, of all together, or between two heartbeats. */
    readonly limit: 'timeoutMs' | 'totalTimeoutMs' | 'heartbeatMs';
    readonly limitMs: number;
  };
  readonly STORE_CLOSED: { readonly directory: string };
  readonly STORE_CORRUPT: { readonly directory: string; readonly what: string };
  readonly STORE_FORMAT_UNKNOWN: {
    readonly directory: string;
    readonly found: string;
    readonly known: string;
  };
  readonly STORE_LOCKED: { readonly directory: string; readonly holder: string };
  readonly STORE_UNAVAILABLE: { readonly directory: string; readonly what: string };
  readonly STORE_WRITE_FAILED: {
    readonly directory: string;
    readonly outcome: 'not_accepted' | 'unknown';
  };
  readonly SUPERVISOR_BUSY: { readonly address: string; readonly limit: number };
  readonly SUPERVISOR_GAVE_UP: {
    readonly address: string;
    readonly child: string;
    readonly intensity: number;
    readonly periodMs: number;
  };
  readonly SUPERVISOR_START_FAILED: {
    readonly address: string;
    readonly child: string;
    readonly why: string;
    /** What happened, as data: which child of which child, and its reason. */
    readonly failure: object;
  };
  readonly SYSTEM_STOPPING: { readonly status: string };
  readonly TEST_NOTHING_WRITTEN: Readonly<Record<string, never>>;
  readonly TEST_PROCESS_DEAD: Readonly<Record<string, never>>;
  readonly TEST_STUCK: { readonly at: 'start' | 'stop' };
  readonly TURN_IMPURE: { readonly address: string; readonly call: string; readonly fix: string };
  readonly VALUE_CORRUPT: { readonly what: string; readonly why: string };
  readonly VALUE_NOT_STORABLE: { readonly path: string; readonly why: string };
  readonly VALUE_TOO_LARGE: {
    readonly what: string;
    readonly bytes: number;
    readonly limit: number;
  };
  readonly WAIT_ENDED: { readonly address: string; readonly status: string };
  readonly WAIT_TIMEOUT: { readonly address: string; readonly timeoutMs: number };
}
