/** An actor with everything that touches the outside: a step, a named action, a callback, a timer. */
import { assign, emit, fromCallback, setup } from 'xstate';
import { step } from '../../src/index.ts';
import { deferred } from '../runtime/lab.ts';

/** What the outside saw, and the hands that move it. */
export class Outside {
  /** Idempotency keys, one per run. */
  readonly runs: string[] = [];
  readonly actions: string[] = [];
  callbacks = 0;
  aborts = 0;
  fail: (error: Error) => void = () => undefined;
  finish: (value: string) => void = () => undefined;
  sendBack: (event: { type: 'tick' }) => void = () => undefined;
  #result = deferred<string>();

  constructor() {
    this.#again();
  }

  run(key: string, signal: AbortSignal): Promise<string> {
    this.runs.push(key);
    signal.addEventListener('abort', () => {
      this.aborts += 1;
    });
    return this.#result.promise;
  }

  #again(): void {
    this.#result = deferred<string>();
    this.fail = (error) => {
      this.#result.reject(error);
      this.#again();
    };
    this.finish = (value) => {
      this.#result.resolve(value);
      this.#again();
    };
  }
}

export type WorkerEvent =
  | { type: 'work' }
  | { type: 'note'; text: string }
  | { type: 'listen' }
  | { type: 'sleep' }
  | { type: 'tick' }
  | { type: 'rest' };

/** Typed by what it does: the tests read its context. */
export function workerOn(outside: Outside) {
  return setup({
    types: {
      context: {} as { results: readonly string[]; ticks: number; woken: number },
      events: {} as WorkerEvent,
      emitted: {} as { type: 'finished'; result: string },
    },
    actors: {
      job: step(({ idempotencyKey, signal }) => outside.run(idempotencyKey, signal)),
      feed: fromCallback(({ sendBack }) => {
        outside.callbacks += 1;
        outside.sendBack = sendBack as Outside['sendBack'];
        return () => {
          outside.callbacks -= 1;
        };
      }),
    },
    actions: {
      tell: (_, { text }: { text: string }) => {
        outside.actions.push(text);
      },
    },
  }).createMachine({
    id: 'worker',
    context: { results: [], ticks: 0, woken: 0 },
    initial: 'idle',
    on: {
      note: { actions: { type: 'tell', params: ({ event }) => ({ text: event.text }) } },
      tick: { actions: assign({ ticks: ({ context }) => context.ticks + 1 }) },
    },
    states: {
      idle: { on: { work: 'working', listen: 'listening', sleep: 'sleeping' } },
      working: {
        invoke: {
          src: 'job',
          onDone: {
            target: 'idle',
            actions: [
              assign({ results: ({ context, event }) => [...context.results, event.output] }),
              emit(({ event }) => ({ type: 'finished', result: event.output })),
            ],
          },
        },
      },
      listening: { invoke: { src: 'feed' }, on: { rest: 'idle' } },
      sleeping: {
        after: {
          80: { target: 'idle', actions: assign({ woken: ({ context }) => context.woken + 1 }) },
        },
      },
    },
  });
}
