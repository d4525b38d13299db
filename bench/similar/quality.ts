// Whether the neighbors are right, asked through the API: node bench/similar/quality.ts [spotify_songs.csv] [queries]
//
// Half of the playlists, drawn by seed, are held back: the catalogue is imported without them, and their subgenres are what neighbors are
// judged by. So the index never saw what it is measured with. Same artist is asked without the artist's mean and context, which would tell.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Randomness, seededRandomness } from '../../src/clock.ts';
import { PART_NAMES } from '../../src/recommend/recipe.ts';
import { songKey } from '../../src/recommend/song-key.ts';
import { FEATURES } from '../../src/sources/files/datasets.ts';
import { type CsvRow, readCsv } from './tracks.ts';

const path = resolve(process.argv[2] ?? '../shared/data/spotify_songs.csv');
const QUERIES = Number(process.argv[3] ?? 1_000);
const K = 10;
const SPLIT_SEED = Number(process.argv[4] ?? 20261126);

const THREE = ['danceability', 'energy', 'valence'];
const OTHERS = PART_NAMES.filter((part) => !THREE.includes(part));

const WAYS = [
  ['danceability, energy and valence alone', `{ ${OTHERS.map((part) => `${part}: 0`).join(', ')} }`],
  ['energy ten times', '{ energy: 10 }'],
  ['release year five times', '{ releaseYear: 5 }'],
  ["the track alone (without its artist's mean and context)", '{ artist: 0, context: 0 }'],
  ['sound: the 24 numbers of track and artist', '{ context: 0 }'],
  ['default: sound and context', null],
] as const;

const rows = readCsv(path);
const random = seededRandomness(SPLIT_SEED);
const heldBack = drawHalf(rows, random);
const tracks = describeTracks(rows, heldBack);
const dataDir = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
const env = { ...process.env, GROOVELAKE_DATA_DIR: dataDir, PORT: String(21_000 + (process.pid % 20_000)) };
const url = `http://127.0.0.1:${env.PORT}/graphql`;

