/**
 * What supervisors, pools and their children can be told: the schemas that make complete settings from what
 * a user writes. Defaults and bounds are in `limits.ts`; the rooms above give these fields their names.
 */
import * as v from 'valibot';
import { limits } from './limits.ts';
import {
  checked,
  type OptionEntries,
  optionObject,
  type Rule,
  type Schema,
  withoutDefaults,
} from './option-object.ts';

type AnyFunction = (...args: never[]) => unknown;

interface IntensityFields {
  readonly intensity: number;
  readonly periodMs: number;
  readonly backoff:
    | false
    | {
        readonly minMs: number;
        readonly maxMs: number;
        readonly factor: number;
        readonly jitter: 'full' | 'none';
      };
  readonly intensityScope: 'supervisor' | 'child';
  readonly onExceeded: 'escalate' | 'quarantine';
  readonly childrenOnRestart: 'remember' | 'forget';
}

/** What a child may leave to its supervisor, which sets it for all its children or not at all. */
interface DefaultableFields {
  readonly attemptsMax?: number;
  readonly restartFrom?: 'snapshot' | 'initial';
}

interface ChildFields extends DefaultableFields {
  readonly restart: 'permanent' | 'transient' | 'temporary';
  readonly shutdownMs: number | 'infinity' | 'brutal_kill';
  readonly mailboxMax: number;
  readonly startTimeoutMs: number;
  readonly history: boolean;
  readonly trapExits: boolean;
  readonly version: number;
  readonly migrate: Readonly<Record<number, AnyFunction>>;
  readonly onStart?: AnyFunction;
  readonly onStop?: AnyFunction;
}

/** Options of `actor()`, checked, without those that were left out and have no default. */
export interface ActorFields extends ChildFields {
  readonly significant: boolean;
  readonly name?: string;
  readonly input?: unknown;
}

/** How a supervisor is one child of another. */
export interface PlaceFields {
  readonly restart: 'permanent' | 'transient' | 'temporary';
  readonly shutdownMs: number | 'infinity' | 'brutal_kill';
  readonly significant: boolean;
}

/** What a supervisor is beside its children. */
export interface SupervisorOwnFields extends IntensityFields, DefaultableFields, PlaceFields {
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly autoShutdown: 'never' | 'any_significant' | 'all_significant';
  readonly finished: 'keep' | 'rerun';
}

/** Options of `supervisor()`, checked. */
export interface SupervisorFields extends SupervisorOwnFields {
  readonly children: readonly unknown[];
  readonly templates: readonly unknown[];
}

/** What a pool is beside its instances. */
export interface PoolOwnFields extends IntensityFields {
  readonly childrenMax: number;
  readonly self: PlaceFields;
}

/** Options of `pool()` over a machine, checked: those of its instances too. */
export interface PoolFields extends PoolOwnFields, ChildFields {}

function wholeNumber(min: number, max: number, what: string): v.GenericSchema<number> {
  return v.custom<number>(
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    `expected ${what}`,
  );
}
const whatBackoffIs = 'false or { minMs, maxMs, factor, jitter }';

const atLeast = (min: number): v.GenericSchema<number> =>
  wholeNumber(min, Number.MAX_SAFE_INTEGER, `a whole number of at least ${min}`);
const milliseconds = (min: number): v.GenericSchema<number> =>
  wholeNumber(min, Number.MAX_SAFE_INTEGER, `a whole number of milliseconds, ${min} or more`);
const aFunction = v.custom<AnyFunction>(
  (value) => typeof value === 'function',
  'expected a function',
);
const shutdown = v.custom<number | 'infinity' | 'brutal_kill'>(
  (value) => value === 'infinity' || value === 'brutal_kill' || v.is(milliseconds(0), value),
  "expected a whole number of milliseconds, 'infinity' or 'brutal_kill'",
);

const backoffEntries = {
  minMs: v.optional(milliseconds(0), limits.backoffMinMs),
  maxMs: v.optional(milliseconds(0), limits.backoffMaxMs),
  factor: v.optional(
    v.custom<number>(
      (value) => typeof value === 'number' && Number.isFinite(value) && value >= 1,
      'expected a number of at least 1',
    ),
    limits.backoffFactor,
  ),
  jitter: v.optional(v.picklist(['full', 'none']), 'full'),
};

interface BackoffBounds {
  readonly minMs?: number;
  readonly maxMs?: number;
}
const boundsInOrder: Rule<BackoffBounds> = {
  field: 'minMs',
  holds: ({ minMs, maxMs }) => minMs === undefined || maxMs === undefined || minMs <= maxMs,
  why: 'it is greater than maxMs',
};
const backoff = checked<BackoffBounds>(optionObject(backoffEntries, whatBackoffIs), [
  boundsInOrder,
]);
/** To be laid over another: nothing is filled in. */
export const partOfBackoff: v.GenericSchema = orFalse(
  checked<BackoffBounds>(optionObject(withoutDefaults(backoffEntries), whatBackoffIs), [
    boundsInOrder,
  ]),
);

function orFalse(schema: v.GenericSchema): v.GenericSchema {
  return v.lazy((value) => (value === false ? v.literal(false) : schema));
}

const intensityEntries = {
  intensity: v.optional(atLeast(0), limits.intensity),
  periodMs: v.optional(milliseconds(1), limits.periodMs),
  backoff: v.optional(orFalse(backoff), {}),
  intensityScope: v.optional(v.picklist(['supervisor', 'child']), 'supervisor'),
  onExceeded: v.optional(v.picklist(['escalate', 'quarantine']), 'escalate'),
  childrenOnRestart: v.optional(v.picklist(['remember', 'forget']), 'remember'),
};

