/**
 * Every place at which the child can be killed, named once. Production code knows none of them: they are
 * where a port is called or answers, and in what the user of perdure writes (steps, hooks, listeners).
 */

export interface CrashPoint {
  /** What is lost or left half done there. */
  readonly what: string;
  /** The kill falls on one of the first so many times that the place is reached in a life. */
  readonly within: number;
  /** Reached before the tree is up. */
  readonly isRecovery?: true;
  /** Reached while the system stops in order. */
  readonly isStop?: true;
}

export const crashPoints = {
  'open.before': { what: 'the directory is not open yet', within: 1, isRecovery: true },
  'open.after': { what: 'the new epoch is durable, nothing was read', within: 1, isRecovery: true },
  'recovery.scan': { what: 'a page of rows was read', within: 12, isRecovery: true },
  'recovery.read': { what: 'one row was read', within: 20, isRecovery: true },
  'recovery.on-start': { what: 'inside onStart', within: 3, isRecovery: true },
  'recovery.before-write': { what: 'the first batch is not written', within: 1, isRecovery: true },
  'recovery.landed': { what: 'the first batch landed unheard', within: 1, isRecovery: true },

  'send.taken': { what: 'send() was called, nothing is written', within: 40 },
  'beat.before': { what: 'messages wait in memory, no turn was taken', within: 40 },
  'timer.due': { what: 'a timer is due and was not fired', within: 20 },
  'batch.filling': { what: 'half of the rows are in the batch', within: 400 },
  'batch.before-write': { what: 'the batch is complete, not written', within: 40 },
  'batch.issued': { what: 'the write is under way', within: 40 },
  'batch.before-note': { what: 'the rows landed, the side file says not', within: 40 },
  'batch.landed': { what: 'it landed, the runtime has not heard', within: 40 },
  'batch.released': { what: 'the runtime heard and let out what waited', within: 40 },
  'exit.before-write': { what: 'an actor crashed, its exit is not written', within: 3 },
  'exit.landed': { what: 'its exit landed, the restart is not told', within: 3 },

  'executor.before-run': { what: 'a step or action is about to start', within: 60 },
  'executor.returned': { what: 'it returned, the runtime has not heard', within: 60 },
  'effect.before-append': { what: 'a step runs, the outside is untouched', within: 40 },
  'effect.appended': { what: 'the outside is changed, the step runs on', within: 40 },
  'action.before-append': { what: 'a named action runs', within: 20 },
  'action.appended': { what: 'it changed the outside', within: 20 },
  'result.before-write': { what: 'a result is in a batch not written', within: 40 },

  'send.acknowledged': { what: 'a send resolved, its caller is not told', within: 30 },
  'ask.answered': { what: 'an answer came, its caller is not told', within: 10 },
  'emission.heard': { what: 'a listener was called', within: 30 },

  'stop.on-stop': { what: 'inside onStop', within: 1, isStop: true },
  'stop.before-close': { what: 'all is stopped, the store is open', within: 1, isStop: true },
  'stop.closed': { what: 'the store is closed', within: 1, isStop: true },
} as const satisfies Readonly<Record<string, CrashPoint>>;

export type PointName = keyof typeof crashPoints;

/** Kills from outside, at no point in particular. */
export const randomKills = ['random.recovering', 'random.running'] as const;
export type RandomKill = (typeof randomKills)[number];

/** All kinds of kill that a run must have seen. */
export const killNames: readonly KillName[] = [
  ...(Object.keys(crashPoints) as PointName[]),
  ...randomKills,
];
export type KillName = PointName | RandomKill;

export function isRandom(name: KillName): name is RandomKill {
  return !Object.hasOwn(crashPoints, name);
}

export function pointOf(name: PointName): CrashPoint {
  return crashPoints[name];
}
