/** Random programs: fast-check draws them, and makes small those that fail. */
import fc from 'fast-check';
import { phases } from '../../src/testing/phase.ts';
import {
  type Death,
  type Deed,
  type Feature,
  features,
  type GroupShape,
  type Op,
  policyNames,
  type PoolShape,
  type Program,
  type Shape,
  type WorkerShape,
} from './program.ts';

const place = fc.nat(9);
const ms = fc.constantFrom(0, 1, 3, 20, 500);
const strategy = fc.constantFrom<GroupShape['strategy']>(
  'one_for_one',
  'one_for_all',
  'rest_for_one',
);

const act: fc.Arbitrary<Deed> = fc.record({
  do: fc.constant('act'),
  ms: fc.constantFrom(0, 0, 5, 30),
});

const simple: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('step'),
      ms,
      failures: fc.constantFrom(0, 0, 1, 9),
      isUnhandled: fc.boolean(),
      policy: fc.option(fc.constantFrom(...policyNames), { nil: undefined, freq: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('ask'), to: place, isUnanswered: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('flaky'), failures: fc.constantFrom(1, 1, 2) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel', 'dismiss', 'poison', 'finish', 'leave'),
    }),
  },
  { weight: 2, arbitrary: act },
) as fc.Arbitrary<Deed>;

function deedsOf(depth: number): fc.Arbitrary<readonly Deed[]> {
  if (depth === 0) return fc.array(simple, { maxLength: 1 });
  const deeds = deedsOf(depth - 1);
  return fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('send'), to: place, deeds }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('later'), to: place, ms, deeds }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('helper'), deeds }) },
      { weight: 5, arbitrary: simple },
    ) as fc.Arbitrary<Deed>,
    { maxLength: 3 },
  );
}

/** What an actor asks for with its last turn. */
const lastWords: fc.Arbitrary<readonly Deed[]> = fc.tuple(
  act,
  fc.record({ do: fc.constantFrom('finish', 'leave') }) as fc.Arbitrary<Deed>,
);

const tell = fc.record({
  op: fc.constant('tell'),
  to: place,
  deeds: fc.oneof({ weight: 15, arbitrary: deedsOf(2) }, { weight: 1, arbitrary: lastWords }),
  isKeyed: fc.boolean(),
  until: fc.constantFrom('durable', 'durable', 'applied'),
});

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 24, arbitrary: tell },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('ask'), to: place }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('pass'), ms: fc.constantFrom(0, 1, 5, 30, 700) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('shift'),
      ms: fc.constantFrom(-5_000, -100, 100, 5_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('operator'),
      call: fc.constantFrom('pause', 'pause', 'resume', 'resume', 'kill', 'reset', 'terminate'),
      at: place,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('supervisor'),
      call: fc.constantFrom('terminateChild', 'restartChild'),
      at: place,
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('start'), pool: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('letters'),
      call: fc.constantFrom('retry', 'retry', 'drop'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ op: 'stop' }) },
) as fc.Arbitrary<Op>;

const worker: fc.Arbitrary<WorkerShape> = fc.record({
  kind: fc.constant('worker'),
  restart: fc.constantFrom('permanent', 'transient', 'temporary'),
  hookMs: fc.constantFrom(undefined, 0, 4),
});
const group: fc.Arbitrary<GroupShape> = fc.record({
  kind: fc.constant('group'),
  strategy,
  workers: fc.array(worker, { minLength: 1, maxLength: 3 }),
});
const pool: fc.Arbitrary<PoolShape> = fc.record({ kind: fc.constant('pool'), worker });

const death: fc.Arbitrary<Death> = fc.record({
  phase: fc.constantFrom(...phases, 'turn', 'effect', 'recovery'),
  moment: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 30 })),
  write: fc.constantFrom('dies before', 'dies torn', 'dies after'),
  next: fc.constantFrom(
    'nothing',
    'nothing',
    'nothing',
    'time passes',
    'a row is damaged',
    'the power is lost',
  ),
});

const drawn: fc.Arbitrary<Program> = fc.record({
  features: fc.subarray([...features]),
  tree: fc.array(fc.oneof<fc.Arbitrary<Shape>[]>(worker, worker, group, pool), {
    minLength: 1,
    maxLength: 4,
  }),
  attemptsMax: fc.constantFrom(1, 2, 3),
  strategy,
  ops: fc.array(op, { minLength: 4, maxLength: 50, size: 'max' }),
  gaps: fc.array(fc.oneof(fc.nat(2), fc.nat(2), fc.nat(12)), { minLength: 3, maxLength: 7 }),
  deaths: fc.oneof(
    fc.array(death, { minLength: 20, maxLength: 60, size: 'max' }),
    fc.array(death, { minLength: 60, maxLength: 120, size: 'max' }),
  ),
  failedWrites: fc.array(
    fc.record({ write: fc.integer({ min: 1, max: 200 }), lands: fc.boolean() }),
    { maxLength: 6 },
  ),
  failedOpens: fc.array(fc.integer({ min: 2, max: 60 }), { maxLength: 5 }),
  seed: fc.nat(),
});

