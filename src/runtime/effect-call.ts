/** How the code of an effect is called, and how its owner is told what came of it. */
import type { EventObject } from '../actors/host-types.ts';
import { stepOptionsOf } from '../actors/step.ts';
import { present } from '../base/assert.ts';
import { PerdureError } from '../base/errors.ts';
import type { EffectRecord } from '../persistence/effect-records.ts';
import type { Cell } from './cell.ts';
import type { RunTools } from './running-steps.ts';
import { toStorableError } from './storable-error.ts';
import type { World } from './world.ts';

/** Calls what the user wrote: a step with its arguments, or the function of `fromPromise`. */
export function runEffect(
  world: Pick<World, 'events' | 'ports'>,
  owner: Cell,
  record: EffectRecord,
  { signal, heartbeat }: RunTools,
): unknown {
  const { logic } = present(owner.logic.child(record.src), 'a stored effect has its logic');
  const step = stepOptionsOf(logic);
  const { input, key: idempotencyKey, attempts: attempt } = record;
  if (step !== undefined) {
    const beat = (note?: unknown): void => {
      if (signal.aborted) return;
      heartbeat();
      const { address } = owner;
      world.events.emit({ type: 'effect.heartbeat', address, effect: record.id, attempt, note });
    };
    const { threads } = world.ports;
    if (step.module !== undefined && threads !== undefined)
      return threads.run(step.module, { input, idempotencyKey, attempt }, signal);
    return step.run({ input, signal, idempotencyKey, attempt, heartbeat: beat });
  }
  const promise = (logic as unknown as { config: (args: object) => unknown }).config;
  return promise({
    input,
    signal,
    self: owner.ref,
    system: owner.ref.system,
    emit: refuseEmit(owner),
  });
}

/** It has no end to wait for, and is started anew in every process. */
export function isVolatile({ kind }: EffectRecord): boolean {
  return kind === 'callback' || kind === 'observable';
}

function refuseEmit(owner: Cell): () => never {
  return () => {
    throw new PerdureError('TURN_IMPURE', {
      address: owner.address,
      call: 'emit() of a promise',
      fix: 'return a value and emit in the machine: what a promise emits is part of no turn',
    });
  };
}

export function doneEvent(id: string, output: unknown): EventObject {
  return { type: `xstate.done.actor.${id}`, output, actorId: id } as EventObject;
}

export function errorEvent(id: string, error: unknown): EventObject {
  return {
    type: `xstate.error.actor.${id}`,
    error: toStorableError(error),
    actorId: id,
  } as EventObject;
}
