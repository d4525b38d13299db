import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../src/clock.ts';
import { searchExact } from '../../src/recommend/exact-search.ts';
import { buildHnsw, checkQuery, checkVectors, isHnswAvailable } from '../../src/recommend/hnsw-index.ts';
import { DIM, type FeatureRow, fitRecipe, makeVectors, standardise } from '../../src/recommend/recipe.ts';
import { openSimilarity, type SimilarRequest, type TrackSimilarity } from '../../src/recommend/service.ts';
import { readSimilarity, writeSimilarity } from '../../src/recommend/similarity-files.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

const SEED = 20261120;

function makeRows(count: number, seed = SEED): FeatureRow[] {
  const random = seededRandomness(seed);
  const score = () => Number(random.next().toFixed(4));
  return Array.from({ length: count }, (_, at) => ({
    trackId: `t${String(at).padStart(5, '0')}`,
    artistId: `a${Math.floor(random.next() * (count / 8 + 1))}`,
    recordingId: `t${String(at - (at % 50 === 1 ? 1 : 0)).padStart(5, '0')}`,
    danceability: score(),
    energy: score(),
    loudness: -30 * random.next(),
    valence: score(),
    speechiness: score(),
    liveness: score(),
    acousticness: score(),
    instrumentalness: score(),
    durationMs: 60_000 + 300_000 * random.next(),
    tempo: at % 17 === 0 ? null : 60 + 120 * random.next(),
    releaseYear: 1960 + Math.floor(60 * random.next()),
    popularity: Math.floor(100 * random.next()),
  }));
}

const OPTIONS = { snapshotId: 's1', m: 8, efConstruction: 64, ef: 64, exactBelow: 1_000, monotonic: () => 0 };
const REQUEST: SimilarRequest = { to: [], maxPerArtist: 3, includeSeedArtists: true, first: 10 };

async function open(
  rows: readonly FeatureRow[],
  options = OPTIONS,
): Promise<{ similarity: TrackSimilarity; folder: string; warnings: string[] }> {
  const folder = makeTempFolder();
  await writeSimilarity(folder, rows, options);
  const warnings: string[] = [];
  return {
    similarity: await openSimilarity(folder, (message) => void warnings.push(message)),
    folder,
    warnings,
  };
}

describe('the recipe', () => {
  it('standardises to mean 0 and deviation 1, weighted, with a missing value at the mean', () => {
    const rows = [0.2, 0.4, 0.6].map((energy, at) => ({
      ...(makeRows(3)[at] as FeatureRow),
      energy,
      releaseYear: 2000 + at,
    }));
    const fit = fitRecipe(rows);
    expect(fit.mean[1]).toBeCloseTo(0.4, 12);
    expect(fit.deviation[1]).toBeCloseTo(Math.sqrt(0.08 / 3), 12);
    expect(standardise(fit, 1, 0.6)).toBeCloseTo(0.2 / Math.sqrt(0.08 / 3), 12);
    expect(standardise(fit, 1, null)).toBe(0);
    // The year counts double.
    expect(standardise(fit, 10, 2002)).toBeCloseTo(2 / Math.sqrt(2 / 3), 12);
  });

  it('makes unit vectors, the same whatever the order of the rows', async () => {
    const rows = makeRows(60);
    const vectors = makeVectors(rows, fitRecipe(rows));
    for (let at = 0; at < rows.length; at++) {
      expect(Math.hypot(...vectors.subarray(at * DIM, (at + 1) * DIM))).toBeCloseTo(1, 6);
    }
    const one = await readSimilarity((await open(rows)).folder, () => {});
    const two = await readSimilarity((await open([...rows].reverse())).folder, () => {});
    expect(two.vectors).toEqual(one.vectors);
    expect(two.trackIds).toEqual(one.trackIds);
  });

  it('survives constant features and rows with nothing known', () => {
    const blank = Object.fromEntries(
      Object.keys(makeRows(1)[0] ?? {}).map((key) => [key, null]),
    ) as unknown as FeatureRow;
    const rows = [
      { ...blank, trackId: 'a', recordingId: 'a' },
      { ...blank, trackId: 'b', recordingId: 'b', energy: 0.5 },
      { ...blank, trackId: 'c', recordingId: 'c', energy: 0.5 },
    ];
    const vectors = makeVectors(rows, fitRecipe(rows));
    expect(vectors.every((value) => Number.isFinite(value))).toBe(true);
  });
});

