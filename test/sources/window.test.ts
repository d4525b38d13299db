import { describe, expect, it } from 'vitest';
import { createWindow } from '../../src/sources/window.ts';
import { createJumpingClock } from './scripted-source.ts';

describe('createWindow', () => {
  it('lets so many through at once, and uses the whole allowance of every further 30 s', async () => {
    const clock = createJumpingClock();
    const window = createWindow(30, clock);
    const entered = await Promise.all(
      Array.from({ length: 300 }, async () => {
        await window.enter();
        return clock.now();
      }),
    );
    for (const at of entered) {
      expect(entered.filter((other) => other >= at && other < at + 30_000).length).toBeLessThanOrEqual(30);
    }
    const seconds = ((entered.at(-1) ?? 0) - (entered[0] ?? 0)) / 1_000;
    expect(300 / (30 * (seconds / 30 + 1))).toBeGreaterThan(0.95);
  });

  it('holds nobody where there is no limit', async () => {
    const clock = createJumpingClock();
    const window = createWindow(null, clock);
    for (let n = 0; n < 1_000; n++) await window.enter();
    expect(clock.waits).toEqual([]);
  });

  it('lets the next one through when one that waits gives up', async () => {
    const clock = createJumpingClock();
    const window = createWindow(1, clock);
    await window.enter();
    const stop = new AbortController();
    stop.abort(new Error('cancelled'));
    await expect(window.enter(stop.signal)).rejects.toThrow('cancelled');
    await window.enter();
    expect(clock.waits).toEqual([30_001]);
  });
});
