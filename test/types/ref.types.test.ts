import type { EventFromLogic } from 'xstate';
import { describe, expectTypeOf, it } from 'vitest';
import type { ReplyRef } from '../../src/actors/ask.ts';
import type { Emission, PoolRef, Receipt, Ref } from '../../src/runtime/ref-types.ts';
import { onlyTypes } from './machines.ts';
import type { clerk, ledger, reader } from './machines.ts';

type Clerk = Ref<typeof clerk>;
type Ledger = Ref<typeof ledger>;

describe('Ref.send', () => {
  it('takes the events of the machine', () => {
    onlyTypes((ref: Ledger) => {
      expectTypeOf(ref.send({ type: 'add', n: 1 })).resolves.toEqualTypeOf<Receipt>();
      expectTypeOf(
        ref.send({ type: 'clear' }, { key: 'k', until: 'applied' }),
      ).resolves.toEqualTypeOf<Receipt>();
    });
  });

  it('refuses all others', () => {
    onlyTypes((ref: Ledger) => {
      // @ts-expect-error no such event
      void ref.send({ type: 'multiply' });
      // @ts-expect-error n is missing
      void ref.send({ type: 'add' });
      // @ts-expect-error n is a number
      void ref.send({ type: 'add', n: '1' });
      // @ts-expect-error an excess property is a typing mistake
      void ref.send({ type: 'add', n: 1, m: 2 });
      // @ts-expect-error a question is asked, not sent
      void ref.send({ type: 'total' });
      // @ts-expect-error events of XState itself come from inside
      void ref.send({ type: 'xstate.stop' });
      // @ts-expect-error nor does the router's
      void ref.send({ type: 'xstate.route', to: '#a' });
      // @ts-expect-error no such option
      void ref.send({ type: 'clear' }, { timeout: 5 });
      // @ts-expect-error whenFull is 'refuse' or 'wait'
      void ref.send({ type: 'clear' }, { whenFull: 'drop' });
      // @ts-expect-error until is 'accepted' or 'applied'
      void ref.send({ type: 'clear' }, { until: 'done' });
    });
  });
});

describe('Ref.ask', () => {
  it('resolves with the reply of that question', () => {
    onlyTypes((one: Ledger, other: Clerk) => {
      expectTypeOf(one.ask({ type: 'total' })).resolves.toEqualTypeOf<number>();
      expectTypeOf(other.ask({ type: 'status' })).resolves.toEqualTypeOf<string>();
      expectTypeOf(
        other.ask({ type: 'review', by: 'ada' }, { timeoutMs: 10 }),
      ).resolves.toEqualTypeOf<'sent' | 'refused'>();
    });
  });

  it('refuses what is no question, or another', () => {
    onlyTypes((ref: Clerk) => {
      // @ts-expect-error approve expects no answer
      void ref.ask({ type: 'approve' });
      // @ts-expect-error by is missing
      void ref.ask({ type: 'review' });
      // @ts-expect-error by is a string
      void ref.ask({ type: 'review', by: 5 });
      // @ts-expect-error an excess property is a typing mistake
      void ref.ask({ type: 'status', by: 'ada' });
      // @ts-expect-error replyTo is the runtime's to add
      void ref.ask({ type: 'status', replyTo: {} as ReplyRef<string> });
      // @ts-expect-error the answer is a string
      void (ref.ask({ type: 'status' }) satisfies Promise<number>);
      // @ts-expect-error a question has no `until`: its answer is more
      void ref.ask({ type: 'status' }, { until: 'applied' });
    });
  });
});

describe('Ref.snapshot, waitFor, done', () => {
  it('know the states, context and output of the machine', () => {
    onlyTypes(async (ref: Clerk) => {
      const snapshot = await ref.snapshot();
      expectTypeOf(snapshot.context.draft).toEqualTypeOf<string>();
      expectTypeOf(snapshot.matches('waiting')).toEqualTypeOf<boolean>();
      // @ts-expect-error no such state
      snapshot.matches('sleeping');

      expectTypeOf(ref.done()).resolves.toEqualTypeOf<{ draft: string }>();
      expectTypeOf(ref.waitFor((state) => state.matches('sent'))).resolves.toEqualTypeOf<
        typeof snapshot
      >();
      // @ts-expect-error no such state
      void ref.waitFor((state) => state.matches('sleeping'));
      // @ts-expect-error a predicate says true or false
      void ref.waitFor((state) => state.context.draft);
    });
  });

  it('narrow by a predicate that does', () => {
    onlyTypes((ref: Clerk) => {
      const finished = ref.waitFor(
        (state): state is typeof state & { status: 'done' } => state.status === 'done',
      );
      expectTypeOf(finished).resolves.toHaveProperty('status').toEqualTypeOf<'done'>();
    });
  });
});

describe('Ref.on, emitted', () => {
  it('know what the machine emits', () => {
    onlyTypes((ref: Clerk) => {
      type Emitted = { type: 'sent'; id: string } | { type: 'refused' };
      expectTypeOf(
        ref.on('sent', (event) => expectTypeOf(event.id).toEqualTypeOf<string>()),
      ).toEqualTypeOf<Disposable>();
      ref.on('*', (event) => expectTypeOf(event).toEqualTypeOf<Emitted>());
      expectTypeOf(ref.emitted({ from: 0, follow: false })).toEqualTypeOf<
        AsyncIterable<Emission<Emitted>>
      >();

      // @ts-expect-error it emits no such event
      ref.on('lost', () => undefined);
      // @ts-expect-error 'refused' has no id
      ref.on('refused', (event) => event.id);
    });
  });
});

describe('Ref.xstate', () => {
  it('is a ref for code inside machines', () => {
    onlyTypes((ref: Ledger) => {
      expectTypeOf(ref.xstate.send).parameter(0).toEqualTypeOf<EventFromLogic<typeof ledger>>();
    });
  });
});

describe('PoolRef', () => {
  it('wants the input that the machine wants', () => {
    onlyTypes((pool: PoolRef<typeof clerk>, inputless: PoolRef<typeof reader>) => {
      const input = { to: 'ada', question: 'When?' };
      expectTypeOf(pool.startChild('7', { input })).resolves.toEqualTypeOf<Clerk>();
      expectTypeOf(pool.ensureChild('7', { input })).resolves.toEqualTypeOf<Clerk>();
      expectTypeOf(inputless.startChild('7')).resolves.toEqualTypeOf<Ref<typeof reader>>();
      void inputless.startChild('7', { input: { from: 1 } });

      // @ts-expect-error input is missing
      void pool.startChild('7');
      // @ts-expect-error question is missing
      void pool.ensureChild('7', { input: { to: 'ada' } });
      // @ts-expect-error from is a number
      void inputless.startChild('7', { input: { from: 'start' } });
    });
  });
});
