import { describe, expect, it } from 'vitest';
import { createLabelCache } from '../../src/recommend/label-cache.ts';
import { labelSetOf } from '../../src/recommend/label-set.ts';
import { findTwins } from '../../src/recommend/twins.ts';

describe('findTwins', () => {
  it('links equal vectors in the order of their labels, and counts the different ones', () => {
    const rows = [
      [1, 2],
      [3, 4],
      [1, 2],
      [0, 0],
      [1, 2],
      [3, 4.5],
    ];
    const { next, isFirst, distinct } = findTwins(Float32Array.from(rows.flat()), 2);
    expect([...next]).toEqual([2, -1, 4, -1, -1, -1]);
    expect([...isFirst]).toEqual([1, 1, 0, 1, 0, 1]);
    expect(distinct).toBe(4);
  });

  it('finds none among many different vectors, and one in many equal ones', () => {
    const different = Float32Array.from({ length: 20_000 }, (_, at) => Math.fround(Math.sin(at)));
    expect(findTwins(different, 4).distinct).toBe(5_000);
    expect(findTwins(new Float32Array(20_000), 4).distinct).toBe(1);
  });
});

describe('createLabelCache', () => {
  it('loads a key once, forgets the one used longest ago, and keeps no failure', async () => {
    const cache = createLabelCache(2);
    const loaded: string[] = [];
    const get = (key: string) =>
      cache.get(key, async () => {
        loaded.push(key);
        return labelSetOf([1], 8);
      });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await get(key);
    expect(loaded).toEqual(['a', 'b', 'c', 'b']);
    const failing = cache.get('d', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await get('d');
    expect(loaded.at(-1)).toBe('d');
  });
});
