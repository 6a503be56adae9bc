import { createActor, createMachine, getInitialSnapshot, sendTo } from 'xstate';
import { describe, expect, it, vi } from 'vitest';
import { at, poolAt } from '../../src/actors/at.ts';
import { isActorRef, LightRef } from '../../src/actors/light-ref.ts';
import {
  exitRef,
  isPerdureRef,
  PoolTarget,
  refFromData,
  ReplyTarget,
  sinkRef,
} from '../../src/actors/special-refs.ts';

const host = () => ({ send: vi.fn(), snapshotOf: vi.fn(() => ({ status: 'active' })) });

describe('LightRef', () => {
  it('has the id and the session id that XState expects', () => {
    expect(new LightRef('/desk/a%2Fb', 7, 2)).toMatchObject({ id: 'a/b', sessionId: 'p:7' });
    expect(new LightRef('/desk')).toMatchObject({
      id: 'desk',
      sessionId: '/desk',
      uid: 0,
      life: 0,
    });
  });

  it('is an actor ref to XState', () => {
    const ref = new LightRef('/ledger', 1, 1);

    expect(isActorRef(ref)).toBe(true);
    expect(ref.ref).toBe(ref);
    expect(ref._processingStatus).toBe(1);
    expect(
      createMachine({ context: { ref } }).getPersistedSnapshot(
        getInitialSnapshot(createMachine({ context: { ref } })),
      ),
    ).toMatchObject({ context: { ref: { xstate$$type: 1, id: 'ledger' } } });
  });

  it('hands events and questions for its snapshot to the host', () => {
    const behind = host();
    const ref = new LightRef('/ledger', 1, 1).boundTo(behind);

    ref.send({ type: 'one' });
    ref._send({ type: 'two' });

    expect(behind.send.mock.calls).toEqual([
      [ref, { type: 'one' }],
      [ref, { type: 'two' }],
    ]);
    expect(ref.getSnapshot()).toEqual({ status: 'active' });
  });

  it('does not change when it is bound: refs of at() are shared', () => {
    const ref = new LightRef('/ledger');
    ref.boundTo(host());
    expect(() => ref.send({ type: 'x' })).toThrow(expect.objectContaining({ code: 'REF_UNBOUND' }));
  });

  it.each(['send', 'getSnapshot', 'subscribe', 'on', 'select', 'stop'] as const)(
    'refuses %s() without a running system',
    (call) => {
      const ref = new LightRef('/ledger') as unknown as Record<string, (x: unknown) => unknown>;
      expect(() => ref[call]?.({ type: 'x' })).toThrow(
        expect.objectContaining({ code: 'REF_UNBOUND' }),
      );
    },
  );

  it('keeps the running system out of copies, comparisons and JSON', () => {
    const ref = new LightRef('/ledger', 3, 1, host());

    expect(Object.keys(ref)).toEqual(['address', 'uid', 'life']);
    expect(JSON.parse(JSON.stringify(ref))).toEqual({
      $ref: 'actor',
      address: '/ledger',
      uid: 3,
      life: 1,
    });
    expect(Object.isFrozen(Object.freeze(ref))).toBe(true);
    expect(ref.getSnapshot()).toEqual({ status: 'active' });
  });
});

describe('refFromData', () => {
  it.each([
    new LightRef('/a', 1, 2),
    new LightRef('/a'),
    new PoolTarget('/clerks'),
    ReplyTarget.ofAsk('q-1'),
    ReplyTarget.ofInvoke(4, 1, 9),
    sinkRef,
    exitRef,
  ])('reads what toJSON wrote: %j', (ref) => {
    const again = refFromData(JSON.parse(JSON.stringify(ref)));

    expect(again).toEqual(ref);
    expect(again?.constructor).toBe(ref.constructor);
    expect(isPerdureRef(again)).toBe(true);
  });

  it('does not guess at a kind of ref it does not know', () => {
    expect(refFromData({ $ref: 'later' } as never)).toBeUndefined();
  });
});

describe('at', () => {
  it('is a valid target of sendTo, and comes out as our object', () => {
    const ledger = at<{ type: 'add' }>('/ledger');
    const seen: unknown[] = [];
    const machine = createMachine({ entry: sendTo(ledger, { type: 'add' }) });

    machine.getInitialSnapshot(
      {
        ...scope,
        actionExecutor: (action: { params: unknown }) =>
          seen.push((action.params as { to: unknown }).to),
      } as never,
      undefined as never,
    );

    expect(seen).toEqual([ledger]);
  });

  it.each(['/', 'ledger', '/ledger/'])('refuses the address %j', (address) => {
    expect(() => at(address)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
    expect(() => poolAt(address)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
  });
});

describe('sinkRef', () => {
  it('swallows what it is sent, on a plain createActor too', () => {
    const actor = createActor(createMachine({ entry: sendTo(sinkRef, { type: 'x' }) })).start();
    expect(actor.getSnapshot().status).toBe('active');
  });
});

const scope = {
  self: {},
  id: '',
  sessionId: '',
  logger: () => undefined,
  defer: () => undefined,
  emit: () => undefined,
  stopChild: () => undefined,
  system: { _sendInspectionEvent: () => undefined },
};
