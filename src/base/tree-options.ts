/**
 * What supervisors, pools and their children can be told: the schemas that make complete settings from what
 * a user writes. Defaults and bounds are in `limits.ts`; the rooms above give these fields their names.
 */
import * as v from 'valibot';
import { limits } from './limits.ts';

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

/** Options of `supervisor()`, checked. */
export interface SupervisorFields extends IntensityFields, DefaultableFields, PlaceFields {
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly autoShutdown: 'never' | 'any_significant' | 'all_significant';
  readonly finished: 'keep' | 'rerun';
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

const backoff = v.pipe(
  v.strictObject({
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
  }),
  v.check(({ minMs, maxMs }) => minMs <= maxMs, 'minMs is greater than maxMs'),
);

const backoffOrNot = v.lazy((value) => (value === false ? v.literal(false) : backoff));

const intensityEntries = {
  intensity: v.optional(atLeast(0), limits.intensity),
  periodMs: v.optional(milliseconds(1), limits.periodMs),
  backoff: v.optional(backoffOrNot, {}),
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
  version: v.optional(atLeast(1), 1),
  migrate: v.optional(migrations, {}),
  onStart: v.optional(aFunction),
  onStop: v.optional(aFunction),
};

type Schema<Output> = v.GenericSchema<unknown, Output>;

/** Every migration must lead to a version that there is. */
function leadsSomewhere(child: { readonly migrate: object; readonly version: number }): boolean {
  return Object.keys(child.migrate).every((from) => Number(from) < child.version);
}
const leadsNowhere = 'migrate starts from a version that is not below version';

const permanentIsNotSignificant =
  "significant needs restart: 'transient' or 'temporary'; a permanent child never ends by itself";

function mayBeSignificant({
  significant,
  restart,
}: Pick<PlaceFields, 'significant' | 'restart'>): boolean {
  return !significant || restart !== 'permanent';
}

const actorEntries = { ...childEntries, significant: v.optional(v.boolean(), false) };

export const actorOptionsSchema = v.pipe(
  v.strictObject({
    ...actorEntries,
    name: v.optional(v.pipe(v.string(), v.nonEmpty('expected a name that is not empty'))),
    input: v.optional(v.unknown()),
  }),
  v.check((child) => leadsSomewhere(child), leadsNowhere),
  v.check((child) => mayBeSignificant(child), permanentIsNotSignificant),
) as unknown as Schema<ActorFields>;

/** Of a template, whose children get their input when they are made, and no name. */
export const templateOptionsSchema = v.pipe(
  v.strictObject(actorEntries),
  v.check((child) => leadsSomewhere(child), leadsNowhere),
  v.check((child) => mayBeSignificant(child), permanentIsNotSignificant),
) as unknown as Schema<ActorFields>;

const placeEntries = {
  restart: v.optional(v.picklist(['permanent', 'transient', 'temporary']), 'permanent'),
  shutdownMs: v.optional(shutdown, 'infinity'),
  significant: v.optional(v.boolean(), false),
};

const place = v.pipe(
  v.strictObject(placeEntries),
  v.check((self) => mayBeSignificant(self), permanentIsNotSignificant),
);

export const supervisorOptionsSchema = v.pipe(
  v.strictObject({
    ...intensityEntries,
    ...defaultsEntries,
    ...placeEntries,
    strategy: v.optional(v.picklist(['one_for_one', 'one_for_all', 'rest_for_one']), 'one_for_one'),
    autoShutdown: v.optional(v.picklist(['never', 'any_significant', 'all_significant']), 'never'),
    finished: v.optional(v.picklist(['keep', 'rerun']), 'keep'),
    children: v.array(v.unknown()),
    templates: v.optional(v.array(v.unknown()), []),
  }),
  v.check((child) => mayBeSignificant(child), permanentIsNotSignificant),
) as unknown as Schema<SupervisorFields>;

const poolOwnEntries = {
  ...intensityEntries,
  childrenMax: v.optional(atLeast(1), limits.childrenMax),
  self: v.optional(place, {}),
};

/** Of a pool over a spec, which has its own options. */
export const specPoolOptionsSchema = v.strictObject(
  poolOwnEntries,
) as unknown as Schema<PoolOwnFields>;

export const poolOptionsSchema = v.pipe(
  v.strictObject({ ...childEntries, ...poolOwnEntries }),
  v.check((child) => leadsSomewhere(child), leadsNowhere),
) as unknown as Schema<PoolFields>;
