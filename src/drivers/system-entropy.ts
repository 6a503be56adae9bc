import { nanoid } from 'nanoid';
import type { Entropy } from '../ports/entropy.ts';

/** Randomness of this machine: ids from its secure source, numbers from the fast one. */
export function systemEntropy(): Entropy {
  return { id: () => nanoid(), random: () => Math.random() };
}
