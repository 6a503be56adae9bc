/** Settles the accounts of a run: what came of every message, and of everything that turns asked for. */
import type { Callers } from './callers.ts';
import { cancelledTimers, deedOf, deedsOf } from './deeds.ts';
import type { EffectLog } from './effect-log.ts';
import { causeOf, isBefore } from './ids.ts';
import type { Landed, Turn } from './landed.ts';
import type { Laws } from './laws.ts';
import { RIDDLE_MS } from './machine.ts';
import type { Program } from './program.ts';

export interface Books {
  readonly program: Program;
  readonly landed: Landed;
  readonly callers: Callers;
  readonly effects: EffectLog;
  readonly laws: Laws;
  /** Ids of dead letters that an operator dropped. */
  readonly dropped: ReadonlySet<string>;
}

export function settleAccounts(books: Books): void {
  for (const call of books.callers.calls.values()) {
    const found = placesOf(books, call.id);
    const [least, most] = {
      accepted: [1, 1],
      refused: [0, 0],
      unknown: [0, 1],
      open: [0, 1],
    }[call.state] as [number, number];
    books.laws.check(
      call.state === 'accepted' ? 'G5' : 'G2',
      found.length >= least && found.length <= most,
      () => `${call.id} was ${call.state} (${call.code}), and is ${told(found)}`,
    );
  }
  for (const turns of turnsByActor(books).values()) {
    const cancelled = cancelledTimers(books.program, turns);
    for (const turn of turns) if (/^\d/.test(turn.id)) settleTurn(books, turn, cancelled);
  }
  for (const id of books.landed.seen) refuseStranger(books, id);
  refuseDisorder(books);
}

/** Everything that a turn asked for is there, once. */
function settleTurn(books: Books, turn: Turn, cancelled: ReadonlyMap<string, number>): void {
  const { landed, laws, effects } = books;
  const { id, uid, atMs, place } = turn;
  // with a new life, timers and effects of the one before are gone
  const isWhole = place > (landed.actors.get(uid)?.endedAt ?? 0);
  deedsOf(books.program, id).forEach((deed, index) => {
    const part = `${id}-${index}`;
    const found = placesOf(books, part);
    switch (deed.do) {
      case 'send':
      case 'helper':
        laws.check('G1', found.length === 1, () => `${id} sent ${part}, which is ${told(found)}`);
        return;
      case 'later': {
        const isSet = [...landed.timers.values()].some((timer) => timer.id === part);
        const count = found.length + Number(isSet);
        const dueMs = atMs + deed.ms;
        const cancelledMs = cancelled.get(part);
        // one that was due then may have fired
        const [least, most] = [
          Number(isWhole && cancelledMs === undefined),
          Number(cancelledMs === undefined || cancelledMs >= dueMs),
        ];
        laws.check(
          'G10',
          count >= least && count <= most,
          () =>
            `the timer ${part} (cancelled at ${cancelledMs}, due at ${dueMs}) is ${told(found)}${isSet ? ', and set' : ''}`,
        );
        laws.check(
          'G10',
          (landed.due.get(part) ?? dueMs) === dueMs,
          () => `the timer ${part} is due at ${landed.due.get(part)}, not at ${dueMs}`,
        );
        return;
      }
      case 'step':
      case 'ask': {
        const ends = [...placesOf(books, `done:${part}`), ...placesOf(books, `error:${part}`)];
        const isOpen = [...landed.effects.values()].some((effect) => effect.id === part);
        const isGivenUp = landed.givenUp.has(`error:${part}`);
        const count = ends.length + Number((isOpen || isGivenUp) && ends.length === 0);
        laws.check(
          'G4',
          count === 1 || (count === 0 && !isWhole),
          () => `the ${deed.do} ${part} is ${told(ends)}${isOpen ? ', and open' : ''}`,
        );
        if (deed.do === 'step') settleStep(books, part);
        else if (deed.isUnanswered === true) settleRiddle(books, part, atMs);
        return;
      }
      case 'act':
        // whatever became of its actor
        laws.check(
          'G4',
          effects.hasActed(part) || landed.givenUp.has(part) || landed.hasAction(part),
          () => `the action ${part} never ran`,
        );
        return;
      case 'cancel':
      case 'dismiss':
      case 'flaky':
      case 'poison':
      case 'finish':
      case 'leave':
    }
  });
}

