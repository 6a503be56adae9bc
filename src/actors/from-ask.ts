/** Asking another actor, as logic to invoke: `onDone` has the reply, `onError` the timeout. */
import { fromPromise } from 'xstate';
import type { ActorRef, EventObject, PromiseActorLogic, Snapshot } from 'xstate';
import { PerdureError } from '../base/errors.ts';
import { askOptionsSchema } from '../base/logic-options.ts';
import { readOptions } from '../base/option-reading.ts';
import type { ReplyOf, ReplyRef } from './ask.ts';
import { LightRef } from './light-ref.ts';

/** What the runtime needs to ask. */
export interface CarriedAsk {
  readonly target: LightRef;
  readonly type: string;
  readonly timeoutMs: number;
}

// biome-ignore lint/suspicious/noExplicitAny: matches every answer
type Askable<E> = E extends { replyTo: ReplyRef<any>; type: infer T } ? T : never;
type AskInput<F> = {} extends F ? F | undefined : F;

const carried: unique symbol = Symbol.for('perdure.ask') as never;

/**
 * Asks `target` the question `type`, with the invoke's input as the rest of the event. Leaving the state
 * withdraws the question; deadline and correlation are durable.
 *
 * @throws {@link PerdureError} OPTION_INVALID
 * @public
 */
export function fromAsk<E extends EventObject, const T extends Askable<E>>(
  target: ActorRef<Snapshot<unknown>, E>,
  type: T,
  options?: { readonly timeoutMs?: number },
): PromiseActorLogic<
  ReplyOf<Extract<E, { type: T }>>,
  AskInput<Omit<Extract<E, { type: T }>, 'replyTo' | 'type'>>
> {
  const { timeoutMs } = readOptions('fromAsk()', askOptionsSchema, options ?? {});
  if (!((target as unknown) instanceof LightRef)) {
    throw new PerdureError('OPTION_INVALID', {
      path: 'fromAsk(target)',
      why: "expected at('/address')",
    });
  }
  if (typeof type !== 'string' || type === '') {
    throw new PerdureError('OPTION_INVALID', {
      path: 'fromAsk(type)',
      why: 'expected the type of an event',
    });
  }

  const logic = fromPromise<never, never>(() => {
    throw new PerdureError('REF_UNBOUND', {
      ref: (target as unknown as LightRef).address,
      call: 'fromAsk()',
      fix: 'run the machine in a system of perdure; in a test, provide() another actor in its place',
    });
  });
  const carries: CarriedAsk = Object.freeze({
    target: target as unknown as LightRef,
    type,
    timeoutMs,
  });
  return Object.defineProperty(logic, carried, { value: carries }) as never;
}

/** The options of a logic that {@link fromAsk} made, undefined for any other. */
export function askOptionsOf(logic: object): CarriedAsk | undefined {
  return (logic as { [carried]?: CarriedAsk })[carried];
}
