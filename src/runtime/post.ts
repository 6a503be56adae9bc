/** A message from outside: checked, accepted or refused, and its promise settled when that is durable. */
import type { EventObject } from '../actors/host-types.ts';
import { ReplyTarget } from '../actors/special-refs.ts';
import { judge } from '../actors/value.ts';
import { refuseLarge } from '../actors/value-size.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { hashOf } from '../persistence/codec.ts';
import { keys } from '../persistence/keyspace.ts';
import { type DedupeRecord, packDedupe } from '../persistence/records.ts';
import type { Cell } from './cell.ts';
import { keyedAskId, quarantined, takesMail } from './delivery.ts';
import type { AskOptions, Receipt, SendOptions } from './ref-types.ts';
import type { Sender } from './sender.ts';
import type { World } from './world.ts';

/** @throws PerdureError EVENT_INVALID, VALUE_NOT_STORABLE, OPTION_INVALID */
export function checkedEvent(event: EventObject, options: SendOptions | AskOptions): EventObject {
  if (typeof event !== 'object' || event === null || typeof event.type !== 'string') {
    throw new PerdureError('EVENT_INVALID', { why: 'an event is an object with a type' });
  }
  if (event.type.startsWith('xstate.') || event.type.startsWith('perdure.')) {
    throw new PerdureError('EVENT_INVALID', {
      why: `'${event.type}' is reserved: it is made by the runtime only`,
    });
  }
  const { key, headers } = options;
  if (
    key !== undefined &&
    (typeof key !== 'string' || key === '' || key.length > limits.keyLengthMax)
  ) {
    throw new PerdureError('OPTION_INVALID', {
      path: 'key',
      why: `expected a string of 1 to ${limits.keyLengthMax} characters`,
    });
  }
  if (key !== undefined) judge(key, 'key');
  checkChoice(options, 'whenFull', ['refuse', 'wait']);
  checkChoice(options, 'until', ['accepted', 'applied']);
  if (headers !== undefined) checkHeaders(headers);
  judge(event, `event '${event.type}'`);
  refuseLarge(event, `event '${event.type}'`);
  return event;
}

function checkChoice(
  options: object,
  name: 'whenFull' | 'until',
  choices: readonly string[],
): void {
  const given = (options as Record<string, unknown>)[name];
  if (given === undefined || choices.includes(given as string)) return;
  throw new PerdureError('OPTION_INVALID', {
    path: name,
    why: `expected '${choices.join("' or '")}', not ${JSON.stringify(given)}`,
  });
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') {
      throw new PerdureError('OPTION_INVALID', {
        path: `headers.${name}`,
        why: 'expected a string',
      });
    }
    bytes += name.length + value.length;
  }
  if (bytes > limits.headersBytesMax) {
    throw new PerdureError('VALUE_TOO_LARGE', {
      what: 'headers',
      bytes,
      limit: limits.headersBytesMax,
    });
  }
  judge(headers, 'headers');
}

/** The actor at an address, if it takes messages from outside. */
export function receiverAt(world: World, address: string, machine: string | undefined): Cell {
  const cell = world.cells.byAddress(address);
  if (cell === undefined) throw new PerdureError('ACTOR_NOT_FOUND', { address });
  if (cell.isShell) throw quarantined(cell);
  if (machine !== undefined && cell.logic.id !== machine) {
    throw new PerdureError('ACTOR_MACHINE_MISMATCH', {
      address,
      stored: cell.logic.id,
      given: machine,
    });
  }
  return cell;
}

/** Puts one message into a mailbox, or says why not. Synchronous: call order is mailbox order. */
export function post(
  world: World,
  cell: Cell,
  event: EventObject,
  options: SendOptions,
  sender: Sender,
): void {
  const { key } = options;
  if (key !== undefined && isDuplicate(world, cell, event, options, sender)) return;
  if (!takesMail(world, cell)) {
    sender.refused(whyNoMail(cell));
    return;
  }
  const { mailboxMax } = cell.settings;
  const queued = world.outside.queuedFor(cell.uid);
  const mustQueue = cell.mailbox.length >= mailboxMax || queued > 0;
  if (!mustQueue) {
    take(world, cell, event, options, sender);
  } else if (options.whenFull === 'wait' && queued < limits.waitersMax) {
    waitForRoom(world, cell, event, options, sender);
  } else {
    sender.refused(
      new PerdureError('ACTOR_MAILBOX_FULL', { address: cell.address, limit: mailboxMax }),
    );
  }
}

function whyNoMail(cell: Cell): PerdureError {
  const { address, status } = cell;
  if (status === 'quarantined') return quarantined(cell);
  // one that is to run when its supervisor does
  const shown = status === 'running' ? 'stopped' : status;
  return new PerdureError('ACTOR_NOT_RUNNING', { address, status: shown });
}

function take(
  world: World,
  cell: Cell,
  event: EventObject,
  options: SendOptions,
  sender: Sender,
): void {
  const { key, headers, until } = options;
  const envelope = world.delivery.enqueue(cell, { kind: 'message', event, key, headers });
  const { position } = envelope;
  if (key !== undefined) {
    const record: DedupeRecord = {
      position,
      hash: eventHash(world, event),
      atMs: world.time.nowMs(),
      replied: false,
      reply: undefined,
      parked: false,
    };
    // not as a new row: an expired one may still be there
    world.committer.pending.put(keys.dedupe(cell.uid, key), packDedupe(record));
    world.keyMemory.added(cell.uid);
  }
  const receipt: Receipt = Object.freeze({ position, duplicate: false });
  settle(world, cell, receipt, sender, until === 'applied');
}

