import { describe, expect, it } from 'vitest';
import { fitRecipe } from '../../src/recommend/fit.ts';
import { labelSetOf } from '../../src/recommend/label-set.ts';
import { nameClusters } from '../../src/recommend/map/cluster-names.ts';
import { clusterRows } from '../../src/recommend/map/clusters.ts';
import { makeMusicMap } from '../../src/recommend/map/music-map.ts';
import { findPrincipalAxes, measureCovariance } from '../../src/recommend/map/principal-axes.ts';
import { FEATURE_ORDER, type FeatureRow } from '../../src/recommend/recipe.ts';
import { standardiseTable } from '../../src/recommend/vectors.ts';
import { blankRow, idOf, makeRows, makeTable, openRows } from './rows.ts';

function mapOf(rows: readonly FeatureRow[]) {
  const table = makeTable(rows);
  return makeMusicMap(standardiseTable(table, fitRecipe(table, 's1')));
}

describe('findPrincipalAxes', () => {
  it('finds the axes of a matrix whose axes are known on paper', () => {
    const [first, second] = findPrincipalAxes([
      [2, 1],
      [1, 2],
    ]);
    expect([first?.share, second?.share]).toEqual([expect.closeTo(0.75, 12), expect.closeTo(0.25, 12)]);
    expect(Math.abs(first?.direction[0] ?? 0)).toBeCloseTo(Math.SQRT1_2, 12);
    expect((first?.direction[0] ?? 0) * (first?.direction[1] ?? 0)).toBeCloseTo(0.5, 12);
  });

  it('finds axes that the covariance only stretches, in ten dimensions', () => {
    const dim = 10;
    const rows = Float64Array.from(
      { length: 400 * dim },
      (_, at) => Math.sin(at * 1.7) * (1 + (at % dim)) + Math.cos(at / 9),
    );
    const { covariance } = measureCovariance(rows, dim);
    const trace = covariance.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
    for (const { direction, share } of findPrincipalAxes(covariance)) {
      const image = covariance.map((row) =>
        row.reduce((sum, value, j) => sum + value * (direction[j] ?? 0), 0),
      );
      for (const [i, value] of image.entries())
        expect(value).toBeCloseTo(share * trace * (direction[i] ?? 0), 8);
    }
  });

  it('gives nothing a share of no variance', () => {
    expect(
      findPrincipalAxes([
        [0, 0],
        [0, 0],
      ]).map(({ share }) => share),
    ).toEqual([0, 0]);
  });
});

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

describe('nameClusters', () => {
  const center = (known: Record<string, number>) => FEATURE_ORDER.map((name) => known[name] ?? 0);

  it('names the strongest features, and more of them where two would be called the same', () => {
    expect(
      nameClusters([center({ energy: 2, valence: -1 }), center({ acousticness: 1, energy: -3 })]),
    ).toEqual(['energetic, dark', 'calm, acoustic']);
    expect(
      nameClusters([
        center({ energy: 2, valence: 1, tempo: 0.5 }),
        center({ energy: 2, valence: 1, tempo: -0.5 }),
      ]),
    ).toEqual(['energetic, cheerful, fast', 'energetic, cheerful, slow']);
  });
});

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
