/** Where sessions report: it remembers how many, and a sum over what they said. */
import { assign, emit, enqueueActions, setup } from 'xstate';
import { type Bag, emptyBag, into } from '../crash/chain.ts';
import { expectedReport } from './duties.ts';

export interface ClosedReport {
  readonly type: 'closed';
  readonly session: number;
  readonly report: string;
  /** Items that did not come, and that came again. */
  readonly lost: number;
  readonly twice: number;
}

interface ArchiveContext {
  readonly closed: Bag;
  readonly lost: number;
  readonly twice: number;
  /** Reports that are not what they must be: the first few. */
  readonly wrong: readonly string[];
}

const WRONG_MAX = 5;

/** `ballast`: what it emits with each report, if it is to fill the disk. */
export function archive(ballast: (() => string) | undefined) {
  return setup({
    types: {
      context: {} as ArchiveContext,
      events: {} as ClosedReport,
      emitted: {} as { type: 'ballast'; text: string },
    },
  }).createMachine({
    id: 'archive',
    context: { closed: emptyBag, lost: 0, twice: 0, wrong: [] },
    on: {
      closed: {
        actions: [
          assign(({ context, event: { session, report, lost, twice } }) => ({
            closed: into(context.closed, report),
            lost: context.lost + lost,
            twice: context.twice + twice,
            wrong:
              report === expectedReport(session) || context.wrong.length === WRONG_MAX
                ? context.wrong
                : [...context.wrong, report],
          })),
          enqueueActions(({ enqueue }) => {
            if (ballast !== undefined) enqueue(emit({ type: 'ballast', text: ballast() }));
          }),
        ],
      },
    },
  });
}
