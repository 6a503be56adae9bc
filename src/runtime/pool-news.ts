import { childAddress } from '../actors/address.ts';
import type { EnvelopeContent } from '../actors/envelope.ts';
import { startChildEvent } from '../actors/special-refs.ts';
import type { Answer } from '../supervisor/answer.ts';

/** What a machine hears of the child that it asked a pool to start or to end. `answer` undefined: no such pool. */
export function poolNews(
  pool: string,
  id: string,
  asked: string,
  answer: Answer | undefined,
): EnvelopeContent {
  const address = childAddress(pool, id);
  const told = asked === startChildEvent ? 'started' : 'terminated';
  const event =
    answer?.kind === 'child' || answer?.kind === 'done'
      ? { type: `perdure.child.${told}`, id, address }
      : { type: 'perdure.child.refused', id, code: codeOf(answer) };
  return { kind: 'message', event, sender: pool };
}

function codeOf(answer: Answer | undefined): string {
  if (answer === undefined) return 'not_found';
  return answer.kind === 'refused' ? String(answer.error) : answer.kind;
}
