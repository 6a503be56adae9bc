import type { ActorSettings } from '../actors/actor-settings.ts';
import type { RegisteredLogic } from '../actors/registration.ts';
import type { LightRef } from '../actors/light-ref.ts';
import { Mailbox } from '../actors/mailbox.ts';
import type { TurnSnapshot } from '../actors/turn.ts';
import type { ActorStatus, Birth } from '../persistence/records.ts';

/** What keeps an actor from taking turns for a while, although its status is `running`. */
export type Hold = 'none' | 'starting' | 'restarting' | 'stopping' | 'acting' | 'blocked';

const RESTING: ReadonlySet<Hold> = new Set<Hold>(['starting', 'restarting', 'stopping']);

/**
 * One actor in memory. Data only: what happens to it is decided elsewhere. The fields of {@link Birth} say
 * what it is, the others where it stands.
 */
export class Cell {
  readonly uid: number;
  readonly address: string;
  readonly parent: number;
  readonly src: string;
  readonly logic: RegisteredLogic;
  readonly settings: ActorSettings;
  /** How often the process may die of one thing of this actor. Of a spawned one: as its parent. */
  readonly deathsMax: number;
  /** Where the code describes it, if it is below a supervisor. */
  readonly place: readonly string[] | undefined;
  readonly systemId: string | undefined;
  readonly syncSnapshot: boolean;
  readonly input: unknown;
  readonly mailbox: Mailbox = new Mailbox();
  /** What the machine knows as `self`. */
  ref: LightRef;
  version: number;
  life: number;
  incarnation: number;
  status: ActorStatus;
  why: string | undefined;
  /** Quarantined because its bytes are: that lasts until they, or the machine, are mended. */
  isUnreadable = false;
  /** Nobody knows what it is, or where: see `shells.ts`. */
  isShell = false;
  hold: Hold = 'none';
  /** undefined: its first turn is still to come. */
  snapshot: TurnSnapshot | undefined = undefined;
  /** The last snapshot that is durable. */
  landed: TurnSnapshot | undefined = undefined;
  /** The snapshot whose row is in the store or in the batch in flight. */
  written: TurnSnapshot | undefined = undefined;
  /** Encoded at the end of the turn, because the context holds values that cannot be frozen. */
  encoded: Uint8Array | undefined = undefined;
  /** Last snapshots of children that were invoked or spawned with a snapshot subscription. */
  synced: Map<number, unknown> | undefined = undefined;
  /** Ends of the process in its first turn. */
  deaths = 0;
  emissions = 1;
  turns = 0;
  /** Head of the mailbox as last written. */
  writtenHead = 1;
  /** Number of the batch in which it is dirty. */
  batch = 0;
  /** Named actions that wait for the outside. */
  actionsPending = 0;
  isReady = false;
  /** What its turn asked for is being carried out. */
  isTurning = false;
  /** It sent to a full mailbox: it runs when nobody else has work. */
  isThrottled = false;
  nextReady: Cell | undefined = undefined;

  constructor(uid: number, birth: Birth, parts: CellParts) {
    this.uid = uid;
    this.address = birth.address;
    this.parent = birth.parent;
    this.src = birth.src;
    this.systemId = birth.systemId;
    this.syncSnapshot = birth.syncSnapshot;
    this.input = birth.input;
    this.version = birth.version;
    this.life = birth.life;
    this.incarnation = birth.incarnation;
    this.status = birth.status;
    this.why = birth.why;
    this.logic = parts.logic;
    this.settings = parts.settings;
    this.deathsMax = parts.deathsMax ?? parts.settings.attemptsMax;
    this.place = parts.place;
    this.ref = parts.ref;
  }

  get isRunning(): boolean {
    return this.status === 'running' && this.hold === 'none';
  }

  /** Whether it was started and not stopped since; it may wait for room, or for its actions. */
  get isUp(): boolean {
    return this.status === 'running' && !RESTING.has(this.hold);
  }

  /** Whether the last snapshot is durable: such an actor restarts from the store at once. */
  get isClean(): boolean {
    return this.snapshot === this.landed && this.snapshot === this.written;
  }

  /** Whether it has ended, and that is durable. */
  get isOver(): boolean {
    const { status } = this;
    const hasEnded = status === 'done' || status === 'failed' || status === 'stopped';
    return hasEnded && this.snapshot === this.landed;
  }

  /** Whether it has something to do, if it may. */
  get hasWork(): boolean {
    return this.snapshot === undefined || !this.mailbox.isEmpty;
  }

  birth(): Birth {
    return {
      address: this.address,
      parent: this.parent,
      src: this.src,
      machine: this.logic.id,
      version: this.version,
      shape: this.logic.shape,
      input: this.input,
      life: this.life,
      incarnation: this.incarnation,
      status: this.status,
      systemId: this.systemId,
      syncSnapshot: this.syncSnapshot,
      why: this.why,
    };
  }
}

export interface CellParts {
  readonly logic: RegisteredLogic;
  readonly settings: ActorSettings;
  readonly ref: LightRef;
  /** @defaultValue `attemptsMax` of the settings */
  readonly deathsMax?: number | undefined;
  readonly place?: readonly string[] | undefined;
}
