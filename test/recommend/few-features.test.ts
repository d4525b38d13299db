import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosineMeasure, spreadWeights } from '../../src/recommend/distance.ts';
import { type FeatureName, type FeatureRow, PART_NAMES } from '../../src/recommend/recipe.ts';
import type { SimilarAnswer, SimilarRequest, Weights } from '../../src/recommend/similar-tracks.ts';
import { readSimilarity } from '../../src/recommend/similarity-files.ts';
import { blankRow, idOf, makeRows, type Opened, openRows, seeds } from './rows.ts';

const ROWS = makeRows(600).map((row, at) => ({ ...row, recordingId: row.trackId, artistId: `a${at % 60}` }));
const SEED = idOf(50);
const only = (weights: Weights): Weights => ({
  ...Object.fromEntries(PART_NAMES.map((part) => [part, 0])),
  ...weights,
});

const folder = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
let opened: Opened;
beforeAll(async () => {
  const context = ROWS.map(({ artistId }, at) => ({ artistId, place: `p${at % 20}`, count: 1 }));
  opened = await openRows(ROWS, { folder, context });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const find = (request: Partial<SimilarRequest>) =>
  opened.find({ to: seeds(SEED), first: 20, maxPerArtist: 100, ...request });
const readOf = (id: string, name: FeatureName) =>
  (ROWS.find(({ trackId }) => trackId === id) as FeatureRow)[name] ?? Number.NaN;
function valuesOf({ neighbors }: SimilarAnswer, name: FeatureName): number[] {
  expect(neighbors).toHaveLength(20);
  return neighbors.map(({ trackId }) => readOf(trackId, name));
}
const farthest = (answer: SimilarAnswer, name: FeatureName, from = readOf(SEED, name)) =>
  Math.max(...valuesOf(answer, name).map((value) => Math.abs(value - from)));
const distanceOf = ({ trackId, distance }: { trackId: string; distance: number }) => [trackId, distance];
function spreadOf(rows: readonly FeatureRow[], name: FeatureName) {
  const values = rows.flatMap((row) => row[name] ?? []);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(square) };
}

describe('weights that leave few features', () => {
  it.each([
    'energy',
    'valence',
    'loudness',
    'releaseYear',
  ] as const)('of %s alone give the tracks that are nearest in it, in order', async (name) => {
    const off = ({ trackId }: { trackId: string }) => Math.abs(readOf(trackId, name) - readOf(SEED, name));
    const nearest = ROWS.filter(({ trackId }) => trackId !== SEED)
      .map(off)
      .sort((a, b) => a - b);
    const { neighbors, isExact } = await find({ weights: only({ [name]: 1 }) });
    expect([isExact, neighbors.length]).toEqual([true, 20]);
    for (const [at, neighbor] of neighbors.entries())
      expect(off(neighbor)).toBeCloseTo(nearest[at] ?? Number.NaN, 3);
  });

  it('measure half the square of the difference in standard deviations, of two the mean of both', async () => {
    for (const names of [['energy'], ['energy', 'valence']] as const) {
      const weights = only(Object.fromEntries(names.map((name) => [name, 1])));
      const { neighbors } = await find({ weights, first: 100 });
      expect(neighbors).toHaveLength(100);
      for (const { trackId, distance, contributions } of neighbors) {
        const squares = names.map(
          (name) => ((readOf(trackId, name) - readOf(SEED, name)) / spreadOf(ROWS, name).deviation) ** 2,
        );
        const expected = squares.reduce((sum, square) => sum + square, 0) / (2 * names.length);
        expect(distance).toBeCloseTo(expected, 4);
        expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
        expect(contributions).toHaveLength(PART_NAMES.length);
      }
    }
  });

  it('count as such where one outweighs all others', async () => {
    const off = farthest(await find({ weights: { energy: 10 } }), 'energy');
    expect(off).toBeLessThan(0.25);
    // The others still decide among those that are near.
    expect(off).toBeGreaterThan(farthest(await find({ weights: only({ energy: 1 }) }), 'energy'));
  });

  it('look between seeds, and away from tracks', async () => {
    const byEnergy = ROWS.toSorted((a, b) => (a.energy ?? 0) - (b.energy ?? 0)).map(({ trackId }) => trackId);
    const [low = '', high = ''] = [byEnergy[60], byEnergy[300]];
    const middle = (readOf(low, 'energy') + readOf(high, 'energy')) / 2;
    const weights = only({ energy: 1 });
    expect(farthest(await find({ to: seeds(low, high), weights }), 'energy', middle)).toBeLessThan(0.05);
    const turned = await find({ to: seeds(high), away: [byEnergy[590] ?? ''], weights });
    expect(Math.max(...valuesOf(turned, 'energy'))).toBeLessThan(readOf(high, 'energy'));
  });

  it('do not take for near what is not known', async () => {
    const rows = [
      ...Array.from({ length: 41 }, (_, at) => blankRow(`k${at + 10}`, { energy: 0.5, tempo: 80 + 2 * at })),
      ...Array.from({ length: 5 }, (_, at) => blankRow(`u${at}`, { energy: 0.5 })),
    ].sort((a, b) => (a.trackId < b.trackId ? -1 : 1));
    const { find: ask } = await openRows(rows);
    const all = await ask({
      to: seeds('k30'),
      weights: only({ tempo: 1 }),
      first: 50,
      maxPerArtist: 50,
    });
    const places = all.neighbors.flatMap(({ trackId }, place) => (trackId.startsWith('u') ? [place] : []));
    expect(places).toHaveLength(5);
    expect(Math.min(...places)).toBeGreaterThan(15);
  });

  it('measure by the deviation of what is known, however little that is', async () => {
    const rows = makeRows(600).map((row, at) => ({ ...row, releaseYear: at % 5 ? null : row.releaseYear }));
    const { find: ask } = await openRows(rows);
    const { neighbors } = await ask({ to: seeds(SEED), weights: only({ releaseYear: 1 }), first: 20 });
    expect(neighbors).toHaveLength(20);
    const { deviation } = spreadOf(rows, 'releaseYear');
    const year = (id: string) => rows.find(({ trackId }) => trackId === id)?.releaseYear ?? Number.NaN;
    for (const { trackId, distance } of neighbors)
      expect(distance).toBeCloseTo(((year(trackId) - year(SEED)) / deviation) ** 2 / 2, 4);
  });

  it('do not take a seed for one at the mean in what is not known of it', async () => {
    const rows = [
      ...Array.from({ length: 41 }, (_, at) => blankRow(`k${at + 10}`, { energy: 0.5, tempo: 80 + 2 * at })),
      blankRow('u', { energy: 0.5 }),
    ];
    const { find: ask } = await openRows(rows);
    const request = { weights: only({ tempo: 1 }), first: 20, maxPerArtist: 50 };
    const known = await ask({ ...request, to: seeds('k20') });
    expect((await ask({ ...request, to: seeds('k20', 'u') })).neighbors.map(distanceOf)).toEqual(
      known.neighbors.filter(({ trackId }) => trackId !== 'u').map(distanceOf),
    );
    const { neighbors } = await ask({ ...request, to: seeds('u') });
    expect(neighbors).toHaveLength(20);
    for (const { distance, contributions } of neighbors) {
      // Half the square of one standard deviation is to be expected of the seed alone.
      expect(distance).toBeGreaterThanOrEqual(0.5 - 1e-6);
      expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
    }
  });

  it('look for the whole opposite of tracks to move away from beside a mood alone', async () => {
    const weights = only({ energy: 1, valence: 1 });
    const { neighbors } = await find({ to: [], away: [SEED], mood: { energy: 0.9 }, weights });
    expect(neighbors).toHaveLength(20);
    const { mean, deviation } = spreadOf(ROWS, 'valence');
    const of = (id: string) => (readOf(id, 'valence') - mean) / deviation;
    for (const { trackId, contributions } of neighbors) {
      const part = contributions.find(({ feature }) => feature === 'valence')?.value;
      expect(part).toBeCloseTo((of(trackId) + of(SEED)) ** 2 / 2 / 8, 4);
    }
  });

  it('hold beside a mood too', async () => {
    const { neighbors } = await find({ weights: only({ energy: 1, valence: 1 }), mood: { energy: 0.9 } });
    expect(neighbors).toHaveLength(20);
    for (const { trackId, distance, contributions } of neighbors) {
      expect(Math.abs(readOf(trackId, 'valence') - readOf(SEED, 'valence'))).toBeLessThan(0.2);
      expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
    }
  });
});

describe('weights that leave most features', () => {
  it.each([
    { releaseYear: 0 },
    { context: 0 },
    { artist: 0, context: 0 },
    { energy: 2 },
  ])('compare directions, as a cosine does: %j', async (weights) => {
    const files = await readSimilarity(folder, 's1', () => {});
    const label = files.trackIds.find(SEED);
    const query = Array.from(files.vectors.subarray(label * files.dim, (label + 1) * files.dim));
    const cosine = cosineMeasure(files, query, spreadWeights(files.dim, weights));
    const { neighbors } = await find({ weights });
    expect(neighbors).toHaveLength(20);
    for (const { trackId, distance } of neighbors)
      expect(distance).toBeCloseTo(cosine.distance(files.trackIds.find(trackId)), 6);
  });
});
