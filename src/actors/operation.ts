import type { AnyActorRef, AnyEventObject, EventObject } from 'xstate';

/** A child that a turn made: XState's own object for it, from which everything else is read. */
export interface NewChild {
  readonly uid: number;
  readonly id: string;
  readonly src: string;
  readonly systemId: string | undefined;
  readonly syncSnapshot: boolean;
  readonly input: unknown;
}

/** What a turn asks for, as data, in the order in which the machine asked. */
export type Operation =
  | { readonly kind: 'start'; readonly child: NewChild }
  | { readonly kind: 'stop'; readonly uid: number }
  | { readonly kind: 'send'; readonly to: AnyActorRef; readonly event: EventObject }
  | {
      readonly kind: 'schedule';
      readonly id: string | undefined;
      readonly delayMs: number;
      readonly event: EventObject;
      /** undefined: the actor itself, inside its own order (`raise` with a delay, `after`). */
      readonly to: AnyActorRef | undefined;
    }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'emit'; readonly event: AnyEventObject }
  | { readonly kind: 'log'; readonly label: string | undefined; readonly value: unknown }
  | {
      readonly kind: 'action';
      readonly type: string;
      readonly params: unknown;
      readonly event: EventObject;
      readonly context: unknown;
      /** The function itself: used when it has no name under which it could be found again. */
      readonly exec: ActionFn | undefined;
    };

/** A custom action that a turn asks for. */
export type AskedAction = Extract<Operation, { readonly kind: 'action' }>;

export type ActionFn = (info: unknown, params: unknown) => unknown;
