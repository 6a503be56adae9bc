/** XState's types, for the rooms that work with events and refs but do not host machines. */
export type {
  ActorRefFromLogic,
  AnyActorLogic,
  AnyActorRef,
  AnyStateMachine,
  AnyStateNode,
  EmittedFrom,
  EventObject,
  InputFrom,
  OutputFrom,
  SnapshotFrom,
} from 'xstate';
