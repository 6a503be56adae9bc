/** The list of deliberate faults must not rot: each still fits the code that it spoils. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/source-text.ts';
import { allMutants } from './all-mutants.ts';
import { areas, placesIn } from './mutant.ts';

const LEAST = 7;

describe('the deliberate faults', () => {
  it.each(allMutants)('$name fits one place of its file', (mutant) => {
    expect(mutant.file).toMatch(/^src\//);
    expect(placesIn(readFileSync(join(root, mutant.file), 'utf8'), mutant)).toBe(1);
    expect(mutant.replace).not.toBe(mutant.find);
  });

  it('have names of their own', () => {
    const names = allMutants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(areas)('are enough in %s', (area) => {
    const own = allMutants.filter((mutant) => mutant.area === area);
    expect(own.length).toBeGreaterThanOrEqual(LEAST);
  });

  it('name tests that are there', () => {
    const missing = allMutants.flatMap(({ tests }) =>
      tests.filter((test) => !existsSync(join(root, test))),
    );
    expect(missing).toEqual([]);
    expect(allMutants.filter(({ tests }) => tests.length === 0)).toEqual([]);
  });
});
