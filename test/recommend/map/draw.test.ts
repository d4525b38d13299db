import { describe, expect, it } from 'vitest';
import { labelSetOf } from '../../../src/recommend/label-set.ts';
import { idOf, makeRows, openRows } from '../rows.ts';

describe('drawMap', () => {
  it('shows a sample of what a filter leaves, always the same, and counts all of it', async () => {
    const { similarity } = await openRows(makeRows(500));
    const among = labelSetOf(
      Array.from({ length: 250 }, (_, at) => 2 * at),
      500,
    );
    const drawn = similarity.drawMap(among, 40);
    expect(similarity.drawMap(among, 40)).toEqual(drawn);
    expect(drawn.points).toHaveLength(40);
    expect(new Set(drawn.points.map(({ trackId }) => trackId)).size).toBe(40);
    expect(drawn.points.every(({ trackId }) => Number(trackId.slice(1)) % 2 === 0)).toBe(true);
    expect(drawn.clusters.reduce((sum, { size }) => sum + size, 0)).toBe(250);
    expect(similarity.drawMap(null, 9_999).points).toHaveLength(500);
    const point = drawn.points[0];
    expect(similarity.findOnMap(point?.trackId ?? '')).toMatchObject({ x: point?.x, y: point?.y });
    expect([similarity.findOnMap('nobody'), similarity.findOnMap(idOf(3))?.x]).toEqual([
      null,
      expect.any(Number),
    ]);
  });
});
