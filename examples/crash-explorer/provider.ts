/** A payment service: it takes the money once for each key, and once for each call without one. */
import type { Note, World } from '../../src/testing/index.ts';

const CHARGE = 'charge';

/** Takes the money; nobody can take that back. Returns the receipt. */
export function chargeNow(world: World, cents: number, key?: string): string {
  world.note(CHARGE, { cents, key });
  return `${cents} cents, with thanks`;
}

/** The same over a network. */
export async function charge(world: World, cents: number, key?: string): Promise<string> {
  await world.sleep(200);
  return chargeNow(world, cents, key);
}

/** How often the money was taken. */
export function timesCharged(notes: readonly Note[]): number {
  const charges = notes.filter(({ what }) => what === CHARGE);
  const keys = new Set(charges.map(({ facts }) => facts['key']).filter((key) => key !== undefined));
  return keys.size + charges.filter(({ facts }) => facts['key'] === undefined).length;
}
