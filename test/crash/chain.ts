/**
 * What an actor remembers of a stream of numbered items: a hash chain over them, in order. One skipped,
 * repeated or out of order, and it is not the chain that the parent computes from what it sent.
 */
import { createHash } from 'node:crypto';

export interface Stream {
  readonly count: number;
  readonly last: number;
  readonly skipped: number;
  readonly repeated: number;
  readonly chain: string;
}

export type Streams = Readonly<Record<string, Stream>>;

const empty: Stream = { count: 0, last: 0, skipped: 0, repeated: 0, chain: '' };

export function link(chain: string, text: string): string {
  return createHash('sha256').update(`${chain} ${text}`).digest('base64url').slice(0, 16);
}

function next(stream: Stream, n: number): Stream {
  return {
    count: stream.count + 1,
    last: Math.max(stream.last, n),
    skipped: stream.skipped + Math.max(0, n - stream.last - 1),
    repeated: stream.repeated + (n <= stream.last ? 1 : 0),
    chain: link(stream.chain, String(n)),
  };
}

/** The streams of an actor after it took item `n` of `source`. */
export function taken(streams: Streams, source: string, n: number): Streams {
  return { ...streams, [source]: next(streams[source] ?? empty, n) };
}

/** What a stream of items 1 to `count` must have come to. */
export function expectedStream(count: number): Stream {
  let stream = empty;
  for (let n = 1; n <= count; n += 1) stream = next(stream, n);
  return stream;
}

/** A bag of items that come in no fixed order: how many, and a sum over their hashes. */
export interface Bag {
  readonly count: number;
  readonly sum: number;
}

export const emptyBag: Bag = { count: 0, sum: 0 };

export function into(bag: Bag, item: string): Bag {
  const hash = createHash('sha256').update(item).digest().readUInt32LE(0);
  return { count: bag.count + 1, sum: (bag.sum + hash) % 2 ** 48 };
}
