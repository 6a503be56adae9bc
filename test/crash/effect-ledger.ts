/** The outside world: a file that steps and named actions append to. perdure knows nothing of it. */
import { closeSync, fdatasyncSync, existsSync, openSync, readSync, writeSync } from 'node:fs';

/** `record`: a step of one actor, one at a time; `work`: a step of a spawned child; `note`: a named action. */
export type EffectKind = 'record' | 'work' | 'note';

export interface EffectLine {
  readonly kind: EffectKind;
  readonly item: string;
  /** The idempotency key. */
  readonly key: string;
  readonly life: number;
}

/** Returns once the line is on the medium. */
export function appendingTo(path: string): (line: EffectLine) => void {
  const file = openSync(path, 'a');
  // What a kill tore off stays a line of its own; an empty line is nothing.
  writeSync(file, '\n');
  return (line) => {
    writeSync(file, `${JSON.stringify(line)}\n`);
    fdatasyncSync(file);
  };
}

/** Reads what others append, as it comes. */
export class EffectLedger {
  readonly lines: EffectLine[] = [];
  readonly #path: string;
  readonly #recorded = new Set<string>();
  #offset = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Items that were recorded at least once. */
  get recorded(): number {
    return this.#recorded.size;
  }

  poll(): void {
    if (!existsSync(this.#path)) return;
    const file = openSync(this.#path, 'r');
    const bytes = Buffer.alloc(2 ** 18);
    for (;;) {
      const length = readSync(file, bytes, 0, bytes.length, this.#offset);
      if (length === 0) break;
      this.#offset += length;
      this.#take(bytes.toString('latin1', 0, length));
    }
    closeSync(file);
  }

  #take(text: string): void {
    const parts = (this.#rest + text).split('\n');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) {
      const line = part === '' ? undefined : parsed(part);
      if (line === undefined) continue;
      this.lines.push(line);
      if (line.kind === 'record') this.#recorded.add(line.item);
    }
  }
}

/** undefined for a line that a kill tore off. */
function parsed(text: string): EffectLine | undefined {
  try {
    return JSON.parse(text) as EffectLine;
  } catch {
    return undefined;
  }
}
