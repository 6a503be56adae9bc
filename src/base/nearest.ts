/** Which known words somebody may have meant. */

/** At most `count` of `known`, the most similar first. Words in another order are the same: `maxAttempts`. */
export function nearest(given: string, known: Iterable<string>, count: number): readonly string[] {
  return [...known]
    .map((word) => ({ word, distance: distanceOf(given, word) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ word }) => word);
}

/** Whether `word` is so similar that `given` is likely a slip of it. */
export function isSlipOf(word: string, given: string): boolean {
  return distanceOf(given, word) <= Math.max(2, Math.floor(word.length / 3));
}

function distanceOf(given: string, word: string): number {
  return inOrder(given) === inOrder(word) ? 0 : editsBetween(given, word);
}

/** The words of a camel-cased name, sorted. */
function inOrder(name: string): string {
  return name
    .split(/(?=[A-Z])/)
    .map((part) => part.toLowerCase())
    .toSorted()
    .join(' ');
}

/** How many letters must be put in, taken out or exchanged (Levenshtein). */
function editsBetween(from: string, to: string): number {
  const target = Array.from(to);
  let row = Array.from({ length: target.length + 1 }, (_, at) => at);
  for (const [at, letter] of Array.from(from).entries()) {
    const next = [at + 1];
    for (const [place, other] of target.entries()) {
      const exchanged = (row[place] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(exchanged, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
