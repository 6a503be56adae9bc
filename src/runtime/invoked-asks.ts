/** What an invoked ask sends, and how it fails when nobody answers in time. */
import { askOptionsOf } from '../actors/from-ask.ts';
import type { EventObject } from '../actors/host-types.ts';
import { ReplyTarget } from '../actors/special-refs.ts';
import { present } from '../base/assert.ts';
import { PerdureError } from '../base/errors.ts';
import type { EffectRecord } from '../persistence/effect-records.ts';
import type { Cell } from './cell.ts';

type AskOptions = NonNullable<ReturnType<typeof askOptionsOf>>;

export function questionOf(
  owner: Cell,
  record: EffectRecord,
): { readonly target: unknown; readonly event: EventObject } {
  const { target, type } = present(optionsOf(owner, record), 'an ask has options');
  const replyTo = ReplyTarget.ofInvoke(owner.uid, owner.life, record.uid);
  return {
    target,
    event: { ...(record.input as object | undefined), type, replyTo } as EventObject,
  };
}

export function askTimeout(owner: Cell, record: EffectRecord): PerdureError<'ASK_TIMEOUT'> {
  const options = optionsOf(owner, record);
  return new PerdureError('ASK_TIMEOUT', {
    address: String((options?.target as { address?: string } | undefined)?.address ?? record.src),
    type: options?.type ?? record.src,
    timeoutMs: options?.timeoutMs ?? 0,
  });
}

function optionsOf(owner: Cell, record: EffectRecord): AskOptions | undefined {
  const child = present(owner.logic.child(record.src), 'a stored effect has its logic');
  return askOptionsOf(child.logic);
}
