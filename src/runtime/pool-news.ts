import { childAddress } from '../actors/address.ts';
import type { EnvelopeContent } from '../actors/envelope.ts';
import type { Answer, RequestError } from '../supervisor/answer.ts';

/** Why a pool does not do what a machine asked for. `noproc`: it does not run. @public */
export type ChildRefusal =
  | RequestError
  | 'busy'
  | 'invalid_id'
  | 'pool_full'
  /** It did not come up. */
  | 'startFailed';

/** What a machine hears when the child that it asked for is there. @public */
export interface ChildStartedEvent {
  readonly type: 'perdure.child.started';
  readonly id: string;
  readonly address: string;
}

/** What a machine hears when the child that it wanted to end is gone. @public */
export interface ChildTerminatedEvent {
  readonly type: 'perdure.child.terminated';
  readonly id: string;
  readonly address: string;
}

/** What a machine hears when a pool does not do what it asked for. @public */
export interface ChildRefusedEvent {
  readonly type: 'perdure.child.refused';
  readonly id: string;
  readonly code: ChildRefusal;
}

/** Whatever a pool answers to `startChild` and `terminateChild` of a machine. @public */
export type ChildEvent = ChildStartedEvent | ChildTerminatedEvent | ChildRefusedEvent;

/** Also what a pool itself has nothing to say about. */
export interface Refusal {
  readonly kind: 'refused';
  readonly error: ChildRefusal;
}

/** What a machine hears of the child that it asked a pool to start or to end. */
export function poolNews(
  pool: string,
  id: string,
  wasStart: boolean,
  answer: Answer | Refusal,
): EnvelopeContent {
  return { kind: 'message', event: eventOf(pool, id, wasStart, answer), sender: pool };
}

function eventOf(
  pool: string,
  id: string,
  wasStart: boolean,
  answer: Answer | Refusal,
): ChildEvent {
  switch (answer.kind) {
    case 'child':
    case 'done': {
      const type = wasStart ? 'perdure.child.started' : 'perdure.child.terminated';
      return { type, id, address: childAddress(pool, id) };
    }
    case 'refused':
      return { type: 'perdure.child.refused', id, code: answer.error };
    case 'startFailed':
    case 'spec':
    case 'children':
    case 'counts':
      // only the first of them can be, for what a machine asks of a pool
      return { type: 'perdure.child.refused', id, code: 'startFailed' };
  }
}
