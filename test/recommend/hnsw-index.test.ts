import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../src/clock.ts';
import { buildHnsw, checkQuery, checkVectors, isHnswAvailable } from '../../src/recommend/hnsw-index.ts';
import { labelSetOf } from '../../src/recommend/label-set.ts';
import type { FeatureRow } from '../../src/recommend/recipe.ts';
import { writeSimilarity } from '../../src/recommend/similarity-build.ts';
import { readFacts } from '../../src/recommend/similarity-files.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { flipped } from './flipped.ts';
import { BUILD, blankRow, idOf, makeRows, makeTable, openFolder, openRows, SEED, seeds } from './rows.ts';

/** RELIABILITY c 37: data that have been hard on graphs. */
const SHAPES: readonly (readonly [string, (count: number) => FeatureRow[]])[] = [
  ['spread evenly', (count) => makeRows(count)],
  [
    'in tight clusters',
    (count) =>
      makeRows(count).map((row, at) => ({
        ...row,
        energy: (at % 7) / 7 + 0.001 * (row.energy ?? 0),
        valence: (at % 5) / 5,
        acousticness: (at % 3) / 3,
        releaseYear: 1960 + 10 * (at % 6),
        artistId: `a${at % 7}`,
      })),
  ],
  [
    'doubled many times',
    (count) => {
      const rows = makeRows(count);
      return rows.map((row, at) => ({
        ...(rows[at % 150] ?? row),
        trackId: row.trackId,
        recordingId: row.trackId,
        artistId: null,
      }));
    },
  ],
  [
    'mostly unknown',
    (count) =>
      makeRows(count).map((row, at) => (at % 4 ? blankRow(row.trackId, { energy: row.energy }) : row)),
  ],
  [
    'all equal',
    (count) => makeRows(count).map(({ trackId }) => blankRow(trackId, { energy: 0.5, tempo: 120 })),
  ],
];

