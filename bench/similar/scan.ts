// What the questions cost that no graph answers: weights, a mood beside a track, a mood alone. No graph is built:
// node bench/similar/scan.ts [spotify_songs.csv] [tracks]
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { seededRandomness } from '../../src/clock.ts';
import { createContextBuilder } from '../../src/recommend/context.ts';
import { PART_NAMES } from '../../src/recommend/recipe.ts';
import { createSimilarity, type SimilarRequest } from '../../src/recommend/similar-tracks.ts';
import { writeSimilarity } from '../../src/recommend/similarity-build.ts';
import { readSimilarity } from '../../src/recommend/similarity-files.ts';
import { copyPlaces, copyTracks, makeTable, readCsv } from './tracks.ts';

const csv = readCsv(resolve(process.argv[2] ?? '../shared/data/spotify_songs.csv'));
const count = Number(process.argv[3] ?? 1_000_000);
const QUERIES = 40;

const NOTHING = Object.fromEntries(PART_NAMES.map((part) => [part, 0]));

const QUESTIONS: Readonly<Record<string, Partial<SimilarRequest>>> = {
  'one track': {},
  'weights (energy 2)': { weights: { energy: 2 } },
  'weights that leave few (energy 10)': { weights: { energy: 10 } },
  'weights that leave energy alone': { weights: { ...NOTHING, energy: 1 } },
  'mood beside it: energy': { mood: { energy: 0.2 } },
  'acousticness, which vectors have a log of': { mood: { acousticness: 0.9 } },
  'energy, valence, danceability, tempo': {
    mood: { energy: 0.9, valence: 0.9, danceability: 0.9, tempo: 128 },
  },
  'energy, with weights': { mood: { energy: 0.2 }, weights: { releaseYear: 0 } },
  'mood alone: energy': { to: [], mood: { energy: 0.2 } },
  'mood alone: energy, valence, danceability, tempo': {
    to: [],
    mood: { energy: 0.9, valence: 0.9, danceability: 0.9, tempo: 128 },
  },
};

const folder = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
try {
  const table = makeTable(copyTracks(csv, count));
  const company = createContextBuilder(table.artistIds);
  for (const row of copyPlaces(csv, count)) company.add(row);
  await writeSimilarity(folder, table, await company.finish(), {
    snapshotId: 'bench',
    m: 12,
    efConstruction: 100,
    ef: 64,
    exactBelow: count,
    maxDrift: 0,
    monotonic: () => performance.now(),
  });
  const opening = performance.now();
  const files = await readSimilarity(folder, 'bench', console.warn);
  const opened = performance.now() - opening;
  const similarity = createSimilarity(files, {
    scanBelow: 50_000,
    scanFilteredBelow: 10_000,
    filtersKept: 0,
  });
  console.log(
    `${cpus().length} cores, ${count} tracks of ${files.dim} numbers, opened in ${opened.toFixed(0)} ms\n`,
  );
  const times = new Map(Object.keys(QUESTIONS).map((name): [string, number[]] => [name, []]));
  const random = seededRandomness(9);
  for (let n = 0; n < QUERIES; n++) {
    const trackId = files.trackIds.at(Math.floor(random.next() * count));
    // In turn, so that what else the machine does falls on all alike.
    for (const [name, question] of Object.entries(QUESTIONS)) {
      const started = performance.now();
      await similarity.findMany([
        { to: [{ trackId, weight: 1 }], maxPerArtist: 3, includeSeedArtists: true, first: 10, ...question },
      ]);
      times.get(name)?.push(performance.now() - started);
    }
  }
  console.log('| answer of ten, by a scan | median ms | least ms | times one track |\n|---|--:|--:|--:|');
  const plain = middle(times.get('one track') ?? []);
  for (const [name, list] of times)
    console.log(
      `| ${name} | ${middle(list).toFixed(1)} | ${Math.min(...list).toFixed(1)} | ${(middle(list) / plain).toFixed(2)} |`,
    );
} finally {
  rmSync(folder, { recursive: true });
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
