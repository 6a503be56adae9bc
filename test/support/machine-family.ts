/**
 * The family of machines that crashes are tried on, as data: what fast-check generates and shrinks. What a
 * machine does must depend on the order within each mailbox only, never on who of two senders was faster;
 * so at most one result at a time drives it, and whatever else comes in is only counted, by sender.
 */
import fc from 'fast-check';

/** What a turn does beside changing state. */
export type Deed =
  | 'emit'
  | 'log'
  | 'act'
  | 'note'
  | 'note later'
  | 'raise'
  | 'late'
  | 'cancel'
  | 'echo';

export interface Move {
  /** Index into the places that can be reached from there; the last ones are histories. */
  readonly to: number;
  /** The guard: `drives` is a multiple of it; 0: no guard. */
  readonly by: number;
  readonly deeds: readonly Deed[];
}

/** What a state invokes. */
export type Invoked = 'step' | 'failing step' | 'ask' | 'machine';

export type Trigger = 'e0' | 'e1' | 'e2' | 'r0' | 'late' | 'echo';

export interface StateSpec {
  readonly on: Readonly<Partial<Record<Trigger, Move>>>;
  readonly always: number;
  readonly after: { readonly ticks: number; readonly move: Move } | undefined;
  readonly invoke: Invoked | undefined;
  readonly entry: readonly Deed[];
  readonly exit: readonly Deed[];
  readonly inner: readonly StateSpec[];
  readonly history: 'shallow' | 'deep';
}

export interface MachineSpec {
  /** May invoke. */
  readonly busy: readonly StateSpec[];
  /** A second region, if it is a parallel machine. */
  readonly calm: readonly StateSpec[];
  readonly history: boolean;
}

/** What a caller outside does. */
export type Op =
  | { readonly kind: 'event'; readonly to: 'a' | 'b'; readonly type: 'e0' | 'e1' | 'e2' }
  | {
      readonly kind: 'event';
      readonly to: 'a' | 'b';
      readonly type: 'work' | 'stop' | 'side' | 'poison';
    }
  | { readonly kind: 'ask'; readonly to: 'a' | 'b' }
  | { readonly kind: 'time'; readonly ticks: number };

export interface Program {
  readonly a: MachineSpec;
  readonly b: MachineSpec;
  readonly ops: readonly Op[];
  readonly latencyTurns: number;
}

/** Deeds that cause no other event of the same actor, so that nothing goes round in circles. */
const quiet: readonly Deed[] = ['emit', 'log', 'act', 'note', 'note later', 'late', 'cancel'];
const loud: readonly Deed[] = [...quiet, 'raise', 'echo'];

const deeds = (from: readonly Deed[]): fc.Arbitrary<readonly Deed[]> =>
  fc.uniqueArray(fc.constantFrom(...from), { maxLength: 3 });

const move = (from: readonly Deed[]): fc.Arbitrary<Move> =>
  fc.record({ to: fc.nat(9), by: fc.constantFrom(0, 0, 2, 3), deeds: deeds(from) });

const on: fc.Arbitrary<StateSpec['on']> = fc.record(
  {
    e0: move(loud),
    e1: move(loud),
    e2: move(loud),
    r0: move(quiet),
    late: move(quiet),
    echo: move(quiet),
  },
  { requiredKeys: [] },
);

function state(inner: fc.Arbitrary<readonly StateSpec[]>): fc.Arbitrary<StateSpec> {
  return fc.record({
    on,
    always: fc.constantFrom(0, 0, 2, 3),
    after: fc.option(fc.record({ ticks: fc.integer({ min: 1, max: 3 }), move: move(quiet) }), {
      nil: undefined,
    }),
    invoke: fc.option(fc.constantFrom<Invoked>('step', 'failing step', 'ask', 'machine'), {
      nil: undefined,
      freq: 3,
    }),
    entry: deeds(['emit', 'log', 'act', 'note']),
    exit: deeds(['emit', 'note', 'cancel']),
    inner,
    history: fc.constantFrom('shallow', 'deep'),
  });
}

const leaf = state(fc.constant([]));
const pair = (each: fc.Arbitrary<StateSpec>): fc.Arbitrary<readonly StateSpec[]> =>
  fc.tuple(each, leaf);
const compound = state(fc.oneof(pair(leaf), pair(state(pair(leaf)))));
const region = fc
  .tuple(fc.oneof(leaf, compound), compound, leaf)
  .map((states): readonly StateSpec[] => states);

const machine: fc.Arbitrary<MachineSpec> = fc.record({
  busy: region,
  calm: fc.oneof(fc.constant([]), region),
  history: fc.boolean(),
});

const to = fc.constantFrom<'a' | 'b'>('a', 'b');
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('event'),
      to,
      type: fc.constantFrom('e0', 'e1', 'e2'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('event'),
      to,
      type: fc.constantFrom('work', 'work', 'work', 'stop', 'side', 'poison'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ask'), to }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('time'), ticks: fc.integer({ min: 1, max: 2 }) }),
  },
) as fc.Arbitrary<Op>;

/** A child that comes, works and goes is too rare if left to chance. */
const story: fc.Arbitrary<readonly Op[]> = to.map((name) =>
  (['work', 'work', 'stop'] as const).map((type) => ({ kind: 'event', to: name, type })),
);

const chapter: fc.Arbitrary<readonly Op[]> = fc.oneof(
  { weight: 9, arbitrary: op.map((one) => [one]) },
  { weight: 1, arbitrary: story },
);

/** Two generated actors, one that answers questions, and what is done to them. */
export function programs(opsMax: number): fc.Arbitrary<Program> {
  const arbitrary = fc.record({
    a: machine,
    b: machine,
    ops: fc
      .array(chapter, { minLength: 2, maxLength: opsMax, size: 'max' })
      .map((ops) => ops.flat().slice(0, opsMax)),
    latencyTurns: fc.nat(2),
  });
  // few runs: each is to be unlike the others, none the smallest there is
  return fc.noBias(arbitrary);
}

/** The same without what makes it matter whether one waits between two messages. */
export function unhurried(program: Program): Program {
  return {
    ...program,
    a: plainMachine(program.a),
    b: plainMachine(program.b),
    ops: program.ops.filter((op) => !('type' in op && op.type === 'stop')),
  };
}

/** The same with everything said to one actor, at once. */
export function monologue(program: Program): Program {
  const ops = program.ops
    .filter(({ kind }) => kind !== 'time')
    .map((each): Op => (each.kind === 'time' ? each : { ...each, to: 'a' }));
  return { ...program, ops };
}

function plainMachine(spec: MachineSpec): MachineSpec {
  return { ...spec, busy: spec.busy.map(plainState), calm: spec.calm.map(plainState) };
}

function plainState(spec: StateSpec): StateSpec {
  const withoutEcho = (each: Move): Move => ({
    ...each,
    deeds: each.deeds.filter((deed) => deed !== 'echo'),
  });
  return {
    ...spec,
    invoke: undefined,
    on: Object.fromEntries(
      Object.entries(spec.on).map(([type, each]) => [type, withoutEcho(each)]),
    ),
    inner: spec.inner.map(plainState),
  };
}
