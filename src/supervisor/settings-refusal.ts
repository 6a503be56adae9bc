/** Which settings no supervisor can have: OTP's checks (`supervisor:check_flags`, `check_startspec`). */

/** What is wrong, by OTP's words where OTP has one. */
export type SettingsFault =
  | 'invalid_strategy'
  | 'invalid_intensity'
  | 'invalid_period'
  | 'invalid_auto_shutdown'
  | 'invalid_intensity_scope'
  | 'invalid_on_exceeded'
  | 'invalid_children_on_restart'
  | 'invalid_backoff'
  | 'missing_id'
  | 'invalid_restart_type'
  | 'invalid_significant'
  | 'invalid_child_type'
  | 'invalid_shutdown'
  | 'bad_combination'
  | 'duplicate_child_name'
  | 'bad_start_spec';

/** `area` is OTP's: flags of the supervisor itself, or one of its children's specs. */
export interface SettingsRefusal {
  readonly area: 'supervisor_data' | 'start_spec';
  readonly fault: SettingsFault;
  /** The option, below the supervisor: `intensity`, `children[2].restart`. */
  readonly path: string;
  /** What would be right, and what was given. */
  readonly why: string;
}

/** A child as somebody wrote it, every option filled in. */
export interface RawChild {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly restart?: unknown;
  readonly shutdownMs?: unknown;
  readonly significant?: unknown;
}

/** A supervisor as somebody wrote it, every option filled in. */
export interface RawSupervisor {
  readonly strategy?: unknown;
  readonly intensity?: unknown;
  readonly periodMs?: unknown;
  readonly intensityScope?: unknown;
  readonly onExceeded?: unknown;
  readonly backoff?: unknown;
  readonly autoShutdown?: unknown;
  readonly childrenOnRestart?: unknown;
  /** For a pool: its template, alone. */
  readonly children: readonly RawChild[];
}

/** What the check of one child needs to know of its supervisor. */
export interface Surroundings {
  readonly strategy?: unknown;
  readonly autoShutdown?: unknown;
}

/**
 * The first reason not to start this supervisor, or undefined. Complete before any child is started:
 * first the supervisor's own settings, then the children in order. Nested supervisors are not looked
 * into: they are checked when they start.
 */
export function refuseBadSettings(raw: RawSupervisor): SettingsRefusal | undefined {
  return refuseBadFlags(raw) ?? refuseBadChildren(raw);
}

function refuseBadFlags(raw: RawSupervisor): SettingsRefusal | undefined {
  const flags: readonly [boolean, SettingsFault, keyof RawSupervisor, string][] = [
    [
      isOneOf(raw.strategy, 'one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'),
      'invalid_strategy',
      'strategy',
      "expected 'one_for_one', 'one_for_all', 'rest_for_one' or 'simple_one_for_one'",
    ],
    [isWhole(raw.intensity, 0), 'invalid_intensity', 'intensity', 'expected 0 or more restarts'],
    [isWhole(raw.periodMs, 1), 'invalid_period', 'periodMs', 'expected 1 ms or more'],
    [
      isOneOf(raw.autoShutdown, 'never', 'any_significant', 'all_significant'),
      'invalid_auto_shutdown',
      'autoShutdown',
      "expected 'never', 'any_significant' or 'all_significant'",
    ],
    [
      isOneOf(raw.intensityScope, 'supervisor', 'child'),
      'invalid_intensity_scope',
      'intensityScope',
      "expected 'supervisor' or 'child'",
    ],
    [
      isOneOf(raw.onExceeded, 'escalate', 'quarantine'),
      'invalid_on_exceeded',
      'onExceeded',
      "expected 'escalate' or 'quarantine'",
    ],
    [
      isOneOf(raw.childrenOnRestart, 'remember', 'forget'),
      'invalid_children_on_restart',
      'childrenOnRestart',
      "expected 'remember' or 'forget'",
    ],
    [
      isBackoff(raw.backoff),
      'invalid_backoff',
      'backoff',
      'expected false or { minMs >= 0, maxMs >= minMs, factor >= 1, jitter }',
    ],
  ];
  for (const [isGood, fault, option, expected] of flags) {
    if (!isGood) return refuse('supervisor_data', fault, option, expected, raw[option]);
  }
  if (raw.strategy === 'simple_one_for_one' && raw.autoShutdown !== 'never') {
    return refuse(
      'supervisor_data',
      'bad_combination',
      'autoShutdown',
      "a pool cannot shut itself down: it has 'never'",
      raw.autoShutdown,
    );
  }
  return undefined;
}

