/** Where an explored run dies: the write, the moment of it, and perhaps once more on the way back. */
import type { Fate, Mortal, WriteEnd } from './fate.ts';
import { Random } from './random.ts';

/** Nothing of the write is there, a part of it that the next open drops, or all of it, and nobody was told. */
export const writeMoments = ['before', 'torn', 'after'] as const;

/** @public */
export type WriteMoment = (typeof writeMoments)[number];

/** @public */
export interface CrashPoint {
  /** Number of the write, from 1, over all processes of the run. */
  readonly write: number;
  readonly moment: WriteMoment;
  /** Where the process dies that came back. */
  readonly again?: CrashPoint | undefined;
}

/** Every boundary of so many writes, in their order. */
export function pointsOf(writes: number): CrashPoint[] {
  return Array.from({ length: writes }, (_, index) =>
    writeMoments.map((moment) => ({ write: index + 1, moment })),
  ).flat();
}

/** So many of them, drawn by the seed, in their order. */
export function drawn(points: readonly CrashPoint[], count: number, seed: number): CrashPoint[] {
  const random = new Random(seed);
  const left = points.map((_, place) => place);
  const taken: number[] = [];
  while (taken.length < count && left.length > 0)
    taken.push(...left.splice(random.below(left.length), 1));
  return taken.toSorted((a, b) => a - b).map((place) => points[place] as CrashPoint);
}

/** As code, for `only`. */
export function pointAsCode({ write, moment, again }: CrashPoint): string {
  const rest = again === undefined ? '' : `, again: ${pointAsCode(again)}`;
  return `{ write: ${write}, moment: '${moment}'${rest} }`;
}

const deaths: Readonly<Record<WriteMoment, WriteEnd>> = {
  before: 'dies before',
  torn: 'dies torn',
  after: 'dies after',
};

/** Fate of a run that dies at one point, or at none. */
export class PlannedFate implements Fate {
  #next: CrashPoint | undefined;
  /** The first write of a process that was coming back. */
  recoveryWrite: number | undefined = undefined;

  constructor(point: CrashPoint | undefined) {
    this.#next = point;
  }

  /** What was planned and has not come. */
  get missed(): CrashPoint | undefined {
    return this.#next;
  }

  writes(process: Mortal, number: number): WriteEnd {
    if (process.number > 1 && process.phase === 'recovery') this.recoveryWrite ??= number;
    const point = this.#next;
    if (point?.write !== number) return 'lands';
    this.#next = point.again;
    return deaths[point.moment];
  }

  dies(): boolean {
    return false;
  }

  opens(): undefined {
    return undefined;
  }

  fails(): undefined {
    return undefined;
  }
}
