/**
 * Which places this process holds. LevelDB would notice a second open in one process too, but its
 * failed attempt gives up the lock of the first: another process could then open the live files.
 */
const registry = Symbol.for('perdure.stores');

type Registry = Set<string>;

/** Shared with other copies of the package in this process. */
function held(): Registry {
  const shared = globalThis as { [registry]?: Registry };
  shared[registry] ??= new Set();
  return shared[registry];
}

/** Takes `place` unless this process holds it already. */
export function takePlace(place: string): boolean {
  const places = held();
  if (places.has(place)) return false;
  places.add(place);
  return true;
}

export function leavePlace(place: string): void {
  held().delete(place);
}
