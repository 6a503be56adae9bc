import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { crash, killed, normal, shutdown, type ExitReason } from '../../src/actors/exit-reason.ts';
import type { ChildSettings } from '../../src/supervisor/child-spec.ts';
import type { ChildKey, Input, Request } from '../../src/supervisor/input.ts';
import { newState, ownRecord } from '../../src/supervisor/state.ts';
import { step } from '../../src/supervisor/step.ts';
import type { SupervisorSettings } from '../../src/supervisor/supervisor-settings.ts';
import { property } from '../support/property.ts';
import { child, settings, SupervisorBench } from '../support/supervisor-bench.ts';

const ids = ['a', 'b', 'c', 'd'] as const;
const anyId = fc.constantFrom(...ids);
const anyReason = fc.constantFrom<ExitReason>(normal, shutdown, killed, crash(new Error('broke')), {
  kind: 'quarantined',
  why: 'unreadable',
});
const anySettings: fc.Arbitrary<SupervisorSettings> = fc
  .record({
    strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'),
    intensity: fc.nat(3),
    intensityScope: fc.constantFrom('supervisor', 'child'),
    onExceeded: fc.constantFrom('escalate', 'quarantine'),
    backoff: fc.constantFrom<SupervisorSettings['backoff']>(false, {
      minMs: 10,
      maxMs: 500,
      factor: 2,
      jitter: 'full',
    }),
    autoShutdown: fc.constantFrom('never', 'any_significant', 'all_significant'),
    childrenOnRestart: fc.constantFrom('remember', 'forget'),
  })
  .map((given) =>
    settings(
      given.strategy === 'simple_one_for_one'
        ? { ...given, autoShutdown: 'never', templates: [child('template')] }
        : given,
    ),
  );
const anyRestart = fc.constantFrom('permanent', 'transient', 'temporary');
const anySpec: fc.Arbitrary<ChildSettings> = fc
  .record({ id: anyId, restart: anyRestart, significant: fc.boolean() })
  .map((given) => child(given.id, given));
const anyKey: fc.Arbitrary<ChildKey> = fc.record({
  id: anyId,
  by: fc.constantFrom('id', 'handle'),
});
const anyRequest: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ kind: fc.constant('startChild'), spec: anySpec }),
  fc.record({
    kind: fc.constantFrom(
      'terminateChild',
      'restartChild',
      'resetChild',
      'deleteChild',
      'getChildSpec',
    ),
    child: anyKey,
  }),
  fc.record({ kind: fc.constantFrom('whichChildren', 'countChildren') }),
);
const about = { child: anyId, incarnation: fc.integer({ min: 0, max: 4 }) };
const anyNamed = fc.uniqueArray(anySpec, { selector: ({ id }) => id, maxLength: 4 });

/** Anything a shell could say, sensible or not. */
const anyInput: fc.Arbitrary<Input> = fc.oneof(
  {
    arbitrary: fc.record({ kind: fc.constantFrom('start', 'resume'), children: anyNamed }),
    weight: 2,
  },
  fc.record({ kind: fc.constant('exit'), ...about, reason: anyReason }),
  {
    arbitrary: fc.record({ kind: fc.constantFrom('started', 'ignored', 'retryDue'), ...about }),
    weight: 6,
  },
  {
    arbitrary: fc.record({ kind: fc.constant('stopped'), ...about, reason: anyReason }),
    weight: 3,
  },
  fc.record({ kind: fc.constant('startFailed'), ...about, reason: anyReason }),
  fc.record({ kind: fc.constant('terminate'), reason: anyReason }),
  {
    arbitrary: fc.record({ kind: fc.constant('request'), id: fc.string(), request: anyRequest }),
    weight: 2,
  },
);

describe('step', () => {
  property(
    'is total, depends on nothing but its arguments, and its state is plain data',
    [anySettings, anyNamed, fc.array(fc.tuple(anyInput, fc.nat(20_000)), { maxLength: 40 })],
    (given, named, inputs) => {
      const state = newState();
      const opening: Input = { kind: 'start', children: named };
      let atMs = 0;
      for (const [input, passedMs] of [[opening, 0] as const, ...inputs]) {
        atMs += passedMs;
        const twin = structuredClone(state);

        const done = step(given, state, input, { atMs, random: 0.3 });
        const again = step(given, twin, input, { atMs, random: 0.3 });

        expect(again.commands).toEqual(done.commands);
        expect(twin).toEqual(state);
        expect(structuredClone(done.commands)).toEqual(done.commands);
        expect(state.inFlight).toBeGreaterThanOrEqual(0);
      }
    },
    { runs: 2_000 },
  );
});

/** Something that happens to a supervisor under an honest shell. */
type Happening =
  | { readonly kind: 'exit'; readonly id: string; readonly reason: ExitReason }
  | { readonly kind: 'failing'; readonly id: string; readonly times: number }
  | { readonly kind: 'ignoring'; readonly id: string }
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'terminate' }
  | { readonly kind: 'start' }
  /** Answers about the child are slow from here on; those that are due come. */
  | { readonly kind: 'hold'; readonly id: string }
  | { readonly kind: 'letThrough'; readonly id: string }
  | { readonly kind: 'die' }
  /** What waits is handled, up to so many messages. */
  | { readonly kind: 'settle'; readonly messages: number };

