/**
 * What XState touches of the objects that we hand it. Most of these members are internal to XState: a release
 * that uses another one must fail here, not in a user's turn.
 */
import {
  type AnyActorLogic,
  type AnyActorRef,
  assign,
  cancel,
  emit,
  enqueueActions,
  type EventObject,
  forwardTo,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  log,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { beforeEach, describe, expect, it } from 'vitest';
import { LightRef } from '../../src/actors/light-ref.ts';
import { liveChild } from '../../src/actors/live-child.ts';
import { TurnHost, type TurnLogic, type TurnSnapshot } from '../../src/actors/turn.ts';

/** Names of members that were read or set, by object. */
let touched: Record<string, Set<string>> = {};
let missing: string[] = [];

beforeEach(() => {
  touched = {};
  missing = [];
});

/** Notes every member that is read, and complains of those that are not there. */
function watched<T extends object>(name: string, target: T, swap: Record<string, unknown> = {}): T {
  const names = (touched[name] ??= new Set());
  const proxy: T = new Proxy(target, {
    get: (_target, key) => {
      names.add(String(key));
      if (!(key in target)) missing.push(`${name}.${String(key)}`);
      if (typeof key === 'string' && key in swap) return swap[key];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    has: (_target, key) => {
      names.add(String(key));
      return key in target;
    },
    set: (_target, key, value) => {
      names.add(`${String(key)} (set)`);
      return Reflect.set(target, key, value, target);
    },
  });
  return proxy;
}

function touchedOf(name: string): string[] {
  return [...(touched[name] ?? [])].sort();
}

const child = setup({}).createMachine({
  entry: sendParent({ type: 'BORN' }),
  on: { '*': { actions: 'x' as never } },
});
const everything = setup({
  types: { context: {} as { kid: unknown } },
  actions: { custom: () => undefined },
  delays: { soon: 10 },
  guards: { yes: () => true },
  actors: {
    child,
    promise: fromPromise(async () => 1),
    callback: fromCallback(() => undefined),
    observable: fromObservable(() => ({ subscribe: () => ({ unsubscribe: () => undefined }) })),
    sum: fromTransition((n: number) => n + 1, 0),
  },
}).createMachine({
  context: ({ spawn }) => ({ kid: spawn('child', { id: 'kid', systemId: 'the-kid' }) }),
  entry: ['custom', spawnChild('sum', { id: 'sum', syncSnapshot: true })],
  initial: 'on',
  states: {
    on: {
      invoke: [
        { src: 'child', id: 'machine', systemId: 'named', onSnapshot: {} },
        { src: 'promise', id: 'promise', onDone: {}, onError: {} },
        { src: 'callback', id: 'callback' },
        { src: 'observable', id: 'observable' },
      ],
      after: { soon: 'off' },
      on: {
        GO: {
          guard: 'yes',
          actions: [
            'custom',
            () => undefined,
            raise({ type: 'NOW' }),
            raise({ type: 'LATER' }, { delay: 10, id: 'later' }),
            cancel('later'),
            sendTo('machine', { type: 'HI' } as never),
            sendTo('machine', { type: 'HI' } as never, { delay: 5 }),
            sendTo(({ system }) => system.get('named') as AnyActorRef, { type: 'HI' }),
            forwardTo('callback'),
            sendParent({ type: 'UP' }),
            emit({ type: 'out' }),
            log('text'),
            assign({ kid: ({ spawn }) => spawn('sum', { id: 'sum2' }) }),
            stopChild('kid'),
            enqueueActions(({ enqueue, check }) => {
              if (check('yes')) enqueue.spawnChild('promise', { id: 'more' });
              enqueue.stopChild('more');
            }),
          ],
        },
        NOW: {},
        OFF: 'off',
      },
    },
    off: { type: 'final', output: 1 },
  },
  output: 2,
});

describe('a turn under our scope', () => {
  function host(): { run(logic: AnyActorLogic, events: readonly EventObject[]): TurnSnapshot } {
    let uid = 10;
    const named = new LightRef('/m/machine', 11);
    const turns = new TurnHost({
      nextUid: () => uid++,
      named: () => named as never,
      allNamed: () => ({}),
    });
    const system = watched('system', turns.system);
    const parent = new LightRef('/parent', 1);
    const ref = watched('self', new LightRef('/m', 2), { system, _parent: parent });
    const self = { ref: ref as unknown as AnyActorRef, address: '/m' };
    // between our scope and the machine, so that the scope itself is watched too
    const through = (logic: AnyActorLogic): TurnLogic => {
      const scoped = (scope: unknown): never =>
        watched('scope', scope as object, { system, self: ref }) as never;
      return {
        transition: (snapshot, event, scope) =>
          logic.transition(snapshot as never, event as never, scoped(scope)),
        getInitialSnapshot: (scope, input) =>
          logic.getInitialSnapshot(scoped(scope), input as never),
      };
    };
    return {
      run: (logic, events) => {
        const watchedLogic = through(logic);
        let snapshot = turns.start(self, watchedLogic, undefined);
        for (const event of events) {
          snapshot = turns.handle(self, watchedLogic, snapshot, event);
          turns.operations();
        }
        return snapshot;
      },
    };
  }

  it('touches these members, and no others', () => {
    const done = host().run(everything, [{ type: 'GO' }, { type: 'NOPE' }, { type: 'OFF' }]);
    host().run(everything, [{ type: 'xstate.stop' }]);

    expect(done.status).toBe('done');
    expect({
      scope: touchedOf('scope'),
      system: touchedOf('system'),
      self: touchedOf('self'),
    }).toEqual({
      scope: ['actionExecutor', 'actionExecutor (set)', 'defer', 'self', 'system'],
      system: ['_bookId', '_clock', '_logger', '_sendInspectionEvent', '_set', 'get'],
      self: ['_parent', 'id', 'sessionId', 'system'],
    });
    // read by the constructor of a child that never runs
    expect(new Set(missing)).toEqual(new Set(['system._clock', 'system._logger']));
  });
});

describe('a live child under a parent of ours', () => {
  it('touches these members of the system and of its parent, and no others', async () => {
    let session = 0;
    let parentProxy: object = {};
    const relayed: string[] = [];
    const system = watched('system', {
      _bookId: () => `s${(session += 1)}`,
      _sendInspectionEvent: () => undefined,
      _register: (id: string) => id,
      _unregister: () => undefined,
      _set: () => undefined,
      _relay: (_source: unknown, target: unknown, event: EventObject) => {
        relayed.push(event.type);
        if (target !== parentProxy) (target as { _send(event: EventObject): void })._send(event);
      },
      _clock: { setTimeout: () => 0, clearTimeout: () => undefined },
      _logger: () => undefined,
      scheduler: watched('scheduler', { cancelAll: () => undefined }),
    });
    const parent = { id: 'm', sessionId: 'p:1', send: () => undefined, system };
    parentProxy = watched('parent', parent);
    const start = (logic: AnyActorLogic, event?: EventObject): void => {
      const options = { id: 'kid', src: 'kid', input: 1, syncSnapshot: true, parent: parentProxy };
      const actor = liveChild(logic, options);
      actor.start();
      if (event !== undefined) actor.send(event);
      actor._stop();
    };

    start(
      fromCallback(({ sendBack, receive }) => {
        sendBack({ type: 'BACK' });
        receive(() => sendBack({ type: 'HEARD' }));
        return () => undefined;
      }),
      { type: 'RING' },
    );
    start(
      fromCallback(() => {
        throw new Error('no');
      }),
    );
    const source = {
      subscribe: (observer: { next(value: unknown): void; complete(): void }) => {
        observer.next({ type: 'VALUE' });
        observer.complete();
        return { unsubscribe: () => undefined };
      },
    };
    start(fromObservable(() => source as never));
    start(fromEventObservable(() => source as never));
    await Promise.resolve();

    expect(relayed).toEqual(expect.arrayContaining(['BACK', 'HEARD', 'VALUE']));
    expect({
      system: touchedOf('system'),
      scheduler: touchedOf('scheduler'),
      parent: touchedOf('parent'),
    }).toEqual({
      system: [
        ...['_bookId', '_clock', '_logger', '_register', '_relay', '_sendInspectionEvent'],
        ...['_unregister', 'scheduler'],
      ],
      scheduler: ['cancelAll'],
      parent: ['system'],
    });
    expect(missing).toEqual([]);
  });
});