writeFileSync(join(dataDir, 'songs.csv'), printCsv(rows, heldBack));
await run(['import', join(dataDir, 'songs.csv')]);
const server = spawn(process.execPath, ['bin/groovelake.js', 'start'], { env, stdio: 'ignore' });
try {
  await waitForServer();
  await report();
} finally {
  server.kill('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
}

interface Track {
  readonly id: string;
  readonly artist: string;
  /** The song it is a version of, as the index tells them: other versions are not asked for, and the API shows none. */
  readonly song: string;
  /** Subgenres of the held-back playlists it is on. */
  readonly subgenres: ReadonlySet<string>;
  /** The replaced system's vector: raw popularity, ten features, year. */
  readonly raw: readonly number[];
}

async function report(): Promise<void> {
  const judged = [...tracks.values()].filter(({ subgenres }) => subgenres.size > 0);
  const queries = shuffle(judged, random).slice(0, QUERIES);
  const { similarityIndex } = (await ask(
    '{ similarityIndex { recipe dim recallAt10 recallAt10Blended m ef } }',
  )) as {
    similarityIndex: object;
  };
  console.log(
    `${rows.length} rows, ${tracks.size} tracks, ${judged.length} judged by ${heldBack.size} held-back playlists, split seed ${SPLIT_SEED}`,
  );
  console.log(`${queries.length} queries through the API; ${JSON.stringify(similarityIndex)}\n`);
  console.log('| way | same subgenre, other artists % | 95 % interval |\n|---|--:|--:|');
  const subgenre = async (name: string, neighbors: (track: Track) => Promise<readonly string[]>) => {
    const scores = await each(queries, async (track) => {
      const others = (await neighbors(track)).flatMap((id) => tracks.get(id) ?? []);
      return share(
        others
          .filter(
            (other) => other.subgenres.size > 0 && other.artist !== track.artist && other.song !== track.song,
          )
          .slice(0, K),
        (other) => [...other.subgenres].some((one) => track.subgenres.has(one)),
      );
    });
    print(name, scores);
  };
  await subgenre('chance', async () =>
    shuffle(judged, random)
      .slice(0, 40)
      .map(({ id }) => id),
  );
  await subgenre('replaced system: cosine over raw values', async (track) => nearestRaw(track, judged));
  for (const [name, weights] of WAYS) await subgenre(name, (track) => similar(track.id, weights, false));
  const prolific = shuffle(withManyTracks(10), random).slice(0, QUERIES);
  console.log('\n| way | same artist % | 95 % interval |\n|---|--:|--:|');
  const artist = async (name: string, neighbors: (track: Track) => Promise<readonly string[]>) =>
    print(
      name,
      await each(prolific, async (track) => {
        const others = (await neighbors(track)).flatMap((id) => tracks.get(id) ?? []);
        return share(
          others.filter(({ song }) => song !== track.song).slice(0, K),
          (other) => other.artist === track.artist,
        );
      }),
    );
  await artist('chance', async () =>
    shuffle([...tracks.values()], random)
      .slice(0, K)
      .map(({ id }) => id),
  );
  await artist('replaced system: cosine over raw values', async (track) =>
    nearestRaw(track, [...tracks.values()], true),
  );
  await artist('the track alone', (track) => similar(track.id, '{ artist: 0, context: 0 }', true));
}

async function similar(id: string, weights: string | null, isWithArtist: boolean): Promise<string[]> {
  const args = isWithArtist ? 'includeSeedArtists: true, maxPerArtist: 100' : 'includeSeedArtists: false';
  const { similarTracks } = (await ask(
    `query ($id: ID!) { similarTracks(to: [$id], first: 40, ${args}${weights ? `, weights: ${weights}` : ''}) { nodes { track { id } } } }`,
    { id },
  )) as { similarTracks: { nodes: { track: { id: string } }[] } };
  return similarTracks.nodes.map(({ track }) => track.id);
}

function nearestRaw(track: Track, among: readonly Track[], isWithArtist = false): string[] {
  const length = Math.hypot(...track.raw);
  return among
    .filter(({ id, artist }) => id !== track.id && (isWithArtist || artist !== track.artist))
    .map((other) => ({
      id: other.id,
      cosine:
        track.raw.reduce((sum, value, i) => sum + value * (other.raw[i] ?? 0), 0) /
        length /
        Math.hypot(...other.raw),
    }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, 40)
    .map(({ id }) => id);
}

async function each<T>(list: readonly T[], score: (one: T) => Promise<number | null>): Promise<number[]> {
  const scores: number[] = [];
  for (const one of list) {
    const found = await score(one);
    if (found !== null) scores.push(found);
  }
  return scores;
}

function share<T>(list: readonly T[], passes: (one: T) => boolean): number | null {
  return list.length ? list.filter(passes).length / list.length : null;
}

/** Mean and bootstrap interval over queries, 1,000 resamples. */
function print(name: string, scores: readonly number[]): void {
  const mean = (values: readonly number[]) =>
    (100 * values.reduce((sum, value) => sum + value, 0)) / values.length;
  const draws = seededRandomness(1);
  const means = Array.from({ length: 1_000 }, () =>
    mean(scores.map(() => scores[Math.floor(draws.next() * scores.length)] ?? 0)),
  );
  means.sort((a, b) => a - b);
  console.log(
    `| ${name} | ${mean(scores).toFixed(1)} | ${means[25]?.toFixed(1)}-${means[974]?.toFixed(1)} |`,
  );
}

function drawHalf(list: readonly CsvRow[], chance: Randomness): Set<string> {
  const playlists = [...new Set(list.map((row) => row.playlist_id ?? ''))].sort();
  return new Set(shuffle(playlists, chance).slice(0, Math.floor(playlists.length / 2)));
}

function describeTracks(list: readonly CsvRow[], held: ReadonlySet<string>): Map<string, Track> {
  const found = new Map<string, Track & { subgenres: Set<string> }>();
  for (const row of list) {
    const id = row.track_id ?? '';
    const artist = row.track_artist ?? '';
    const track = found.get(id) ?? {
      id,
      artist,
      song: `${songKey(row.track_name ?? '') ?? id}\u0000${artist}`,
      subgenres: new Set<string>(),
      raw: [
        Number(row.track_popularity),
        ...FEATURES.filter((name) => name !== 'mode').map((name) => Number(row[name])),
        Number(row.track_album_release_date?.slice(0, 4)),
      ],
    };
    if (held.has(row.playlist_id ?? '')) track.subgenres.add(row.playlist_subgenre ?? '');
    found.set(id, track);
  }
  return found;
}

function withManyTracks(least: number): Track[] {
  const byArtist = Map.groupBy(tracks.values(), ({ artist }) => artist);
  return [...byArtist.values()].flatMap((list) =>
    new Set(list.map(({ song }) => song)).size >= least ? list : [],
  );
}

/** The CSV without what it says of the held-back playlists; their tracks stay. */
function printCsv(list: readonly CsvRow[], held: ReadonlySet<string>): string {
  const names = Object.keys(list[0] ?? {});
  const cell = (row: CsvRow, name: string) =>
    name.startsWith('playlist_') && held.has(row.playlist_id ?? '')
      ? ''
      : `"${(row[name] ?? '').replaceAll('"', '""')}"`;
  return [names.join(','), ...list.map((row) => names.map((name) => cell(row, name)).join(','))].join('\n');
}

function shuffle<T>(list: readonly T[], chance: Randomness): T[] {
  const copy = [...list];
  for (let at = copy.length - 1; at > 0; at--) {
    const other = Math.floor(chance.next() * (at + 1));
    [copy[at], copy[other]] = [copy[other] as T, copy[at] as T];
  }
  return copy;
}

async function ask(query: string, variables: object = {}): Promise<Record<string, unknown>> {
  for (let tries = 0; ; tries++) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    }).catch((error: unknown) => {
      if (tries < 20) return null;
      throw error;
    });
    // A rate limit says when to come back; a kept connection may have been closed in the meantime.
    if (!response) continue;
    if ((response.status === 429 || response.status === 503) && tries < 60) {
      await new Promise((done) => setTimeout(done, 1_000 * Number(response.headers.get('retry-after') ?? 1)));
      continue;
    }
    const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
    if (errors || !data) throw new Error(JSON.stringify(errors));
    return data;
  }
}

async function waitForServer(): Promise<void> {
  for (;;) {
    const isReady = await ask('{ similarityIndex { dim } }').then(
      () => true,
      () => false,
    );
    if (isReady) return;
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function run(words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['bin/groovelake.js', ...words], { env, stdio: 'inherit' });
  const code = await new Promise((done) => child.on('exit', done));
  if (code !== 0) throw new Error(`groovelake ${words.join(' ')} ended with ${code}`);
}