const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('exit'), id: anyId, reason: anyReason }), weight: 4 },
  fc.record({ kind: fc.constant('failing'), id: anyId, times: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('ignoring'), id: anyId }),
  { arbitrary: fc.record({ kind: fc.constant('request'), request: anyRequest }), weight: 3 },
  fc.record({ kind: fc.constant('sleep'), ms: fc.nat(15_000) }),
  fc.record({ kind: fc.constant('terminate') }),
  fc.record({ kind: fc.constant('start') }),
  { arbitrary: fc.record({ kind: fc.constantFrom('hold', 'letThrough'), id: anyId }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant('die') }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('settle'), messages: fc.nat(6) }), weight: 6 },
);

function happen(bench: SupervisorBench, asked: string[], happening: Happening): void {
  switch (happening.kind) {
    case 'exit':
      if (bench.alive.has(happening.id)) bench.exitLater(happening.id, happening.reason);
      return;
    case 'failing':
      bench.nextStarts(
        happening.id,
        ...Array.from({ length: happening.times }, () => 'fail' as const),
      );
      return;
    case 'ignoring':
      bench.nextStarts(happening.id, 'ignored');
      return;
    case 'request':
      asked.push(bench.request(happening.request));
      return;
    case 'sleep':
      bench.sleep(happening.ms);
      return;
    case 'terminate':
      bench.post({ kind: 'terminate', reason: shutdown });
      return;
    case 'start':
      // Its owner starts it only when it knows that it has ended.
      bench.settle();
      if (bench.state.phase === 'ended') bench.start();
      return;
    case 'hold':
      bench.held.add(happening.id);
      return;
    case 'letThrough':
      bench.letThrough(happening.id);
      return;
    case 'die':
      bench.die();
      bench.post({ kind: 'resume', children: bench.named });
      return;
    case 'settle':
      bench.settle(happening.messages);
      return;
  }
}

/** Fair play: whatever has to be waited for comes. */
function comeToRest(bench: SupervisorBench): void {
  for (let rounds = 0; rounds < 50; rounds += 1) {
    bench.release(...ids);
    if (bench.retries.size === 0) return;
    bench.sleep(60_000);
  }
  throw new Error('it does not come to rest');
}

function expectRest(bench: SupervisorBench): void {
  const { state } = bench;
  expect(state.operation).toBeUndefined();
  expect(state.queue).toEqual([]);
  expect(['running', 'ended', 'new']).toContain(state.phase);
  for (const { id, status, incarnation } of state.children.values()) {
    if (state.phase === 'running') {
      expect(['running', 'undefined', 'quarantined']).toContain(status);
      expect(bench.alive.get(id)).toBe(status === 'running' ? incarnation : undefined);
    }
  }
  if (state.phase === 'ended') expect([...bench.alive.keys()]).toEqual([]);
}

/** While nothing is under way, whoever waits for the retry of a sibling waits for one that will come. */
function expectNobodyWaitsInVain({ state }: SupervisorBench): void {
  if (state.phase !== 'running' || state.operation !== undefined) return;
  const awaited = [...state.children.values()].flatMap(({ awaits }) => awaits ?? []);
  const statuses = awaited.map((id) => state.children.get(id)?.status);
  expect(statuses).toEqual(awaited.map(() => 'restarting'));
}

describe('a supervisor under an honest shell', () => {
  property(
    'comes to rest whatever happens and whenever the process dies, with what runs known to it',
    [anySettings, anyNamed, fc.array(anyHappening, { maxLength: 40 })],
    (given, named, happenings) => {
      const isPool = given.strategy === 'simple_one_for_one';
      const bench = new SupervisorBench(given, isPool ? [] : named);
      bench.onStep = (commands, disk) => {
        // What is written down is what is known.
        expect(disk.own).toEqual(ownRecord(bench.state));
        const waiting = bench.state.queue.filter(({ kind }) => kind === 'request');
        expect([...disk.requests.values()]).toEqual(waiting);
        const known = [...bench.state.children.values(), ...bench.state.orphans.values()];
        expect(disk.children).toEqual(new Map(known.map((one) => [one.id, one])));
        expectNobodyWaitsInVain(bench);
        for (const command of commands) {
          if (command.kind !== 'forgetChild') continue;
          expect(bench.alive.has(command.child)).toBe(false);
        }
      };
      const asked: string[] = [];
      bench.start();
      for (const happening of happenings) happen(bench, asked, happening);
      comeToRest(bench);
      expectRest(bench);
      const hasDied = happenings.some(({ kind }) => kind === 'die');
      for (const id of asked) {
        const count = bench.answers.get(id)?.length ?? 0;
        // What was on its way when the process died had not been asked yet.
        if (hasDied) expect(count).toBeLessThanOrEqual(1);
        else expect(count).toBe(1);
      }
    },
    { runs: 3_000 },
  );
});
