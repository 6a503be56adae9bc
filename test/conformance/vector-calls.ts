/** What the script of a vector will ask for, known before it is played. */
import type { AnsweredCall, Arming, Vector, VectorCall } from '../support/otp-vectors.ts';
import { isSettingsFault } from './constructor-refusals.ts';

/** Every call of the script, also those that are made during an armed start. */
export function callsOf(vector: Vector): VectorCall[] {
  return vector.script.flatMap((step) => {
    if (step.op === 'call') return [step];
    return step.op === 'fail_next_starts' ? step.calls : [];
  });
}

export function armingsOf(vector: Vector): Arming[] {
  return vector.script.filter((step) => step.op === 'fail_next_starts');
}

/** Whether OTP looked at every specification of the vector and found no fault with any. */
export function acceptsAll(vector: Vector): boolean {
  const results = vector.expect.map(({ result }) => result);
  if (results.some((result) => !result.ok && isRefusal(result.reason))) return false;
  return callsOf(vector).filter(addsChild).length === answersOf(vector).filter(hasLooked).length;
}

function answersOf(vector: Vector): AnsweredCall[] {
  return vector.script.flatMap((step, index) => {
    const seen = vector.expect[index];
    if (seen === undefined) return [];
    const own = step.op === 'call' ? [{ ...step, result: seen.result }] : [];
    return [...own, ...seen.calls];
  });
}

function addsChild({ fn, child }: VectorCall): boolean {
  return fn === 'start_child' && child !== undefined;
}

function hasLooked(call: AnsweredCall): boolean {
  const { result } = call;
  if (!addsChild(call)) return false;
  return result.ok || !(result.error === 'noproc' || isSettingsFault(result.error));
}

function isRefusal(reason: unknown): boolean {
  return /"(start_spec|supervisor_data)"/.test(JSON.stringify(reason ?? ''));
}