describe('find', () => {
  it('gives the nearest by cosine, each recording once and never the seed, parts adding up to the distance', async () => {
    const rows = makeRows(400);
    const { similarity } = await open(rows);
    const { vectors, trackIds, recordingIds } = await readSimilarity((await open(rows)).folder, () => {});
    const { neighbors, isExact, reason } = similarity.find({ ...REQUEST, to: ['t00050'], maxPerArtist: 400 });
    expect([neighbors.length, isExact, reason]).toEqual([10, true, null]);
    const seed = trackIds.indexOf('t00050');
    const exact = searchExact({
      vectors,
      dim: DIM,
      query: vectors.subarray(seed * DIM, (seed + 1) * DIM),
      k: 20,
    });
    const expected = exact
      .filter(({ label }) => recordingIds[label] !== recordingIds[seed])
      .map(({ label }) => trackIds[label]);
    expect(expected.slice(0, 8)).toEqual(
      expect.arrayContaining(neighbors.slice(0, 7).map(({ trackId }) => trackId)),
    );
    for (const { distance, contributions } of neighbors) {
      expect(contributions.reduce((sum, part) => sum + part.value, 0)).toBeCloseTo(distance, 9);
      expect(contributions.every((part) => part.value >= 0)).toBe(true);
    }
    const distances = neighbors.map(({ distance }) => distance);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
  });

  it('keeps to the cap per artist, leaves out the artists of the seeds, and to the ids that may come back', async () => {
    const rows = makeRows(300);
    const artistOf = new Map(rows.map((row) => [row.trackId, row.artistId]));
    const { similarity } = await open(rows);
    const capped = similarity
      .find({ ...REQUEST, to: ['t00010'], maxPerArtist: 1, first: 20 })
      .neighbors.map(({ trackId }) => artistOf.get(trackId));
    expect(new Set(capped).size).toBe(capped.length);
    const others = similarity.find({
      ...REQUEST,
      to: ['t00010'],
      includeSeedArtists: false,
      first: 20,
    }).neighbors;
    expect(others.some(({ trackId }) => artistOf.get(trackId) === artistOf.get('t00010'))).toBe(false);
    const among = ['t00001', 't00002', 't00003'];
    const narrow = similarity.find({ ...REQUEST, to: ['t00010'], among });
    expect(narrow.neighbors.every(({ trackId }) => among.includes(trackId))).toBe(true);
    expect([narrow.isExact, narrow.reason]).toEqual([true, 'FILTER_TOO_NARROW']);
  });

  it('follows a mood without seeds, and weights that leave features out', async () => {
    const rows = makeRows(500);
    const { similarity } = await open(rows);
    const energyOf = new Map(rows.map((row) => [row.trackId, row.energy ?? 0]));
    const wild = similarity
      .find({ ...REQUEST, mood: { energy: 0.99 } })
      .neighbors.map(({ trackId }) => energyOf.get(trackId) ?? 0);
    expect(Math.min(...wild)).toBeGreaterThan(0.5);
    const weights = Object.fromEntries(
      [
        'danceability',
        'energy',
        'loudness',
        'valence',
        'speechiness',
        'liveness',
        'acousticness',
        'instrumentalness',
        'durationMs',
        'tempo',
        'popularity',
        'artist',
      ].map((name) => [name, 0]),
    );
    const yearOf = new Map(rows.map((row) => [row.trackId, row.releaseYear ?? 0]));
    const years = similarity.find({ ...REQUEST, to: ['t00020'], weights }).neighbors;
    const side = (year: number) => Math.sign(year - (similarity.facts.fit.mean[10] ?? 0));
    expect(
      years.every(({ trackId }) => side(yearOf.get(trackId) ?? 0) === side(yearOf.get('t00020') ?? 0)),
    ).toBe(true);
  });

  it('moves away from tracks', async () => {
    const { similarity } = await open(makeRows(500));
    const near = similarity.find({ ...REQUEST, to: ['t00001'] }).neighbors.map(({ trackId }) => trackId);
    const turned = similarity
      .find({ ...REQUEST, to: ['t00001'], away: near.slice(0, 3) })
      .neighbors.map(({ trackId }) => trackId);
    expect(turned).not.toEqual(near);
    expect(turned.some((id) => near.slice(0, 3).includes(id))).toBe(false);
  });

  it('says that a seed is not in the index', async () => {
    const { similarity } = await open(makeRows(20));
    expect(similarity.find({ ...REQUEST, to: ['unknown'] })).toEqual({
      neighbors: [],
      isExact: true,
      reason: 'NO_AUDIO_FEATURES',
    });
  });

  it.each([1, 2, 5])('answers with what there is for %i tracks', async (count) => {
    const { similarity } = await open(makeRows(count));
    expect(similarity.find({ ...REQUEST, to: ['t00000'], maxPerArtist: 50 }).neighbors.length).toBeLessThan(
      count,
    );
  });
});

