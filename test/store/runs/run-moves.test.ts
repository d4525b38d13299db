import { describe, expect, it } from 'vitest';
import { isClaimable } from '../../../src/store/runs/run-moves.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const DAY = 86_400_000;

describe('isClaimable(run, now)', () => {
  const parked = (resumesAt: number, parkedAt?: number) =>
    isClaimable({ status: 'WAITING', resumesAt, ...(parkedAt === undefined ? {} : { parkedAt }) }, NOW);

  it('is true of a parked run once its time has come', () => {
    expect([parked(NOW, NOW - DAY), parked(NOW + 1, NOW - DAY)]).toEqual([true, false]);
    expect(parked(NOW + 30 * DAY, NOW)).toBe(false);
  });

  it('is true of one that was parked by a clock that was ahead; the clocks of two machines differ', () => {
    expect(parked(NOW + DAY, NOW + 3_600_000)).toBe(false);
    expect(parked(NOW + DAY, NOW + 3_600_001)).toBe(true);
  });

  it('is true of one of an older version, which noted no such time, where it would wait for longer than any may', () => {
    expect([parked(NOW + 31 * DAY), parked(NOW + 31 * DAY + 1)]).toEqual([false, true]);
  });
});