function settleStep({ landed, laws, effects }: Books, id: string): void {
  effects.settle(id);
  if (landed.turns.has(`done:${id}`))
    laws.check('G4', effects.hasActed(id), () => `the step ${id} has a result, and never ran`);
  if (effects.isUnhandled(id))
    laws.check(
      'G6',
      !landed.turns.has(`error:${id}`),
      () => `nobody handles that ${id} fails, and a turn was made of it`,
    );
}

/** It fails when its time is over, or sooner if it was a dead letter, retried perhaps: its receiver was gone. */
function settleRiddle(books: Books, id: string, askedMs: number): void {
  const { landed, laws } = books;
  const answers = placesOf(books, `done:${id}`);
  laws.check('G4', answers.length === 0, () => `the riddle ${id} is answered: ${told(answers)}`);
  const end = landed.turns.get(`error:${id}`);
  if (end === undefined || !landed.turns.has(`ask:${id}`) || landed.buried.has(`ask:${id}`)) return;
  laws.check(
    'G10',
    end.atMs >= askedMs + RIDDLE_MS,
    () => `the riddle ${id} of ${askedMs} failed at ${end.atMs}, before its time was over`,
  );
}

function turnsByActor({ landed }: Books): Map<number, Turn[]> {
  const turns = new Map<number, Turn[]>();
  for (const turn of landed.turns.values()) {
    const known = turns.get(turn.uid) ?? [];
    turns.set(turn.uid, known);
    known.push(turn);
  }
  return turns;
}

/** Nothing is there of a turn that is not. */
function refuseStranger({ landed, laws }: Books, id: string): void {
  const [, part] = /^(?:done:|error:)?(\d.*-.*)$/.exec(id) ?? [];
  if (part === undefined) return;
  const cause = causeOf(part);
  laws.check('G1', landed.turns.has(cause), () => `${id} is there, and turn ${cause} is not`);
}

/** What one sender sends to one receiver is applied in the order in which it was sent. */
function refuseDisorder({ landed, laws, program, callers }: Books): void {
  const latest = new Map<string, { readonly id: string; readonly place: readonly number[] }>();
  const turns = [...landed.turns.values()].sort((a, b) => a.uid - b.uid || a.place - b.place);
  for (const { id, uid } of turns) {
    if (!/^\d/.test(id) || landed.buried.has(id)) continue;
    const cause = landed.turns.get(causeOf(id));
    const call = callers.calls.get(id);
    if (cause === undefined && (call?.isRepeated === true || call === undefined)) continue;
    if (deedOf(program, id)?.do === 'later') continue;
    const line = cause === undefined ? `outside ${uid}` : `${cause.uid} ${uid}`;
    const index = Number(id.slice(id.lastIndexOf('-') + 1));
    const place = cause === undefined ? [Number(id)] : [cause.place, index];
    const before = latest.get(line);
    if (before !== undefined)
      laws.check(
        'G2',
        isBefore(before.place, place),
        () => `${id} was applied after ${before.id}, and sent before it (${program.seed})`,
      );
    latest.set(line, { id, place });
  }
}

/** Where a message is: never in two places. */
function placesOf({ landed, dropped }: Books, id: string): string[] {
  const places: string[] = [];
  if (landed.turns.has(id)) places.push('applied');
  if (landed.dead.has(id)) places.push('dead');
  if (landed.waiting.has(id)) places.push('waiting');
  // whoever drops one does not always live to hear that it worked
  if (places.length === 0 && dropped.has(id)) places.push('dropped');
  return places;
}

function told(places: readonly string[]): string {
  return places.length === 0 ? 'nowhere' : places.join(' and ');
}
