/**
 * Scenarios in the form of the recordings, made at random: what the pure supervisor does in them is what the
 * whole runtime must do. So the runtime is held to OTP's rules beyond the recordings.
 */
import fc from 'fast-check';
import type {
  Expectation,
  How,
  SupervisorView,
  Vector,
  VectorCall,
  VectorChild,
  VectorStep,
  VectorSupervisor,
  VectorWorker,
} from '../support/otp-vectors.ts';
import { perform } from '../support/otp-vectors.ts';
import { SimulatedTree } from '../support/simulated-tree.ts';

const restarts = fc.constantFrom('permanent', 'transient', 'temporary');

const worker: fc.Arbitrary<Omit<VectorWorker, 'id'>> = fc
  .record({
    type: fc.constant('worker' as const),
    restart: restarts,
    significant: fc.boolean(),
    stop: fc.constantFrom<[number | string, VectorWorker['onStop']][]>(
      [5_000, 'ok'],
      [5_000, 'throw'],
      [15, 'hang'],
      [0, 'hang'],
      ['infinity', 'ok'],
      ['brutal_kill', 'ok'],
    ),
  })
  .map(({ stop: [shutdown, onStop], ...rest }) => ({ ...rest, shutdown, onStop }));

type Unnamed = Omit<VectorWorker, 'id'> | Omit<VectorSupervisor, 'id'>;

function supervisorOver(
  child: fc.Arbitrary<Unnamed>,
  least: number,
): fc.Arbitrary<Omit<VectorSupervisor, 'id'>> {
  return fc
    .record({
      type: fc.constant('supervisor' as const),
      strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one'),
      intensity: fc.nat({ max: 4 }),
      period: fc.constant(3_600),
      autoShutdown: fc.constantFrom('never', 'never', 'any_significant', 'all_significant'),
      children: fc.array(child, { minLength: least, maxLength: 4 }),
      restart: restarts,
      significant: fc.boolean(),
      shutdown: fc.constant('infinity'),
    })
    .map((made) => sound(made as unknown as Omit<VectorSupervisor, 'id'>));
}

/** As a user may write it: significance only where it means something. */
function sound(made: Omit<VectorSupervisor, 'id'>): Omit<VectorSupervisor, 'id'> {
  const children = made.children.map((child, index) => {
    const mayBe = made.autoShutdown !== 'never' && child.restart !== 'permanent';
    return { ...child, id: `c${index}`, significant: mayBe && child.significant === true };
  });
  return { ...made, children: children as VectorChild[] };
}

const inner = supervisorOver(worker as fc.Arbitrary<Unnamed>, 0);

const root: fc.Arbitrary<VectorSupervisor> = supervisorOver(
  fc.oneof(worker, worker, inner) as fc.Arbitrary<Unnamed>,
  1,
).map(({ restart: _r, significant: _s, shutdown: _d, ...rest }) => ({ ...rest, id: 'root' }));

export interface Seed {
  readonly spec: VectorSupervisor;
  /** What is chosen, step by step: there is always as much to choose from as the tree offers by then. */
  readonly choices: readonly number[];
  readonly added: readonly Unnamed[];
}

export const seeds: fc.Arbitrary<Seed> = fc.record({
  spec: root,
  choices: fc.array(fc.nat(), { minLength: 6, maxLength: 60 }),
  added: fc.array(fc.oneof(worker, worker, inner) as fc.Arbitrary<Unnamed>, {
    minLength: 1,
    maxLength: 4,
  }),
});

/** Plays a scenario with the pure supervisor, choosing each step from what there is. */
export async function vectorOf({ spec, choices, added }: Seed): Promise<Vector> {
  const tree = new SimulatedTree(spec);
  const script: VectorStep[] = [];
  const expect: Expectation[] = [];
  const take = choices.values();
  const pick = <T>(of: readonly T[]): T | undefined => of[(take.next().value ?? 0) % of.length];
  const play = async (step: VectorStep): Promise<void> => {
    const result = await perform(tree, step);
    const [calls, events, view] = [tree.takeCalls(), tree.takeEvents(), await tree.view()];
    script.push(step);
    expect.push({ result, calls, events, view });
  };
  await play({ op: 'start' });
  for (let step = 0; step * 4 < choices.length; step += 1) {
    const { view } = expect.at(-1) as Expectation;
    await play(nextStep(view, { pick, added, number: step }));
  }
  return { id: 'generated', family: 'count', quirks: [], spec, script, expect };
}

interface Chooser {
  readonly pick: <T>(of: readonly T[]) => T | undefined;
  readonly added: readonly Unnamed[];
  readonly number: number;
}

function nextStep(view: readonly SupervisorView[], chooser: Chooser): VectorStep {
  const { pick, number } = chooser;
  if (view.length === 0) return { op: 'start' };
  const running = view.flatMap(({ path, children }) =>
    children.flatMap(({ id, type, state }) =>
      type === 'worker' && state === 'running' ? [`${path}/${id}`] : [],
    ),
  );
  const what = pick(['exit', 'exit', 'exit', 'call', 'call', 'call', 'arm', 'arm', 'stop']);
  if (what === 'stop' && number % 3 === 0) return { op: 'stop' };
  if (what === 'exit' && running.length > 0) {
    const how = pick<How>(['crash', 'crash', 'kill', 'normal', 'shutdown', 'shutdown_term']);
    return { op: 'exit', path: pick(running) as string, how: how as How };
  }
  const call = nextCall(view, chooser);
  if (what !== 'arm' || running.length === 0) return { op: 'call', ...call };
  const path = pick(running) as string;
  const mode = pick(['error', 'throw', 'ignore'] as const) as 'error';
  const sup = path.slice(0, path.lastIndexOf('/'));
  const calls = pick([0, 1]) === 1 ? [{ ...call, sup }] : [];
  return { op: 'fail_next_starts', path, count: pick([1, 2]) ?? 1, mode, calls };
}

function nextCall(view: readonly SupervisorView[], { pick, added, number }: Chooser): VectorCall {
  const { path: sup, children } = pick(view) as SupervisorView;
  const id = pick([...children.map((child) => child.id), 'nobody']) as string;
  const fn = pick([
    'start_child',
    'start_child',
    'terminate_child',
    'restart_child',
    'delete_child',
    'get_childspec',
    'which_children',
    'count_children',
  ]) as VectorCall['fn'];
  if (fn === 'which_children' || fn === 'count_children') return { sup, fn };
  if (fn !== 'start_child') return { sup, fn, id, by: 'id' };
  const name = pick([id, `n${number}`]) as string;
  const child = { ...(pick(added) as Unnamed), id: name, significant: false };
  return { sup, fn, child: child as VectorChild };
}
