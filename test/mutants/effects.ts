/** Faults in what touches the world: steps, promises, asks, named actions. */
import { mutantsOf } from './mutant.ts';

const effects = 'src/runtime/effects.ts';
const runs = 'src/runtime/effect-runs.ts';
const book = 'src/runtime/effect-book.ts';
const volatile = 'src/runtime/volatile-children.ts';
const running = 'src/runtime/running-steps.ts';
const actions = 'src/runtime/actions.ts';

export const effectMutants = mutantsOf('effects', [
  {
    name: 'step-before-its-turn-landed',
    breaks: 'G3: a step runs before the turn that asked for it is durable',
    file: runs,
    find: 'else committer.pending.afterLanding(() => this.start(uid));',
    replace: 'else this.start(uid);',
    tests: ['test/runtime/step.test.ts'],
  },
  {
    name: 'key-of-each-attempt-its-own',
    breaks: 'G4: the idempotency key differs from attempt to attempt',
    file: 'src/runtime/effect-call.ts',
    find: '{ input, signal, idempotencyKey, attempt, heartbeat: beat }',
    replace:
      '{ input, signal, idempotencyKey: `${idempotencyKey}.${attempt}`, attempt, heartbeat: beat }',
    tests: ['test/runtime/step-endings.test.ts', 'test/runtime/step.test.ts'],
  },
  {
    name: 'key-of-each-process-its-own',
    breaks: 'G4: after a restart a step runs under another idempotency key',
    file: effects,
    find: '  restore(record: EffectRecord): void {\n    this.#book.keep(record);',
    replace:
      '  restore(record: EffectRecord): void {\n    this.#book.keep({ ...record, key: `${record.key}.${this.#world.store.epoch}` });',
    tests: ['test/runtime/step.test.ts'],
  },
  {
    name: 'one-key-for-two-steps',
    breaks: 'G4: two steps of one batch have the same idempotency key',
    file: effects,
    find: '    batch.intents += 1;\n    const kind',
    replace: '    const kind',
    tests: ['test/runtime/step.test.ts'],
  },
  {
    name: 'row-of-a-left-step-kept',
    breaks: 'G4: a step whose state was left runs again in the next process',
    file: book,
    find: '    this.#world.committer.pending.del(keys.effect(owner, uid));',
    replace:
      '    if (this.#world.running.has(uid)) return true;\n    this.#world.committer.pending.del(keys.effect(owner, uid));',
    tests: ['test/runtime/step.test.ts'],
  },
  {
    name: 'result-not-noted',
    breaks: 'G4: a result that waits in the mailbox is paid for again after a restart',
    file: runs,
    find: 'this.#book.change({ ...record, settled: true, inDoubt: false, runsIn: 0, suspicion: 0 });',
    replace:
      'this.#book.keep({ ...record, settled: true, inDoubt: false, runsIn: 0, suspicion: 0 });',
    tests: ['test/runtime/pause.test.ts', 'test/runtime/step.test.ts'],
  },
  {
    name: 'result-forgotten-too-early',
    breaks: 'G4: a result whose write fails is thrown away, and the step runs again',
    file: runs,
    find: 'world.committer.pending.afterLanding(() => world.running.forget(uid, attempt));',
    replace: 'world.running.forget(uid, attempt);',
    tests: ['test/runtime/step-endings.test.ts'],
  },
  {
    name: 'running-step-not-adopted',
    breaks: 'G4: a step that runs on through a failed write is started a second time',
    file: runs,
    find: 'if (world.running.adopt(uid, () => guard(world, () => this.start(uid)))) return;',
    replace: 'if (record.attempts === 0 && world.running.adopt(uid, () => undefined)) return;',
    tests: ['test/runtime/step-endings.test.ts', 'test/faults/reopen.test.ts'],
  },
  {
    name: 'late-result-not-fenced',
    breaks: 'the result of a step whose state was left and entered again counts for the new one',
    file: 'src/runtime/turns.ts',
    find: 'for (const id in children) if (uidOf(children[id]) === envelope.origin) return true;',
    replace:
      'for (const id in children) if (children[id] !== undefined || uidOf(children[id]) === envelope.origin) return true;',
    tests: ['test/xstate/effects.test.ts', 'test/xstate/differences.test.ts'],
  },
  {
    name: 'abort-taken-for-an-outcome',
    breaks: 'G4: a step that is interrupted by a stop has failed, instead of running again',
    file: running,
    find: 'if (!outcome.ok && controller.signal.aborted) {',
    replace: 'if (!outcome.ok && controller.signal.aborted && outcome.error === undefined) {',
    tests: ['test/runtime/step-endings.test.ts'],
  },
  {
    name: 'one-attempt-too-many',
    breaks: 'G7: a step whose error nobody handles is tried once more than attemptsMax',
    file: effects,
    find: 'record.failures < owner.settings.attemptsMax',
    replace: 'record.failures <= owner.settings.attemptsMax',
    tests: ['test/runtime/step-endings.test.ts'],
  },
  {
    name: 'ask-deadline-lost-at-boot',
    breaks: 'G10: a question that the last process asked has no deadline any more',
    file: runs,
    find: 'if (record.deadlineMs > 0) this.#watchDeadline(uid, record.deadlineMs);\n    if (record.kind',
    replace:
      'if (record.deadlineMs > 0 && record.key.split(`.`).at(-3) === `${world.store.epoch}`)\n      this.#watchDeadline(uid, record.deadlineMs);\n    if (record.kind',
    tests: ['test/runtime/from-ask.test.ts'],
  },
  {
    name: 'unhandled-step-never-again',
    breaks:
      'G4: a step whose failure nobody handles is neither tried again nor told as a dead letter',
    file: effects,
    find: '{ ...record, settled: false, notBeforeMs: time.nowMs() + delayMs }',
    replace: '{ ...record, notBeforeMs: time.nowMs() + delayMs }',
    tests: ['test/runtime/step-endings.test.ts'],
  },
  {
    name: 'actions-of-the-gone-lost',
    breaks: 'G4: what an actor that is gone asked for is not run by the process in which it went',
    file: actions,
    find: '      this.#leave(owner, waiting);',
    replace: '      this.#waiting.delete(owner.uid);',
    tests: ['test/runtime/actions-of-the-gone.test.ts'],
  },
  {
    name: 'question-failed-again',
    breaks:
      'G7: a question whose failure nobody handles fails again and again, until the root gives up',
    file: effects,
    find: "|| record.kind === 'ask') return false;\n    return isVolatile(record) ||",
    replace: ") return false;\n    return record.kind === 'ask' || isVolatile(record) ||",
    tests: ['test/runtime/from-ask.test.ts'],
  },
  {
    name: 'failed-callback-not-run-again',
    breaks: 'G4: a callback whose failure nobody handles is dead while its actor goes on',
    file: volatile,
    find: '      this.stop(record.uid);\n    } else if',
    replace: '    } else if',
    tests: ['test/runtime/volatile-failures.test.ts'],
  },
  {
    name: 'no-pause-between-attempts',
    breaks: 'a failing step is tried again at once in the process after',
    file: runs,
    find: 'if (record.notBeforeMs > world.time.nowMs()) {',
    replace: 'if (record.attempts === 0 && record.notBeforeMs > world.time.nowMs()) {',
    tests: ['test/runtime/step-endings.test.ts'],
  },
  {
    name: 'attempt-not-counted',
    breaks: 'G4: an attempt cut short by the end of the process is not counted',
    file: runs,
    find: '      this.#book.change(current);\n',
    replace: '      this.#book.keep(current);\n',
    tests: ['test/runtime/step.test.ts'],
  },
  {
    name: 'steps-not-resumed',
    breaks: 'G4: the step of an actor without mail is not run again by the next process',
    file: 'src/runtime/boot.ts',
    find: 'for (const { owner } of [...stored.effects, ...stored.actions]) busy.add(owner);',
    replace: 'for (const { owner } of [...stored.actions]) busy.add(owner);',
    tests: ['test/runtime/step.test.ts'],
  },
  {
    name: 'finished-action-kept',
    breaks: 'a named action that has run runs again in the next process',
    file: actions,
    find: '    committer.pending.del(keys.action(uid, number));\n    this.#world.suspects',
    replace: '    this.#world.suspects',
    tests: ['test/xstate/actions.test.ts'],
  },
  {
    name: 'actions-of-the-stopped-lost',
    breaks: 'a named action of a child that was stopped meanwhile is lost',
    file: actions,
    find: '    this.#takeIn(heir);\n',
    replace: '    this.#takeIn(heir);\n    waiting.length = 0;\n',
    tests: ['test/xstate/actions.test.ts', 'test/xstate/children.test.ts'],
  },
  {
    name: 'overdue-ask-waits-for-ever',
    breaks: 'G10: an ask whose deadline passed while nobody ran never fails',
    file: runs,
    find: 'if (record.deadlineMs > 0) this.#watchDeadline(uid, record.deadlineMs);\n    if (record.kind',
    replace:
      'if (record.deadlineMs > world.time.nowMs()) this.#watchDeadline(uid, record.deadlineMs);\n    if (record.kind',
    tests: ['test/runtime/from-ask.test.ts'],
  },

  {
    name: 'action-before-its-turn-landed',
    breaks: 'G3: the end of one named action starts the next, whose turn has not landed',
    file: actions,
    find: 'const waiting = this.#queue(record, owner, owner.ref, owner.logic, false);',
    replace: 'const waiting = this.#queue(record, owner, owner.ref, owner.logic, true);',
    tests: ['test/runtime/actions.test.ts'],
  },
  {
    name: 'actions-in-reverse-after-a-restart',
    breaks: 'named actions that waited run in the wrong order in the next process',
    file: 'src/runtime/stored-world.ts',
    find: 'actions: actions.sort((a, b) => a.number - b.number),',
    replace: 'actions: actions.sort((a, b) => b.number - a.number),',
    tests: ['test/runtime/actions.test.ts'],
  },
  {
    name: 'given-up-run-still-counts',
    breaks: 'what comes of a step that was given up is taken for the outcome of the next attempt',
    file: running,
    find: 'if (this.#runs.get(uid) !== entry || entry.outcome !== undefined) return;',
    replace: 'if (this.#runs.get(uid) === undefined || entry.outcome !== undefined) return;',
    tests: ['test/runtime/running-steps.test.ts'],
  },
  {
    name: 'stored-answer-forgotten',
    breaks: 'G4: the answer to a question with a key is not stored, and cannot be given again',
    file: 'src/runtime/delivery.ts',
    find: 'packDedupe({ ...record, replied: true, reply: value })',
    replace: 'packDedupe({ ...record, replied: false, reply: value })',
    tests: ['test/runtime/ask.test.ts'],
  },
  {
    name: 'emission-over-emission',
    breaks: 'G1: emissions that nobody listens to take the place of one another',
    file: 'src/runtime/turns.ts',
    find: '    cell.emissions += 1;\n',
    replace: '    if (outside.listens(cell)) cell.emissions += 1;\n',
    tests: ['test/xstate/context.test.ts', 'test/runtime/emitted.test.ts'],
  },
  {
    name: 'action-tried-too-often',
    breaks: 'a named action that fails is tried once more than its attempts',
    file: actions,
    find: 'if (attempt >= limits.actionAttemptsMax && !this.#world.deadLetters.isFull) {',
    replace: 'if (attempt > limits.actionAttemptsMax && !this.#world.deadLetters.isFull) {',
    tests: ['test/xstate/actions.test.ts'],
  },
]);
