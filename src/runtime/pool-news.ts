import { childAddress } from '../actors/address.ts';
import type { EnvelopeContent } from '../actors/envelope.ts';
import type { Answer } from '../supervisor/answer.ts';

/** Also what a pool itself has nothing to say about: `not_found`, `invalid_id`, `pool_full`. */
export interface Refusal {
  readonly kind: 'refused';
  readonly error: string;
}

/** What a machine hears of the child that it asked a pool to start or to end. */
export function poolNews(
  pool: string,
  id: string,
  wasStart: boolean,
  answer: Answer | Refusal,
): EnvelopeContent {
  const told = wasStart ? 'started' : 'terminated';
  const event =
    answer.kind === 'child' || answer.kind === 'done'
      ? { type: `perdure.child.${told}`, id, address: childAddress(pool, id) }
      : { type: 'perdure.child.refused', id, code: codeOf(answer) };
  return { kind: 'message', event, sender: pool };
}

function codeOf(answer: Answer | Refusal): string {
  return answer.kind === 'refused' ? String(answer.error) : answer.kind;
}
