import { createActor, createMachine, fromPromise, setup, toPromise, waitFor } from 'xstate';
import { describe, expect, it, vi } from 'vitest';
import { at } from '../../src/actors/at.ts';
import type { Ask } from '../../src/actors/ask.ts';
import { askOptionsOf, fromAsk } from '../../src/actors/from-ask.ts';
import { step, stepOptionsOf } from '../../src/actors/step.ts';
import type { StepArgs } from '../../src/actors/step.ts';

const invalid = (path: string) =>
  expect.objectContaining({ code: 'OPTION_INVALID', facts: expect.objectContaining({ path }) });

describe('step', () => {
  it('behaves as fromPromise on a plain createActor', async () => {
    const run = vi.fn(async ({ input }: StepArgs<number>) => input + 1);
    const machine = setup({ actors: { add: step(run) } }).createMachine({
      initial: 'adding',
      states: {
        adding: { invoke: { src: 'add', input: 41, onDone: 'done' } },
        done: { type: 'final' },
      },
    });

    await toPromise(createActor(machine).start());

    expect(run.mock.calls).toEqual([
      [
        {
          input: 41,
          signal: expect.any(AbortSignal),
          idempotencyKey: expect.stringMatching(/./),
          attempt: 1,
          heartbeat: expect.any(Function),
        },
      ],
    ]);
  });

  it('turns a rejection into onError, as fromPromise does', async () => {
    const machine = createMachine({
      initial: 'trying',
      states: {
        trying: { invoke: { src: step(() => Promise.reject(new Error('no'))), onError: 'failed' } },
        failed: {},
      },
    });
    const actor = createActor(machine).start();
    await expect(waitFor(actor, (state) => state.matches('failed'))).resolves.toBeDefined();
  });

  it('carries its options, in both spellings', () => {
    const run = async () => 1;
    expect(stepOptionsOf(step(run))).toEqual({ run });
    expect(stepOptionsOf(step({ run }))).toEqual({ run });
    expect(stepOptionsOf(fromPromise(run))).toBeUndefined();
  });

  it('keeps what it carries out of sight', () => {
    expect(Object.keys(step(async () => 1))).toEqual(Object.keys(fromPromise(async () => 1)));
  });

  const run = (): Promise<number> => Promise.resolve(1);
  it.each([
    [{ run, timeoutSeconds: 5 }, 'step().timeoutSeconds'],
    [{ run, timeoutMs: 0 }, 'step().timeoutMs'],
    [{ run, totalTimeoutMs: -1 }, 'step().totalTimeoutMs'],
    [{ run, heartbeatMs: Number.NaN }, 'step().heartbeatMs'],
    [{ run, retry: { attemptsMax: 0 } }, 'step().retry.attemptsMax'],
    [{ run, retry: { minMs: 10, maxMs: 5 } }, 'step().retry.maxMs'],
    [{ run, retry: { factor: 0.5 } }, 'step().retry.factor'],
    [{ run, retry: { tries: 3 } }, 'step().retry.tries'],
    [{ run, onInterrupted: 'ignore' }, 'step().onInterrupted'],
    [{ run, resource: '' }, 'step().resource'],
    [{ run: 5 }, 'step().run'],
    [{}, 'step().run'],
    [undefined, 'step()'],
  ])('refuses %j', (options, path) => {
    expect(() => step(options as never)).toThrow(invalid(path));
  });
});

describe('fromAsk', () => {
  type Events = Ask<{ type: 'total' }, number>;

  it('carries whom to ask, what, and for how long', () => {
    const logic = fromAsk(at<Events>('/ledger'), 'total', { timeoutMs: 100 });
    expect(askOptionsOf(logic)).toMatchObject({
      target: { address: '/ledger', uid: 0 },
      type: 'total',
      timeoutMs: 100,
    });
    expect(askOptionsOf(fromAsk(at<Events>('/ledger'), 'total'))).toMatchObject({
      timeoutMs: 5_000,
    });
  });

  it('fails when started on a plain createActor', () => {
    const actor = createActor(fromAsk(at<Events>('/ledger'), 'total'));
    actor.subscribe({ error: () => undefined });
    actor.start();
    expect(actor.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'REF_UNBOUND' } });
  });

  it('refuses targets, types and options that cannot be meant', () => {
    const ledger = at<Events>('/ledger');
    expect(() => fromAsk({} as typeof ledger, 'total')).toThrow(invalid('fromAsk(target)'));
    expect(() => fromAsk(ledger, '' as never)).toThrow(invalid('fromAsk(type)'));
    expect(() => fromAsk(ledger, 'total', { timeoutMs: -1 })).toThrow(
      invalid('fromAsk().timeoutMs'),
    );
    expect(() => fromAsk(ledger, 'total', { timeout: 1 } as never)).toThrow(
      invalid('fromAsk().timeout'),
    );
  });
});
