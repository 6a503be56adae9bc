import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { Heap } from '../../src/runtime/heap.ts';
import { property } from '../support/property.ts';

describe('Heap', () => {
  property('gives back what was put in, least first', [fc.array(fc.integer())], (numbers) => {
    const heap = new Heap<number>((a, b) => a - b);
    for (const number of numbers) heap.push(number);

    const taken: number[] = [];
    while (heap.peek() !== undefined) taken.push(heap.pop() as number);

    expect(taken).toEqual([...numbers].sort((a, b) => a - b));
    expect(heap.pop()).toBeUndefined();
  });

  property(
    'holds its order through any mixture of pushes and pops',
    [fc.array(fc.option(fc.integer(), { nil: undefined }))],
    (moves) => {
      const heap = new Heap<number>((a, b) => a - b);
      let model: number[] = [];
      for (const move of moves) {
        if (move === undefined) {
          const [least, ...rest] = model;
          expect(heap.pop()).toBe(least);
          model = rest;
        } else {
          heap.push(move);
          model = [...model, move].sort((a, b) => a - b);
        }
      }
    },
  );
});
