/** What can be done to the system and its model. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Moment } from '../../src/testing/index.ts';
import type { Tally } from '../support/feature-tally.ts';
import type { Model, ModelEvent } from './model.ts';
import { type Address, byAddress, type Real } from './model-real.ts';

export const commandNames = [
  'send',
  'send until applied',
  'send with a key',
  'send refused',
  'ask',
  'advance',
  'failed write, lost',
  'failed write, landed',
  'crash now',
  'crash before write',
  'crash in write',
  'crash after write',
  'crash in recovery',
  'restart',
  'stop and restart',
  'pause',
  'resume',
  'kill',
  'reset',
  'terminate',
  'restart child',
  'start instance',
  'end instance',
  'retry',
  'drop',
] as const;
export type CommandName = (typeof commandNames)[number];

export interface Tallies {
  readonly all: Tally<CommandName>;
  /** In a process that came after a crash. */
  readonly afterCrash: Tally<CommandName>;
}

interface Doing {
  readonly name: CommandName | ((model: Readonly<Model>) => CommandName);
  readonly with: unknown;
  readonly when: (model: Readonly<Model>) => boolean;
  readonly play: (model: Model, real: Real) => Promise<void>;
}

class Command implements fc.AsyncCommand<Model, Real> {
  readonly #doing: Doing;
  readonly #tallies: Tallies;

  constructor(doing: Doing, tallies: Tallies) {
    this.#doing = doing;
    this.#tallies = tallies;
  }

  check(model: Readonly<Model>): boolean {
    return this.#doing.when(model);
  }

  async run(model: Model, real: Real): Promise<void> {
    const { name, play } = this.#doing;
    const shown = typeof name === 'string' ? name : name(model);
    this.#tallies.all.hit(shown);
    if (model.crashes > 0) this.#tallies.afterCrash.hit(shown);
    await play(model, real);
    await real.lab.settled();
    await real.isLike(model);
  }

  toString(): string {
    const { name, with: given } = this.#doing;
    return `${typeof name === 'string' ? name : 'send'} ${JSON.stringify(given)}`;
  }
}

