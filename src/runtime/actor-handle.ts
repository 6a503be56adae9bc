/** The handle behind `Ref`: holds an address, nothing else. */
import { parseAddress } from '../actors/address.ts';
import type { EventObject } from '../actors/host-types.ts';
import { LightRef } from '../actors/light-ref.ts';
import { ReplyTarget } from '../actors/special-refs.ts';
import type { TurnSnapshot } from '../actors/turn.ts';
import { checkOptions, NO_OPTIONS } from '../base/call-options.ts';
import type { Acceptance } from '../base/error-facts.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { emissionsOf } from './emission-stream.ts';
import { NOTHING } from './bystanders.ts';
import type { LandedEmission } from './bystander.ts';
import { takesMail } from './delivery.ts';
import {
  askIdFor,
  checkedEvent,
  isParked,
  post,
  receiverAt,
  storedAnswer,
  whenLanded,
} from './post.ts';
import type { AskOptions, EmittedOptions, Receipt, SendOptions, WaitOptions } from './ref-types.ts';
import { aborted, senderOf } from './sender.ts';
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

  send(event: EventObject, options: SendOptions = NO_OPTIONS): Promise<Receipt> {
    return quiet(
      new Promise<Receipt>((resolve, reject) => {
        const refused = (error: Error): void => {
          tellUnsent(this.#host, this.address, event, error);
          reject(error);
        };
        this.#post('send', options, refused, (world) => {
          const checked = checkedEvent(event, options);
          const cell = receiverAt(world, this.address, this.#machine);
          const told = { accepted: resolve, refused };
          const sender = senderOf(this.#host.ports.clock, this.address, options, told);
          post(world, cell, checked, options, sender);
        });
      }),
    );
  }

  ask(event: EventObject, options: AskOptions = NO_OPTIONS): Promise<unknown> {
    const { address } = this;
    return quiet(
      new Promise((resolve, reject) => {
        this.#post('ask', options, reject, (world) => {
          const { signal, timeoutMs = limits.askTimeoutMs } = options;
          const question = checkedEvent(event, options);
          const cell = receiverAt(world, address, this.#machine);
          if (options.key !== undefined && isParked(world, cell, options.key)) {
            whenLanded(
              world,
              reject,
              new PerdureError(takesMail(world, cell) ? 'ASK_PARKED' : 'ASK_TARGET_ENDED', {
                address,
                type: event.type,
              }),
            );
            return;
          }
          const id = askIdFor(world, cell, options.key);
          const stored =
            options.key === undefined ? undefined : storedAnswer(world, cell, options.key);
          let withdraw = (): void => undefined;
          let known: Acceptance = 'not_accepted';
          let leaveRoom = (): void => undefined;
          const onAbort = (): void => {
            leaveRoom();
            settle(() => reject(aborted(address, signal, known)));
          };
          let isSettled = false;
          const settle = (outcome: () => void): void => {
            if (isSettled) return;
            isSettled = true;
            leave();
            withdraw();
            signal?.removeEventListener('abort', onAbort);
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
          signal?.addEventListener('abort', onAbort, { once: true });
          post(
            world,
            cell,
            Object.freeze({ ...question, replyTo: ReplyTarget.ofAsk(id) }),
            options,
            {
              accepted: () => {
                known = 'accepted';
                if (stored !== undefined) settle(() => resolve(stored.value));
              },
              refused: (error) => settle(() => reject(error)),
              waits: (...now) => {
                [known, leaveRoom] = now;
              },
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

  waitFor(predicate: Predicate, options: WaitOptions = NO_OPTIONS): Promise<TurnSnapshot> {
    return quiet(
      new Promise((resolve, reject) => {
        checkOptions('waitFor', options);
        this.#in(options.signal, reject, (world) => {
          receiverAt(world, this.address, this.#machine);
          waitForSnapshot(world, this.address, predicate, options, { resolve, reject });
        });
      }),
    );
  }

  done(options: { readonly signal?: AbortSignal } = NO_OPTIONS): Promise<unknown> {
    return quiet(this.#done(options));
  }

  async #done(options: { readonly signal?: AbortSignal }): Promise<unknown> {
    const { address } = this;
    checkOptions('done', options);
    return await this.waitFor((snapshot) => snapshot.status === 'done', options).then(
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
  }

  async *emitted(options: EmittedOptions = NO_OPTIONS): AsyncGenerator<LandedEmission> {
    checkOptions('emitted', options);
    yield* emissionsOf(this.#host, this.address, this.#machine, options);
  }

  /** A call that sends. */
  #post(
    call: 'send' | 'ask',
    options: SendOptions,
    refused: (error: Error) => void,
    run: (world: BuiltWorld) => void,
  ): void {
    try {
      checkOptions(call, options);
    } catch (error) {
      refused(error as Error);
      return;
    }
    this.#in(options.signal, refused, run, 'not_accepted');
  }

  /** Runs once there is a world, unless the signal is aborted before. */
  #in(
    signal: AbortSignal | undefined,
    refused: (error: Error) => void,
    run: (world: BuiltWorld) => void,
    message?: Acceptance,
  ): void {
    if (signal === undefined) {
      this.#host.withWorld(run, refused);
      return;
    }
    let isOver = false;
    const onAbort = (): void => {
      isOver = true;
      refused(aborted(this.address, signal, message));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    this.#host.withWorld(
      (world) => {
        signal.removeEventListener('abort', onAbort);
        if (!isOver) run(world);
      },
      (error) => {
        signal.removeEventListener('abort', onAbort);
        if (!isOver) refused(error);
      },
    );
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
  ports.logger.info(told, 'a send failed');
  events.emit({ type: 'send.failed', address, event: event?.type, error });
}

/** A rejection that nobody looks at is no business of the process: it was told as an event. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
