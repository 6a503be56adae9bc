/**
 * What the system promises, in as few words as it takes: a list for each mailbox, no process, no disk, no
 * supervisor. It knows nothing of the code that it is held against.
 */
export const MAILBOX_MAX = 2;
const KEY_MEMORY_MS = 24 * 3_600_000;

export type ModelEvent =
  | { readonly type: 'add'; readonly n: number }
  /** Throws until the actor is cured. */
  | { readonly type: 'fragile'; readonly n: number }
  | { readonly type: 'cure' }
  | { readonly type: 'alarm'; readonly n: number; readonly ms: number }
  | { readonly type: 'ring'; readonly n: number };

interface Mail {
  readonly event: ModelEvent;
  readonly position: number;
  readonly key: string | undefined;
  fate: 'waits' | 'applied' | 'parked';
}

class ModelActor {
  received: number[] = [];
  isCured = false;
  isRunning = true;
  /** Whether this life has begun: that is a turn, too. */
  isBorn = false;
  mailbox: Mail[] = [];
  timers: { readonly dueMs: number; readonly n: number }[] = [];
  readonly keys = new Map<string, { text: string; position: number; atMs: number }>();
  nextPosition = 1;

  append(event: ModelEvent, key?: string): Mail {
    const mail: Mail = { event, position: this.nextPosition, key, fate: 'waits' };
    this.nextPosition += 1;
    this.mailbox.push(mail);
    return mail;
  }
}

export interface ModelLetter {
  readonly address: string;
  readonly reason: 'parked' | 'ended';
  readonly event: ModelEvent;
  readonly key: string | undefined;
}

export interface Receipt {
  readonly position: number;
  readonly duplicate: boolean;
}

export class Model {
  nowMs = 0;
  isUp = true;
  crashes = 0;
  readonly actors: Map<string, ModelActor> = new Map([
    ['/a', new ModelActor()],
    ['/b', new ModelActor()],
  ]);
  readonly paused: Set<string> = new Set();
  letters: ModelLetter[] = [];

  constructor() {
    this.work();
  }

  holds(address: string): boolean {
    return this.paused.has(address) || this.paused.has(parentOf(address));
  }

  takesTurns(address: string): boolean {
    return this.actors.get(address)?.isRunning === true && !this.holds(address);
  }

  hasRoom(address: string): boolean {
    const actor = this.actors.get(address);
    return actor?.isRunning === true && actor.mailbox.length < MAILBOX_MAX;
  }

  /** The code of an error, or what is answered when the message is accepted. */
  send(to: string, event: ModelEvent, key?: string): string | { receipt: Receipt; mail?: Mail } {
    const actor = this.actors.get(to);
    if (actor === undefined) return 'ACTOR_NOT_FOUND';
    const known = key === undefined ? undefined : actor.keys.get(key);
    const text = JSON.stringify(event);
    if (known !== undefined && known.atMs >= this.nowMs - KEY_MEMORY_MS)
      return known.text === text
        ? { receipt: { position: known.position, duplicate: true } }
        : 'KEY_REUSED';
    if (!actor.isRunning) return 'ACTOR_NOT_RUNNING';
    if (actor.mailbox.length >= MAILBOX_MAX) return 'ACTOR_MAILBOX_FULL';
    const mail = actor.append(event, key);
    const { position } = mail;
    if (key !== undefined) actor.keys.set(key, { text, position, atMs: this.nowMs });
    this.work();
    return { receipt: { position, duplicate: false }, mail };
  }

  /** All that can be done without time. */
  work(): void {
    if (!this.isUp) return;
    for (const [address, actor] of this.actors) {
      if (!this.takesTurns(address)) continue;
      actor.isBorn = true;
      const isDue = ({ dueMs }: { dueMs: number }): boolean => dueMs <= this.nowMs;
      const due = actor.timers.filter(isDue).toSorted((a, b) => a.dueMs - b.dueMs);
      actor.timers = actor.timers.filter((timer) => !isDue(timer));
      for (const { n } of due) actor.append({ type: 'ring', n });
      for (const mail of actor.mailbox.splice(0)) this.#apply(address, actor, mail);
    }
  }

  #apply(address: string, actor: ModelActor, mail: Mail): void {
    const { event, key } = mail;
    mail.fate = 'applied';
    if (event.type === 'cure') actor.isCured = true;
    else if (event.type === 'alarm')
      actor.timers.push({ dueMs: this.nowMs + event.ms, n: event.n });
    else if (event.type === 'fragile' && !actor.isCured) {
      mail.fate = 'parked';
      this.letters.push({ address, reason: 'parked', event, key });
    } else actor.received.push(event.n);
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.work();
  }

  crash(): void {
    this.isUp = false;
    this.crashes += 1;
  }

  restart(): void {
    this.isUp = true;
    this.work();
  }

  retry(letter: ModelLetter): void {
    this.letters = this.letters.filter((other) => other !== letter);
    const { address, event, key } = letter;
    const actor = this.actors.get(address) as ModelActor;
    const { position } = actor.append(event, key);
    const known = key === undefined ? undefined : actor.keys.get(key);
    if (known !== undefined) known.position = position;
    this.work();
  }

  start(address: string): void {
    this.actors.set(address, new ModelActor());
    this.work();
  }

  /** An instance of a pool is gone, and nobody will read its mail. */
  end(address: string): void {
    for (const { event, key } of this.actors.get(address)?.mailbox ?? [])
      this.letters.push({ address, reason: 'ended', event, key });
    this.actors.delete(address);
    this.paused.delete(address);
  }

  reset(address: string): void {
    const actor = this.actors.get(address) as ModelActor;
    Object.assign(actor, { received: [], isCured: false, timers: [], isBorn: false });
    this.work();
  }
}

function parentOf(address: string): string {
  return address.slice(0, address.lastIndexOf('/')) || '/';
}
