import type { TurnSnapshot } from '../actors/turn.ts';
import { PerdureError } from '../base/errors.ts';
import type { WaitOptions } from './ref-types.ts';
import { aborted } from './sender.ts';
import type { World } from './world.ts';

/** Settles with the first landed snapshot, from the present one on, that `predicate` is true of. */
export function waitForSnapshot(
  world: World,
  address: string,
  predicate: (snapshot: TurnSnapshot) => boolean,
  { signal, timeoutMs }: WaitOptions,
  caller: { resolve(snapshot: TurnSnapshot): void; reject(error: unknown): void },
): void {
  let withdraw = (): void => undefined;
  let leave = (): void => undefined;
  const finish = (outcome: () => void): void => {
    leave();
    withdraw();
    signal?.removeEventListener('abort', onAbort);
    outcome();
  };
  const onAbort = (): void => finish(() => caller.reject(aborted(address, signal)));
  const see = (snapshot: TurnSnapshot): boolean => {
    try {
      if (!predicate(snapshot)) return false;
      finish(() => caller.resolve(snapshot));
    } catch (error) {
      finish(() => caller.reject(error));
    }
    return true;
  };
  const cell = world.cells.byAddress(address);
  if (cell?.landed !== undefined && see(cell.landed)) return;
  if (cell?.isOver === true) {
    caller.reject(new PerdureError('WAIT_ENDED', { address, status: cell.status }));
    return;
  }
  leave = world.outside.watch(address, { see, end: (error) => finish(() => caller.reject(error)) });
  if (timeoutMs !== undefined) {
    withdraw = world.ports.clock.after(timeoutMs, () =>
      finish(() => caller.reject(new PerdureError('WAIT_TIMEOUT', { address, timeoutMs }))),
    );
  }
  signal?.addEventListener('abort', onAbort, { once: true });
}
