/** Callers outside, each of which makes its calls one after another, all of them at the same time. */
import fc from 'fast-check';
import { isPerdureError, type System } from '../../src/index.ts';
import { ledger, type RaceTree, type Receiver, receivers } from './race-tree.ts';

export const callKinds = [
  'send',
  'send until applied',
  'fail',
  'ask',
  'waitFor',
  'start child',
  'end child',
  'pause',
  'resume',
  'kill',
  'reset',
] as const;
export type CallKind = (typeof callKinds)[number];

export interface Call {
  readonly kind: CallKind;
  readonly to: Receiver;
  /** Whether its caller goes on only when it is over. */
  readonly isAwaited: boolean;
}

/** A call that was made, and what came of it so far. */
export interface Made extends Call {
  /** What its message is called; calls are numbered in their order. */
  readonly id: string;
  /** `open`, `done`, or the code of its error. */
  outcome: string;
  position?: number;
  answer?: unknown;
}

const messageKinds: readonly CallKind[] = ['send', 'send until applied', 'fail', 'ask'];

const call: fc.Arbitrary<Call> = fc
  .record({
    kind: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<CallKind>('send', 'ask') },
      { weight: 3, arbitrary: fc.constantFrom<CallKind>('send until applied', 'fail') },
      { weight: 4, arbitrary: fc.constantFrom(...callKinds.slice(4)) },
      { weight: 3, arbitrary: fc.constantFrom<CallKind>('start child', 'resume', 'pause') },
    ),
    to: fc.constantFrom<Receiver>('/a', '/pool/x', ...receivers),
    isAwaited: fc.boolean(),
  })
  // what may wait for as long as its actor is paused
  .map(({ kind, to, isAwaited }) => ({
    kind,
    to,
    isAwaited: isAwaited && kind !== 'send until applied' && kind !== 'waitFor',
  }));

export const callers: fc.Arbitrary<Call[][]> = fc.array(
  fc.array(call, { minLength: 1, maxLength: 12 }),
  { minLength: 2, maxLength: 5 },
);

export function isMessage({ kind }: Call): boolean {
  return messageKinds.includes(kind);
}

/** Makes a call; resolves when it is over, however it ends. */
export async function make(
  system: System<RaceTree>,
  made: Made,
  told: (made: Made) => void,
): Promise<void> {
  try {
    await called(system, made);
    made.outcome = 'done';
    told(made);
  } catch (error) {
    made.outcome = outcomeOf(error);
  }
}

function outcomeOf(error: unknown): string {
  if (!isPerdureError(error)) return String(error);
  const { code, facts } = error;
  const isOpen = 'outcome' in facts && facts.outcome !== 'not_accepted';
  return isOpen ? 'nobody knows' : code;
}

async function called(system: System<RaceTree>, made: Made): Promise<void> {
  const { kind, to, id } = made;
  const ref = system.ref(to, ledger);
  const name = to.slice('/pool/'.length);
  switch (kind) {
    case 'send':
      made.position = (await ref.send({ type: 'put', id })).position;
      break;
    case 'send until applied':
      made.position = (await ref.send({ type: 'put', id }, { until: 'applied' })).position;
      break;
    case 'fail':
      made.position = (await ref.send({ type: 'fail', id })).position;
      break;
    case 'ask':
      made.answer = await ref.ask({ type: 'echo', id });
      break;
    case 'waitFor':
      made.answer = (await ref.waitFor(({ context }) => context.count > 2)).context.count;
      break;
    case 'start child':
      await system.pool('/pool').ensureChild(name === '' ? 'x' : name);
      break;
    case 'end child':
      await system.pool('/pool').terminateChild(name === '' ? 'x' : name);
      break;
    case 'pause':
    case 'resume':
    case 'kill':
    case 'reset':
      await system[kind](to);
      break;
  }
}
