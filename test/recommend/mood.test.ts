import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeatureName, FeatureRow } from '../../src/recommend/recipe.ts';
import { blankRow, idOf, makeRows, type Opened, openFolder, openRows, seeds } from './rows.ts';

/** As catalogues are: one track in ten is calm, the loud ones are loud, and each artist keeps to its ways. */
const ROWS = makeRows(3_000).map((row, at): FeatureRow => {
  const energy = Number(((at % 10 === 3 ? 0 : 0.5) + 0.5 * (row.energy ?? 0)).toFixed(4));
  return {
    ...row,
    artistId: `a${at % 150}`,
    energy,
    loudness: -20 + 16 * energy + 0.1 * (row.loudness ?? 0),
  };
});
const SEED = ROWS.find(
  ({ energy, tempo }) => energy !== null && energy > 0.69 && energy < 0.75 && tempo !== null,
) as FeatureRow;
const REQUEST = { to: seeds(SEED.trackId), first: 20, maxPerArtist: 100 };

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const valuesOf = (name: FeatureName, rows: readonly FeatureRow[] = ROWS) =>
  rows.flatMap((row) => row[name] ?? []);
function deviationOf(name: FeatureName): number {
  const values = valuesOf(name);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

const rowsOf = ({ neighbors }: { neighbors: readonly { trackId: string }[] }) =>
  neighbors.flatMap(({ trackId }) => ROWS.find((row) => row.trackId === trackId) ?? []);
const folder = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
let find: Opened['find'];
beforeAll(async () => {
  ({ find } = await openRows(ROWS, { folder }));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How far every track is from the seed without a feature. */
async function measureRest(name: FeatureName): Promise<Map<string, number>> {
  const all = await find({
    ...REQUEST,
    first: ROWS.length,
    maxPerArtist: ROWS.length,
    weights: { [name]: 0 },
  });
  return new Map(all.neighbors.map(({ trackId, distance }) => [trackId, distance]));
}

describe('a mood beside seeds', () => {
  it('gives tracks that are clearly so, and like the seeds in the rest', async () => {
    const plain = rowsOf(await find(REQUEST));
    const calm = rowsOf(await find({ ...REQUEST, mood: { energy: 0.05 } }));
    expect(calm).toHaveLength(20);
    expect(median(valuesOf('energy', plain))).toBeGreaterThan(0.6);
    expect(median(valuesOf('energy', calm))).toBeLessThan(0.25);
    const rest = await measureRest('energy');
    const near = median(calm.map(({ trackId }) => rest.get(trackId) ?? Number.NaN));
    expect(near).toBeLessThan(0.7 * median([...rest.values()]));
  });

  it.each([
    ['danceability', 0.95, 0.1],
    ['acousticness', 0.9, 0.15],
    ['instrumentalness', 0.9, 0.15],
    ['loudness', -2, 4],
    ['tempo', 170, 12],
    ['durationMs', 340_000, 40_000],
    ['releaseYear', 1975, 8],
    ['popularity', 95, 12],
  ] as const)('comes near a target for %s in its own unit', async (name, target, within) => {
    const off = async (mood: Partial<Record<FeatureName, number>> | null) =>
      median(
        valuesOf(name, rowsOf(await find({ ...REQUEST, mood }))).map((value) => Math.abs(value - target)),
      );
    expect(await off(null)).toBeGreaterThan(within);
    expect(await off({ [name]: target })).toBeLessThan(within);
  });

  it('is explained: what a target costs follows from the difference alone, the rest is as without the feature', async () => {
    const target = 0.1;
    const { neighbors, isExact } = await find({ ...REQUEST, mood: { acousticness: target } });
    const rest = await measureRest('acousticness');
    expect([isExact, neighbors.length]).toEqual([true, 20]);
    for (const { trackId, distance, contributions } of neighbors) {
      expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
      expect(contributions.every(({ value }) => value >= 0)).toBe(true);
      expect(contributions.map(({ value }) => value)).toEqual(
        contributions.map(({ value }) => value).sort((a, b) => b - a),
      );
      expect(new Set(contributions.map(({ feature }) => feature)).size).toBe(contributions.length);
      const part = contributions.find(({ feature }) => feature === 'acousticness')?.value ?? Number.NaN;
      const value = ROWS.find((row) => row.trackId === trackId)?.acousticness ?? Number.NaN;
      expect(part).toBeCloseTo(((value - target) / deviationOf('acousticness')) ** 2 / 8, 4);
      expect(distance - part).toBeCloseTo(rest.get(trackId) ?? Number.NaN, 6);
    }
    const distances = neighbors.map(({ distance }) => distance);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
  });

  it('weighs more or less by the weight of its feature, and nothing with 0', async () => {
    const off = async (weight: number) =>
      median(
        valuesOf(
          'energy',
          rowsOf(await find({ ...REQUEST, mood: { energy: 0.05 }, weights: { energy: weight } })),
        ).map((value) => Math.abs(value - 0.05)),
      );
    const [light, usual, heavy] = [await off(0.3), await off(1), await off(4)];
    expect(light).toBeGreaterThan(usual);
    expect(heavy).toBeLessThan(usual);
    const without = { ...REQUEST, weights: { energy: 0 } };
    const plain = await find(without);
    expect(plain.neighbors).toHaveLength(20);
    expect(await find({ ...without, mood: { energy: 0.05 } })).toEqual(plain);
  });

  it('leaves room for weights of the rest', async () => {
    const mood = { energy: 0.05 };
    const years = async (weight: number) =>
      median(
        valuesOf(
          'releaseYear',
          rowsOf(await find({ ...REQUEST, mood, weights: { releaseYear: weight } })),
        ).map((year) => Math.abs(year - (SEED.releaseYear ?? 0))),
      );
    expect(await years(4)).toBeLessThan(await years(0));
  });

  it('holds for each interest, and for seeds with tracks to move away from', async () => {
    const [, second = SEED] = ROWS.filter(({ energy }) => energy !== null && energy > 0.9);
    const listened = seeds(SEED.trackId, second.trackId);
    for (const request of [
      { to: listened, interests: 5 },
      { to: listened, away: [idOf(7)] },
    ]) {
      const found = await find({ ...REQUEST, ...request, mood: { energy: 0.05 } });
      expect(found.neighbors).toHaveLength(20);
      expect(median(valuesOf('energy', rowsOf(found)))).toBeLessThan(0.25);
      for (const { distance, contributions } of found.neighbors)
        expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
    }
  });

  it('is exact, where the same request without it goes through the graph', async () => {
    const graph = await openFolder(folder, { scanBelow: 0 });
    expect((await graph.find(REQUEST)).isExact).toBe(false);
    const none = { ...REQUEST, mood: { energy: null, tempo: undefined } };
    expect(await graph.find(none)).toEqual(await graph.find(REQUEST));
    expect(await graph.find({ ...REQUEST, mood: { energy: 0.05 } })).toEqual(
      await find({ ...REQUEST, mood: { energy: 0.05 } }),
    );
  });

  it('is not answered alone when none of the seeds is known', async () => {
    const { neighbors, reason, unknownSeedIds } = await find({ to: seeds('unknown'), mood: { energy: 0.9 } });
    expect([neighbors, reason, unknownSeedIds]).toEqual([[], 'NO_AUDIO_FEATURES', ['unknown']]);
  });
});

describe('a mood alone', () => {
  const mood = { energy: 0.9 };
  const request = { to: [], mood, first: 20, maxPerArtist: 100 };

  it('moves away from tracks, which do not come back, and still meets its targets', async () => {
    const plain = await find(request);
    const away = plain.neighbors.slice(0, 3).map(({ trackId }) => trackId);
    const turned = await find({ ...request, away });
    const distanceFrom = async (answer: typeof plain) => {
      const all = await find({ to: seeds(...away), first: ROWS.length, maxPerArtist: ROWS.length });
      const distances = new Map(all.neighbors.map(({ trackId, distance }) => [trackId, distance]));
      return median(answer.neighbors.flatMap(({ trackId }) => distances.get(trackId) ?? []));
    };
    expect(turned.neighbors).toHaveLength(20);
    expect(turned.neighbors.filter(({ trackId }) => away.includes(trackId))).toEqual([]);
    expect(await distanceFrom(turned)).toBeGreaterThan((await distanceFrom(plain)) + 0.3);
    const missed = valuesOf('energy', rowsOf(turned)).map((value) => Math.abs(value - 0.9));
    expect(median(missed)).toBeLessThan(0.1);
    for (const { distance, contributions } of turned.neighbors)
      expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(distance, 12);
  });

  it('is as it is without them when none of them is known', async () => {
    const { neighbors, unknownAwayIds } = await find({ ...request, away: ['unknown'] });
    expect(unknownAwayIds).toEqual(['unknown']);
    expect(neighbors).toEqual((await find(request)).neighbors);
  });
});

describe('a target', () => {
  const mood = { tempo: 120 };
  const rows = [
    ...Array.from({ length: 40 }, (_, at) => blankRow(`k${at + 10}`, { energy: 0.5, tempo: 80 + 2 * at })),
    ...Array.from({ length: 5 }, (_, at) => blankRow(`u${at}`, { energy: 0.5 })),
    blankRow('seed', { energy: 0.5, tempo: 90 }),
  ].sort((a, b) => (a.trackId < b.trackId ? -1 : 1));

  it.each([{ to: seeds('seed') }, { to: [] }])('is not met by what is not known: %j', async (request) => {
    const { find: ask } = await openRows(rows);
    const all = await ask({ ...request, mood, first: 50, maxPerArtist: 50 });
    expect(all.neighbors[0]?.trackId).toBe('k30');
    const places = all.neighbors.flatMap(({ trackId }, place) => (trackId.startsWith('u') ? [place] : []));
    expect(places).toHaveLength(5);
    // Where a track stands that is off by the deviation of the catalogue.
    expect(Math.min(...places)).toBeGreaterThan(15);
  });
});
