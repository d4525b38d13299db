import { describe, expect, it } from 'vitest';
import { clusterRows } from '../../../src/recommend/map/clusters.ts';

describe('clusterRows', () => {
  it('finds as many clusters as there are', async () => {
    const corners = [
      [0, 0],
      [10, 0],
      [0, 10],
      [10, 10],
      [5, 20],
    ];
    const rows = Float64Array.from(
      { length: 500 * 2 },
      (_, at) => (corners[(at >> 1) % 5]?.[at % 2] ?? 0) + Math.sin(at),
    );
    const { centers, silhouette } = await clusterRows(rows, 2);
    expect(centers).toHaveLength(5);
    expect(silhouette).toBeGreaterThan(0.7);
  });

  it('makes one cluster of few rows, and of rows that are all the same', async () => {
    expect((await clusterRows(Float64Array.from([1, 2, 3, 4]), 2)).centers).toEqual([[2, 3]]);
    const same = await clusterRows(new Float64Array(200).fill(7), 2);
    expect(same.centers).toEqual([[7, 7]]);
  });
});
