/** Kills this very process when it comes to its crash point for the n-th time. */
import { crashPoints, type PointName } from './crash-points.ts';

export class CrashSwitch {
  readonly #point: PointName | undefined;
  #left: number;
  /** What is reached before the tree is up is another point than what is reached after. */
  isUp = false;

  constructor(plan: { readonly point: PointName; readonly nth: number } | undefined) {
    this.#point = plan?.point;
    this.#left = plan?.nth ?? 0;
  }

  reach(point: PointName): void {
    if (point !== this.#point) return;
    if (this.isUp && 'isRecovery' in crashPoints[point]) return;
    this.#left -= 1;
    if (this.#left > 0) return;
    process.kill(process.pid, 'SIGKILL');
    // the signal is delivered before kill() returns; if not, nothing more may happen here
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}
