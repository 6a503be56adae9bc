import type { Clock } from './clock.ts';
import type { Entropy } from './entropy.ts';
import type { Executor } from './executor.ts';
import type { Logger } from './logger.ts';
import type { Obituary } from './obituary.ts';
import type { Threads } from './threads.ts';
import type { TurnOrder } from './turn-order.ts';

/** All that a running system needs of the world, but its store. */
export interface Ports {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly executor: Executor;
  readonly logger: Logger;
  /** Without it the modules of worker steps run in this thread. */
  readonly threads?: Threads | undefined;
  readonly turnOrder?: TurnOrder | undefined;
  /** Hears of each actor that is taken away, before that lands: the store keeps nothing of it. */
  readonly obituaries?: ((obituary: Obituary) => void) | undefined;
}
