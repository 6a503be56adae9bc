import { type AnyActorLogic, createActor, type EventObject } from 'xstate';

export interface LiveChild {
  start(): unknown;
  send(event: EventObject): void;
  _stop(): unknown;
}

/** A live XState actor under a parent that is ours: how callbacks and observables run. */
export function liveChild(
  logic: AnyActorLogic,
  options: {
    readonly id: string;
    readonly src: string;
    readonly input: unknown;
    readonly syncSnapshot: boolean;
    /** What XState needs of a parent: `id`, `sessionId` and `system`. */
    readonly parent: object;
  },
): LiveChild {
  return createActor(logic, options as never) as never;
}
