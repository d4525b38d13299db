import { describe, expect, it } from 'vitest';
import { chooseForDay } from '../../src/recommend/daily-choice.ts';

const candidates = Array.from({ length: 200 }, (_, place) => ({ trackId: `track ${place}`, place }));
const places = (day: string, count = 30) =>
  chooseForDay(candidates, { day, count }).map(({ place }) => place);

describe('chooseForDay(candidates, { day, count })', () => {
  it('chooses the same on the same day, and others on another', () => {
    expect(places('2026-11-26')).toEqual(places('2026-11-26'));
    const tomorrow = new Set(places('2026-11-27'));
    const again = places('2026-11-26').filter((place) => tomorrow.has(place));
    expect(again.length).toBeLessThan(20);
  });

  it('keeps the order, chooses none twice, and all where there are no more than asked for', () => {
    const chosen = places('2026-11-26');
    expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
    expect(chosen).toHaveLength(30);
    expect(places('2026-11-26', 500)).toHaveLength(200);
    expect(chooseForDay([], { day: '2026-11-26', count: 5 })).toEqual([]);
  });

  it('chooses near ones more often than far ones', () => {
    const days = Array.from({ length: 100 }, (_, n) => places(`2026-01-01 ${n}`)).flat();
    const share = (from: number, to: number) =>
      days.filter((place) => place >= from && place < to).length / days.length;
    // Of weights 1 / (place + 20) the first 50 have 52 %; a set of 30 drawn without replacement has a little less of them.
    expect(share(0, 50)).toBeGreaterThan(0.4);
    expect(share(150, 200)).toBeLessThan(0.15);
    expect(share(150, 200)).toBeGreaterThan(0.03);
  });
});
