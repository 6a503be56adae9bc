/** The one bridge between the schema library and our catalogue: options are checked here or nowhere. */
import * as v from 'valibot';
import { PerdureError } from './errors.ts';

/**
 * `given`, checked against `schema`.
 *
 * @throws {@link PerdureError} OPTION_INVALID with the path of the offending field below `path`
 */
export function readOptions<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
  given: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (result.success) return result.output;
  throw refusal(path, result.issues[0]);
}

function refusal(path: string, issue: v.BaseIssue<unknown>): PerdureError {
  const field = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('');
  return new PerdureError('OPTION_INVALID', { path: `${path}${field}`, why: why(issue) });
}

function why(issue: v.BaseIssue<unknown>): string {
  // Messages of ours that state what is expected, and those that state what is wrong.
  if (issue.message.startsWith('expected')) return `${issue.message}, not ${issue.received}`;
  if (!issue.message.startsWith('Invalid')) return issue.message;
  return `expected ${issue.expected ?? 'another value'}, not ${issue.received}`;
}
