/** Who sent from outside, and how long that caller waits for what comes of it. */
import type { Acceptance } from '../base/error-facts.ts';
import { PerdureError } from '../base/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Receipt, SendOptions } from './ref-types.ts';

/** Someone who sent, and what became of it. */
export interface Sender {
  accepted(receipt: Receipt): void;
  refused(error: Error): void;
  /** What is known of the message from now on, and how to leave what is waited for. */
  waits?(known: Acceptance, leave: () => void): void;
}

/** `told`, which gives up when its signal is aborted or its time is over, if it has any of the two. */
export function senderOf(
  clock: Clock,
  address: string,
  options: SendOptions,
  told: Pick<Sender, 'accepted' | 'refused'>,
): Sender {
  const isPatient = options.signal === undefined && options.timeoutMs === undefined;
  return isPatient ? told : new ImpatientSender(clock, address, options, told);
}

/** The wait for `address` was given up for the sake of this signal. */
export function aborted(
  address: string,
  signal: AbortSignal | undefined,
  message?: Acceptance,
): PerdureError<'SEND_ABORTED'> {
  const facts = message === undefined ? { address } : { address, message };
  return new PerdureError('SEND_ABORTED', facts, { cause: signal?.reason });
}

class ImpatientSender implements Sender {
  readonly #told: Pick<Sender, 'accepted' | 'refused'>;
  readonly #forget: () => void;
  #known: Acceptance = 'not_accepted';
  #leave: () => void = () => undefined;
  #isOver = false;

  constructor(
    clock: Clock,
    address: string,
    { signal, timeoutMs }: SendOptions,
    told: Pick<Sender, 'accepted' | 'refused'>,
  ) {
    this.#told = told;
    const onAbort = (): void => this.#giveUp(aborted(address, signal, this.#known));
    const onTimeout = (ms: number): void => {
      const facts = { address, timeoutMs: ms, message: this.#known };
      this.#giveUp(new PerdureError('SEND_TIMEOUT', facts));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const withdraw =
      timeoutMs === undefined ? undefined : clock.after(timeoutMs, () => onTimeout(timeoutMs));
    this.#forget = () => {
      withdraw?.();
      signal?.removeEventListener('abort', onAbort);
    };
  }

  waits(known: Acceptance, leave: () => void): void {
    this.#known = known;
    this.#leave = leave;
  }

  accepted(receipt: Receipt): void {
    this.#end(() => this.#told.accepted(receipt));
  }

  refused(error: Error): void {
    this.#end(() => this.#told.refused(error));
  }

  #giveUp(error: Error): void {
    this.#leave();
    this.refused(error);
  }

  #end(tell: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#forget();
    tell();
  }
}
