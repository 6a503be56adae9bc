/** Faults in how a batch is put together, written, and told of. */
import { mutantsOf } from './mutant.ts';

const committer = 'src/runtime/committer.ts';
const pendingBatch = 'src/runtime/pending-batch.ts';
const failedWrites = 'src/runtime/failed-writes.ts';

export const batchMutants = mutantsOf('batch', [
  {
    name: 'marker-left-out',
    breaks: 'G8: a batch without turns leaves no marker, so a whole store looks torn',
    file: committer,
    find: `    rows.put(
      keys.marker(batch.number),`,
    replace: `    if (batch.dirty.length > 0) rows.put(
      keys.marker(batch.number),`,
    tests: ['test/runtime/pause.test.ts', 'test/runtime/dead-letters.test.ts'],
  },
  {
    name: 'released-before-the-write',
    breaks: 'G3, G5: promises resolve and effects start while the write has only begun',
    file: committer,
    find: `    this.#flight = flight;
    void rows`,
    replace: `    this.#flight = flight;
    release(flight, this.#world.outside);
    void rows`,
    tests: ['test/runtime/committer.test.ts', 'test/runtime/step.test.ts'],
  },
  {
    name: 'two-batches-in-flight',
    breaks: 'one batch is in flight at a time: what failed may be followed by what landed',
    file: committer,
    find: 'if (this.#flight !== undefined || this.#pending.isEmpty || !this.#world.isAlive) return;',
    replace: 'if (this.#pending.isEmpty || !this.#world.isAlive) return;',
    tests: ['test/runtime/committer.test.ts'],
  },
  {
    name: 'cursor-forgotten',
    breaks: 'G2: a turn that leaves the snapshot as it was does not move the stored head',
    file: committer,
    find: '} else if (cell.mailbox.head !== cell.writtenHead) {',
    replace: '} else if (cell.mailbox.head < cell.writtenHead) {',
    tests: ['test/runtime/committer.test.ts', 'test/runtime/send.test.ts'],
  },
  {
    name: 'handled-row-kept',
    breaks: 'G2: the row of the last message that was handled stays in the mailbox',
    file: committer,
    find: 'const gone = Math.min(mailbox.head, mailbox.rowHi);',
    replace: 'const gone = Math.min(mailbox.head - 1, mailbox.rowHi);',
    tests: ['test/runtime/committer.test.ts', 'test/runtime/recovery.test.ts'],
  },
  {
    name: 'reader-sees-what-has-not-landed',
    breaks: 'G3: when a batch lands, readers are shown the state of the turns behind it',
    file: committer,
    find: 'for (const [cell, snapshot] of snapshots) cell.landed = snapshot;',
    replace: 'for (const [cell] of snapshots) cell.landed = cell.snapshot;',
    tests: ['test/runtime/committer.test.ts', 'test/runtime/watching.test.ts'],
  },
  {
    name: 'write-not-synced',
    breaks: 'G5: a write is not synced in the mode that promises it',
    file: committer,
    find: 'rows.write({ sync: this.#sync, batch: batch.number })',
    replace: 'rows.write({ sync: this.#sync && batch.turns === 0, batch: batch.number })',
    tests: ['test/runtime/committer.test.ts'],
  },
  {
    name: 'no-bound-on-turns-ahead',
    breaks: 'G9: turns run ahead of a slow disk without a bound',
    file: committer,
    find: 'return turns >= this.#turnsMax || rowCount >= limits.batchRowsMax;',
    replace: 'return turns >= 4 * this.#turnsMax && rowCount >= limits.batchRowsMax;',
    tests: ['test/runtime/committer.test.ts'],
  },
  {
    name: 'deletion-lost-behind-an-update',
    breaks: 'G4: a stored row that one batch changes and then deletes stays in the store',
    file: pendingBatch,
    find: 'this.#rows.set(key, this.#rows.get(key) instanceof Fresh ? new Fresh(value) : value);',
    replace: 'this.#rows.set(key, new Fresh(value));',
    tests: ['test/runtime/step.test.ts', 'test/runtime/what-is-kept.test.ts'],
  },
  {
    name: 'releases-out-of-order',
    breaks: 'G3: what waits for one batch is let out in the wrong order',
    file: pendingBatch,
    find: 'this.#releases.push(release);',
    replace: 'this.#releases.unshift(release);',
    tests: ['test/runtime/committer.test.ts'],
  },
  {
    name: 'unknown-taken-as-landed',
    breaks: 'G5: a write of unknown outcome counts as landed',
    file: failedWrites,
    find: 'if (hasLanded) guard(world',
    replace: 'if (this.hasLanded !== undefined) guard(world',
    tests: ['test/faults/unknown-write.test.ts'],
  },
  {
    name: 'unknown-taken-as-lost',
    breaks: 'G5: a write of unknown outcome that is on disk is refused to those who sent',
    file: failedWrites,
    find: 'const hasLanded = isThere(world, flight.batch.number, write.epoch);',
    replace: 'const hasLanded = isThere(world, flight.batch.number + 1, write.epoch);',
    tests: ['test/faults/unknown-write.test.ts'],
  },
  {
    name: 'number-without-its-epoch',
    breaks: 'G5: the batch of another process under the same number is taken for this one',
    file: failedWrites,
    find: 'return unpackMarker(batch, codec.decode(bytes, key) as unknown[]).epoch === epoch;',
    replace: 'return unpackMarker(batch, codec.decode(bytes, key) as unknown[]).epoch >= epoch;',
    tests: ['test/faults/reopen.test.ts'],
  },
  {
    name: 'lost-sends-resolved',
    breaks: 'G5: what had collected behind a failed write is acknowledged although it is gone',
    file: failedWrites,
    find: '      refuse(flight.batch, error);\n      refuse(pending, error);',
    replace:
      '      refuse(flight.batch, error);\n      for (const settler of pending.settlers.splice(0)) settler.landed();',
    tests: ['test/faults/unknown-write.test.ts'],
  },

  {
    name: 'arrival-without-a-row',
    breaks: 'G5: a message is acknowledged although its row was not in the batch',
    file: 'src/runtime/delivery.ts',
    find: '    cell.mailbox.add(envelope);\n    this.#world.committer.touch(cell);',
    replace:
      '    cell.mailbox.add(envelope);\n    if (cell.isRunning) this.#world.committer.touch(cell);',
    tests: ['test/runtime/committer.test.ts'],
  },
  {
    name: 'waiter-lost-with-its-turn',
    breaks: 'G5: who waits for a message to be applied hears nothing after a failed write',
    file: 'src/runtime/bystanders.ts',
    find: '        failed: () => void this.whenApplied(cell.uid, envelope.position, settler),',
    replace: '        failed: () => undefined,',
    tests: ['test/faults/unknown-write.test.ts'],
  },
  {
    name: 'fence-ignored',
    breaks: 'a process that has lost its store opens it again and goes on writing',
    file: 'src/runtime/system.ts',
    find: "this.#isFenced ||= verdict === 'fenced';",
    replace: "this.#isFenced &&= verdict === 'fenced';",
    tests: ['test/faults/reopen.test.ts'],
  },
]);