/** The sender hears when the message is durable, or when the turn that handled it is. */
function settle(
  world: World,
  cell: Cell,
  receipt: Receipt,
  sender: Sender,
  whenApplied: boolean,
): void {
  const { settlers } = world.committer.pending;
  const landed = (): void => sender.accepted(receipt);
  const failed = (error: Error): void => sender.refused(error);
  if (!whenApplied) {
    sender.waits?.('unknown', () => undefined);
    settlers.push({ landed, failed });
    return;
  }
  const leave = world.outside.whenApplied(cell.uid, receipt.position, { landed, failed });
  sender.waits?.('unknown', leave);
  settlers.push({
    landed: () => sender.waits?.('accepted', leave),
    failed: (error) => {
      // another message may get its position
      leave();
      sender.refused(error);
    },
  });
}

function waitForRoom(
  world: World,
  cell: Cell,
  event: EventObject,
  options: SendOptions,
  sender: Sender,
): void {
  const { address } = cell;
  const { key } = options;
  const leave = world.outside.whenRoom(cell.uid, (ended) => {
    const current = world.outside.world;
    if (ended !== undefined || current?.isAlive !== true) {
      sender.refused(ended ?? new PerdureError('SYSTEM_STOPPING', { status: 'stopping' }));
      return;
    }
    const receiver = current.cells.byUid(cell.uid);
    if (receiver === undefined || !takesMail(current, receiver)) {
      const { status } = receiver ?? cell;
      sender.refused(new PerdureError('ACTOR_NOT_RUNNING', { address, status }));
      return;
    }
    // another one with this key may have come first
    if (key !== undefined && isDuplicate(current, receiver, event, options, sender)) return;
    take(current, receiver, event, options, sender);
  });
  sender.waits?.('not_accepted', leave);
}

/** The key is known: the earlier receipt is given again, once it is durable. */
function isDuplicate(
  world: World,
  cell: Cell,
  event: EventObject,
  { key = '', until }: SendOptions,
  sender: Sender,
): boolean {
  const record = remembered(world, cell, key);
  if (record === undefined) {
    if (!world.keyMemory.isFull(cell.uid)) return false;
    sender.refused(
      new PerdureError('KEY_MEMORY_FULL', { address: cell.address, limit: limits.keysMax }),
    );
    return true;
  }
  if (record.hash !== eventHash(world, event)) {
    sender.refused(new PerdureError('KEY_REUSED', { address: cell.address, key }));
    return true;
  }
  const { position } = record;
  if (until === 'applied' && record.parked) {
    whenLanded(world, (error) => sender.refused(error), buriedError(world, cell, event));
    return true;
  }
  const receipt: Receipt = Object.freeze({ position, duplicate: true });
  const isWaiting = position >= cell.mailbox.head;
  settle(world, cell, receipt, sender, until === 'applied' && isWaiting);
  world.dispatcher.wake();
  return true;
}

/** Why the message of a call that is repeated will not be handled. */
function buriedError(world: World, cell: Cell, { type }: EventObject): PerdureError {
  const { address, settings } = cell;
  return takesMail(world, cell)
    ? new PerdureError('MESSAGE_PARKED', { address, type, attempts: settings.attemptsMax })
    : new PerdureError('ACTOR_NOT_RUNNING', { address, status: 'ended' });
}

/** What is known now may not be durable yet: it is told when it is, or with what ended the wait. */
export function whenLanded(world: World, refused: (error: Error) => void, error: Error): void {
  world.committer.pending.settlers.push({ landed: () => refused(error), failed: refused });
  world.dispatcher.wake();
}

/** What is known of a key, unless it is so long ago that it counts as forgotten. */
function remembered(world: World, cell: Cell, key: string): DedupeRecord | undefined {
  const record = world.delivery.dedupe(keys.dedupe(cell.uid, key));
  const isOld = record !== undefined && record.atMs < world.time.nowMs() - limits.keyMemoryMs;
  return isOld ? undefined : record;
}

/** An ask with a key is the same question under whatever ask id. */
function eventHash(world: World, event: EventObject): string {
  const { replyTo, ...rest } = event as EventObject & { replyTo?: unknown };
  return hashOf(world.codec.encode(replyTo instanceof ReplyTarget ? rest : event));
}

/** Whether the message with this key is among the dead letters. */
export function isParked(world: World, cell: Cell, key: string): boolean {
  return remembered(world, cell, key)?.parked === true;
}

/** The stored answer to a keyed question, if there is one. */
export function storedAnswer(
  world: World,
  cell: Cell,
  key: string,
): { readonly value: unknown } | undefined {
  const record = remembered(world, cell, key);
  return record?.replied === true ? { value: record.reply } : undefined;
}

export function askIdFor(world: World, cell: Cell, key: string | undefined): string {
  if (key !== undefined) return keyedAskId(cell.uid, key);
  return world.ports.entropy.id();
}