function refuseBadChildren(raw: RawSupervisor): SettingsRefusal | undefined {
  if (raw.strategy === 'simple_one_for_one' && raw.children.length !== 1) {
    const why = 'a pool has exactly one child, its template';
    return refuse('start_spec', 'bad_start_spec', 'children', why, raw.children.length);
  }
  const ids = new Set<unknown>();
  for (const [index, child] of raw.children.entries()) {
    const path = `children[${index}]`;
    const refusal = refuseBadChild(child, raw, path);
    if (refusal !== undefined) return refusal;
    if (ids.has(child.id)) {
      const why = `the id ${shown(child.id)} is taken by one before it`;
      return refuse('start_spec', 'duplicate_child_name', `${path}.id`, why, child.id);
    }
    ids.add(child.id);
  }
  return undefined;
}

/**
 * The first reason not to have this child under that supervisor, or undefined. `significant` needs a
 * child that is not always restarted and a supervisor that shuts itself down: anything else is OTP's
 * `bad_combination`.
 */
export function refuseBadChild(
  child: RawChild,
  surroundings: Surroundings,
  path = 'child',
): SettingsRefusal | undefined {
  const isOfNote = child.significant === true;
  const mayBeSignificant =
    child.restart !== 'permanent' &&
    surroundings.autoShutdown !== 'never' &&
    surroundings.strategy !== 'simple_one_for_one';
  const rows: readonly [boolean, SettingsFault, keyof RawChild, string][] = [
    [isId(child.id), 'missing_id', 'id', 'expected a name'],
    [
      isOneOf(child.restart, 'permanent', 'transient', 'temporary'),
      'invalid_restart_type',
      'restart',
      "expected 'permanent', 'transient' or 'temporary'",
    ],
    [
      typeof child.significant === 'boolean',
      'invalid_significant',
      'significant',
      'expected true or false',
    ],
    [!isOfNote || mayBeSignificant, 'bad_combination', 'significant', significantNeeds],
    [
      isOneOf(child.type, 'worker', 'supervisor'),
      'invalid_child_type',
      'type',
      "expected 'worker' or 'supervisor'",
    ],
    [
      isWhole(child.shutdownMs, 0) || isOneOf(child.shutdownMs, 'infinity', 'brutal_kill'),
      'invalid_shutdown',
      'shutdownMs',
      "expected 0 ms or more, 'infinity' or 'brutal_kill'",
    ],
  ];
  for (const [isGood, fault, option, expected] of rows) {
    if (!isGood) return refuse('start_spec', fault, `${path}.${option}`, expected, child[option]);
  }
  return undefined;
}

const significantNeeds =
  "it needs restart: 'transient' or 'temporary', and a supervisor, no pool, with autoShutdown: 'any_significant' or 'all_significant'";

/** What was given is told beside what is expected; other words stand for themselves. */
function refuse(
  area: SettingsRefusal['area'],
  fault: SettingsFault,
  path: string,
  expected: string,
  given: unknown,
): SettingsRefusal {
  const isExpectation = expected.startsWith('expected');
  return { area, fault, path, why: isExpectation ? `${expected}, not ${shown(given)}` : expected };
}

function shown(given: unknown): string {
  if (typeof given === 'string') return `'${given}'`;
  return typeof given === 'object' && given !== null ? 'an object' : String(given);
}

function isOneOf(given: unknown, ...words: readonly string[]): boolean {
  return typeof given === 'string' && words.includes(given);
}

function isWhole(given: unknown, least: number): boolean {
  return Number.isSafeInteger(given) && (given as number) >= least;
}

function isId(given: unknown): boolean {
  return typeof given === 'string' && given !== '';
}

function isBackoff(given: unknown): boolean {
  if (given === false) return true;
  if (typeof given !== 'object' || given === null) return false;
  const { minMs, maxMs, factor, jitter } = given as Record<string, unknown>;
  return (
    isWhole(minMs, 0) &&
    isWhole(maxMs, minMs as number) &&
    typeof factor === 'number' &&
    Number.isFinite(factor) &&
    factor >= 1 &&
    isOneOf(jitter, 'full', 'none')
  );
}
