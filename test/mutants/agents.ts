/** Faults in what agents stand on: the policies of steps, and what steps share. */
import { mutantsOf } from './mutant.ts';

const runs = 'src/runtime/effect-runs.ts';
const policy = 'src/runtime/step-policy.ts';
const resources = 'src/runtime/resources.ts';
const running = 'src/runtime/running-steps.ts';
const policies = 'test/runtime/step-policies.test.ts';
const sharing = 'test/runtime/resources.test.ts';
const pipeline = 'src/agents/pipeline-state.ts';
const items = 'test/agents/pipeline.prop.test.ts';

export const agentMutants = mutantsOf('agents', [
  {
    name: 'begins-before-it-is-noted',
    breaks: 'G4: a step that is to be reported begins before its beginning is on disk',
    file: runs,
    find: 'return isDelicate(options) || options?.resource !== undefined;',
    replace: 'return options?.resource !== undefined;',
    tests: [policies],
  },
  {
    name: 'doubt-forgotten',
    breaks: 'G4: what was cut short by a stop is run again, although it was to be reported',
    file: runs,
    find: 'this.#book.change({ ...record, runsIn: 0, ...news });',
    replace: 'this.#book.change({ ...record, runsIn: 0, inDoubt: false, ...news });',
    tests: [policies],
  },
  {
    name: 'nobody-asks-what-happened',
    breaks: 'G4: a step that was cut short is done once more, although somebody could tell',
    file: runs,
    find: "wasInDoubt && typeof verify === 'function'",
    replace: "wasInDoubt && record.failures > 0 && typeof verify === 'function'",
    tests: [policies],
  },
  {
    name: 'interruption-counts-as-failure',
    breaks: 'G7: the end of a process uses up a retry of the steps that it cut short',
    file: policy,
    find: 'const { failures: attempts, deadlineMs } = record;',
    replace: 'const { attempts, deadlineMs } = record;',
    tests: [policies],
  },
  {
    name: 'deadline-of-all-attempts-ignored',
    breaks: 'G10: a step whose time was over while no process ran begins again',
    file: runs,
    find: 'if (record.deadlineMs > 0 && record.deadlineMs <= world.time.nowMs()) {',
    replace: 'if (record.deadlineMs > world.time.nowMs() && record.deadlineMs <= 0) {',
    tests: [policies],
  },
  {
    name: 'late-end-accepted',
    breaks:
      'what an attempt returns after its time takes the place of its timeout when a write fails',
    file: running,
    find: 'if (this.#runs.get(uid) !== entry || entry.outcome !== undefined) return;',
    replace: 'if (this.#runs.get(uid) !== entry) return;',
    tests: [policies],
  },
  {
    name: 'straggler-outlives-its-actor',
    breaks: 'a stop does not wait for what an actor ran and does not want any more',
    file: 'src/runtime/workers.ts',
    find: 'return effects.of(cell.uid).length > 0 || running.isGoing(cell.uid);',
    replace: 'return effects.of(cell.uid).length > 0 && running.count >= 0;',
    tests: [policies],
  },
  {
    name: 'one-too-many-at-once',
    breaks: 'G9: one step more than its concurrency uses a resource',
    file: resources,
    find: 'if (taken.size + this.#world.running.countOf(name) >= concurrency) return false;',
    replace: 'if (this.#world.running.countOf(name) >= concurrency) return false;',
    tests: [sharing],
  },
  {
    name: 'rate-forgotten-with-the-process',
    breaks: 'G9: what earlier processes began under a rate does not count',
    file: resources,
    find: 'committer.pending.put(keys.grant(grant), true);',
    replace: 'if (attempt > 1) committer.pending.put(keys.grant(grant), true);',
    tests: [sharing],
  },
  {
    name: 'grants-of-attempts-are-one',
    breaks: 'G9: two attempts of one moment count once after a restart',
    file: 'src/persistence/keyspace.ts',
    find: '!${fixed(attempt)}!${resource}',
    replace: '!${fixed(attempt && 1)}!${resource}',
    tests: [sharing],
  },
  {
    name: 'last-come-first-served',
    breaks: 'of those that wait for a resource, the one that came last is served first',
    file: resources,
    find: 'sort((a, b) => a.uid - b.uid)',
    replace: 'sort((a, b) => b.uid - a.uid)',
    tests: [sharing],
  },
  {
    name: 'results-out-of-order',
    breaks: 'results of a pipeline are told as they come, and not in the order of the source',
    file: pipeline,
    find: '(!this.#rules.isOrdered || left[0].index <= head)',
    replace: '(!this.#rules.isOrdered || left[0].index <= head + 1)',
    tests: [items],
  },
  {
    name: 'page-taken-twice',
    breaks: 'a source is opened where it was before the last page, and items are done twice',
    file: pipeline,
    find: 'return only({ ...before, waiting, next, cursor, isEnd, isPulling: false });',
    replace: 'return only({ ...before, waiting, next, isEnd, isPulling: false });',
    tests: [items],
  },
  {
    name: 'retried-item-still-failed',
    breaks: 'an item that failed and was done when it was retried still counts as failed',
    file: pipeline,
    find: '      failed: before.failed - 1,\n',
    replace: '',
    tests: [items],
  },
  {
    name: 'over-before-the-last-ends',
    breaks: 'a pipeline is done when its source has no more, and what is under way is aborted',
    file: pipeline,
    find: 'return isEnd && waiting.length + running.length + ended.length === 0;',
    replace: 'return isEnd && waiting.length + ended.length === 0;',
    tests: [items],
  },
  {
    name: 'item-that-paused-is-skipped',
    breaks: 'the item whose failure paused the pipeline is not begun again',
    file: pipeline,
    find: 'waiting: [item, ...before.waiting], error: end.error',
    replace: 'waiting: before.waiting, error: end.error',
    tests: [items],
  },
  {
    name: 'emission-passed-over',
    breaks: 'of what another actor emits, the first behind a full page is skipped',
    file: 'src/runtime/emission-reads.ts',
    find: 'return { items, cursor: position - 1, isEnd };',
    replace: 'return { items, cursor: items.length < limit ? position - 1 : position, isEnd };',
    tests: ['test/agents/emission-source.test.ts'],
  },
]);
