/** What the child measures of itself. */
import { readdirSync } from 'node:fs';
import type { System } from '../../src/index.ts';
import { LoopDelay } from './loop-delay.ts';
import type { ChildOptions, Gauges } from './messages.ts';
import { Times } from './spread.ts';

const openFilesPath = '/proc/self/fd';

export class Meter {
  readonly accepted = new Times();
  readonly applied = new Times();
  #messages = 0;
  #restarts = 0;
  #collectedBytes: number | undefined;
  #lastMs = performance.now();
  readonly #upMs = performance.now();
  readonly #system: System;
  readonly #loop = new LoopDelay();

  constructor(system: System) {
    this.#system = system;
    system.events.on('supervisor.decided', ({ decision }) => {
      if (decision === 'restart') this.#restarts += 1;
    });
  }

  /** Tells what it measured, for as long as the process lives. */
  start({ sampleMs, collectMs }: ChildOptions, tell: (gauges: Gauges) => void): void {
    setInterval(() => tell(this.#read()), sampleMs);
    setInterval(() => this.#collect(), collectMs);
  }

  count(): void {
    this.#messages += 1;
  }

  #collect(): void {
    globalThis.gc?.();
    this.#collectedBytes = process.memoryUsage().heapUsed;
  }

  #read(): Gauges {
    const nowMs = performance.now();
    const perS = 1_000 / (nowMs - this.#lastMs);
    const memory = process.memoryUsage();
    const gauges: Gauges = {
      ageMs: nowMs - this.#upMs,
      rssBytes: memory.rss,
      heapBytes: memory.heapUsed,
      collectedBytes: this.#collectedBytes,
      externalBytes: memory.external,
      handles: handlesByKind(),
      files: openFiles(),
      accepted: this.accepted.take(),
      applied: this.applied.take(),
      loopDelay: this.#loop.take(),
      messagesPerS: this.#messages * perS,
      restartsPerS: this.#restarts * perS,
      deadLetters: this.#system.health().deadLetters,
    };
    this.#lastMs = nowMs;
    this.#messages = 0;
    this.#restarts = 0;
    this.#collectedBytes = undefined;
    return gauges;
  }
}

function handlesByKind(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Linux only. */
function openFiles(): number | undefined {
  return process.platform === 'linux' ? readdirSync(openFilesPath).length : undefined;
}
