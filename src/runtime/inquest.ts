/**
 * What killed the last process, as far as that can be told: looked into at boot, before anything runs, and
 * written down in one batch together with the epoch it is about, so that each death counts once however often
 * the boot is cut short.
 */
import { reasonOf } from '../base/errors.ts';
import {
  type ActionRecord,
  type EffectRecord,
  packAction,
  packEffect,
} from '../persistence/effect-records.ts';
import { keys } from '../persistence/keyspace.ts';
import {
  packEnvelope,
  packUnborn,
  unpackBirth,
  unpackEnvelope,
  unpackUnborn,
} from '../persistence/records.ts';
import type { RunningTurn } from '../ports/flight-slot.ts';
import type { StoredWorld } from './stored-world.ts';
import type { World } from './world.ts';

/** Puts what was found into the pending batch, and gives the stored world back as that leaves it. */
export function holdInquest(world: World, stored: StoredWorld): StoredWorld {
  const { store, committer } = world;
  const judged = lastJudged(world);
  // lands with the first batch, and nothing that could be blamed runs before
  committer.pending.put(keys.inquest, store.epoch - 1);
  const left = store.flight?.left;
  if (left === undefined)
    return { ...stored, effects: stored.effects.map((record) => stillRunning(world, record)) };
  const { turn, epoch } = left;
  if (turn !== undefined && epoch > judged && epoch < store.epoch) {
    blame(world, turn);
    return stored;
  }
  const ranUnclean = ({ runsIn }: { readonly runsIn: number }): boolean =>
    runsIn > judged && runsIn < store.epoch;
  const suspected = <R extends EffectRecord | ActionRecord>(record: R): R => ({
    ...record,
    runsIn: 0,
    suspicion: record.suspicion + 1,
  });
  return {
    ...stored,
    effects: stored.effects.map((record) => {
      if (record.settled || !ranUnclean(record)) return record;
      const suspect = suspected(record);
      committer.pending.put(keys.effect(record.owner, record.uid), packEffect(suspect));
      return suspect;
    }),
    actions: stored.actions.map((record) => {
      if (!ranUnclean(record)) return record;
      const suspect = suspected(record);
      committer.pending.put(keys.action(record.owner, record.number), packAction(suspect));
      return suspect;
    }),
  };
}

/** After a failed write it is the same process, and what runs on does so in a later epoch. */
function stillRunning(world: World, record: EffectRecord): EffectRecord {
  const { uid, owner, runsIn, settled, suspicion } = record;
  const { running, suspects, store, committer } = world;
  if (settled || runsIn === 0 || !running.has(uid)) return record;
  if (suspicion > 0) suspects.goesOn('effect', uid);
  const current = { ...record, runsIn: store.epoch };
  committer.pending.put(keys.effect(owner, uid), packEffect(current));
  return current;
}

/** One that had not landed has nothing to be noted on; but a turn it was, so no effect is suspected. */
function blame(world: World, { uid, position }: RunningTurn): void {
  const { store, codec, committer, ports } = world;
  const key = position === 0 ? keys.unborn(uid) : keys.message(uid, position);
  const bytes = store.get(key);
  if (bytes === undefined) return;
  try {
    const row = codec.decode(bytes, key);
    let deaths: number;
    let event = 'xstate.init';
    if (position === 0) {
      deaths = unpackUnborn(row) + 1;
      committer.pending.put(key, packUnborn(deaths));
    } else {
      const envelope = unpackEnvelope(position, row as unknown[]);
      envelope.attempts += 1;
      envelope.deaths += 1;
      deaths = envelope.deaths;
      event = envelope.event.type;
      committer.pending.put(key, packEnvelope(envelope));
    }
    const actor = addressOf(world, uid);
    ports.logger.warn({ actor, event, position, deaths }, 'the last process died in a turn');
  } catch (error) {
    // it is quarantined when its turn comes
    ports.logger.error(
      { key, error: reasonOf(error) },
      'what killed the last process is unreadable',
    );
  }
}

/** The last epoch that was looked into. If that cannot be read, nobody is blamed this time. */
function lastJudged({ store, codec, ports }: World): number {
  const key = keys.inquest;
  try {
    const bytes = store.get(key);
    return bytes === undefined ? 0 : (codec.decode(bytes, key) as number);
  } catch (error) {
    ports.logger.error({ key, error: reasonOf(error) }, 'which ends were counted is unreadable');
    return store.epoch;
  }
}

/** Undefined if no row tells it: there is none, or it is damaged. */
function addressOf({ store, codec }: World, uid: number): string | undefined {
  const key = keys.birth(uid);
  const bytes = store.get(key);
  if (bytes === undefined) return undefined;
  try {
    return unpackBirth(codec.decode(bytes, key) as unknown[]).address;
  } catch {
    return undefined;
  }
}
