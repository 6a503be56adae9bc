/**
 * The watchdog: a thread that looks from time to time which turn runs. When it is the same one for too long,
 * that thread says so on stderr, notes the turn in the flight slot, and may end the process: the main thread
 * can do none of it, it is busy with the turn.
 *
 * Both sides share some memory. The counter is odd while a turn runs, and another for each; the fields beside
 * it are written before it. `claim` is 1 while the thread writes the slot and 2 when it has.
 */
import { Worker } from 'node:worker_threads';
import type { TurnWatch, WatchOptions } from '../ports/turn-watch.ts';

/** What the thread writes to. */
export interface SlotFile {
  readonly file: number;
  /** As it is: magic, epoch and start are taken from it. */
  readonly slot: Uint8Array;
  /** Writes that no turn runs. */
  readonly empty: () => void;
}

const HEAD_BYTES = 32;
const TEXT_BYTES = 2_048;
const COUNTER = 0;
const CLAIM = 1;
const ADDRESS_LENGTH = 2;
const EVENT_LENGTH = 3;
/** The slot is one small write: longer than this means that the thread is gone. */
const CLAIM_WAIT_MS = 1_000;

/**
 * Runs in the thread, as text: so it needs no file of its own, whether TypeScript or JavaScript is run. The
 * main thread does not read pipes of a blocked process, hence `writeSync`.
 */
const threadSource = `
'use strict';
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const { crc32 } = require('node:zlib');
const { shared, file, slot, turnMs, onStuck } = workerData;
const ints = new Int32Array(shared, 0, 4);
const doubles = new Float64Array(shared, 16, 2);
const text = Buffer.from(shared, ${HEAD_BYTES}, ${TEXT_BYTES});
const bytes = Buffer.from(slot);
const everyMs = Math.max(1, Math.min(1_000, turnMs / 8));
let seen = 0;
let told = 0;
let lastedMs = 0;
let atMs = performance.now();
// a full disk or a closed stderr keeps nobody from being killed
const attempt = (write) => {
  try {
    write();
  } catch {}
};
const stuck = (counter) => {
  const uid = doubles[0];
  const position = doubles[1];
  const split = ints[${ADDRESS_LENGTH}];
  const actor = text.toString('utf8', 0, split);
  const event = text.toString('utf8', split, split + ints[${EVENT_LENGTH}]);
  bytes.writeUInt8(2, 5);
  bytes.writeBigUInt64LE(BigInt(uid), 24);
  bytes.writeBigUInt64LE(BigInt(position), 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  Atomics.store(ints, ${CLAIM}, 1);
  if (Atomics.load(ints, ${COUNTER}) !== counter) {
    Atomics.store(ints, ${CLAIM}, 0);
    Atomics.notify(ints, ${CLAIM});
    return;
  }
  attempt(() => writeSync(file, bytes, 0, 64, 0));
  const line = { level: 'error', message: 'a turn does not end', actor, event, position };
  const facts = { lastedMs: Math.round(lastedMs), onStuck, pid: process.pid };
  attempt(() => writeSync(2, JSON.stringify({ ...line, ...facts }) + '\\n'));
  Atomics.store(ints, ${CLAIM}, 2);
  Atomics.notify(ints, ${CLAIM});
  told = counter;
  if (onStuck === 'kill') process.kill(process.pid, 'SIGKILL');
};
setInterval(() => {
  const counter = Atomics.load(ints, ${COUNTER});
  const nowMs = performance.now();
  // no turn goes on while the process is stopped or the machine sleeps
  const passedMs = Math.min(nowMs - atMs, 2 * everyMs);
  atMs = nowMs;
  if (counter !== seen) {
    seen = counter;
    lastedMs = 0;
  } else if ((counter & 1) === 1 && counter !== told) {
    lastedMs += passedMs;
    if (lastedMs >= turnMs) stuck(counter);
  }
}, everyMs);
`;

export function watchTurns({ turnMs, onStuck }: WatchOptions, target: SlotFile): TurnWatch {
  const shared = new SharedArrayBuffer(HEAD_BYTES + TEXT_BYTES);
  const ints = new Int32Array(shared, 0, 4);
  const doubles = new Float64Array(shared, 16, 2);
  const text = Buffer.from(shared, HEAD_BYTES, TEXT_BYTES);
  const { file } = target;
  const slot = Uint8Array.from(target.slot);
  const thread = new Worker(threadSource, {
    eval: true,
    // nothing of how this process was started belongs into the thread
    execArgv: [],
    env: {},
    workerData: { shared, file, slot, turnMs, onStuck },
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  });
  thread.unref();
  // without the watchdog the system runs as it does by default
  thread.on('error', (error) => process.emitWarning(`the watchdog ended: ${error.message}`));
  let counter = 0;
  /** What the thread noted of a turn that ended after all is taken back. */
  const withdraw = (): void => {
    if (Atomics.load(ints, CLAIM) === 0) return;
    Atomics.wait(ints, CLAIM, 1, CLAIM_WAIT_MS);
    if (Atomics.exchange(ints, CLAIM, 0) === 2) target.empty();
  };
  return {
    begin(uid, position, address, event) {
      if ((counter & 1) === 1) {
        counter = (counter + 1) | 0;
        Atomics.store(ints, COUNTER, counter);
        withdraw();
      }
      doubles[0] = uid;
      doubles[1] = position;
      const split = text.write(address, 0);
      ints[ADDRESS_LENGTH] = split;
      ints[EVENT_LENGTH] = text.write(event, split);
      counter = (counter + 1) | 0;
      Atomics.store(ints, COUNTER, counter);
    },
    end() {
      if ((counter & 1) === 0) return;
      counter = (counter + 1) | 0;
      Atomics.store(ints, COUNTER, counter);
      withdraw();
    },
    close() {
      this.end();
      void thread.terminate();
    },
  };
}
