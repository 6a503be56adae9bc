/** A process of its own that says what it saw, in lines of JSON. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class TalkingChild<Line> {
  /** All of it so far. */
  readonly lines: Line[] = [];
  /** With which code or signal it ended: everything that it said is there then. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly #process: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #hasEnded = false;

  /** Runs until it ends by itself, is killed, or its `end()` is heard. */
  constructor(command: string, args: readonly string[]) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#process.stdout !== null)
      createInterface(this.#process.stdout).on('line', (line) => {
        this.lines.push(JSON.parse(line) as Line);
        this.#wake();
      });
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        this.#hasEnded = true;
        this.#wake();
        resolve(code ?? signal);
      });
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Until it has said so many lines. */
  async said(count: number): Promise<void> {
    while (this.lines.length < count) {
      if (this.#hasEnded) throw new Error(`it ended after ${this.lines.length} lines`);
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Asks it to stop in order. */
  end(): void {
    this.#process.stdin?.end();
  }

  async dispose(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
