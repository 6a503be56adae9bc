/** Faults in what a process, or an incarnation, goes on from. */
import { mutantsOf } from './mutant.ts';

const boot = 'src/runtime/boot.ts';
const storedWorld = 'src/runtime/stored-world.ts';
const cells = 'src/runtime/cells.ts';

export const restoreMutants = mutantsOf('restore', [
  {
    name: 'restart-from-memory',
    breaks: 'a restarted actor goes on from the bytes of the store, not from what memory holds',
    file: cells,
    find: '  reload(cell: Cell): void {\n',
    replace: '  reload(cell: Cell): void {\n    if (cell.isClean) return;\n',
    tests: ['test/runtime/cells.test.ts'],
  },
  {
    name: 'restart-before-landing',
    breaks: 'G2: an actor restarts while the bytes to go on from are still on their way',
    file: 'src/runtime/cell.ts',
    find: 'return this.snapshot === this.landed && this.snapshot === this.written;',
    replace: 'return this.snapshot === this.written;',
    tests: ['test/runtime/review-values.test.ts', 'test/runtime/supervision.test.ts'],
  },
  {
    name: 'cursor-row-ignored',
    breaks: 'G2: of two cursors the one beside the snapshot counts, also where it is behind',
    file: 'src/persistence/records.ts',
    find: '      (a?.[index] as number | undefined) ?? least,\n      (b?.[index]',
    replace: '      (a?.[index] as number | undefined) ?? least,\n      ((a ?? b)?.[index]',
    tests: ['test/runtime/committer.test.ts', 'test/runtime/send.test.ts'],
  },
  {
    name: 'last-waiting-message-unseen',
    breaks: 'G2: the last of the messages that wait in the store is not found by the next process',
    file: storedWorld,
    find: 'hi: numberInKey((last ?? first)[0]) + 1 });',
    replace: 'hi: Math.max(numberInKey(first[0]) + 1, numberInKey((last ?? first)[0])) });',
    tests: ['test/runtime/recovery.test.ts', 'test/runtime/pause.test.ts'],
  },
  {
    name: 'dead-letters-numbered-anew',
    breaks: 'G2: after a restart new dead letters take the place of old ones',
    file: boot,
    find: 'counters: { ...stored.marker.counters },',
    replace: 'counters: { ...stored.marker.counters, deadLetter: 1 },',
    tests: ['test/runtime/dead-letters.test.ts'],
  },
  {
    name: 'uids-given-out-twice',
    breaks: 'a uid is never given out again: the next process begins with one that is in use',
    file: boot,
    find: 'counters: { ...stored.marker.counters },',
    replace:
      'counters: { ...stored.marker.counters, uid: Math.max(1, stored.marker.counters.uid - 1) },',
    tests: ['test/runtime/boot.test.ts'],
  },
  {
    name: 'unborn-forgotten',
    breaks: 'an actor whose first turn is still to come takes it only when it gets mail',
    file: boot,
    find: 'new Set<number>([...stored.waiting.keys(), ...stored.unborn]);',
    replace: 'new Set<number>([...stored.waiting.keys()]);',
    tests: ['test/runtime/boot.test.ts'],
  },
  {
    name: 'emissions-counted-anew',
    breaks: 'G1: after a restart emissions overwrite those of the process before',
    file: cells,
    find: 'cell.emissions = cursor.emissions;',
    replace: 'cell.emissions = bytes === undefined ? cursor.emissions : 1;',
    tests: ['test/runtime/emitted.test.ts'],
  },
  {
    name: 'migrated-again',
    breaks: 'a migrated snapshot is stored, but not that it is: the next process migrates it again',
    file: cells,
    find: '    this.changed(cell);\n    this.#world.committer.touch(cell);',
    replace: '    this.#world.committer.touch(cell);',
    tests: ['test/runtime/recovery.test.ts'],
  },
  {
    name: 'second-child-forgotten',
    breaks: 'of the children of a restored machine only the first is known',
    file: 'src/persistence/snapshot-record.ts',
    find: 'snapshot.children = reviveChildren(children, refOf);',
    replace: 'snapshot.children = reviveChildren(children?.slice(0, 1), refOf);',
    tests: ['test/xstate/spawned.test.ts', 'test/xstate/children.test.ts'],
  },
  {
    name: 'history-forgotten',
    breaks: 'history states of a restored machine go to their defaults',
    file: 'src/persistence/snapshot-record.ts',
    find: 'record[id] = (history[id] ?? []).map((node) => node.id);',
    replace: 'record[id] = (history[id] ?? []).map((node) => node.id).slice(1);',
    tests: ['test/xstate/history.test.ts'],
  },
  {
    name: 'pauses-forgotten',
    breaks: 'what an operator paused runs in the next process',
    file: boot,
    find: 'new DurablePauses(world, stored.pauses)',
    replace: 'new DurablePauses(world, stored.pauses.slice(1))',
    tests: ['test/runtime/pause.test.ts'],
  },
  {
    name: 'watches-forgotten',
    breaks: 'watches and links end with the process',
    file: boot,
    find: 'for (const bond of stored.bonds) world.bonds.restore(bond);',
    replace: 'for (const bond of stored.bonds.slice(1)) world.bonds.restore(bond);',
    tests: ['test/runtime/bonds.test.ts'],
  },
  {
    name: 'gap-between-batches-unseen',
    breaks: 'G8: a hole in the middle of the log is passed over',
    file: storedWorld,
    find: 'if (last !== undefined && batch !== last.batch + 1) {',
    replace: 'if (last !== undefined && batch < last.batch + 1) {',
    tests: ['test/faults/lost-log.test.ts'],
  },
  {
    name: 'rows-of-the-process-before-kept',
    breaks: 'G2: what a process handles of the mail it found is not deleted; seen by the one after',
    file: 'src/actors/mailbox.ts',
    find: '    this.rowHi = this.tail;\n    this.landedHi',
    replace: '    this.rowHi = this.head;\n    this.landedHi',
    tests: ['test/runtime/committer.test.ts'],
  },
  {
    name: 'ended-spawned-actor-runs-again',
    breaks: 'what a machine spawned and what has ended takes mail again in the next process',
    file: 'src/runtime/cell.ts',
    find: 'this.status = birth.status;',
    replace: "this.status = birth.status === 'failed' ? 'running' : birth.status;",
    tests: ['test/runtime/boot.test.ts'],
  },

  {
    name: 'grandchildren-live-on',
    breaks: 'what a machine invoked is stopped, and what that invoked goes on',
    file: 'src/runtime/lifecycle.ts',
    find: `    const world = this.#world;
    this.#stopDescendants(cell);
    world.bonds.exited(cell, shutdown);`,
    replace: `    const world = this.#world;
    world.bonds.exited(cell, shutdown);`,
    tests: ['test/runtime/lifecycle.test.ts'],
  },
  {
    name: 'mail-of-the-gone-kept',
    breaks: 'rows of the mailbox of an actor that is gone stay in the store for ever',
    file: cells,
    find: 'for (let position = mailbox.rowLo; position < mailbox.rowHi; position += 1)',
    replace: 'for (let position = mailbox.head; position < mailbox.rowHi; position += 1)',
    tests: ['test/runtime/mail-burial.test.ts'],
  },
  {
    name: 'request-served-again',
    breaks: 'a request that a supervisor has served is served again by the next process',
    file: 'src/runtime/waiting-requests.ts',
    find: '        batch.del(keys.request(uid, known.number));',
    replace: '        if (this.starts > 0) batch.del(keys.request(uid, known.number));',
    tests: ['test/runtime/waiting-requests.test.ts'],
  },
  {
    name: 'deleted-child-comes-back',
    breaks: 'a child of a pool that was ended for good is there again in the next process',
    file: 'src/runtime/supervisor-node.ts',
    find: 'if (child === undefined) batch.del(key);',
    replace: 'if (child === undefined) batch.peek(key);',
    tests: ['test/runtime/pool.test.ts'],
  },
]);
