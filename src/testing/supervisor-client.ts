/** The handle to a supervisor for whoever outlives the process: see `system-client.ts`. */
import type { System } from '../runtime/system-types.ts';
import type {
  ChildName,
  DoneAnswer,
  StartAnswer,
  SupervisorRef,
} from '../runtime/supervisor-ref-types.ts';
import type { Lives } from './lives.ts';

type Answered = { readonly ok: true } | { readonly ok: false; readonly error: string };

export class SupervisorClient {
  readonly address: string;
  readonly #lives: Lives;

  constructor(lives: Lives, address: string) {
    this.#lives = lives;
    this.address = address;
    // refuses a bad address here and now
    lives.system?.supervisor(address);
  }

  startChild(id: string, options?: { readonly input?: unknown }): Promise<StartAnswer> {
    const started: StartAnswer = { ok: true, address: this.#addressOf(id), isRunning: true };
    return this.#change(
      'startChild',
      (supervisor) => supervisor.startChild(id, options as never),
      'already_started',
      started,
    );
  }

  terminateChild(child: ChildName): Promise<DoneAnswer> {
    const done: DoneAnswer = { ok: true };
    return this.#change('terminateChild', (ref) => ref.terminateChild(child), 'not_found', done);
  }

  restartChild(child: ChildName): Promise<StartAnswer> {
    const address = typeof child === 'string' ? this.#addressOf(child) : child.address;
    const started: StartAnswer = { ok: true, address, isRunning: true };
    return this.#change('restartChild', (ref) => ref.restartChild(child), 'running', started);
  }

  deleteChild(child: ChildName): Promise<DoneAnswer> {
    const done: DoneAnswer = { ok: true };
    return this.#change('deleteChild', (ref) => ref.deleteChild(child), 'not_found', done);
  }

  getChildSpec(child: ChildName): ReturnType<SupervisorRef['getChildSpec']> {
    return this.#call('getChildSpec', (supervisor) => supervisor.getChildSpec(child));
  }

  whichChildren(): ReturnType<SupervisorRef['whichChildren']> {
    return this.#call('whichChildren', (supervisor) => supervisor.whichChildren());
  }

  countChildren(): ReturnType<SupervisorRef['countChildren']> {
    return this.#call('countChildren', (supervisor) => supervisor.countChildren());
  }

  /** A call that changes something: `refusal` is what its repetition gets if the first one had done it. */
  #change<T extends Answered>(
    name: string,
    make: (supervisor: SupervisorRef) => Promise<T>,
    refusal: string,
    done: T,
  ): Promise<T> {
    let times = 0;
    return this.#call(name, async (supervisor) => {
      times += 1;
      const isRepeated = times > 1;
      const answer: T = await make(supervisor);
      return isRepeated && !answer.ok && answer.error === refusal ? done : answer;
    });
  }

  #call<T>(name: string, make: (supervisor: SupervisorRef) => Promise<T>): Promise<T> {
    return this.#lives.call(`supervisor('${this.address}').${name}()`, (system: System) =>
      make(system.supervisor(this.address)),
    );
  }

  #addressOf(id: string): string {
    return this.address === '/' ? `/${id}` : `${this.address}/${id}`;
  }
}
