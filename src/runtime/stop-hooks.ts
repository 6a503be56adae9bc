import { crash, describe, type ExitReason } from '../actors/exit-reason.ts';
import { reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Ports } from '../ports/ports.ts';
import type { Cell } from './cell.ts';

/** `onStop`: owed to every incarnation that is up, called once, and told when its time is over. */
export class StopHooks {
  readonly #ports: Ports;
  /** In the order in which they came up. */
  readonly #owed = new Map<number, Cell>();
  readonly #running = new Map<number, { ended: Promise<unknown>; controller: AbortController }>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** It is up now. */
  owe(cell: Cell): void {
    this.#owed.delete(cell.uid);
    if (cell.settings.onStop !== undefined) this.#owed.set(cell.uid, cell);
  }

  isOwed({ uid }: Cell): boolean {
    return this.#owed.has(uid);
  }

  /** It is ended without being asked. */
  waive({ uid }: Cell): void {
    this.#owed.delete(uid);
  }

  /** The time of its hook is over, if it runs. */
  expire({ uid }: Cell): void {
    this.#running.get(uid)?.controller.abort();
  }

  /** Never rejects: what `onStop` throws becomes the reason, as in OTP's terminate. */
  async run(cell: Cell, reason: ExitReason): Promise<ExitReason> {
    return (await this.#call(cell, describe(reason))) ?? reason;
  }

  /**
   * Their world is gone, and the process is not: calls all that are owed, each within its time, in the order
   * of a stop. Those that run already are waited for.
   *
   * @param isTogether - whether the children of this supervisor are stopped at once
   */
  async runAll(reason: string, isTogether: (supervisor: number) => boolean): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    const cells = [...this.#owed.values()].reverse();
    for (const cell of cells) {
      if (!this.isOwed(cell)) continue;
      const group = isTogether(cell.parent)
        ? cells.filter(({ parent }) => parent === cell.parent)
        : [cell];
      await Promise.all(group.map((each) => this.#callInTime(each, reason)));
    }
  }

  /** Nothing is waited for any more, and nothing called. */
  abandon(): void {
    this.#owed.clear();
    for (const { controller } of this.#running.values()) controller.abort();
  }

  async #callInTime(cell: Cell, reason: string): Promise<void> {
    const { shutdownMs } = cell.settings;
    const timeoutMs = shutdownMs === 'brutal_kill' ? limits.shutdownMs : shutdownMs;
    const withdraw =
      timeoutMs === 'infinity'
        ? undefined
        : this.#ports.clock.after(timeoutMs, () => this.expire(cell));
    await this.#call(cell, reason);
    withdraw?.();
  }

  /** Until it has ended or its time is over. Returns what it threw, as a reason. */
  async #call(cell: Cell, reason: string): Promise<ExitReason | undefined> {
    const { address, uid, settings } = cell;
    const { onStop } = settings;
    if (!this.#owed.delete(uid) || onStop === undefined) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const { executor, logger } = this.#ports;
    const hook = executor
      .run('hook', () => onStop({ address, reason, signal }))
      .then(
        () => undefined,
        (error: unknown) => {
          logger.error({ actor: address, error: reasonOf(error) }, 'onStop threw');
          return crash(error);
        },
      );
    const ended = Promise.race([hook, whenAborted(signal)]);
    const entry = { ended, controller };
    this.#running.set(uid, entry);
    const thrown = await ended;
    if (this.#running.get(uid) === entry) this.#running.delete(uid);
    return thrown;
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
