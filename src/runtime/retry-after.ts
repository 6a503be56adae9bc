/**
 * How long an error asks to be left alone: `retryAfterMs` on the error, or the headers `retry-after-ms` and
 * `Retry-After` (RFC 9110 §10.2.3: seconds, or a date) of the response that it carries.
 */

type Fields = Readonly<Record<string, unknown>>;

/** @param nowMs - ms since the epoch, for dates */
export function askedDelayMs(error: unknown, nowMs: number): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { retryAfterMs, responseHeaders, headers, response } = error as Fields;
  if (isDelay(retryAfterMs)) return retryAfterMs;
  const inResponse = (response as Fields | undefined)?.['headers'];
  for (const given of [responseHeaders, headers, inResponse]) {
    const asked = fromHeaders(given, nowMs);
    if (asked !== undefined) return asked;
  }
  return undefined;
}

function fromHeaders(headers: unknown, nowMs: number): number | undefined {
  const exact = header(headers, 'retry-after-ms');
  if (exact !== undefined && isDelay(Number(exact))) return Number(exact);
  const asked = header(headers, 'retry-after');
  if (asked === undefined) return undefined;
  const seconds = Number(asked);
  if (isDelay(seconds)) return seconds * 1_000;
  const atMs = Date.parse(asked);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** Of a plain object, or of `Headers`. */
function header(headers: unknown, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const found = entries.find(([key]) => key.toLowerCase() === name)?.[1];
  if (found === undefined || found === null || String(found).trim() === '') return undefined;
  return String(found);
}

function isDelay(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
