/** The tree of the child, with the places in it where a kill may fall. */
import { actor, step, type StepArgs, supervisor } from '../../src/index.ts';
import type { CrashSwitch } from './crash-switch.ts';
import type { EffectKind, EffectLine } from './effect-ledger.ts';
import * as machines from './machines.ts';
import type { Numbered } from './machines.ts';
import { asker, oracle } from './questions.ts';

export interface Surroundings {
  readonly crash: CrashSwitch;
  readonly append: (line: EffectLine) => void;
  readonly life: number;
}

/** A turn that throws does so once in each life, on purpose: the crash is supervised, the next try works. */
const STUMBLES_EVERY = 15;
/**
 * So does the first attempt of a step: the recorder crashes, and all that stands behind it is restarted. Not
 * once in each life: attempts of a step back off, up to half a minute, and lives are shorter.
 */
const STEP_FAILS_EVERY = 30;

const forever = { attemptsMax: 1_000, intensity: 1_000_000, backoff: false } as const;

export function treeIn({ crash, append, life }: Surroundings) {
  const change = (kind: EffectKind, { source, n }: Numbered, key: string): void => {
    append({ kind, item: `${source}-${n}`, key, life });
  };
  const stepOf =
    (kind: EffectKind) =>
    async ({ input, idempotencyKey }: StepArgs<Numbered>): Promise<string> => {
      crash.reach('effect.before-append');
      await pause(input.n);
      change(kind, input, idempotencyKey);
      crash.reach('effect.appended');
      await pause(input.n + 1);
      return `${input.source}-${input.n}`;
    };
  const note = ({ event, idempotencyKey }: { event: Numbered; idempotencyKey: string }): void => {
    crash.reach('action.before-append');
    change('note', event, idempotencyKey);
    crash.reach('action.appended');
  };
  const stumbled = new Set<number>();
  const stumble = (n: number): void => {
    if (n % STUMBLES_EVERY !== 0 || stumbled.has(n)) return;
    stumbled.add(n);
    throw new Error(`stumbles over ${n}`);
  };
  const onStart = (): void => crash.reach('recovery.on-start');
  const onStop = (): void => crash.reach('stop.on-stop');
  const record = step<string, Numbered>(async (args) => {
    const isFailing = args.input.n % STEP_FAILS_EVERY === 15 && args.attempt === 1;
    if (isFailing) throw new Error(`fails at ${args.input.n}`);
    return await stepOf('record')(args);
  });
  const work = step<void, Numbered>(async (args) => void (await stepOf('work')(args)));
  return supervisor('crashed', {
    ...forever,
    children: [
      actor('oracle', oracle),
      actor('sink', machines.sink(note)),
      supervisor('crew', {
        ...forever,
        strategy: 'rest_for_one',
        children: [
          actor('recorder', machines.recorder(record), { onStart, onStop }),
          actor('delayer', machines.delayer),
          actor('nursery', machines.nursery(work), { onStart }),
          actor('asker', asker),
        ],
      }),
      actor('relay', machines.relay),
      actor(
        'a',
        machines.intake('a', () => undefined),
        { onStart },
      ),
      actor('b', machines.intake('b', stumble)),
    ],
  });
}

export type Tree = ReturnType<typeof treeIn>;

/** Some steps end at once, some take a few milliseconds. */
async function pause(n: number): Promise<void> {
  if (n % 7 !== 0) return;
  await new Promise((resolve) => {
    setTimeout(resolve, n % 5);
  });
}
