// The data of the benchmark: the sample CSV's tracks, or so many jittered copies of them, once as the three Parquet files that the
// yardstick loads and once as a published snapshot that Groovelake serves. Same rows, built by the same SQL.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, systemRandomness } from '../../src/clock.ts';
import { type DuckDb, openDuckDb, quoteText } from '../../src/store/duckdb.ts';
import { buildServing } from '../../src/store/serving/build.ts';
import { createSnapshotStore } from '../../src/store/snapshots/local.ts';
import { selectFiles } from '../../src/store/snapshots/relation-writer.ts';

export interface BenchData {
  /** Has tracks.parquet, artists.parquet and albums.parquet. */
  readonly tablesDir: string;
  /** A data folder with one snapshot. */
  readonly dataDir: string;
}

/** Copies of the sample CSV by name of scale. */
export const SCALES: Readonly<Record<string, number>> = { '28k': 1, '170k': 6, '1m': 36 };

/** Makes the data of a scale in a folder unless it is there. */
export async function prepareData(csv: string, folder: string, scale: string): Promise<BenchData> {
  const tablesDir = join(folder, scale, 'tables');
  const dataDir = join(folder, scale, 'lake');
  if (existsSync(join(dataDir, 'CURRENT'))) return { tablesDir, dataDir };
  await mkdir(tablesDir, { recursive: true });
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 2_048,
    threads: 2,
    maxConnections: 2,
    tempDir: join(folder, 'tmp'),
    tempMaxMb: 8_192,
    clock: systemClock,
  });
  try {
    await copyTracks(db, csv, SCALES[scale] ?? 1);
    for (const [name, select] of Object.entries(TABLES)) {
      await db.run(
        `copy (${select}) to ${quoteText(join(tablesDir, `${name}.parquet`))} (format parquet, compression zstd)`,
      );
    }
    await db.run('create schema gold');
    await publish(db, dataDir);
  } finally {
    await db.close();
  }
  return { tablesDir, dataDir };
}

const first = (column: string, type: string, name = column) =>
  `first(${column} order by playlist_id)::${type} as ${name}`;

/** -1..1, the same for the same track and copy on every machine. */
const jitter = (column: string) => `((hash(track_id || '${column}' || copy) % 2001)::double / 1000 - 1)`;
const jittered = (column: string, amount: number, high: number, digits: number) =>
  `if(copy = 0, ${column}, round(greatest(0, least(${high}, ${column} + ${amount} * ${jitter(column)})), ${digits})) as ${column}`;

async function copyTracks(db: DuckDb, csv: string, copies: number): Promise<void> {
  await db.run(`create table source as from read_csv(${quoteText(csv)}, all_varchar = true)`);
  await db.run(`create table sample as select track_id, ${first('track_name', 'varchar', 'name')},
      ${first('track_popularity', 'integer', 'popularity')},
      substr(md5(first(track_artist order by playlist_id)), 1, 16) as artist_id, ${first('track_artist', 'varchar', 'artist_name')},
      ${first('track_album_id', 'varchar', 'album_id')}, ${first('track_album_name', 'varchar', 'album_name')},
      left(first(track_album_release_date order by playlist_id), 4)::integer as release_year,
      ${['duration_ms', 'key', 'mode'].map((c) => first(c, 'integer')).join(', ')},
      ${['danceability', 'energy', 'loudness', 'speechiness', 'acousticness', 'instrumentalness', 'liveness', 'valence', 'tempo'].map((c) => first(c, 'double')).join(', ')},
      ${first('playlist_genre', 'varchar')}
    from source group by track_id`);
  const renamed = (id: string, keep: number) =>
    `if(copy = 0, ${id}, substr(md5(${id} || copy), 1, ${keep}) || lpad(copy::varchar, 4, '0')) as ${id}`;
  await db.run(`create table tracks as select * exclude (copy) replace (
      ${renamed('track_id', 18)}, ${renamed('album_id', 18)}, ${renamed('artist_id', 16)},
      if(copy = 0, artist_name, artist_name || ' #' || copy) as artist_name,
      (${jittered('popularity', 5, 100, 0).replace(' as popularity', '')})::integer as popularity,
      ${jittered('energy', 0.02, 1, 4)}, ${jittered('danceability', 0.02, 1, 4)}, ${jittered('valence', 0.02, 1, 4)},
      ${jittered('tempo', 1, 260, 3)})
    from sample, (select unnest(range(${copies})) as copy) order by track_id`);
}

const TABLES = {
  tracks: 'select * from tracks order by track_id',
  artists: 'select artist_id, any_value(artist_name) as name from tracks group by 1 order by 1',
  albums: `select album_id, first(album_name order by track_id) as name, first(artist_id order by track_id) as artist_id,
    first(release_year order by track_id) as release_year from tracks group by 1 order by 1`,
} as const;

const KEY = (name: string) => `lower(strip_accents(trim(${name})))`;
const NO_IMAGES = '[]::struct(url varchar, width integer, height integer)[]';

