import { describe, expect, it } from 'vitest';
import { fitRecipe } from '../../../src/recommend/fit.ts';
import { makeMusicMap } from '../../../src/recommend/map/music-map.ts';
import type { FeatureRow } from '../../../src/recommend/recipe.ts';
import { standardiseTable } from '../../../src/recommend/vectors.ts';
import { blankRow, makeRows, makeTable } from '../rows.ts';

function mapOf(rows: readonly FeatureRow[]) {
  const table = makeTable(rows);
  return makeMusicMap(standardiseTable(table, fitRecipe(table, 's1')));
}

describe('makeMusicMap', () => {
  it('puts energy to the right and danceability up, the same on every run, and all tracks in clusters', async () => {
    const rows = makeRows(600).map((row, at) => ({
      ...row,
      loudness: (row.energy ?? 0) * 20 - 25 + (at % 3),
      acousticness: 1 - (row.energy ?? 0) * 0.9,
      danceability: (row.valence ?? 0) * 0.8 + 0.01 * (at % 9),
    }));
    const map = await mapOf(rows);
    expect(await mapOf(rows)).toEqual(map);
    const { axes, clusters } = map.facts;
    expect(axes[0]?.label).toContain('+energy');
    expect(axes[1]?.label).toContain('+danceability');
    expect(clusters.reduce((sum, { size }) => sum + size, 0)).toBe(600);
    expect(clusters.map(({ size }) => size)).toEqual(clusters.map(({ size }) => size).sort((a, b) => b - a));
    const mean = (at: number) =>
      map.points.reduce((sum, value, i) => (i % 2 === at ? sum + value / 600 : sum), 0);
    expect(mean(0)).toBeCloseTo(0, 4);
    expect(mean(1)).toBeCloseTo(0, 4);
  });

  it.each([1, 2, 30])('has a place for %i tracks', async (count) => {
    const { points, clusters, facts } = await mapOf(makeRows(count));
    expect(points).toHaveLength(2 * count);
    expect(points.every(Number.isFinite)).toBe(true);
    expect(clusters).toHaveLength(count);
    expect(facts.clusters).toHaveLength(1);
  });

  it('has a place for tracks of which nothing is known', async () => {
    const { points } = await mapOf([blankRow('a'), blankRow('b')]);
    expect([...points]).toEqual([0, 0, 0, 0]);
  });
});
