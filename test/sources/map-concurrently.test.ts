import { describe, expect, it } from 'vitest';
import { mapConcurrently } from '../../src/sources/map-concurrently.ts';

const go = new AbortController().signal;

describe('mapConcurrently', () => {
  it('answers in the order of the items, with at most so many under way', async () => {
    let underWay = 0;
    let most = 0;
    const doubled = await mapConcurrently([5, 1, 4, 2, 3], 2, go, async (n) => {
      underWay += 1;
      most = Math.max(most, underWay);
      for (let turn = 0; turn < n; turn++) await Promise.resolve();
      underWay -= 1;
      return n * 2;
    });
    expect(doubled).toEqual([10, 2, 8, 4, 6]);
    expect(most).toBe(2);
  });

  it('starts nothing more after a failure, and throws it once the rest has ended', async () => {
    const ended: number[] = [];
    const work = mapConcurrently([1, 2, 3, 4], 2, go, async (n) => {
      if (n === 1) throw new Error('first');
      await Promise.resolve();
      ended.push(n);
    });
    await expect(work).rejects.toThrow('first');
    expect(ended).toEqual([2]);
  });

  it('starts nothing when it is told to stop, and does nothing with no items', async () => {
    const stop = new AbortController();
    stop.abort(new Error('cancelled'));
    await expect(mapConcurrently([1], 2, stop.signal, async (n) => n)).rejects.toThrow('cancelled');
    expect(await mapConcurrently([], 2, go, async (n) => n)).toEqual([]);
  });
});