const address = fc.constantFrom<Address>('/a', '/a', '/b', '/pool/x', '/pool/y');
const branch = fc.constantFrom('/a', '/b', '/pool', '/pool/x', '/pool/y');
const instance = fc.constantFrom('x', 'y');
const n = fc.integer({ min: 1, max: 9 });
const event: fc.Arbitrary<ModelEvent> = fc.oneof(
  { weight: 4, arbitrary: n.map((given) => ({ type: 'add' as const, n: given })) },
  { weight: 3, arbitrary: n.map((given) => ({ type: 'fragile' as const, n: given })) },
  { weight: 1, arbitrary: fc.constant({ type: 'cure' as const }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(n, fc.constantFrom(1_000, 60_000, 3_600_000))
      .map(([given, ms]) => ({ type: 'alarm' as const, n: given, ms })),
  },
);
/** Not one of which it matters in which process it was applied. */
const timeless = event.filter(({ type }) => type !== 'alarm');
/** So few that the same is sent twice. */
const keyed = fc.constantFrom<ModelEvent>(
  { type: 'add', n: 1 },
  { type: 'add', n: 1 },
  { type: 'fragile', n: 1 },
);
const key = fc.constant('one');
/** One more than keys are remembered, too. */
const duration = fc.constantFrom(1, 999, 1_000, 59_000, 3_600_000, 86_400_001);
/** How long the store takes to be open again after a write that failed. */
const REOPEN_MS = 1_000;

const isUp = ({ isUp: up }: Readonly<Model>): boolean => up;
const isThere =
  (given: string) =>
  (model: Readonly<Model>): boolean =>
    model.isUp && (given === '/pool' || model.actors.has(given));
const runs =
  (given: string) =>
  (model: Readonly<Model>): boolean =>
    model.isUp && model.actors.get(given)?.isRunning === true;
const hasLetters = (model: Readonly<Model>): boolean => model.isUp && model.letters.length > 0;

const sends = fc.record({ to: address, event }).map(
  ({ to, event: given }): Doing => ({
    name: ({ actors }) => (actors.get(to)?.isRunning === true ? 'send' : 'send refused'),
    with: { to, event: given },
    when: isUp,
    play: (model, real) => real.send(to, given, {}, model.send(to, given)),
  }),
);

const patientSends = fc.record({ to: address, event }).map(
  ({ to, event: given }): Doing => ({
    name: 'send until applied',
    with: { to, event: given },
    when: isUp,
    play: (model, real) => real.send(to, given, { until: 'applied' }, model.send(to, given)),
  }),
);

const keyedSends = fc
  .record({ to: fc.constantFrom<Address>('/a', '/pool/x'), event: keyed, key })
  .map(
    ({ to, event: given, key: name }): Doing => ({
      name: 'send with a key',
      with: { to, event: given, key: name },
      when: isUp,
      play: (model, real) => real.send(to, given, { key: name }, model.send(to, given, name)),
    }),
  );

const asks = address.map(
  (to): Doing => ({
    name: 'ask',
    with: to,
    when: (model) => model.isUp && model.takesTurns(to),
    play: async (model, real) => {
      const actor = model.actors.get(to);
      const total = actor?.received.reduce((sum, each) => sum + each, 0);
      if (actor !== undefined) actor.nextPosition += 1;
      expect(await real.outcomeOf(real.ref(to).ask({ type: 'total' }))).toBe(total);
    },
  }),
);

const advances = duration.map(
  (ms): Doing => ({
    name: 'advance',
    with: ms,
    when: () => true,
    play: async (model, real) => {
      model.pass(ms);
      await real.lab.advance(ms);
    },
  }),
);

const failedWrites = fc.record({ to: address, event, lands: fc.boolean() }).map(
  ({ to, event: given, lands }): Doing => ({
    name: lands ? 'failed write, landed' : 'failed write, lost',
    with: { to, event: given, lands },
    when: (model) => model.isUp && model.hasRoom(to),
    play: async (model, real) => {
      real.lab.failNext('write', { lands });
      const expected = lands ? model.send(to, given) : 'STORE_WRITE_FAILED';
      const outcome = real.outcomeOf(real.ref(to).send(given));
      await real.lab.advance(REOPEN_MS);
      model.pass(REOPEN_MS);
      expect(await outcome).toEqual(typeof expected === 'string' ? expected : expected.receipt);
    },
  }),
);

const crashes = fc
  .record({
    to: address,
    event: timeless,
    moment: fc.constantFrom<Moment>('now', 'before write', 'in write', 'after write'),
  })
  .map(
    ({ to, event: given, moment }): Doing => ({
      name: `crash ${moment}`,
      with: { to, event: given },
      when: (model) => model.isUp && model.hasRoom(to),
      play: async (model, real) => {
        void real.ref(to).send(given);
        await real.lab.crash(moment);
        model.crash();
        real.waiting = [];
        if (moment === 'after write') model.send(to, given);
      },
    }),
  );

const crashesInRecovery = fc.constantFrom<Moment>('before write', 'in write', 'after write').map(
  (moment): Doing => ({
    name: 'crash in recovery',
    with: moment,
    when: (model) => !model.isUp,
    play: async (_model, real) => {
      const restarted = real.outcomeOf(real.lab.restart());
      await real.lab.crash(moment);
      expect(await restarted).toBe('TEST_PROCESS_DEAD');
    },
  }),
);

const restarts = fc.constant(undefined).map(
  (): Doing => ({
    name: 'restart',
    with: undefined,
    when: () => true,
    play: async (model, real) => {
      if (model.isUp) model.crash();
      real.waiting = [];
      model.restart();
      await real.lab.restart();
    },
  }),
);

const stops = fc.constant(undefined).map(
  (): Doing => ({
    name: 'stop and restart',
    with: undefined,
    when: isUp,
    play: async (_model, real) => {
      real.waiting = [];
      await real.lab.stop();
      await real.lab.restart();
    },
  }),
);

const pauses = fc.record({ at: branch, isPause: fc.boolean() }).map(
  ({ at, isPause }): Doing => ({
    name: isPause ? 'pause' : 'resume',
    with: at,
    when: isThere(at),
    play: async (model, real) => {
      await real.lab.system[isPause ? 'pause' : 'resume'](at);
      if (isPause) model.paused.add(at);
      else model.paused.delete(at);
      model.work();
    },
  }),
);

const kills = address.map(
  (at): Doing => ({
    name: 'kill',
    with: at,
    when: runs(at),
    play: async (_model, real) => {
      real.waiting = [];
      await real.lab.system.kill(at);
    },
  }),
);

const resets = address.map(
  (at): Doing => ({
    name: 'reset',
    with: at,
    when: runs(at),
    play: async (model, real) => {
      real.waiting = [];
      await real.lab.system.reset(at);
      model.reset(at);
    },
  }),
);

const children = fc.record({ id: fc.constantFrom('a', 'b'), isStart: fc.boolean() }).map(
  ({ id, isStart }): Doing => ({
    name: isStart ? 'restart child' : 'terminate',
    with: id,
    when: isUp,
    play: async (model, real) => {
      real.waiting = [];
      const actor = model.actors.get(`/${id}`);
      const root = real.lab.system.supervisor('/');
      const answer = isStart ? await root.restartChild(id) : await root.terminateChild(id);
      expect(answer.ok).toBe(!(isStart && actor?.isRunning === true));
      if (actor !== undefined) actor.isRunning = isStart;
      model.work();
    },
  }),
);

const instances = fc.record({ id: instance, isStart: fc.boolean() }).map(
  ({ id, isStart }): Doing => ({
    name: isStart ? 'start instance' : 'end instance',
    with: id,
    when: isUp,
    play: async (model, real) => {
      real.waiting = [];
      const at = `/pool/${id}`;
      const hasOne = model.actors.has(at);
      const pool = real.lab.system.pool('/pool');
      const outcome = await real.outcomeOf<unknown>(
        isStart ? pool.startChild(id) : pool.terminateChild(id),
      );
      if (isStart && hasOne) expect(outcome).toBe('CHILD_REFUSED');
      else if (!isStart && !hasOne) expect(outcome).toBe('ACTOR_NOT_FOUND');
      else if (isStart) model.start(at);
      else model.end(at);
    },
  }),
);

const letters = fc.record({ place: fc.nat(9), isRetry: fc.boolean() }).map(
  ({ place, isRetry }): Doing => ({
    name: isRetry ? 'retry' : 'drop',
    with: place,
    when: hasLetters,
    play: async (model, real) => {
      const at = place % model.letters.length;
      const letter = byAddress(model.letters)[at];
      const stored = byAddress(await real.letters())[at];
      if (letter === undefined || stored === undefined) throw new Error('both have as many');
      const box = real.lab.system.deadLetters;
      const outcome = await real.outcomeOf(isRetry ? box.retry(stored.id) : box.drop(stored.id));
      const actor = model.actors.get(letter.address);
      if (!isRetry) model.letters = model.letters.filter((other) => other !== letter);
      else if (actor === undefined) expect(outcome).toBe('ACTOR_NOT_FOUND');
      else if (!actor.isRunning) expect(outcome).toBe('ACTOR_NOT_RUNNING');
      else model.retry(letter);
    },
  }),
);

export function commandsOf(tallies: Tallies): fc.Arbitrary<fc.AsyncCommand<Model, Real>>[] {
  const weighted: [number, fc.Arbitrary<Doing>][] = [
    [6, sends],
    [3, patientSends],
    [6, keyedSends],
    [2, asks],
    [3, advances],
    [3, failedWrites],
    [5, crashes],
    [3, crashesInRecovery],
    [4, restarts],
    [1, stops],
    [6, pauses],
    [2, kills],
    [2, resets],
    [3, children],
    [4, instances],
    [5, letters],
  ];
  return weighted.flatMap(([weight, doings]) =>
    Array.from({ length: weight }, () => doings.map((doing) => new Command(doing, tallies))),
  );
}
