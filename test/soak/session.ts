/** An actor that comes, takes its items, does what they ask for, reports to the archive and goes. */
import { assign, emit, enqueueActions, raise, sendTo, setup, spawnChild, stopChild } from 'xstate';
import type { PromiseActorLogic } from 'xstate';
import { type Ask, at, fromAsk } from '../../src/index.ts';
import { type Bag, emptyBag, into, type Streams, taken } from '../crash/chain.ts';
import type { Numbered } from '../crash/machines.ts';
import type { OracleReply } from '../crash/messages.ts';
import { worker } from '../crash/worker-machine.ts';
import type { ClosedReport } from './archive.ts';
import type { Ill } from './clinic.ts';
import { dutyOf, infects, isDoomed, itemsPerSession, reportOf, source } from './duties.ts';

export interface Visit {
  readonly session: number;
  readonly n: number;
}
export type Item = { readonly type: 'item'; readonly n: number };
type Due = { readonly type: 'due'; readonly n: number };
type Hired = {
  readonly type: `xstate.done.actor.${string}`;
  readonly output: Numbered;
  readonly actorId: string;
};

interface SessionContext {
  readonly session: number;
  readonly streams: Streams;
  /** Items whose step is still to be done. */
  readonly queue: readonly number[];
  /** Timers and children under way. */
  readonly open: number;
  readonly results: Bag;
  readonly isFinishing: boolean;
}
type Question = Ask<Numbered & { readonly type: 'question' }, OracleReply>;

/** How long a step that cannot succeed is waited for: longer than all its attempts. */
const PATIENCE_MS = 4_000;

export function session(options: {
  readonly work: PromiseActorLogic<void, Visit>;
  readonly hired: PromiseActorLogic<void, Numbered>;
  /** May throw: then the turn is dropped and taken again. */
  readonly stumble: (visit: Visit) => void;
}) {
  const first = ({ queue }: SessionContext): number => queue[0] ?? 0;
  return setup({
    types: {
      input: {} as { readonly session: number },
      context: {} as SessionContext,
      events: {} as Item | Due | Hired | { readonly type: 'finish' },
      emitted: {} as { readonly type: 'noted'; readonly n: number },
    },
    actors: {
      work: options.work,
      worker: worker.provide({ actors: { work: options.hired } }),
      ask: fromAsk(at<Question>('/oracle'), 'question', { timeoutMs: 3_600_000 }),
    },
    delays: {
      a_while: ({ event }) => 20 + (((event as Item).n * 13) % 200),
      patience: PATIENCE_MS,
    },
  }).createMachine({
    id: 'session',
    context: ({ input }) => ({
      session: input.session,
      streams: {},
      queue: [],
      open: 0,
      results: emptyBag,
      isFinishing: false,
    }),
    on: {
      item: {
        actions: [
          assign(({ context, event: { n } }) => {
            options.stumble({ session: context.session, n });
            const duty = dutyOf(n);
            return {
              streams: taken(context.streams, source, n),
              queue: duty === 'work' ? [...context.queue, n] : context.queue,
              open: context.open + (duty === 'wait' || duty === 'hire' ? 1 : 0),
            };
          }),
          enqueueActions(({ context, event: { n }, enqueue }) => {
            const duty = dutyOf(n);
            if (duty === 'wait') enqueue(raise({ type: 'due' as const, n }, { delay: 'a_while' }));
            if (duty === 'note') enqueue(emit({ type: 'noted' as const, n }));
            if (duty === 'hire')
              enqueue(spawnChild('worker', { id: `hired-${n}`, input: { source, n } }));
            if (infects(context.session, n))
              enqueue(sendTo(at<Ill>('/crew/clinic'), { type: 'ill', session: context.session }));
          }),
        ],
      },
      due: {
        actions: assign(({ context, event }) => ({
          open: context.open - 1,
          results: into(context.results, `wait-${event.n}`),
        })),
      },
      'xstate.done.actor.*': {
        actions: [
          assign(({ context, event }) => ({
            open: context.open - 1,
            results: into(context.results, `hire-${event.output.n}`),
          })),
          stopChild(({ event }) => event.actorId),
        ],
      },
      finish: { actions: assign({ isFinishing: true }) },
    },
    initial: 'idle',
    states: {
      idle: {
        always: [
          { guard: ({ context }) => context.queue.length > 0, target: 'working' },
          { guard: ({ context }) => context.isFinishing && context.open === 0, target: 'asking' },
        ],
      },
      working: {
        invoke: {
          src: 'work',
          input: ({ context }) => ({ session: context.session, n: first(context) }),
          onDone: {
            target: 'idle',
            actions: assign(({ context }) => ({
              queue: context.queue.slice(1),
              results: into(context.results, `work-${first(context)}`),
            })),
          },
        },
        after: {
          patience: {
            guard: ({ context }) => isDoomed(context.session, first(context)),
            target: 'idle',
            actions: assign({ queue: ({ context }) => context.queue.slice(1) }),
          },
        },
      },
      asking: {
        invoke: {
          src: 'ask',
          input: ({ context }) => ({ source, n: context.session }),
          onDone: 'closed',
        },
      },
      closed: {
        type: 'final',
        entry: sendTo(at<ClosedReport>('/archive'), ({ context }) => closedReport(context)),
      },
    },
  });
}

function closedReport({ session: number, streams, results }: SessionContext): ClosedReport {
  const stream = streams[source];
  const { count = 0, repeated = 0 } = stream ?? {};
  return {
    type: 'closed',
    session: number,
    report: reportOf(number, { stream, results }),
    lost: itemsPerSession - (count - repeated),
    twice: repeated,
  };
}
