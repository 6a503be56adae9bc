/**
 * Where and why a value was refused. The walk notes its way back only once something was refused, so a
 * good value pays nothing for paths.
 */

/** One step down: a property, an index, or something else as it is to be read. */
type Segment = string | number | { readonly text: string };

export const CYCLE_OR_DEPTH = 'it is nested too deeply';

const SEGMENTS_SHOWN = 12;
const identifier = /^[A-Za-z_$][\w$]*$/;

let why = '';
// From the refused value up to the root.
let segments: Segment[] = [];
let containers: object[] = [];

/** Notes a refusal; the callers on the way up add where they are. */
export function refuse(reason: string): 0 {
  why = reason;
  segments = [];
  containers = [];
  return 0;
}

export function entered(container: object, segment: Segment | symbol): 0 {
  containers.push(container);
  segments.push(typeof segment === 'symbol' ? { text: `[${String(segment)}]` } : segment);
  return 0;
}

/** The last refusal as facts of VALUE_NOT_STORABLE. Forgets it. */
export function takeFault(root: string): { path: string; why: string } {
  const down = segments.toReversed();
  const visited = containers.toReversed();
  segments = [];
  containers = [];
  if (why !== CYCLE_OR_DEPTH) return { path: pathOf(root, down), why };
  const [again, first] = repeated(visited);
  if (first !== undefined) {
    const path = pathOf(root, down.slice(0, again));
    return { path, why: `it is ${pathOf(root, down.slice(0, first))} again, a cycle` };
  }
  return {
    path: `${pathOf(root, down.slice(0, SEGMENTS_SHOWN))}…`,
    why: `${why} (${down.length} levels)`,
  };
}

function repeated(visited: readonly object[]): readonly [again: number, first: number | undefined] {
  const firstAt = new Map<object, number>();
  for (const [index, container] of visited.entries()) {
    const first = firstAt.get(container);
    if (first !== undefined) return [index, first];
    firstAt.set(container, index);
  }
  return [0, undefined];
}

function pathOf(root: string, down: readonly Segment[]): string {
  return down.reduce<string>((path, segment) => path + textOf(segment), root);
}

function textOf(segment: Segment): string {
  if (typeof segment === 'number') return `[${segment}]`;
  if (typeof segment === 'object') return segment.text;
  return identifier.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
}
