import type { UserCode } from '../ports/executor.ts';
import type { Phase } from './phase.ts';

/** How a write ends, and its process with it, where it does. */
export type WriteEnd =
  | 'lands'
  /** Nothing of it is there, and its writer is not sure. */
  | 'is lost'
  /** It is there, and its writer is not sure. */
  | 'lands unheard'
  | 'is fenced'
  | 'dies before'
  | 'dies torn'
  | 'dies after';

/** A process, as fate sees it. */
export interface Mortal {
  /** Among all processes of its world, from 1. */
  readonly number: number;
  readonly phase: Phase;
}

/** Decides what goes wrong in a simulated world, and when. */
export interface Fate {
  /** Asked at each point that a process passes: true, and it is dead. */
  dies(process: Mortal): boolean;
  /** @param number - of the write, from 1, over all processes of the world */
  writes(process: Mortal, number: number): WriteEnd;
  /** The error with which the store does not open. */
  opens(process: Mortal): Error | undefined;
  /** The error that user code of this kind throws instead of running. */
  fails(kind: UserCode): Error | undefined;
}

/** Nothing goes wrong. */
export const noFate: Fate = {
  dies: () => false,
  writes: () => 'lands',
  opens: () => undefined,
  fails: () => undefined,
};
