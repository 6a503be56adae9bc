import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';
import { DurableTime } from '../../src/runtime/durable-time.ts';

function clockAt(wallMs: number): Clock & { wall: number; monotonic: number } {
  const never = (): (() => void) => () => undefined;
  return {
    wall: wallMs,
    monotonic: 0,
    wallMs() {
      return this.wall;
    },
    monotonicMs() {
      return this.monotonic;
    },
    after: never,
    soon: () => undefined,
    hold: never,
  };
}

describe('DurableTime', () => {
  it('starts at the later of the stored time and the wall', () => {
    expect(new DurableTime(clockAt(500), 1_000).nowMs()).toBe(1_000);
    expect(new DurableTime(clockAt(2_000), 1_000).nowMs()).toBe(2_000);
  });

  it('follows the wall while that is ahead, over any jump forward', () => {
    const clock = clockAt(1_000);
    const time = new DurableTime(clock, 0);

    clock.wall = 90_000_000;

    expect(time.nowMs()).toBe(90_000_000);
  });

  it('goes on with the monotonic clock while the wall is behind', () => {
    const clock = clockAt(10_000);
    const time = new DurableTime(clock, 0);

    clock.wall = 2_000;
    clock.monotonic = 300;

    expect(time.nowMs()).toBe(10_300);
    clock.monotonic = 450;
    expect(time.nowMs()).toBe(10_450);
  });

  it('follows the wall again once that has caught up', () => {
    const clock = clockAt(10_000);
    const time = new DurableTime(clock, 0);
    clock.wall = 9_000;
    clock.monotonic = 100;
    time.nowMs();

    clock.wall = 11_000;

    expect(time.nowMs()).toBe(11_000);
  });

  it('loses no part of a millisecond to frequent looks', () => {
    const clock = clockAt(1_000);
    const time = new DurableTime(clock, 5_000);
    for (let look = 0; look < 1_000; look += 1) {
      clock.monotonic += 0.4;
      time.nowMs();
    }

    expect(time.nowMs()).toBeGreaterThanOrEqual(5_399);
    expect(time.nowMs()).toBeLessThanOrEqual(5_400);
  });
});
