import { describe, expect, it } from 'vitest';
import { measureWindow } from '../../bench/crawl/window.ts';
import { createWindow } from '../../src/sources/window.ts';
import { createVirtualClock } from '../fixtures/virtual-clock.ts';
import { createJumpingClock } from './scripted-source.ts';

describe('createWindow', () => {
  it('lets so many through at once, and uses the whole allowance of every further 30 s', async () => {
    const clock = createJumpingClock();
    const window = createWindow(30, clock);
    const entered = await Promise.all(
      Array.from({ length: 300 }, async () => {
        (await window.enter())();
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
    (await window.enter())();
    const stop = new AbortController();
    stop.abort(new Error('cancelled'));
    await expect(window.enter(stop.signal)).rejects.toThrow('cancelled');
    await window.enter();
    expect(clock.waits).toEqual([30_001]);
  });

  it('lets nobody through while all calls are under way, however long, and hears it when one is answered', async () => {
    const clock = createVirtualClock();
    const window = createWindow(2, clock);
    const leave = await window.enter();
    await window.enter();
    let isIn = false;
    const third = window.enter().then(() => {
      isIn = true;
    });
    await clock.advance(100_000);
    expect(isIn).toBe(false);
    leave();
    leave();
    await clock.advance(30_000);
    expect(isIn).toBe(false);
    await clock.advance(1);
    expect(isIn).toBe(true);
    await third;
    const stop = new AbortController();
    const given = expect(window.enter(stop.signal)).rejects.toThrow('cancelled');
    await clock.advance(1);
    stop.abort(new Error('cancelled'));
    await given;
  });

  it('lets as many through as before when the machine sets its clock back or forward', async () => {
    for (const stepMs of [-3_600_000, 60_000]) {
      const clock = createVirtualClock();
      const window = createWindow(3, clock);
      for (let n = 0; n < 3; n++) (await window.enter())();
      clock.step(stepMs);
      let entered = 0;
      for (let n = 0; n < 3; n++) void window.enter().then(() => void entered++);
      await clock.advance(30_000);
      expect([stepMs, entered]).toEqual([stepMs, 0]);
      await clock.advance(1);
      expect([stepMs, entered]).toEqual([stepMs, 3]);
    }
  });

  it('uses at least 95 % of what a source allows and never more, although calls travel at different speeds', async () => {
    const { share, most, refused } = await measureWindow(30, 10);
    expect([most, refused]).toEqual([30, 0]);
    expect(share).toBeGreaterThanOrEqual(0.95);
  });
});
