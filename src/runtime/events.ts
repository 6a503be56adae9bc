import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../ports/logger.ts';

/** Everything that can be observed of a running system. Volatile; told only after it is durable. @public */
export type SystemEvent =
  | {
      readonly type: 'actor.started';
      readonly address: string;
      readonly incarnation: number;
      readonly restored: boolean;
    }
  | {
      readonly type: 'actor.exited';
      readonly address: string;
      readonly incarnation: number;
      readonly reason: string;
      readonly error?: Error;
      readonly event?: string;
    }
  /** Its supervisor stopped it. */
  | {
      readonly type: 'actor.stopped';
      readonly address: string;
      readonly incarnation: number;
      readonly reason: string;
    }
  | {
      readonly type: 'actor.start_failed';
      readonly address: string;
      readonly incarnation: number;
      readonly reason: string;
    }
  /** Its `onStart` said that there is nothing to run. */
  | {
      readonly type: 'actor.start_ignored';
      readonly address: string;
      readonly incarnation: number;
    }
  | {
      readonly type: 'supervisor.starting' | 'supervisor.started';
      readonly address: string;
      readonly incarnation: number;
    }
  | {
      readonly type: 'supervisor.start_failed' | 'supervisor.ended';
      readonly address: string;
      readonly incarnation: number;
      readonly reason: string;
    }
  /** Its message to `receiver` has no room: the turn is taken again a little later. */
  | {
      readonly type: 'actor.blocked';
      readonly address: string;
      readonly receiver: string;
      readonly full: 'mailbox' | 'dead_letters';
    }
  | { readonly type: 'actor.quarantined'; readonly address: string; readonly why: string }
  /** An operator paused, resumed or reset what is at this address. */
  | {
      readonly type: 'actor.paused' | 'actor.resumed' | 'actor.reset';
      readonly address: string;
    }
  | {
      readonly type: 'supervisor.decided';
      readonly address: string;
      readonly child: string;
      readonly incarnation: number;
      readonly reason: string;
      readonly decision: 'restart' | 'forget' | 'keep' | 'escalate' | 'quarantine' | 'shutdown';
      readonly restartsInWindow: number;
      readonly delayMs: number;
    }
  | {
      readonly type: 'message.parked';
      readonly address: string;
      readonly event: string;
      readonly attempts: number;
      readonly error?: Error;
    }
  | {
      readonly type: 'message.dead';
      readonly address: string;
      readonly event: string;
      readonly reason: string;
    }
  | {
      readonly type: 'effect.failed';
      readonly address: string;
      readonly effect: string;
      readonly attempt: number;
      readonly error: Error;
      /** When it is tried again, in ms since the epoch of durable time; not there: it is not. */
      readonly retryAtMs?: number;
    }
  /** A step said that it is still at work. */
  | {
      readonly type: 'effect.heartbeat';
      readonly address: string;
      readonly effect: string;
      readonly attempt: number;
      readonly note: unknown;
    }
  | {
      readonly type: 'send.failed';
      readonly address: string;
      readonly event: string;
      readonly error: Error;
    }
  | { readonly type: 'answer.dropped'; readonly ask: string }
  | { readonly type: 'store.failed'; readonly error: Error }
  | { readonly type: 'store.recovered'; readonly landed: boolean; readonly attempts: number }
  | { readonly type: 'system.status'; readonly status: string };

/** @public */
export type SystemEventOf<T extends SystemEvent['type'] | '*'> = T extends '*'
  ? SystemEvent
  : Extract<SystemEvent, { type: T }>;

type Listener = (event: SystemEvent) => void;

/** @public */
export interface EventSource {
  /** Volatile. A throw in the listener is logged and harms nothing. */
  on<const T extends SystemEvent['type'] | '*'>(
    type: T,
    listener: (event: SystemEventOf<T>) => void,
  ): Disposable;
}

/** The stream of {@link SystemEvent}s. */
export class SystemEvents implements EventSource {
  readonly #logger: Logger;
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<const T extends SystemEvent['type'] | '*'>(
    type: T,
    listener: (event: SystemEventOf<T>) => void,
  ): Disposable {
    const listeners = this.#listeners.get(type) ?? new Set<Listener>();
    this.#listeners.set(type, listeners);
    const entry: Listener = (event) => listener(event as SystemEventOf<T>);
    listeners.add(entry);
    return {
      [Symbol.dispose]: () => {
        listeners.delete(entry);
      },
    };
  }

  emit(event: SystemEvent): void {
    this.#tell(this.#listeners.get(event.type), event);
    this.#tell(this.#listeners.get('*'), event);
  }

  #tell(listeners: Set<Listener> | undefined, event: SystemEvent): void {
    if (listeners === undefined) return;
    for (const listener of [...listeners]) callListener(this.#logger, () => listener(event));
  }
}

/** Calls user code that only listens: what it throws is logged, never passed on. */
export function callListener(logger: Logger, call: () => unknown): void {
  try {
    const result = call();
    if (result instanceof Promise) {
      result.catch((error: unknown) =>
        logger.error({ error: reasonOf(error) }, 'a listener rejected'),
      );
    }
  } catch (error) {
    logger.error({ error: reasonOf(error) }, 'a listener threw');
  }
}
