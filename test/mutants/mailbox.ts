/** Faults in where messages wait, and in what becomes of those that cannot be handled. */
import { mutantsOf } from './mutant.ts';

const mailbox = 'src/actors/mailbox.ts';
const lifecycle = 'src/runtime/lifecycle.ts';
const post = 'src/runtime/post.ts';
const delivery = 'src/runtime/delivery.ts';

export const mailboxMutants = mutantsOf('mailbox', [
  {
    name: 'row-lost-behind-one-that-was-handled',
    breaks: 'G2: what waits behind a message that came and was handled in one batch has no row',
    file: mailbox,
    find: 'if (this.firstUnwritten === taken) this.firstUnwritten = taken.next;',
    replace: 'if (this.firstUnwritten === taken) this.firstUnwritten = undefined;',
    tests: ['test/actors/mailbox.prop.test.ts'],
  },
  {
    name: 'arrival-lost-behind-a-page',
    breaks: 'G2: what arrives while older mail waits in the store is lost when that is read',
    file: mailbox,
    find: 'this.last ??= envelope;',
    replace: 'this.last = envelope;',
    tests: ['test/runtime/committer.test.ts'],
  },
  {
    name: 'one-message-of-a-page-skipped',
    breaks: 'G2: where a mailbox is longer than a page, a message at its edge is passed over',
    file: mailbox,
    find: '    this.diskLo += envelopes.length;\n',
    replace:
      '    this.diskLo += envelopes.length + (this.diskHi - this.diskLo > envelopes.length ? 1 : 0);\n',
    tests: ['test/runtime/committer.test.ts'],
  },
  {
    name: 'one-message-too-many',
    breaks: 'G9: a mailbox takes one message more than mailboxMax',
    file: post,
    find: 'cell.mailbox.length >= mailboxMax || queued > 0',
    replace: 'cell.mailbox.length > mailboxMax || queued > 0',
    tests: ['test/runtime/full-mailbox.test.ts'],
  },
  {
    name: 'room-untold-when-parked',
    breaks: 'G9: who waits for room at a full mailbox is not told of what parking makes',
    file: lifecycle,
    find: `    cell.mailbox.shift();
    world.committer.touch(cell);
    world.outside.roomAt(cell);
    if (envelope.kind === 'timer')`,
    replace: `    cell.mailbox.shift();
    world.committer.touch(cell);
    if (envelope.kind === 'timer')`,
    tests: ['test/runtime/key.test.ts'],
  },
  {
    name: 'key-not-stored',
    breaks: 'G5: a message with a key is accepted again by the next process',
    file: delivery,
    find: `    const bytes = world.store.get(row);
    return bytes === undefined
      ? undefined
      : unpackDedupe`,
    replace: `    const bytes = world.store.epoch > 1 ? undefined : world.store.get(row);
    return bytes === undefined
      ? undefined
      : unpackDedupe`,
    tests: ['test/runtime/key.test.ts'],
  },
  {
    name: 'key-on-its-way-unknown',
    breaks: 'G5: a message with a key is accepted twice while the first is on its way to the store',
    file: 'src/runtime/committer.ts',
    find: 'return this.#pending.peek(key) ?? this.#flight?.batch.peek(key);',
    replace: 'return this.#pending.peek(key);',
    tests: ['test/runtime/key.test.ts', 'test/runtime/committer.test.ts'],
  },
  {
    name: 'key-used-for-another-event',
    breaks: 'G5: a key that was used for another event is taken for a repetition',
    file: post,
    find: 'if (record.hash !== eventHash(world, event)) {',
    replace: 'if (record.hash.length !== eventHash(world, event).length) {',
    tests: ['test/runtime/key.test.ts'],
  },
  {
    name: 'accepted-counts-as-applied',
    breaks: "G5: until: 'applied' resolves when the message is durable, before it was handled",
    file: post,
    find: "settle(world, cell, receipt, sender, until === 'applied');",
    replace: "settle(world, cell, receipt, sender, until === 'applied' && key !== undefined);",
    tests: ['test/runtime/send.test.ts'],
  },
  {
    name: 'parked-one-attempt-late',
    breaks: 'G7: a message that fails is tried once more than attemptsMax',
    file: lifecycle,
    find: 'if (envelope.attempts < cell.settings.attemptsMax) {',
    replace: 'if (envelope.attempts <= cell.settings.attemptsMax) {',
    tests: ['test/runtime/supervision.test.ts'],
  },
  {
    name: 'attempts-forgotten-with-the-process',
    breaks: 'G7: attempts at a stored message are not written, so a poison message is never parked',
    file: lifecycle,
    find: 'if (envelope.position < cell.mailbox.rowHi) {',
    replace: 'if (envelope.position >= cell.mailbox.rowHi) {',
    tests: ['test/runtime/supervision.test.ts'],
  },
  {
    name: 'parked-and-applied',
    breaks: 'G2: a parked message stays at the head of the mailbox beside its dead letter',
    file: lifecycle,
    find: `    cell.mailbox.shift();
    world.committer.touch(cell);
    world.outside.roomAt(cell);
    if (envelope.kind === 'timer')`,
    replace: `    if (envelope.key === undefined) cell.mailbox.shift();
    world.committer.touch(cell);
    world.outside.roomAt(cell);
    if (envelope.kind === 'timer')`,
    tests: ['test/runtime/names-and-endings.test.ts'],
  },
  {
    name: 'no-dead-letter-for-the-ended',
    breaks: 'G2: what an actor sends to one that has ended vanishes',
    file: delivery,
    find: 'world.deadLetters.add({ address, reason, event, sender: from.address });',
    replace:
      'if (cell === undefined) world.deadLetters.add({ address, reason, event, sender: from.address });',
    tests: ['test/runtime/where-a-send-goes.test.ts'],
  },
  {
    name: 'only-the-first-is-buried',
    breaks: 'G2: of the mail of an actor that ends only one message becomes a dead letter',
    file: 'src/runtime/mail-burial.ts',
    find: 'while (!mailbox.isEmpty) {',
    replace: 'for (let left = 1; !mailbox.isEmpty && left > 0; left -= 1) {',
    tests: ['test/runtime/mail-burial.test.ts'],
  },
  {
    name: 'retried-letter-kept',
    breaks: 'G2: a dead letter that is retried is handled and is a dead letter still',
    file: 'src/runtime/dead-letter-box.ts',
    find: `        world.deadLetters.drop(id);
        return world.committer.flush();
      }),
  };`,
    replace: `        return world.committer.flush();
      }),
  };`,
    tests: ['test/runtime/dead-letters.test.ts'],
  },

  {
    name: 'key-of-stored-mail-forgotten',
    breaks: 'G5: the key of a message that waited in the store is not known when it is parked',
    file: 'src/persistence/records.ts',
    find: '    key: row[5] as string | undefined,\n    cause',
    replace: '    key: undefined,\n    cause',
    tests: ['test/runtime/dead-letters.test.ts'],
  },
  {
    name: 'keys-swept-too-early',
    breaks: 'G5: keys are swept away before their day is over',
    file: 'src/runtime/key-memory.ts',
    find: 'if (record.atMs < oldestMs) world.committer.pending.del(key);',
    replace: 'if (record.atMs <= oldestMs + limits.keySweepMs) world.committer.pending.del(key);',
    tests: ['test/runtime/key.test.ts'],
  },
  {
    name: 'attempts-of-stored-mail-forgotten',
    breaks: 'G7: a process begins to count attempts anew, so a poison message is never parked',
    file: 'src/persistence/records.ts',
    find: 'envelope.attempts = row[8] as number;',
    replace: 'envelope.attempts = Math.min(row[8] as number, 1);',
    tests: ['test/runtime/supervision.test.ts'],
  },
  {
    name: 'quarantined-takes-no-mail',
    breaks: 'G8: messages to a quarantined actor are refused as if it had ended',
    file: delivery,
    find: "if (status === 'quarantined') return mailbox.isPlaced;",
    replace: "if (status === 'quarantined') return !mailbox.isPlaced;",
    tests: ['test/runtime/where-a-send-goes.test.ts'],
  },
]);
