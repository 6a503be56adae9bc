import { AsyncLocalStorage } from 'node:async_hooks';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/drivers/system-clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('after', () => {
  it('calls once, not before its time', async () => {
    const clock = systemClock();
    const startMs = clock.monotonicMs();
    const calls: number[] = [];
    await new Promise<void>((resolve) => {
      clock.after(20, () => {
        calls.push(clock.monotonicMs() - startMs);
        resolve();
      });
    });

    expect(calls).toHaveLength(1);
    expect(calls[0]).toBeGreaterThanOrEqual(20);
  });

  it('can be withdrawn', () => {
    vi.useFakeTimers();
    const fn = vi.fn();
    const withdraw = systemClock().after(10, fn);
    withdraw();
    vi.advanceTimersByTime(1_000);

    expect(fn).not.toHaveBeenCalled();
  });

  it('waits longer than the timers of the host can', () => {
    vi.useFakeTimers();
    const fn = vi.fn();
    const days60 = 60 * 24 * 3_600_000;
    systemClock().after(days60, fn);
    vi.advanceTimersByTime(days60 - 1);
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2);

    expect(fn).toHaveBeenCalledOnce();
  });

  it('counts the time in which the machine slept, within a minute', () => {
    vi.useFakeTimers();
    const fn = vi.fn();
    systemClock().after(3_600_000, fn);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(59_999);
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2);

    expect(fn).toHaveBeenCalledOnce();
  });

  it('does not wait longer because the wall is set back', () => {
    vi.useFakeTimers();
    const fn = vi.fn();
    systemClock().after(3_600_000, fn);
    vi.setSystemTime(Date.now() - 86_400_000);
    vi.advanceTimersByTime(3_600_001);

    expect(fn).toHaveBeenCalledOnce();
  });

  it('can still be withdrawn in a later slice', () => {
    vi.useFakeTimers();
    const fn = vi.fn();
    const withdraw = systemClock().after(5_000_000_000, fn);
    vi.advanceTimersByTime(4_500_000_000);
    withdraw();
    vi.advanceTimersByTime(4_500_000_000);

    expect(fn).not.toHaveBeenCalled();
  });

  it.each([0, -5])('calls soon after a delay of %i', async (delayMs) => {
    const called = new Promise<string>((resolve) => {
      systemClock().after(delayMs, () => {
        resolve('called');
      });
    });

    expect(await called).toBe('called');
  });
});

describe('the async context', () => {
  it('is that of the maker of the clock, for timers and for soon', async () => {
    const storage = new AsyncLocalStorage<string>();
    const clock = storage.run('maker', systemClock);
    const seen = await storage.run('request', async () => {
      const timer = new Promise((resolve) => {
        clock.after(1, () => {
          resolve(storage.getStore());
        });
      });
      const soon = new Promise((resolve) => {
        clock.soon(() => {
          resolve(storage.getStore());
        });
      });
      return await Promise.all([timer, soon]);
    });

    expect(seen).toEqual(['maker', 'maker']);
  });
});

describe('hold', () => {
  const module = fileURLToPath(new URL('../../src/drivers/system-clock.ts', import.meta.url));
  const run = (program: string): string =>
    execFileSync(
      process.execPath,
      [
        '--import',
        'tsx',
        '--input-type=module',
        '--eval',
        `import { systemClock } from ${JSON.stringify(module)}; const clock = systemClock(); ${program}`,
      ],
      { encoding: 'utf8', timeout: 20_000 },
    );

  it('keeps the process alive until it is let go; timers alone do not', () => {
    expect(run(`clock.after(60_000, () => console.log('timer'));`)).toBe('');
    expect(
      run(
        `const release = clock.hold(); clock.after(50, () => { console.log('timer'); release(); });`,
      ),
    ).toBe('timer\n');
  });
});

describe('time', () => {
  it('is wall time and elapsed time', () => {
    const clock = systemClock();
    const [wallMs, elapsedMs] = [clock.wallMs(), clock.monotonicMs()];

    expect(Math.abs(wallMs - Date.now())).toBeLessThan(1_000);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(elapsedMs);
  });
});
