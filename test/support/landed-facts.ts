/** What has landed, read from the very bytes: the judge of everything that is observed. */
import type { EventObject } from 'xstate';
import { createCodec } from '../../src/persistence/codec.ts';
import { numberInKey, uidInKey } from '../../src/persistence/keyspace.ts';
import { unpackEffect } from '../../src/persistence/effect-records.ts';
import {
  type DeadLetter,
  unpackBirth,
  unpackDeadLetter,
  unpackEnvelope,
  unpackTimer,
} from '../../src/persistence/records.ts';
import type { SnapshotRecord } from '../../src/persistence/snapshot-record.ts';
import type { LandedRows } from './crash-store.ts';

/** The part of every generated actor's context that facts are read from. */
export interface Trace {
  readonly name: string;
  /** Goes up with every turn that is driven from outside, by a timer or by a result. */
  readonly drives: number;
  /** What was applied, by sender, in order. */
  readonly seen: Readonly<Record<string, readonly number[]>>;
  /** Messages sent so far, by receiver. */
  readonly sent: Readonly<Record<string, number>>;
}

/** One actor, as its rows describe it. */
export interface ActorFacts {
  readonly status: string;
  readonly life: number;
  readonly snapshot:
    | {
        readonly status: string;
        readonly value: unknown;
        readonly context: Trace;
        readonly history: unknown;
        readonly children: readonly string[];
        readonly output: unknown;
      }
    | undefined;
  readonly emissions: readonly unknown[];
}

/** All rows, without what may differ between two runs that mean the same: uids, positions, keys. */
export interface Outcome {
  readonly actors: Readonly<Record<string, ActorFacts>>;
  readonly timers: readonly unknown[];
  readonly mail: readonly unknown[];
  readonly effects: readonly unknown[];
  readonly actions: number;
  readonly letters: readonly unknown[];
}

const codec = createCodec({ writeRef: (ref) => ref, readRef: (data) => data as object });

export class LandedFacts {
  /** Messages at which fewer attempts were counted than before. */
  readonly setbacks: string[] = [];
  readonly #attempts = new Map<string, number>();
  readonly #rows = new Map<string, Uint8Array>();
  readonly #tails = new Map<number, number>();
  readonly #heads = new Map<number, number>();
  readonly #drives = new Map<string, number>();
  readonly #emissions = new Set<string>();
  readonly #armed = new Set<string>();
  readonly #settled = new Map<string, Set<string>>();

  add(rows: LandedRows): void {
    for (const [key, bytes] of rows) {
      if (bytes === undefined) {
        if (key.startsWith('e!')) this.#noteEffect(key, true);
        this.#rows.delete(key);
        continue;
      }
      this.#rows.set(key, bytes);
    }
    for (const [key, bytes] of rows) if (bytes !== undefined) this.#note(key);
  }

