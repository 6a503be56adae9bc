import { expect, it } from 'vitest';
import { onProcessExit } from '../../src/drivers/exit-hook.ts';

function listeners(): readonly ((code: number) => void)[] {
  return process.listeners('exit') as ((code: number) => void)[];
}

it('calls all that want it, also when one of them throws, and throws nothing itself', () => {
  const before = listeners();
  const calls: string[] = [];
  const leaves = [
    onProcessExit(() => {
      throw new Error('the disk is gone');
    }),
    onProcessExit(() => calls.push('second')),
  ];
  const added = listeners().filter((listener) => !before.includes(listener));
  expect(added).toHaveLength(1);
  added[0]?.(0);
  expect(calls).toEqual(['second']);
  for (const leave of leaves) leave();
  expect(listeners()).toEqual(before);
});