describe.skipIf(!isHnswAvailable())('the graph', () => {
  it('finds at least 99 of 100 exact neighbors, and is used for plain questions', async () => {
    const { similarity, warnings } = await open(makeRows(3_000));
    expect(similarity.facts.recallAt10).toBeGreaterThanOrEqual(0.99);
    expect(similarity.find({ ...REQUEST, to: ['t00100'] }).isExact).toBe(false);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['cut', (path: string) => truncateSync(path, 5_000)],
    ['longer', (path: string) => appendFileSync(path, 'x')],
    [
      'flipped',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes[40] = (bytes[40] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
    ],
  ])('is passed over when its file is %s: search is exact then, and says so', async (_what, damage) => {
    const { folder } = await open(makeRows(1_200));
    damage(join(folder, 'index.hnsw'));
    const warnings: string[] = [];
    const similarity = await openSimilarity(folder, (message) => void warnings.push(message));
    expect(warnings.join()).toContain('is not what was written');
    expect(similarity.find({ ...REQUEST, to: ['t00100'] }).isExact).toBe(true);
  });

  it('never lets a bad value reach the library', async () => {
    const index = await buildHnsw(
      makeVectors(makeRows(30), fitRecipe(makeRows(30))),
      { dim: DIM, m: 8, efConstruction: 32, seed: 1 },
      join(makeTempFolder(), 'x.hnsw'),
      () => {},
    );
    let answered = 0;
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (query, k, ef) => {
        try {
          index.search(query as never, k as never, ef as never);
          answered += 1;
        } catch (error) {
          expect((error as { code?: string }).code).toBe('ANN_INDEX');
        }
      }),
      { seed: SEED, numRuns: 10_000 },
    );
    const vector = Array.from({ length: DIM }, () =>
      fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, null, '1', undefined, 1n)),
    );
    fc.assert(
      fc.property(fc.tuple(...vector), fc.integer({ min: -5, max: 1e9 }), (query, k) => {
        try {
          index.search(query as never, k, 10);
        } catch (error) {
          expect((error as { code?: string }).code).toBe('ANN_INDEX');
        }
      }),
      { seed: SEED, numRuns: 2_000 },
    );
    expect(index.search(new Array(DIM).fill(0.1), 1_000, 10)).toHaveLength(30);
    expect(answered).toBeGreaterThanOrEqual(0);
  });
});

describe('damaged vectors', () => {
  it('are refused rather than searched', async () => {
    const { folder } = await open(makeRows(50));
    const path = join(folder, 'vectors.f32');
    const bytes = readFileSync(path);
    bytes[9] = (bytes[9] ?? 0) ^ 4;
    writeFileSync(path, bytes);
    await expect(openSimilarity(folder, () => {})).rejects.toMatchObject({ code: 'ANN_INDEX' });
  });

  it.each([
    ['no array', () => checkVectors([1, 2], 2)],
    ['half a vector', () => checkVectors(new Float32Array(3), 2)],
    ['nothing', () => checkVectors(new Float32Array(0), 2)],
    ['NaN', () => checkVectors(new Float32Array([1, Number.NaN]), 2)],
    ['a query of another dimension', () => checkQuery([1], 2)],
    ['a query with a text', () => checkQuery([1, '2'], 2)],
    ['a sparse query', () => checkQuery(new Array(2), 2)],
  ])('are refused by the guard: %s', (_what, call) => {
    expect(call).toThrow(/expected/);
  });
});