  uidAt(address: string): number {
    return (this.#value(`a!${address}`) as number | undefined) ?? 0;
  }

  /** Whether the message at this position of a mailbox was ever durable. */
  hasAccepted(address: string, position: number): boolean {
    return position < (this.#tails.get(this.uidAt(address)) ?? 0);
  }

  hasApplied(address: string, position: number): boolean {
    return position < (this.#heads.get(this.uidAt(address)) ?? 0);
  }

  /** How far the actor of this name is, durably. */
  drivesOf(name: string): number {
    return this.#drives.get(name) ?? -1;
  }

  hasEmitted(address: string, event: EventObject): boolean {
    return this.#emissions.has(`${address} ${JSON.stringify(event)}`);
  }

  hasArmed(idempotencyKey: string): boolean {
    return this.#armed.has(idempotencyKey);
  }

  /** How many effects of this id have a durable result, or need none any more. */
  settledOf(owner: string, id: string): number {
    return this.#settled.get(`${owner} ${id}`)?.size ?? 0;
  }

  letters(): DeadLetter[] {
    return [...this.#under('d!')].map(([key, row]) =>
      unpackDeadLetter(Number.parseInt(key.slice(2), 16), row as unknown[]),
    );
  }

  outcome(): Outcome {
    const actors: Record<string, ActorFacts> = {};
    for (const [key, row] of this.#under('b!')) {
      const { address, status, life } = unpackBirth(row as unknown[]);
      actors[address] = {
        status,
        life,
        snapshot: this.#snapshot(uidInKey(key)),
        emissions: [...this.#under(`o!${key.slice(2)}!`)].map(([, emission]) => emission),
      };
    }
    return {
      actors,
      timers: [...this.#under('t!')]
        .map(([key, row]) => {
          const { id, dueMs, event, to } = unpackTimer(0, numberInKey(key), row as unknown[]);
          return {
            owner: this.#address(uidInKey(key)),
            id,
            dueMs,
            event,
            isOutward: to !== undefined,
          };
        })
        .sort(byText),
      mail: [...this.#under('m!')].map(([, row]) => row),
      effects: [...this.#under('e!')].map(([key, row]) => {
        const { id, input, settled } = unpackEffect(0, 0, row as unknown[]);
        return { owner: this.#address(uidInKey(key)), id, input, settled };
      }),
      actions: [...this.#under('q!')].length,
      letters: this.letters()
        .map(({ address, reason, event, attempts, state }) => ({
          address,
          reason,
          event,
          attempts,
          state,
        }))
        .sort(byText),
    };
  }

  #note(key: string): void {
    const value = this.#value(key);
    switch (key[0] ?? '') {
      case 'm':
        raise(this.#tails, uidInKey(key), numberInKey(key) + 1);
        this.#noteAttempts(key, value);
        return;
      case 'c':
        this.#noteHead(uidInKey(key), value);
        return;
      case 's': {
        const [cursor, snapshot] = value as [unknown, SnapshotRecord];
        this.#noteHead(uidInKey(key), cursor);
        const { name, drives } = snapshot[2] as Partial<Trace>;
        if (name !== undefined && drives !== undefined) raise(this.#drives, name, drives);
        return;
      }
      case 'o':
        this.#emissions.add(
          `${this.#address(uidInKey(key))} ${JSON.stringify((value as unknown[])[1])}`,
        );
        return;
      case 'e':
        this.#noteEffect(key, false);
        return;
      default:
    }
  }

  /** A message is written again only after one more attempt at it. */
  #noteAttempts(key: string, value: unknown): void {
    const { attempts } = unpackEnvelope(0, value as unknown[]);
    if (attempts <= (this.#attempts.get(key) ?? -1)) this.setbacks.push(`${key} ${attempts}`);
    this.#attempts.set(key, attempts);
  }

  #noteEffect(key: string, isGone: boolean): void {
    const row = this.#value(key);
    if (row === undefined) return;
    const { key: idempotencyKey, id, settled } = unpackEffect(0, 0, row as unknown[]);
    this.#armed.add(idempotencyKey);
    const place = `${this.#address(uidInKey(key))} ${id}`;
    const keys = this.#settled.get(place) ?? new Set();
    this.#settled.set(place, keys);
    if (settled || isGone) keys.add(idempotencyKey);
  }

  #noteHead(uid: number, cursor: unknown): void {
    const [head] = cursor as [number];
    raise(this.#heads, uid, head);
    raise(this.#tails, uid, head);
  }

  #snapshot(uid: number): ActorFacts['snapshot'] {
    const row = this.#rows.has(`s!${hex(uid)}`) ? this.#value(`s!${hex(uid)}`) : undefined;
    if (row === undefined) return undefined;
    const [, [status, value, context, history, children, output]] = row as [
      unknown,
      SnapshotRecord,
    ];
    return {
      status,
      value,
      context: context as Trace,
      history,
      children: (children ?? []).map(([id]) => id).sort(),
      output,
    };
  }

  #address(uid: number): string {
    const row = this.#value(`b!${hex(uid)}`);
    return row === undefined ? `uid ${uid}` : unpackBirth(row as unknown[]).address;
  }

  #value(key: string): unknown {
    const bytes = this.#rows.get(key);
    return bytes === undefined ? undefined : codec.decode(bytes, key);
  }

  *#under(prefix: string): Generator<readonly [key: string, row: unknown]> {
    for (const key of [...this.#rows.keys()].filter((each) => each.startsWith(prefix)).sort())
      yield [key, this.#value(key)];
  }
}

function raise<K>(highest: Map<K, number>, key: K, value: number): void {
  if (value > (highest.get(key) ?? Number.NEGATIVE_INFINITY)) highest.set(key, value);
}

function hex(uid: number): string {
  return uid.toString(16).padStart(12, '0');
}

function byText(a: unknown, b: unknown): number {
  const [one, two] = [JSON.stringify(a), JSON.stringify(b)];
  return one < two ? -1 : Number(one > two);
}
