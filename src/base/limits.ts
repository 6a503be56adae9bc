/** Every bound and default in one place, with its unit and reason. */
export const limits = {
  /** External messages that may wait at one actor. */
  mailboxMax: 10_000,
  /** Beyond this many waiting messages a sending turn is dropped and its sender paused. */
  mailboxHardMax: 1_000_000,
  /** How long a sender to such an actor pauses. */
  blockedRetryMs: 100,
  /** Bytes of one message, input, output or emission, encoded, about. */
  valueBytesMax: 1_048_576,
  /** Nesting of one value; deeper ones would overflow the encoder's stack. */
  valueDepthMax: 500,
  /** After a process that died, the next one looks for at least so long for what kills it. */
  flightMinMs: 10_000,
  /** … and at most so long, beyond the mail that waited: whatever will kill it again comes early. */
  flightMaxMs: 600_000,
  /** How long an effect that may have killed the process keeps others like it waiting. */
  suspectMs: 600_000,
  /** How long one turn may last before a watchdog that was asked for reports it. */
  watchdogTurnMs: 30_000,
  /** Attempts at one envelope before it is parked. */
  attemptsMax: 3,
  /** Children of one pool. */
  childrenMax: 100_000,
  /** OTP's words; ten in a minute suits agents, which fail for reasons outside more often than servers. */
  intensity: 10,
  periodMs: 60_000,
  backoffMinMs: 100,
  backoffMaxMs: 30_000,
  backoffFactor: 2,
  /** OTP's default for workers. */
  shutdownMs: 5_000,
  startTimeoutMs: 30_000,
  /** gen_server's default. */
  askTimeoutMs: 5_000,
  /** How long a dedupe key is remembered, and how many per receiver. */
  keyMemoryMs: 86_400_000,
  keysMax: 100_000,
  /** How often expired keys are swept away. */
  keySweepMs: 3_600_000,
  /** Turns, and bytes of waiting rows, that may run ahead of the batch in flight. */
  batchTurnsMax: 4_096,
  batchRowsMax: 2_048,
  /** Wall time of one slice of turns; the clock is read every 16 turns. */
  sliceMs: 2,
  turnsPerClockRead: 16,
  /** Turns of one actor in a row: for one with a short mailbox, and for one with a long one. */
  quantumShort: 16,
  quantumLong: 1_024,
  /** Timers that fire before turns are taken again; as many cancelled ones are kept. */
  timersPerBeat: 1_024,
  /** Messages read from disk at once when a mailbox is longer than memory. */
  mailboxPage: 1_024,
  /** Markers kept, by number of batches. May shrink, never grow: a store without the older ones is refused. */
  markersKept: 1_024,
  /** Microsteps of one turn: an eternal `always` cycle becomes a crash. */
  maxIterations: 10_000,
  /** A callback or observable that the process outlives by so long was not what killed it. */
  volatileStartMs: 1_000,
  /** A step that runs longer than this has its attempt recorded while it runs. */
  attemptRowAfterMs: 20,
  /** Named actions of one actor that may wait for the outside. */
  actionsPendingMax: 1_000,
  actionAttemptsMax: 3,
  /** A dead letter store with more entries than this quarantines instead of parking. */
  deadLettersMax: 10_000,
  /** Snapshots of one actor that resets have put aside: the latest. */
  formerLivesKept: 5,
  /** Addresses that `health()` shows of those that were paused. */
  pausedShownMax: 100,
  /** Bytes of headers on one envelope. */
  headersBytesMax: 4_096,
  keyLengthMax: 512,
  /** Levels and bytes of an address: keys stay short. */
  addressBytesMax: 1_024,
  /** Longest single timer of the host: longer waits are re-armed in slices. */
  timerSliceMs: 2_000_000_000,
  /** Waiting callers (whenFull: 'wait', waitFor, …) of one actor. */
  waitersMax: 10_000,
  /** Calls that wait for one supervisor. */
  requestsMax: 10_000,
  /** Stop of the system before what still runs is abandoned. */
  stopDeadlineMs: 30_000,
  /** Reopening the store after a write error. */
  reopenMinMs: 50,
  reopenMaxMs: 10_000,
  reopenAttemptsMax: 10,
} as const;
