import { createActor, fromPromise, waitFor } from 'xstate';
import { describe, expect, it } from 'vitest';
import type { Label } from '../../examples/mail-triage/mails.ts';
import { count, emptyTally, tally } from '../../examples/mail-triage/tally.ts';
import { triage, type Share, type Steps } from '../../examples/mail-triage/triage.ts';

/** The agent on a plain XState actor, with steps that only write down what they are asked. */
function agentOn(share: Share, recording: Promise<void> = Promise.resolve()) {
  const log: string[] = [];
  const told: string[] = [];
  const emitted: number[] = [];
  const steps: Steps = {
    read: fromPromise(async ({ input }) => {
      log.push(`read ${input}`);
      return { text: `mail ${input}`, truth: 'ham' };
    }),
    classify: fromPromise(async ({ input }): Promise<Label> => {
      log.push(`classify ${input.item}: ${input.text}`);
      return input.item % 2 === 0 ? 'spam' : 'ham';
    }),
    record: fromPromise(async ({ input }) => {
      log.push(`record ${input.item} as ${input.label}, is ${input.truth}`);
      await recording;
    }),
  };
  const actor = createActor(
    triage.provide({
      actors: steps,
      actions: { tell: ({ context: { item, label } }) => told.push(`${item} ${label}`) },
    }),
    { input: share },
  );
  actor.on('sorted', ({ item }) => emitted.push(item));
  actor.start();
  return { actor, log, told, emitted };
}

describe('triage', () => {
  it('reads, classifies and records each mail of its share, in order', async () => {
    const { actor, log, told, emitted } = agentOn({ agent: '2', first: 1, stride: 4, end: 7 });
    const { output } = await waitFor(actor, ({ status }) => status === 'done');

    expect(log).toEqual([
      'read 1',
      'classify 1: mail 1',
      'record 1 as ham, is ham',
      'read 5',
      'classify 5: mail 5',
      'record 5 as ham, is ham',
    ]);
    expect(told).toEqual(['1 ham', '5 ham']);
    expect(emitted).toEqual([1, 5]);
    expect(output).toEqual({ handled: 2 });
  });

  it('tells nobody of a mail before it is recorded', async () => {
    let landed = (): void => {};
    const recording = new Promise<void>((resolve) => (landed = resolve));
    const { actor, told, emitted } = agentOn(
      { agent: '1', first: 0, stride: 4, end: 1 },
      recording,
    );
    await waitFor(actor, (snapshot) => snapshot.matches('recording'));
    expect({ told, emitted }).toEqual({ told: [], emitted: [] });

    landed();
    await waitFor(actor, ({ status }) => status === 'done');
    expect({ told, emitted }).toEqual({ told: ['0 spam'], emitted: [0] });
  });

  it('is done at once when its share is empty', () => {
    const { actor, log } = agentOn({ agent: '4', first: 3, stride: 4, end: 3 });
    expect(actor.getSnapshot().output).toEqual({ handled: 0 });
    expect(log).toEqual([]);
  });

  it('does not keep the text of a mail longer than the classifier needs it', async () => {
    const { actor } = agentOn({ agent: '1', first: 0, stride: 4, end: 1 });
    const { context } = await waitFor(actor, (snapshot) => snapshot.matches('recording'));
    expect(context.text).toBe('');
  });

  it.each([
    ['skip', 1, ['read 4', 'read 8']],
    ['repeat', -1, ['read 4', 'read 0']],
  ] as const)('has a bug to inject: %s', async (_bug, by, reads) => {
    const { actor, log } = agentOn({ agent: '1', first: 4, stride: 4, end: 12 });
    actor.send({ type: 'shift', by });
    await waitFor(actor, (snapshot) => snapshot.matches('recording'));
    expect(log.filter((line) => line.startsWith('read')).slice(0, 2)).toEqual(reads);
  });
});

describe('tally', () => {
  const verdict = (agent: string, item: number, label: Label) =>
    ({ type: 'verdict', agent, item, label }) as const;

  it('counts by label', () => {
    const actor = createActor(tally).start();
    actor.send(verdict('1', 0, 'spam'));
    actor.send(verdict('2', 1, 'ham'));
    actor.send(verdict('1', 4, 'spam'));
    expect(actor.getSnapshot().context).toMatchObject({ spam: 2, ham: 1 });
  });

  it('keeps one chain per agent, whatever the order between agents', () => {
    const one = [verdict('1', 0, 'spam'), verdict('1', 4, 'ham')] as const;
    const two = verdict('2', 1, 'ham');
    const early = [two, ...one].reduce(count, emptyTally);
    const late = [...one, two].reduce(count, emptyTally);
    expect(early).toEqual(late);
  });

  it.each([
    ['lost', [0, 8]],
    ['repeated', [0, 4, 4, 8]],
    ['out of order', [4, 0, 8]],
  ])('has another chain when a message is %s', (_what, items) => {
    const chain = (each: readonly number[]) =>
      each.map((item) => verdict('1', item, 'ham')).reduce(count, emptyTally).chains;
    expect(chain(items)).not.toEqual(chain([0, 4, 8]));
  });
});
