/** The handle to a supervisor: OTP's calls and OTP's answers, as data. */
import type { AnyActorLogic } from '../actors/host-types.ts';
import type { ChildCounts, ChildView, RequestError } from '../supervisor/answer.ts';
import type { ChildSettings } from '../supervisor/child-spec.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import type { ArgsFor, InputOption } from './child-options.ts';
import type { ActorSpec, AnyChild } from './tree-spec.ts';

/**
 * A child as a call names it: by its id, or by a handle to something that may run there (`system.ref()`, or
 * anything with an address), which is OTP's pid. Instances of a pool have no ids of their own in OTP, so that
 * only a handle names them; a child of any other supervisor is named by its id only.
 *
 * @public
 */
export type ChildName = string | { readonly address: string };

/** Why a supervisor refused, by OTP's words; `max_children` is Elixir's. @public */
export type SupervisorRefusal = RequestError | 'max_children';

/** @public */
export interface Refused<E extends string = SupervisorRefusal> {
  readonly ok: false;
  readonly error: E;
}

/** The child's start failed; nothing is retried. @public */
export interface StartRefused extends Refused<'start_failed'> {
  /** What happened, in words. */
  readonly reason: string;
  /** The same as data: which child of which child, and why. */
  readonly failure: StartFailure;
}

/** @public */
export interface ChildStarted {
  readonly ok: true;
  readonly address: string;
  /** false: its `onStart` said that there is nothing to run. */
  readonly isRunning: boolean;
}

/** @public */
export type StartAnswer = ChildStarted | Refused | StartRefused;
/** @public */
export type DoneAnswer = { readonly ok: true } | Refused;

/** One line of `whichChildren`. @public */
export interface Child extends ChildView {
  readonly address: string;
  /** Runs, but takes no turn until it is resumed. */
  readonly isPaused: boolean;
}

type TemplateId<S> = S extends { readonly id: infer Id extends string } ? Id : never;
type IsUnion<T, Each = T> = [T] extends [never]
  ? false
  : T extends unknown
    ? [Each] extends [T]
      ? false
      : true
    : never;

/** Which of the supervisor's templates. May be left out where there is one only. */
type TemplateOption<Id, All> =
  IsUnion<All> extends true ? { readonly template: Id } : { readonly template?: Id };
/** For an actor; a subtree has none. */
type InputOptionOf<S> =
  S extends ActorSpec<string, infer L extends AnyActorLogic>
    ? InputOption<L>
    : { readonly input?: undefined };

/** What `startChild` is told of the child to be: one shape for each of the templates `S`. @public */
export type NewChildOptions<S, All = TemplateId<S>> = S extends unknown
  ? TemplateOption<TemplateId<S>, All> & InputOptionOf<S>
  : never;

/** The options, which may be left out if nothing in them is required. */
type NewChildArgs<S> = [S] extends [never]
  ? [options: 'this supervisor has no templates']
  : ArgsFor<NewChildOptions<S>>;

/**
 * A supervisor of the tree, a pool included. Calls are served one at a time, in order, between its other
 * duties; an answer is given once it is durable. What OTP answers with `{error, …}` is an answer here too; a
 * call rejects only for bad input (OPTION_INVALID, VALUE_NOT_STORABLE) and when the system ends
 * (SYSTEM_STOPPING). `noproc`: no supervisor runs at that address.
 *
 * @public
 */
export interface SupervisorRef<S = AnyChild> {
  readonly address: string;
  /**
   * Adds a child, at the end of the start order, and starts it. It is durable: it comes back with the
   * process, and with its supervisor unless that says `childrenOnRestart: 'forget'`.
   */
  startChild(id: string, ...options: NewChildArgs<S>): Promise<StartAnswer>;
  /** Stops a child, or withdraws its restart. Its spec, state and mail stay, unless it is temporary. */
  terminateChild(child: ChildName): Promise<DoneAnswer>;
  /** Starts a child that does not run. */
  restartChild(child: ChildName): Promise<StartAnswer>;
  /** Takes a child that does not run away, with all that is stored of it. */
  deleteChild(child: ChildName): Promise<DoneAnswer>;
  getChildSpec(
    child: ChildName,
  ): Promise<{ readonly ok: true; readonly spec: ChildSettings } | Refused>;
  /** Latest in start order first, as in OTP. */
  whichChildren(): Promise<
    { readonly ok: true; readonly children: readonly Child[] } | Refused<'noproc'>
  >;
  countChildren(): Promise<{ readonly ok: true; readonly counts: ChildCounts } | Refused<'noproc'>>;
}
