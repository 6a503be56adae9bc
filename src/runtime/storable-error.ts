import { judge } from '../actors/value.ts';
import { reasonOf } from '../base/errors.ts';

/** An error that can be stored: the same one if it can be, else one with its name, message, stack and code. */
export function toStorableError(error: unknown): Error {
  if (error instanceof Error) {
    try {
      judge(error, 'error');
      return error;
    } catch {
      return plainCopy(error);
    }
  }
  return new Error(
    typeof error === 'string' ? error : `something was thrown that is no Error: ${describe(error)}`,
  );
}

function plainCopy(error: Error): Error {
  const copy = new Error(error.message);
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = error.stack;
  const code: unknown = (error as { code?: unknown }).code;
  if (typeof code === 'string') Object.assign(copy, { code });
  return copy;
}

function describe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch (error) {
    return reasonOf(error);
  }
}
