// How near a mood beside a seed brings its target, and how near the tracks stay to the seed in the rest:
// node bench/similar/mood.ts DATA_FOLDER [spotify_songs.csv] [seeds] [seed of the draw]
//
// The data folder is one that the CSV was imported into. Nothing but what the service answers is used, so that the script runs as it is on an
// older commit: that is how "before" was measured.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { seededRandomness } from '../../src/clock.ts';
import { cosineMeasure } from '../../src/recommend/distance.ts';
import { FEATURE_ORDER, type FeatureName } from '../../src/recommend/recipe.ts';
import { createSimilarity, type Mood } from '../../src/recommend/similar-tracks.ts';
import { readSimilarity } from '../../src/recommend/similarity-files.ts';
import { type CsvRow, readCsv } from './tracks.ts';

const [dataDir = 'data', csvPath = '../shared/data/spotify_songs.csv', seedCount = '50', draw = '20261127'] =
  process.argv.slice(2);

/** Columns of the CSV by feature, in the feature's own unit. */
const COLUMNS: Readonly<Record<FeatureName, (row: CsvRow) => number>> = {
  danceability: (row) => Number(row.danceability),
  energy: (row) => Number(row.energy),
  loudness: (row) => Number(row.loudness),
  valence: (row) => Number(row.valence),
  speechiness: (row) => Number(row.speechiness),
  liveness: (row) => Number(row.liveness),
  acousticness: (row) => Number(row.acousticness),
  instrumentalness: (row) => Number(row.instrumentalness),
  durationMs: (row) => Number(row.duration_ms),
  tempo: (row) => Number(row.tempo),
  releaseYear: (row) => Number(row.track_album_release_date?.slice(0, 4)),
  popularity: (row) => Number(row.track_popularity),
};

const { snapshotId } = JSON.parse(readFileSync(join(dataDir, 'CURRENT'), 'utf8')) as { snapshotId: string };
const files = await readSimilarity(
  join(dataDir, 'artifacts', snapshotId, 'similarity'),
  snapshotId,
  console.warn,
);
const similarity = createSimilarity(files, { scanBelow: 50_000, scanFilteredBelow: 10_000, filtersKept: 0 });
const rows = new Map(readCsv(resolve(csvPath)).map((row) => [row.track_id ?? '', row]));
const random = seededRandomness(Number(draw));
const pick = () => files.trackIds.at(Math.floor(random.next() * files.facts.vectors));
const seeds = Array.from({ length: Number(seedCount) }, pick);

console.log(
  `${files.facts.vectors} tracks, ${seeds.length} seeds drawn with ${draw}, ten neighbors of each\n`,
);
console.log('| mood | target missed by, median (90 % within) | median distance in the rest |');
console.log('|---|--:|--:|');
const apart = seeds.map((seed) => measureRest(seed, pick(), []));
console.log(`| two tracks by chance | | ${quantile(apart, 0.5).toFixed(3)} |`);
for (const name of FEATURE_ORDER)
  for (const share of [0.05, 0.95])
    await report({ [name]: quantile([...rows.values()].map(COLUMNS[name]), share) });
await report({ energy: 0.05 });
await report({ energy: 0.2, acousticness: 0.9 });
await report({ energy: 0.9, valence: 0.9, danceability: 0.9, tempo: 128 });

/** One line for the mood, and one for the same seeds without it. */
async function report(mood: Mood): Promise<void> {
  const targets = FEATURE_ORDER.filter((name) => typeof mood[name] === 'number');
  for (const asked of [null, mood]) {
    const missed = targets.map((): number[] => []);
    const rest: number[] = [];
    for (const seed of seeds) {
      for (const id of await findNear(seed, asked)) {
        const row = rows.get(id) ?? {};
        for (const [at, name] of targets.entries())
          missed[at]?.push(Math.abs(COLUMNS[name](row) - (mood[name] ?? 0)));
        rest.push(measureRest(seed, id, targets));
      }
    }
    const text = targets.map((name) => `${name} ${round(mood[name] ?? 0)}`).join(', ');
    const off = missed.map((values) => `${round(quantile(values, 0.5))} (${round(quantile(values, 0.9))})`);
    const title = asked ? text : `none, beside ${text}`;
    console.log(`| ${title} | ${off.join(', ')} | ${quantile(rest, 0.5).toFixed(3)} |`);
  }
}

async function findNear(seed: string, mood: Mood | null): Promise<string[]> {
  const request = {
    to: [{ trackId: seed, weight: 1 }],
    mood,
    maxPerArtist: 3,
    includeSeedArtists: true,
    first: 10,
  };
  const [answer] = await similarity.findMany([request]);
  return answer?.neighbors.map(({ trackId }) => trackId) ?? [];
}

/** Cosine distance without the features that have a target. */
function measureRest(seed: string, other: string, targets: readonly FeatureName[]): number {
  const { dim, vectors, trackIds } = files;
  const label = trackIds.find(seed);
  const query = Array.from(vectors.subarray(label * dim, (label + 1) * dim));
  const weights = query.map((_, at) => (targets.includes(FEATURE_ORDER[at] as FeatureName) ? 0 : 1));
  return cosineMeasure(files, query, weights).distance(trackIds.find(other));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function round(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
