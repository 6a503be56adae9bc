/** What helps to test programs and stores: published as `perdure/testing`. */
export { Counterexample } from './counterexample.ts';
export type { CrashPoint, WriteMoment } from './crash-point.ts';
export type {
  End,
  EndedActor,
  EndedActorOf,
  EndedLetter,
  EndedLife,
  EndedLifeOf,
} from './ending.ts';
export {
  type Exploration,
  explore,
  type ExploreOptions,
  type ExploreProgress,
} from './explore.ts';
export { type PlacedStore, storeConformance, type TestKit } from './store-conformance.ts';
export type { Failing, Failure, Moment } from './test-fate.ts';
export { openTestSystem, TestSystem, type TestSystemOptions } from './test-system.ts';
export type { MovableWorld, Note, World } from './world.ts';
