/** How often each feature of the machine family was hit in a run of tests, and whether that was enough. */

export const features = [
  'guard passed',
  'guard refused',
  'always',
  'after fired',
  'delayed raise fired',
  'cancel',
  'raise',
  'self-send',
  'emit',
  'log',
  'named action',
  'history restored',
  'nested three deep',
  'parallel, both regions',
  'step',
  'step failed',
  'spawned step',
  'machine invoked',
  'machine spawned',
  'machine stopped',
  'ask of a machine',
  'ask from outside',
  'message between actors',
  'delayed message between actors',
  'message to the parent',
  'message parked',
] as const;
export type Feature = (typeof features)[number];

export class Tally<Name extends string> {
  readonly #counts = new Map<Name, number>();

  constructor(names: readonly Name[]) {
    for (const name of names) this.#counts.set(name, 0);
  }

  hit(name: Name): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Those that were hit less often than `floor`. */
  below(floor: number): Name[] {
    return [...this.#counts].filter(([, count]) => count < floor).map(([name]) => name);
  }

  print(title: string): void {
    const lines = [...this.#counts].map(([name, count]) => `  ${name.padEnd(32)} ${count}`);
    console.log([title, ...lines].join('\n'));
  }
}