/** Gold as lakehouse/ makes it of such tracks, without the tables that no workload reads. */
const GOLD: Readonly<Record<string, { select: string; orderBy?: string }>> = {
  tracks: {
    select: `select track_id, coalesce(name, '') as name, ${KEY("coalesce(name, '')")} as name_key, null::varchar as uri, album_id, album_name,
      artist_name, duration_ms, null::boolean as is_explicit, popularity, null::varchar as isrc, null::integer as disc_number,
      null::integer as track_number, null::varchar as preview_url, null::varchar as external_url, release_year,
      track_id as recording_id, 'bench' as source, danceability, energy, valence, acousticness, instrumentalness, liveness,
      speechiness, tempo, loudness, key, mode, null::integer as time_signature, 'bench' as features_provider,
      release_year::varchar as release_date from tracks`,
    orderBy: 'popularity desc nulls last, track_id',
  },
  recordings: {
    select: `select track_id as recording_id, track_id as preferred_track_id, name, artist_name, null::varchar as isrc, duration_ms,
      popularity, 1 as track_count from tracks`,
  },
  artists: {
    select: `select artist_id, any_value(coalesce(artist_name, '')) as name, ${KEY("any_value(coalesce(artist_name, ''))")} as name_key,
      null::varchar as uri, max(popularity) as popularity, null::bigint as followers, null::bigint as monthly_listeners,
      null::bigint as streams, null::varchar as external_url, null::varchar as image_url, ${NO_IMAGES} as images,
      count(*)::integer as track_count, count(distinct album_id)::integer as album_count, 'bench' as source from tracks group by 1`,
    orderBy: 'popularity desc nulls last, artist_id',
  },
  albums: {
    select: `select album_id, coalesce(first(album_name order by track_id), '') as name,
      ${KEY("coalesce(first(album_name order by track_id), '')")} as name_key, null::varchar as uri, null::varchar as album_type,
      first(release_year order by track_id)::varchar as release_date, 'year' as release_date_precision,
      first(release_year order by track_id) as release_year, null::varchar as label, max(popularity) as popularity,
      null::integer as total_tracks, null::varchar as upc, null::varchar as external_url, null::varchar as image_url,
      ${NO_IMAGES} as images, count(*)::integer as track_count, 'bench' as source, album_id as preferred_album_id
      from tracks group by 1`,
    orderBy: 'popularity desc nulls last, album_id',
  },
  artist_merges: { select: 'select null::varchar as named_id, null::varchar as artist_id where false' },
  market_sets: { select: 'select null::varchar as market_set_id, null::varchar as market where false' },
  track_artists: { select: 'select track_id, artist_id, 1 as position from tracks' },
  album_artists: { select: 'select distinct album_id, artist_id, 1 as position from tracks' },
  artist_genres: { select: 'select null::varchar as artist_id, null::varchar as genre where false' },
  track_genres: { select: 'select track_id, playlist_genre as genre, true as is_own from tracks' },
  genres: {
    select: `select playlist_genre as name, 0 as artist_count, count(*)::integer as track_count from tracks group by 1`,
  },
  playlists: {
    select: `select null::varchar as playlist_id, null::varchar as name, null::integer as track_count, null::varchar as source,
      null::varchar as description, null::varchar as owner_name, null::bigint as followers, null::varchar as external_url, ${NO_IMAGES} as images
      where false`,
  },
  playlist_tracks: {
    select: `select null::varchar as playlist_id, null::varchar as track_id, null::integer as position, null::varchar as genre, null::varchar as subgenre where false`,
  },
};

/** Publishes the data of a scale once more, as a snapshot of its own with the same rows. */
export async function publishAgain({ tablesDir, dataDir }: BenchData): Promise<void> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 512,
    threads: 1,
    maxConnections: 2,
    tempDir: join(dataDir, 'tmp', 'bench'),
    tempMaxMb: 4_096,
    clock: systemClock,
  });
  try {
    await db.run(`create view tracks as from read_parquet(${quoteText(join(tablesDir, 'tracks.parquet'))})`);
    await db.run('create schema gold');
    await publish(db, dataDir);
  } finally {
    await db.close();
  }
}

async function publish(db: DuckDb, dataDir: string): Promise<void> {
  const snapshots = createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });
  const candidate = await snapshots.beginCandidate();
  for (const [name, { select, orderBy = '1, 2' }] of Object.entries(GOLD)) {
    const written = await candidate.writeRelation(db, { layer: 'gold', name, select, orderBy });
    await db.run(`create view gold.${name} as ${selectFiles(dataDir, written)}`);
  }
  const started = performance.now();
  const { rows } = await buildServing(db, await candidate.openArtifact('serving'), {
    snapshotId: candidate.snapshotId,
  });
  console.log(`serving index: ${rows} rows in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  await candidate.addArtifact('serving');
  await candidate.publish({
    runId: null,
    batches: [],
    recipe: 'bench',
    checks: [],
    coverage: [],
    lineage: [],
  });
}
