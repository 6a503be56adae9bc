/**
 * The outside world: a file to which every verdict is appended, as a payment or an e-mail would be sent.
 * perdure knows nothing of it. A kill between the append and the commit makes the append happen again,
 * with the same idempotency key; a real outside world would drop the second one by its key, this one
 * keeps both lines, so that they can be counted.
 */
import { open, readFile } from 'node:fs/promises';
import * as v from 'valibot';
import type { Label } from './mails.ts';

const lineSchema = v.strictObject({
  key: v.string(),
  item: v.pipe(v.number(), v.integer()),
  label: v.picklist(['spam', 'ham']),
  truth: v.picklist(['spam', 'ham']),
});

export interface LedgerLine {
  readonly key: string;
  readonly item: number;
  readonly label: Label;
  readonly truth: Label;
}

export interface Ledger {
  /** Resolves once the line is on disk. */
  append(line: LedgerLine): Promise<void>;
  close(): Promise<void>;
}

export async function openLedger(path: string): Promise<Ledger> {
  const file = await open(path, 'a');
  // What a kill tore off stays a line of its own; an empty line is nothing.
  await file.write('\n');
  return {
    append: async (line) => {
      await file.write(`${JSON.stringify(line)}\n`);
      await file.datasync();
    },
    close: async () => await file.close(),
  };
}

/** How long a line is on its way that was acknowledged already. */
const EARLY_MS = 100;

/** `--inject-bug early-ack`: says "done" at once and writes a little later. A kill takes what waits. */
export function acknowledgeEarly(ledger: Ledger): Ledger {
  const waiting = new Set<Promise<void>>();
  return {
    append: async (line) => {
      const written = new Promise((resolve) => setTimeout(resolve, EARLY_MS))
        .then(async () => await ledger.append(line))
        .finally(() => waiting.delete(written));
      waiting.add(written);
    },
    close: async () => {
      await Promise.all(waiting);
      await ledger.close();
    },
  };
}

export interface LedgerContent {
  readonly lines: readonly LedgerLine[];
  /** Lines that a kill tore off: what they began to say does not count. */
  readonly torn: number;
}

/** Empty when nothing was ever recorded. */
export async function readLedger(path: string): Promise<LedgerContent> {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines: LedgerLine[] = [];
  let torn = 0;
  for (const text of content.split('\n')) {
    if (text === '') continue;
    const line = v.safeParse(v.pipe(v.string(), v.parseJson(), lineSchema), text);
    if (line.success) lines.push(line.output);
    else torn++;
  }
  return { lines, torn };
}
