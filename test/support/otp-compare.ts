/** Compares what was seen with what OTP did, as the format of the vectors says. */
import type {
  AnsweredCall,
  Expectation,
  ParallelEvents,
  PlainEvent,
  Result,
  SupervisorView,
  VectorChildView,
  VectorEvent,
} from './otp-vectors.ts';

export interface Seen {
  readonly result: Result;
  readonly calls: readonly AnsweredCall[];
  readonly events: readonly PlainEvent[];
  readonly view: readonly SupervisorView[];
}

/** The first difference as a sentence, or undefined. `pools`: paths whose children have no order. */
export function compare(
  expected: Expectation,
  seen: Seen,
  pools: ReadonlySet<string>,
): string | undefined {
  return (
    differ('result', expected.result, seen.result) ??
    differ('calls', expected.calls.map(sorted(pools)), seen.calls.map(sorted(pools))) ??
    compareEvents(expected.events, seen.events) ??
    differ('view', viewed(expected.view, pools), viewed(seen.view, pools, expected.view))
  );
}

function byId(a: VectorChildView, b: VectorChildView): number {
  return a.id < b.id ? -1 : 1;
}

function sorted(pools: ReadonlySet<string>): (call: AnsweredCall) => AnsweredCall {
  return (call) => {
    if (!call.result.ok || call.result.children === undefined || !pools.has(call.sup)) return call;
    const children = call.result.children.toSorted(byId);
    return { ...call, result: { ...call.result, children } };
  };
}

/** In the order of paths, pools sorted, without `restarts` where the driver does not know it. */
function viewed(
  views: readonly SupervisorView[],
  pools: ReadonlySet<string>,
  expected: readonly SupervisorView[] = views,
): SupervisorView[] {
  return views
    .map((view) => {
      const children = pools.has(view.path) ? view.children.toSorted(byId) : view.children;
      const restarts = view.restarts ?? expected.find(({ path }) => path === view.path)?.restarts;
      return { ...view, children, ...(restarts === undefined ? {} : { restarts }) };
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function compareEvents(
  expected: readonly VectorEvent[],
  seen: readonly PlainEvent[],
): string | undefined {
  let at = 0;
  for (const event of expected) {
    const count = size(event);
    const taken = seen.slice(at, at + count);
    at += count;
    const difference =
      event.ev === 'par' ? compareBranches(event, taken) : differ('event', event, taken[0]);
    if (difference !== undefined) return `${difference}\n of events ${JSON.stringify(seen)}`;
  }
  return at === seen.length ? undefined : `too many events: ${JSON.stringify(seen.slice(at))}`;
}

/** Each branch holds the events of one instance, and of what is below it. */
function compareBranches(
  { path, branches }: ParallelEvents,
  seen: readonly PlainEvent[],
): string | undefined {
  const remaining = new Set(seen);
  for (const branch of branches) {
    const label = firstPath(branch)
      .slice(path.length + 1)
      .split('/')[0];
    const root = `${path}/${label}`;
    const mine = seen.filter((event) => event.path === root || event.path.startsWith(`${root}/`));
    for (const event of mine) remaining.delete(event);
    const difference = compareEvents(branch, mine);
    if (difference !== undefined) return difference;
  }
  return remaining.size === 0 ? undefined : `more in the group: ${JSON.stringify([...remaining])}`;
}

function firstPath(branch: readonly VectorEvent[]): string {
  return branch[0]?.path ?? '';
}

function size(event: VectorEvent): number {
  if (event.ev !== 'par') return 1;
  return event.branches.flat().reduce((sum, inner) => sum + size(inner), 0);
}

function differ(what: string, expected: unknown, seen: unknown): string | undefined {
  const [wanted, got] = [canonical(expected), canonical(seen)];
  return wanted === got ? undefined : `${what}\n expected ${wanted}\n but saw  ${got}`;
}

/** JSON with sorted keys and without undefined fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
