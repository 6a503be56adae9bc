/**
 * Every key of the store. Numbers have a fixed width, so that byte order is number order; all rows of an
 * actor are keyed by its uid, which an address row maps to.
 *
 * | key | value |
 * |---|---|
 * | `a!<address>` | uid of the actor at this address |
 * | `b!<uid>` | birth: what the actor is (address, machine, parent, input, status, …) |
 * | `c!<uid>` | cursor: mailbox head and counters, when the snapshot did not change |
 * | `d!<number>` | dead letter |
 * | `e!<uid>!<child uid>` | effect: a step, ask, callback or observable of the actor |
 * | `f!` | the last epoch whose end was looked into |
 * | `g!<ms>!<uid>!<attempt>!<resource>` | that attempt at a step began at that time, under the rate of a resource |
 * | `h!<uid>!<turn>` | history: one turn, for actors with `history: true` |
 * | `i!<uid>` | an actor whose first turn is still to come, and how often that ended the process |
 * | `j!<uid>!<number>` | bond: who watches this actor, or is linked to it |
 * | `k!<batch>` | marker: a batch landed |
 * | `l!<uid>!<ms>` | a life that was ended by a reset: its snapshot, kept aside |
 * | `m!<uid>!<position>` | message waiting |
 * | `n!<name>` | uid of the actor with this name |
 * | `o!<uid>!<position>` | emission |
 * | `p!<uid>` | an actor or a supervisor that is paused, with all below it |
 * | `q!<uid>!<number>` | named action to be run |
 * | `r!<uid>!<key>` | dedupe key that the actor remembers |
 * | `s!<uid>` | snapshot |
 * | `t!<uid>!<number>` | timer |
 * | `v!<uid>` | supervisor state |
 * | `w!<uid>!<child id>` | what a supervisor knows of one child |
 * | `x!<uid>` | tombstone: rows of this uid that are still to be swept away |
 * | `y!<uid>!<number>` | request that waits for a supervisor |
 */
const ZEROS = '000000000000';

/** Twelve hexadecimal digits: numbers up to 2^48. */
export function fixed(value: number): string {
  const digits = value.toString(16);
  return ZEROS.slice(digits.length) + digits;
}

export function parseFixed(digits: string): number {
  return Number.parseInt(digits, 16);
}

/** The right of an attempt at a step to begin, used at that time. */
export interface Grant {
  readonly resource: string;
  readonly uid: number;
  readonly attempt: number;
  readonly atMs: number;
}

export const keys = {
  address: (address: string): string => `a!${address}`,
  birth: (uid: number): string => `b!${fixed(uid)}`,
  cursor: (uid: number): string => `c!${fixed(uid)}`,
  deadLetter: (number: number): string => `d!${fixed(number)}`,
  effect: (uid: number, child: number): string => `e!${fixed(uid)}!${fixed(child)}`,
  inquest: 'f!',
  grant: ({ atMs, uid, attempt, resource }: Grant): string =>
    `g!${fixed(atMs)}!${fixed(uid)}!${fixed(attempt)}!${resource}`,
  history: (uid: number, turn: number): string => `h!${fixed(uid)}!${fixed(turn)}`,
  unborn: (uid: number): string => `i!${fixed(uid)}`,
  bond: (uid: number, number: number): string => `j!${fixed(uid)}!${fixed(number)}`,
  marker: (batch: number): string => `k!${fixed(batch)}`,
  formerLife: (uid: number, atMs: number): string => `l!${fixed(uid)}!${fixed(atMs)}`,
  message: (uid: number, position: number): string => `m!${fixed(uid)}!${fixed(position)}`,
  name: (name: string): string => `n!${name}`,
  emission: (uid: number, position: number): string => `o!${fixed(uid)}!${fixed(position)}`,
  pause: (uid: number): string => `p!${fixed(uid)}`,
  action: (uid: number, number: number): string => `q!${fixed(uid)}!${fixed(number)}`,
  dedupe: (uid: number, key: string): string => `r!${fixed(uid)}!${key}`,
  snapshot: (uid: number): string => `s!${fixed(uid)}`,
  timer: (uid: number, number: number): string => `t!${fixed(uid)}!${fixed(number)}`,
  supervisor: (uid: number): string => `v!${fixed(uid)}`,
  supervisedChild: (uid: number, id: string): string => `w!${fixed(uid)}!${id}`,
  request: (uid: number, number: number): string => `y!${fixed(uid)}!${fixed(number)}`,
  tombstone: (uid: number): string => `x!${fixed(uid)}`,
} as const;

/** All keys with one of the prefixes above. */
export function under(prefix: string): { gte: string; lt: string } {
  return { gte: `${prefix}!`, lt: `${prefix}"` };
}

/** All rows of one kind that belong to one uid. */
export function ofUid(prefix: string, uid: number): { gte: string; lt: string } {
  const digits = fixed(uid);
  return { gte: `${prefix}!${digits}!`, lt: `${prefix}!${digits}"` };
}

/** The uid in a key of the form `<letter>!<uid>…`. */
export function uidInKey(key: string): number {
  return parseFixed(key.slice(2, 14));
}

/** What {@link keys}.grant was made of. */
export function grantInKey(key: string): Grant {
  return {
    atMs: uidInKey(key),
    uid: numberInKey(key),
    attempt: parseFixed(key.slice(28, 40)),
    resource: key.slice(41),
  };
}

/** The second number in a key of the form `<letter>!<uid>!<number>`. */
export function numberInKey(key: string): number {
  return parseFixed(key.slice(15, 27));
}