/** undefined stays: a supervisor may have set it for all its children. */
const defaultsEntries = {
  attemptsMax: v.optional(atLeast(1)),
  restartFrom: v.optional(v.picklist(['snapshot', 'initial'])),
};

const migrations = v.pipe(
  v.custom<Record<number, AnyFunction>>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.entries(value).every(
        ([from, step]) => /^[1-9]\d*$/.test(from) && typeof step === 'function',
      ),
    'expected functions by the version that they start from: { 1: (state) => state }',
  ),
  v.transform((given): Readonly<Record<number, AnyFunction>> => Object.freeze({ ...given })),
);

const childEntries = {
  ...defaultsEntries,
  restart: v.optional(v.picklist(['permanent', 'transient', 'temporary']), 'permanent'),
  shutdownMs: v.optional(shutdown, limits.shutdownMs),
  mailboxMax: v.optional(
    wholeNumber(1, limits.mailboxHardMax, `a whole number from 1 to ${limits.mailboxHardMax}`),
    limits.mailboxMax,
  ),
  startTimeoutMs: v.optional(milliseconds(1), limits.startTimeoutMs),
  history: v.optional(v.boolean(), false),
  trapExits: v.optional(v.boolean(), false),
  version: v.optional(atLeast(1), 1),
  migrate: v.optional(migrations, {}),
  onStart: v.optional(aFunction),
  onStop: v.optional(aFunction),
};

interface MigrationFields {
  readonly migrate: object;
  readonly version: number;
}

const migrationsLeadSomewhere: Rule<MigrationFields> = {
  field: 'migrate',
  holds: ({ migrate, version }) => versionsOf(migrate).every((from) => from < version),
  why: 'a step starts from a version that is not below version',
};
const migrationsHaveNoGap: Rule<MigrationFields> = {
  field: 'migrate',
  holds: ({ migrate, version }) => {
    const versions = versionsOf(migrate);
    return versions.length === 0 || versions.length === version - Math.min(...versions);
  },
  why: 'a step is missing: from the oldest version on, each one below version needs its own',
};
const migrationsFit = [migrationsLeadSomewhere, migrationsHaveNoGap];

function versionsOf(migrate: object): readonly number[] {
  return Object.keys(migrate).map(Number);
}

export const significanceFits: Rule<{
  readonly restart?: unknown;
  readonly significant?: unknown;
}> = {
  field: 'significant',
  holds: ({ significant, restart }) => significant !== true || restart !== 'permanent',
  why: "it needs restart: 'transient' or 'temporary'; a permanent child never ends by itself",
};

const actorEntries = { ...childEntries, significant: v.optional(v.boolean(), false) };

export const actorOptionsSchema: Schema<ActorFields> = checked(
  optionObject({
    ...actorEntries,
    name: v.optional(v.pipe(v.string(), v.nonEmpty('it is empty'))),
    input: v.optional(v.unknown()),
  }),
  [...migrationsFit, significanceFits],
);

/** Of a template, whose children get their input when they are made, and no name. */
export const templateOptionsSchema: Schema<ActorFields> = checked(optionObject(actorEntries), [
  ...migrationsFit,
  significanceFits,
]);

const placeEntries = {
  restart: v.optional(v.picklist(['permanent', 'transient', 'temporary']), 'permanent'),
  shutdownMs: v.optional(shutdown, 'infinity'),
  significant: v.optional(v.boolean(), false),
};

const supervisorOwnEntries = {
  ...intensityEntries,
  ...defaultsEntries,
  ...placeEntries,
  strategy: v.optional(v.picklist(['one_for_one', 'one_for_all', 'rest_for_one']), 'one_for_one'),
  autoShutdown: v.optional(v.picklist(['never', 'any_significant', 'all_significant']), 'never'),
  finished: v.optional(v.picklist(['keep', 'rerun']), 'keep'),
};

const specs = v.array(v.unknown(), 'expected an array of specs');

export const supervisorOptionsSchema: Schema<SupervisorFields> = checked(
  optionObject({ ...supervisorOwnEntries, children: specs, templates: v.optional(specs, []) }),
  [significanceFits],
);
/** Without its children. */
export const supervisorOwnSchema: Schema<SupervisorOwnFields> = checked(
  optionObject(supervisorOwnEntries),
  [significanceFits],
);

const poolOwnEntries = {
  ...intensityEntries,
  childrenMax: v.optional(atLeast(1), limits.childrenMax),
  self: v.optional(checked<PlaceFields>(optionObject(placeEntries), [significanceFits]), {}),
};

/** Of a pool over a spec, which has its own options. */
export const specPoolOptionsSchema: Schema<PoolOwnFields> = checked(
  optionObject(poolOwnEntries),
  [],
);

export const poolOptionsSchema: Schema<PoolFields> = checked(
  optionObject({ ...childEntries, ...poolOwnEntries }),
  migrationsFit,
);

/** By what they are options of. `place`: of whatever is a child of a supervisor. */
export const treeEntries: Readonly<
  Record<'actor' | 'supervisor' | 'pool' | 'specPool' | 'place', OptionEntries>
> = {
  actor: actorEntries,
  supervisor: supervisorOwnEntries,
  pool: { ...childEntries, ...poolOwnEntries },
  specPool: poolOwnEntries,
  place: placeEntries,
};