describe.skipIf(!isHnswAvailable())('the graph', () => {
  it.each(SHAPES)('finds at least 99 of 100 exact neighbors in data that are %s', async (_shape, make) => {
    const { similarity, warnings } = await openRows(make(2_000));
    expect(similarity.facts.recallAt10).toBeGreaterThanOrEqual(0.99);
    expect(similarity.facts.recallAt10Blended).toBeGreaterThanOrEqual(0.99);
    expect(similarity.facts.m).toBe(8);
    expect(warnings).toEqual([]);
  });

  it.each(
    SHAPES,
  )('gives a filter of any width the exact answer in data that are %s', async (_shape, make) => {
    const rows = make(3_000);
    const graph = await openRows(rows, { search: { scanFilteredBelow: 0 } });
    const scan = await openFolder(graph.folder, { scanFilteredBelow: 3_000 });
    const random = seededRandomness(SEED);
    let same = 0;
    let all = 0;
    let byGraph = 0;
    for (const share of [0.9, 0.5, 0.17, 0.1, 0.01]) {
      const labels = rows.flatMap((_, label) => (random.next() < share ? [label] : []));
      const request = {
        to: seeds(idOf(Math.floor(random.next() * 3_000))),
        among: labelSetOf(labels, 3_000),
        maxPerArtist: 50,
      };
      const [one, other] = [await graph.find(request), await scan.find(request)];
      expect(one.neighbors.length).toBe(other.neighbors.length);
      const limit = (other.neighbors.at(-1)?.distance ?? 0) + 1e-6;
      same += one.neighbors.filter(({ distance }) => distance <= limit).length;
      all += other.neighbors.length;
      byGraph += one.isExact ? 0 : 1;
      expect(other.isExact).toBe(true);
    }
    expect(same / Math.max(1, all)).toBeGreaterThanOrEqual(0.99);
    expect(byGraph).toBeLessThanOrEqual(5);
  });

  it('is used for plain questions and for wide filters, not with weights, narrow filters or a few rows between two tracks', async () => {
    const { find } = await openRows(makeRows(3_000), {
      search: { scanBelow: 2_500, scanFilteredBelow: 500 },
    });
    const wide = labelSetOf(
      Array.from({ length: 2_000 }, (_, at) => at),
      3_000,
    );
    const narrow = labelSetOf(
      Array.from({ length: 400 }, (_, at) => at),
      3_000,
    );
    const to = seeds(idOf(100));
    const isExact = async (request: object) => (await find({ to, ...request })).isExact;
    expect([await isExact({}), await isExact({ among: wide })]).toEqual([false, false]);
    expect([await isExact({ weights: { energy: 2 } }), await isExact({ among: narrow })]).toEqual([
      true,
      true,
    ]);
    const between = seeds(idOf(100), idOf(200));
    expect([await isExact({ to: between }), await isExact({ to: between, among: wide })]).toEqual([
      false,
      true,
    ]);
  });

  it('is built for what it holds alone: at the bound the search is exact', async () => {
    const { similarity } = await openRows(makeRows(1_000));
    const { m, recallAt10, recallAt10Blended } = similarity.facts;
    expect([m, recallAt10, recallAt10Blended]).toEqual([null, 1, 1]);
  });

  it.each([
    ['cut', (path: string) => truncateSync(path, 5_000)],
    ['longer', (path: string) => appendFileSync(path, 'x')],
    ['flipped in its header', (path: string) => flip(path, 40)],
    ['flipped in its body', (path: string) => flip(path, 200_001)],
    ['empty', (path: string) => writeFileSync(path, '')],
  ])('is passed over when its file is %s: search is exact then, and says so', async (_what, damage) => {
    const { folder } = await openRows(makeRows(1_200));
    damage(join(folder, 'index.hnsw'));
    const { find, warnings } = await openFolder(folder);
    expect(warnings.join()).toMatch(/is not what was written.*Run TRANSFORM/);
    expect((await find({ to: seeds(idOf(100)) })).isExact).toBe(true);
  });

  it('does not find the vectors of others', async () => {
    const [mine, others] = [makeTable(makeRows(1_500)), makeTable(makeRows(1_500, 5))];
    const [one, other] = [makeTempFolder(), makeTempFolder()];
    await writeSimilarity(one, mine, null, BUILD);
    await writeSimilarity(other, others, null, BUILD);
    const facts = await readFacts(one, 's1');
    const foreign = await readFacts(other, 's1');
    writeFileSync(join(one, 'index.hnsw'), readFileSync(join(other, 'index.hnsw')));
    const files = { ...facts.files, 'index.hnsw': foreign.files['index.hnsw'] };
    writeFileSync(join(one, 'similarity.json'), JSON.stringify({ ...facts, files }));
    const { warnings, find } = await openFolder(one);
    expect(warnings.join()).toMatch(/does not find \d+ of \d+ of its own vectors/);
    expect((await find({ to: seeds(idOf(1)) })).isExact).toBe(true);
  });

  it('says that it could not be written', async () => {
    const vectors = new Float32Array(40).fill(0.5);
    const path = join(makeTempFolder(), 'no such folder', 'x.hnsw');
    const build = buildHnsw(vectors, { dim: 4, m: 8, efConstruction: 32, seed: 1 }, path, () => {});
    await expect(build).rejects.toThrow();
  });
});

describe('the guard', () => {
  it.each([
    ['no array', () => checkVectors([1, 2], 2)],
    ['half a vector', () => checkVectors(new Float32Array(3), 2)],
    ['nothing', () => checkVectors(new Float32Array(0), 2)],
    ['NaN', () => checkVectors(new Float32Array([1, Number.NaN]), 2)],
    ['a query of another dimension', () => checkQuery([1], 2)],
    ['a query with a text', () => checkQuery([1, '2'], 2)],
    ['a sparse query', () => checkQuery(new Array(2), 2)],
  ])('refuses %s', (_what, call) => {
    expect(call).toThrow(/expected/);
  });
});

function flip(path: string, at: number): void {
  writeFileSync(path, flipped(readFileSync(path), at));
}
