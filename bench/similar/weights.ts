// How near weights that leave few features bring those: node bench/similar/weights.ts DATA_FOLDER [spotify_songs.csv] [seeds] [seed of the draw]
//
// The data folder is one that the CSV was imported into. Nothing but what the service answers is used, so that the script runs as it is on an
// older commit: that is how "before" was measured.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { seededRandomness } from '../../src/clock.ts';
import { type FeatureName, PART_NAMES } from '../../src/recommend/recipe.ts';
import { createSimilarity, type Weights } from '../../src/recommend/similar-tracks.ts';
import { readSimilarity } from '../../src/recommend/similarity-files.ts';
import { type CsvRow, readCsv } from './tracks.ts';

const [dataDir = 'data', csvPath = '../shared/data/spotify_songs.csv', seedCount = '200', draw = '20261127'] =
  process.argv.slice(2);
const NOTHING = Object.fromEntries(PART_NAMES.map((part) => [part, 0]));
const ofTrack = { artist: 0, context: 0 };

const ASKED: Readonly<Record<string, { names: readonly FeatureName[]; weights: Weights }>> = {
  energy: only('energy'),
  tempo: only('tempo'),
  acousticness: only('acousticness'),
  'energy, valence': only('energy', 'valence'),
  'danceability, energy, valence': only('danceability', 'energy', 'valence'),
  'those, tempo and acousticness': only('danceability', 'energy', 'valence', 'tempo', 'acousticness'),
  'energy 10, the others 1': { names: ['energy'], weights: { energy: 10 } },
  'energy 3, the others 1': { names: ['energy'], weights: { energy: 3 } },
  'year 5, the others 1': { names: ['releaseYear'], weights: { releaseYear: 5 } },
  'energy 3, the track alone': { names: ['energy'], weights: { energy: 3, ...ofTrack } },
};

const { snapshotId } = JSON.parse(readFileSync(join(dataDir, 'CURRENT'), 'utf8')) as { snapshotId: string };
const folder = join(dataDir, 'artifacts', snapshotId, 'similarity');
const files = await readSimilarity(folder, snapshotId, console.warn);
const similarity = createSimilarity(files, { scanBelow: 50_000, scanFilteredBelow: 10_000, filtersKept: 0 });
const rows = new Map(readCsv(resolve(csvPath)).map((row) => [row.track_id ?? '', row]));
const random = seededRandomness(Number(draw));
const seeds = Array.from({ length: Number(seedCount) }, () =>
  files.trackIds.at(Math.floor(random.next() * files.facts.vectors)),
);

console.log(
  `${files.facts.vectors} tracks, ${seeds.length} seeds drawn with ${draw}, ten neighbors of each\n`,
);
console.log('| weights | off by, in standard deviations: median | 90 % within |\n|---|--:|--:|');
for (const [title, { names, weights }] of Object.entries(ASKED)) {
  const off: number[] = [];
  const deviations = names.map(deviationOf);
  for (const trackId of seeds) {
    const [answer] = await similarity.findMany([
      { to: [{ trackId, weight: 1 }], weights, maxPerArtist: 3, includeSeedArtists: true, first: 10 },
    ]);
    for (const { trackId: other } of answer?.neighbors ?? [])
      for (const [at, name] of names.entries())
        off.push(Math.abs(read(other, name) - read(trackId, name)) / (deviations[at] ?? 1));
  }
  off.sort((a, b) => a - b);
  const at = (share: number) => (off[Math.floor(off.length * share)] ?? Number.NaN).toFixed(3);
  console.log(`| ${title} | ${at(0.5)} | ${at(0.9)} |`);
}

function only(...names: FeatureName[]): { names: readonly FeatureName[]; weights: Weights } {
  return { names, weights: { ...NOTHING, ...Object.fromEntries(names.map((name) => [name, 1])) } };
}

/** In the unit of the CSV. */
function read(id: string, name: FeatureName): number {
  const row: CsvRow = rows.get(id) ?? {};
  return Number(name === 'releaseYear' ? row.track_album_release_date?.slice(0, 4) : row[name]);
}

function deviationOf(name: FeatureName): number {
  const values = [...rows.keys()].map((id) => read(id, name));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