/** With nothing of what its features do not name. */
export const programs: fc.Arbitrary<Program> = drawn.map(pruned);

/** What goes without a trace: after a loss of power nobody could tell that it was there. */
const vanishing: readonly Feature[] = [
  'letters',
  'helpers',
  'ends',
  'operators',
  'supervisor calls',
  'pools',
  'restart types',
  'few restarts',
];

function featuresOf({ features: drawn, seed }: Program): readonly Feature[] {
  if (!drawn.includes('unsynced writes')) return drawn;
  return seed % 4 === 0
    ? drawn.filter((feature) => !vanishing.includes(feature))
    : drawn.filter((feature) => feature !== 'unsynced writes');
}

function pruned(given: Program): Program {
  const program = { ...given, features: featuresOf(given) };
  const has = (feature: Feature): boolean => program.features.includes(feature);
  const keepsDeeds = (deeds: readonly Deed[]): readonly Deed[] =>
    deeds
      .filter((deed) => {
        const feature = featureOfDeed[deed.do];
        return feature === undefined || has(feature);
      })
      .map((deed): Deed => {
        if ('deeds' in deed) return { ...deed, deeds: keepsDeeds(deed.deeds) };
        if (deed.do === 'step') return stepOf(deed, has);
        if (deed.do === 'ask')
          return { ...deed, isUnanswered: deed.isUnanswered === true && has('unanswered asks') };
        return deed;
      });
  const plain = (shape: WorkerShape): WorkerShape => ({
    kind: 'worker',
    restart: has('restart types') ? shape.restart : 'permanent',
    hookMs: has('hooks') ? shape.hookMs : undefined,
  });
  return {
    ...program,
    tree: program.tree.map((shape): Shape => {
      if (shape.kind === 'worker') return plain(shape);
      if (shape.kind === 'group') return { ...shape, workers: shape.workers.map(plain) };
      return has('pools') ? { ...shape, worker: plain(shape.worker) } : plain(shape.worker);
    }),
    ops: program.ops
      .filter(({ op: kind }) => {
        const feature = featureOfOp[kind];
        return feature === undefined || has(feature);
      })
      .map((each) => (each.op === 'tell' ? { ...each, deeds: keepsDeeds(each.deeds) } : each)),
    deaths: program.deaths
      .filter(({ phase }) => phase !== 'shutdown' || has('stops'))
      .map((each) => ({ ...each, next: follows(each.next, has) })),
    failedWrites: has('failed writes') ? program.failedWrites : [],
    failedOpens: has('failed opens') ? program.failedOpens : [],
  };
}

/** The laws of steps that fail unhandled count attempts, and know no policy. */
function stepOf(
  { policy, isUnhandled, ...step }: Extract<Deed, { do: 'step' }>,
  has: (feature: Feature) => boolean,
): Deed {
  const feature = policy === 'sharing' ? 'resources' : 'step policies';
  if (policy !== undefined && has(feature)) return { ...step, policy };
  return { ...step, isUnhandled: isUnhandled === true && has('unhandled failures') };
}

function follows(next: Death['next'], has: (feature: Feature) => boolean): Death['next'] {
  if (next === 'a row is damaged') return has('damage') ? next : 'nothing';
  if (next === 'the power is lost') return has('unsynced writes') ? next : 'nothing';
  return next;
}

const featureOfDeed: Readonly<Record<Deed['do'], Feature | undefined>> = {
  send: undefined,
  later: 'timers',
  cancel: 'timers',
  step: 'steps',
  ask: 'asks',
  helper: 'helpers',
  dismiss: 'helpers',
  act: 'actions',
  flaky: 'flaky turns',
  poison: 'poison',
  finish: 'ends',
  leave: 'ends',
};

const featureOfOp: Readonly<Record<Op['op'], Feature | undefined>> = {
  tell: undefined,
  ask: 'asks',
  pass: undefined,
  shift: 'clock shifts',
  operator: 'operators',
  supervisor: 'supervisor calls',
  start: 'pools',
  letters: 'letters',
  stop: 'stops',
};
