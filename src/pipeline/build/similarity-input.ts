// What the index is made from, read out of gold.
import { type ArtistContext, createContextBuilder } from '../../recommend/context.ts';
import { createFeatureTable, type FeatureTable } from '../../recommend/feature-table.ts';
import type { FeatureRow } from '../../recommend/recipe.ts';
import { type DuckDb, quoteText } from '../../store/duckdb.ts';

/** The tracks with audio features, row by row, so that no more than a chunk of them is held beside the table. */
export async function readFeatureTable(db: DuckDb, signal: AbortSignal): Promise<FeatureTable> {
  const table = createFeatureTable();
  let last: unknown = null;
  for await (const chunk of db.stream(SELECT_TRACKS, [], { signal })) {
    const columns = COLUMNS.map((_, at) => chunk.column(at));
    const [trackIds = [], artistIds = []] = columns;
    for (let row = 0; row < chunk.rowCount; row++) {
      // A row for each artist of a track, the first one first.
      if (trackIds[row] === last) {
        table.credit(String(artistIds[row]));
        continue;
      }
      last = trackIds[row];
      const entries = COLUMNS.map(([name], at) => [name, columns[at]?.[row] ?? null] as const);
      table.add(Object.fromEntries(entries) as unknown as FeatureRow);
    }
  }
  return table.finish();
}

/** The company artists keep; null when no two artists share a place. */
export async function readArtistContext(
  db: DuckDb,
  table: FeatureTable,
  signal: AbortSignal,
): Promise<ArtistContext | null> {
  const builder = createContextBuilder(table.artistIds);
  for await (const chunk of db.stream(SELECT_COMPANY, [], { signal })) {
    const [artists = [], places = [], counts = []] = [0, 1, 2].map((at) => chunk.column(at));
    for (let row = 0; row < chunk.rowCount; row++) {
      builder.add({
        artistId: String(artists[row]),
        place: String(places[row]),
        count: Number(counts[row]),
      });
    }
  }
  return builder.finish();
}

/** The vector's label of each track, for filters: the same order as the table's, which is that of DuckDB's texts, byte by byte. */
export async function writeLabels(db: DuckDb, path: string, signal: AbortSignal): Promise<void> {
  await db.run(
    `copy (
    select track_id, (row_number() over (order by track_id) - 1)::integer as label
    from gold.tracks
    where features_provider is not null
  ) to ${quoteText(path)} (format parquet, compression zstd)`,
    [],
    { signal },
  );
}

const COLUMNS: readonly (readonly [keyof FeatureRow, string])[] = [
  ['trackId', 't.track_id'],
  ['artistId', 'ta.artist_id'],
  ['name', 't.name'],
  ['recordingId', 't.recording_id'],
  ['danceability', 't.danceability'],
  ['energy', 't.energy'],
  ['loudness', 't.loudness'],
  ['valence', 't.valence'],
  ['speechiness', 't.speechiness'],
  ['liveness', 't.liveness'],
  ['acousticness', 't.acousticness'],
  ['instrumentalness', 't.instrumentalness'],
  ['durationMs', 't.duration_ms'],
  ['tempo', 't.tempo'],
  ['releaseYear', 't.release_year'],
  ['popularity', 't.popularity'],
];

const SELECT_TRACKS = `
  select ${COLUMNS.map(([, sql]) => sql).join(', ')}
  from gold.tracks t
  left join gold.track_artists ta on ta.track_id = t.track_id
  where t.features_provider is not null
  order by t.track_id, ta.position`;

/** Where artists are met: playlists that their tracks are on, genres of theirs, and genres of their tracks. */
const SELECT_COMPANY = `
  select artist_id, place, count from (
    select ta.artist_id, 'playlist ' || pt.playlist_id as place, count(distinct pt.track_id)::double as count
    from gold.playlist_tracks pt
    join gold.track_artists ta on ta.track_id = pt.track_id and ta.position = 1
    group by all
    union all
    select artist_id, 'genre ' || genre, 1.0 from gold.artist_genres
    union all
    select ta.artist_id, 'track genre ' || tg.genre, count(*)::double
    from gold.track_genres tg
    join gold.track_artists ta on ta.track_id = tg.track_id and ta.position = 1
    where tg.is_own
    group by all
  )
  order by artist_id, place`;
