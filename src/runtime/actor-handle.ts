/** The handle behind `Ref`: holds an address, nothing else. */
import { parseAddress } from '../actors/address.ts';
import type { EventObject } from '../actors/host-types.ts';
import { LightRef } from '../actors/light-ref.ts';
import { ReplyTarget } from '../actors/special-refs.ts';
import type { TurnSnapshot } from '../actors/turn.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { emissionsOf } from './emission-stream.ts';
import { NOTHING } from './bystanders.ts';
import type { LandedEmission } from './world.ts';
import { askIdFor, checkedEvent, isParked, post, receiverAt, storedAnswer } from './post.ts';
import type { AskOptions, EmittedOptions, Receipt, SendOptions, WaitOptions } from './ref-types.ts';
import type { SystemHost } from './system.ts';
import type { BuiltWorld } from './boot.ts';
import { waitForSnapshot } from './snapshot-wait.ts';

type Predicate = (snapshot: TurnSnapshot) => boolean;

export class ActorHandle {
  readonly address: string;
  readonly #host: SystemHost;
  /** The machine that the caller expects there. */
  readonly #machine: string | undefined;

  constructor(host: SystemHost, address: string, machine: string | undefined) {
    parseAddress(address);
    this.#host = host;
    this.address = address;
    this.#machine = machine;
  }

  get xstate(): LightRef {
    return new LightRef(this.address);
  }

  send(event: EventObject, options: SendOptions = {}): Promise<Receipt> {
    return quiet(
      new Promise<Receipt>((resolve, reject) => {
        const refused = (error: Error): void => {
          tellUnsent(this.#host, this.address, event, error);
          reject(error);
        };
        this.#in(options.signal, refused, (world) => {
          const checked = checkedEvent(event, options);
          const cell = receiverAt(world, this.address, this.#machine);
          post(world, cell, checked, options, { accepted: resolve, refused });
        });
      }),
    );
  }

  ask(event: EventObject, options: AskOptions = {}): Promise<unknown> {
    const timeoutMs = options.timeoutMs ?? limits.askTimeoutMs;
    const { address } = this;
    return quiet(
      new Promise((resolve, reject) => {
        this.#in(options.signal, reject, (world) => {
          const question = checkedEvent(event, options);
          const cell = receiverAt(world, address, this.#machine);
          if (options.key !== undefined && isParked(world, cell, options.key)) {
            throw new PerdureError('ASK_PARKED', { address, type: event.type });
          }
          const id = askIdFor(world, cell, options.key);
          const stored =
            options.key === undefined ? undefined : storedAnswer(world, cell, options.key);
          let withdraw = (): void => undefined;
          const onAbort = (): void =>
            settle(() =>
              reject(
                new PerdureError('SEND_ABORTED', { address }, { cause: options.signal?.reason }),
              ),
            );
          let isSettled = false;
          const settle = (outcome: () => void): void => {
            if (isSettled) return;
            isSettled = true;
            leave();
            withdraw();
            options.signal?.removeEventListener('abort', onAbort);
            outcome();
          };
          const leave = world.outside.ask(id, {
            address,
            type: event.type,
            resolve: (value) => settle(() => resolve(value)),
            reject: (error) => settle(() => reject(error)),
          });
          withdraw = this.#host.ports.clock.after(timeoutMs, () =>
            settle(() =>
              reject(new PerdureError('ASK_TIMEOUT', { address, type: event.type, timeoutMs })),
            ),
          );
          options.signal?.addEventListener('abort', onAbort, { once: true });
          post(
            world,
            cell,
            Object.freeze({ ...question, replyTo: ReplyTarget.ofAsk(id) }),
            withoutTimeout(options),
            {
              accepted: () => {
                if (stored !== undefined) settle(() => resolve(stored.value));
              },
              refused: (error) => settle(() => reject(error)),
            },
          );
        });
      }),
    );
  }

  on(type: string, listener: (event: EventObject) => void): Disposable {
    const leave = this.#host.outside.listen(this.address, (emission: LandedEmission) => {
      if (emission === NOTHING) return undefined;
      // what an async listener returns is watched for a rejection
      return type === '*' || emission.event.type === type ? listener(emission.event) : undefined;
    });
    return { [Symbol.dispose]: leave };
  }

  snapshot(): Promise<TurnSnapshot> {
    return quiet(
      new Promise((resolve, reject) => {
        this.#in(undefined, reject, (world) => {
          const cell = receiverAt(world, this.address, this.#machine);
          if (cell.status === 'quarantined' && cell.landed === undefined) {
            throw new PerdureError('ACTOR_QUARANTINED', {
              address: this.address,
              why: cell.why ?? '',
            });
          }
          if (cell.landed !== undefined) {
            resolve(cell.landed);
            return;
          }
          this.waitFor(() => true).then(resolve, reject);
        });
      }),
    );
  }

  waitFor(predicate: Predicate, options: WaitOptions = {}): Promise<TurnSnapshot> {
    return quiet(
      new Promise((resolve, reject) => {
        this.#in(options.signal, reject, (world) => {
          receiverAt(world, this.address, this.#machine);
          waitForSnapshot(world, this.address, predicate, options, { resolve, reject });
        });
      }),
    );
  }

  done(options: { readonly signal?: AbortSignal } = {}): Promise<unknown> {
    const { address } = this;
    const ended = this.waitFor((snapshot) => snapshot.status === 'done', options).then(
      (snapshot) => snapshot.output,
      (error: unknown) => {
        const facts =
          error instanceof PerdureError && error.code === 'WAIT_ENDED' ? error.facts : undefined;
        if (facts === undefined) throw error;
        throw new PerdureError(
          'ACTOR_EXITED',
          { address, reason: (facts as { status: string }).status },
          { cause: error },
        );
      },
    );
    return quiet(ended);
  }

  emitted(options: EmittedOptions = {}): AsyncIterable<LandedEmission> {
    return emissionsOf(this.#host, this.address, this.#machine, options);
  }

  #in(
    signal: AbortSignal | undefined,
    refused: (error: Error) => void,
    call: (world: BuiltWorld) => void,
  ): void {
    if (signal?.aborted === true) {
      refused(
        new PerdureError('SEND_ABORTED', { address: this.address }, { cause: signal.reason }),
      );
      return;
    }
    this.#host.withWorld(call, refused);
  }
}

/** A send that failed is told, whether or not its caller looks. */
export function tellUnsent(
  { events, ports }: SystemHost,
  address: string,
  event: EventObject,
  error: Error,
): void {
  const told = { actor: address, event: event?.type, error: error.message };
  ports.logger.info(told, 'a message was not accepted');
  events.emit({ type: 'send.failed', address, event: event?.type, error });
}

/** A rejection that nobody looks at is no business of the process: it was told as an event. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function withoutTimeout(options: AskOptions): SendOptions {
  const { timeoutMs: _answer, ...rest } = options;
  return rest;
}
