import { type CrashPoint, pointAsCode } from './crash-point.ts';
import { absent, type Difference, shown } from './difference.ts';
import { batchInWords } from './batch-words.ts';
import type { ScriptRun, Told } from './script-run.ts';

/** What a crash changed. */
export type Finding =
  | { readonly what: 'difference'; readonly difference: Difference }
  | { readonly what: 'invariant' | 'script' | 'start'; readonly error: unknown };

export interface CounterexampleFacts {
  readonly finding: Finding;
  /** Undefined: it is so without any crash. */
  readonly crash: CrashPoint | undefined;
  readonly run: ScriptRun;
  /** Without a crash. */
  readonly reference: ScriptRun;
}

const NOTES_SHOWN = 12;
const EVENTS_SHOWN = 10;

const headings: Readonly<Record<Finding['what'], string>> = {
  difference: 'the end is not the same as without a crash',
  invariant: 'the invariant does not hold',
  script: 'the script does not come to its end',
  start: 'the process does not come back',
};

const momentWords: Readonly<Record<CrashPoint['moment'], string>> = {
  before: 'nothing of it was written',
  torn: 'a part of it was written, which the next open drops',
  after: 'all of it was written, and nobody had been told',
};

/**
 * A point at which a crash changes what a program does: `message` tells it to people, the rest to code.
 *
 * @public
 */
export class Counterexample extends Error {
  override readonly name: string = 'Counterexample';
  /** What was found: an end that differs, an invariant, a script or a start that failed. */
  readonly found: Finding['what'];
  /** Give it to `explore` as `only`, and this run is repeated. Undefined: it is so without any crash. */
  readonly crash: CrashPoint | undefined;
  /** Where the ends differ: `actors['/payer'].context.charged`. */
  readonly path: string | undefined;

  constructor(facts: CounterexampleFacts) {
    const { finding, crash } = facts;
    super(messageOf(facts), 'error' in finding ? { cause: finding.error } : {});
    this.found = finding.what;
    this.crash = crash;
    this.path = finding.what === 'difference' ? finding.difference.path : undefined;
  }
}

function messageOf({ finding, crash, run, reference }: CounterexampleFacts): string {
  const after = crash === undefined ? ', also without a crash' : '';
  return [
    `${headings[finding.what]}${after}`,
    section('found', foundIn(finding)),
    ...(crash === undefined
      ? []
      : [
          section('crash', crashInWords(crash, reference)),
          section('the write held', batchInWords(reference.landed.slice(0, crash.write))),
        ]),
    section('outside', notesInWords(run)),
    section('what happened then', eventsInWords(run.told, crash !== undefined)),
    ...(crash === undefined
      ? []
      : [section('replay', [`explore({ …, only: ${pointAsCode(crash)} })`])]),
  ].join('\n\n');
}

function section(name: string, lines: readonly string[]): string {
  return [`  ${name}`, ...lines.map((line) => `    ${line}`)].join('\n');
}

function foundIn(finding: Finding): string[] {
  if (finding.what !== 'difference') return reasonOf(finding.error).split('\n');
  const { path, left, right } = finding.difference;
  return [
    `${path}: ${left === absent ? 'nothing' : shown(left)} without a crash, ${shown(right)} with it`,
  ];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : shown(error);
}

function crashInWords({ write, moment, again }: CrashPoint, { writes }: ScriptRun): string[] {
  const first = `in write ${write} of ${writes}, ${moment}: ${momentWords[moment]}`;
  if (again === undefined) return [first];
  const { write: next, moment: then } = again;
  return [first, `and on the way back in write ${next}, ${then}: ${momentWords[then]}`];
}

function notesInWords({ notes }: ScriptRun): string[] {
  if (notes.length === 0) return ['nothing happened'];
  const lines = notes.map(({ what, facts, atMs, process }) => {
    const who = process === 0 ? 'script' : `process ${process}`;
    return `${who}, after ${Math.round(atMs)} ms: ${what} ${shown(facts)}`;
  });
  return lastOf(lines, NOTES_SHOWN);
}

function eventsInWords(told: readonly Told[], hasCrashed: boolean): string[] {
  const after = hasCrashed ? told.filter(({ process }) => process > 1) : told;
  return lastOf(
    after.map(({ process, event }) => {
      const { type, ...facts } = event;
      return `process ${process}: ${type} ${shown(facts)}`;
    }),
    EVENTS_SHOWN,
  );
}

function lastOf(lines: readonly string[], count: number): string[] {
  if (lines.length <= count) return [...lines];
  return [`(${lines.length - count} before)`, ...lines.slice(-count)];
}
