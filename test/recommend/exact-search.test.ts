import { describe, expect, it } from 'vitest';
import { searchExact, searchExactInSlices } from '../../src/recommend/exact-search.ts';
import { labelSetOf } from '../../src/recommend/label-set.ts';

describe('searchExact', () => {
  it('breaks ties by label, keeps to what it may look at, and gives no more than there is', () => {
    const distance = (label: number) => [0.5, 0.1, 0.1, 0.9][label] ?? 1;
    const labels = (request: Partial<Parameters<typeof searchExact>[0]>) =>
      searchExact({ count: 4, k: 3, distance, ...request }).map(({ label }) => label);
    expect(labels({})).toEqual([1, 2, 0]);
    expect(labels({ k: 9 })).toEqual([1, 2, 0, 3]);
    expect(labels({ k: 0 })).toEqual([]);
    expect(labels({ among: labelSetOf([0, 3], 4) })).toEqual([0, 3]);
    expect(labels({ accept: (label) => label !== 1 })).toEqual([2, 0, 3]);
  });

  it('lets others in between slices, and finds the same', async () => {
    const request = { count: 50_000, k: 5, distance: (label: number) => Math.abs(Math.sin(label)) };
    let pauses = 0;
    const [sliced] = await searchExactInSlices([request], async () => {
      pauses += 1;
    });
    expect(sliced).toEqual(searchExact(request));
    expect(pauses).toBe(12);
  });

  it('lets others in between many requests over few rows too', async () => {
    const request = { count: 1_000, k: 5, distance: (label: number) => label };
    let pauses = 0;
    const found = await searchExactInSlices(
      Array.from({ length: 40 }, () => request),
      async () => {
        pauses += 1;
      },
    );
    expect(found).toHaveLength(40);
    expect(pauses).toBe(9);
  });
});
