/** Questions as types: an event that its sender expects an answer to, and what can be asked of a logic. */
import type { ActorRef, AnyActorLogic, EventFromLogic, EventObject, Snapshot } from 'xstate';

declare const replyType: unique symbol;

/**
 * A stored ref which takes one answer of type `R`; it may wait in context over restarts.
 *
 * @public
 */
export interface ReplyRef<R>
  extends ActorRef<Snapshot<unknown>, { type: 'perdure.reply'; value: R }> {
  readonly [replyType]?: R;
}

/**
 * An event that its sender expects an answer of type `R` to. Who asks leaves `replyTo` out: the runtime
 * adds it.
 *
 * @public
 */
export type Ask<E extends EventObject, R> = E & { readonly replyTo: ReplyRef<R> };

// biome-ignore lint/suspicious/noExplicitAny: matches every answer
type AnyReplyRef = ReplyRef<any>;

/** The events of a machine that others may send: those of XState itself are refused from outside. @public */
export type MessageOf<L extends AnyActorLogic> =
  EventFromLogic<L> extends infer E ? (E extends { type: `xstate.${string}` } ? never : E) : never;

/** The events that expect no answer. @public */
export type Telling<E> = E extends { replyTo: AnyReplyRef } ? never : E;

type Asking<E> = E extends { replyTo: ReplyRef<infer R> }
  ? {
      event: Omit<E, 'replyTo' | 'type'>;
      type: E extends { type: infer T } ? T : never;
      reply: R;
    }
  : never;

/** What can be asked of `L`: type, rest of the event, reply. @public */
export type AskableOf<L extends AnyActorLogic> = Asking<MessageOf<L>>;

/** The reply of `L` to questions of type `T`. @public */
export type ReplyFor<L extends AnyActorLogic, T> =
  Extract<AskableOf<L>, { type: T }> extends { reply: infer R } ? R : never;

/** What the sender of `E` expects. @public */
export type ReplyOf<E> = E extends { replyTo: ReplyRef<infer R> } ? R : never;

/** The events of a machine, or the event union itself: for types that would else be circular. @public */
export type EventsOf<T> = T extends AnyActorLogic
  ? MessageOf<T>
  : T extends EventObject
    ? T
    : never;
