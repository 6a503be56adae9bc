/** What helps to test programs and stores: published as `perdure/testing`. */
export { storable } from './arbitraries.ts';
export { type PlacedStore, storeConformance, type TestKit } from './store-conformance.ts';
