/** What ids of messages, steps and actions tell: `3-0` is the first deed of message 3. */

/** The turn that asked for it. */
export function causeOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('-')));
}

/** Whether one place comes before another: they are compared number by number. */
export function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const difference = one.findIndex((number, index) => number !== other[index]);
  return difference !== -1 && (one[difference] as number) < (other[difference] as number);
}
