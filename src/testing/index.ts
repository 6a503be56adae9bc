/** What helps to test programs and stores: published as `perdure/testing`. */
export { storable } from './arbitraries.ts';
export { type PlacedStore, storeConformance, type TestKit } from './store-conformance.ts';
export type { Failing, Failure, Moment } from './test-fate.ts';
export { openTestSystem, TestSystem, type TestSystemOptions } from './test-system.ts';
export type { MovableWorld, Note, World } from './world.ts';
