// Tracks: rows of gold.tracks as entities, lists of them, and those of artists, albums and playlists.
import { DEFAULT_ORDERS } from '../serving/layout.ts';
import type { Catalog } from './catalog.ts';
import { findQuickOtherTracks } from './engine.ts';
import type { AudioFeatures, Track } from './entities.ts';
import { compileTrackFilter, type TrackFilter } from './filters.ts';
import {
  findByKeys,
  findByKeysNow,
  type Listing,
  listConnection,
  type NestedConnection,
  type NestedField,
  nestedConnection,
} from './listing.ts';
import { type OrderFields, type OrderInput, type OrderTerm, toOrder } from './order.ts';
import type { Connection, PageArgs, PageLimits } from './page.ts';
import { compileQuickTracks } from './quick-filter.ts';
import { textList } from './sql-fragment.ts';

export type TrackOrderField =
  | 'ID'
  | 'NAME'
  | 'POPULARITY'
  | 'DURATION_MS'
  | 'RELEASE_YEAR'
  | 'RELEASE_DATE'
  | 'DISC_NUMBER'
  | 'TRACK_NUMBER'
  | 'DANCEABILITY'
  | 'ENERGY'
  | 'VALENCE'
  | 'ACOUSTICNESS'
  | 'INSTRUMENTALNESS'
  | 'LIVENESS'
  | 'SPEECHINESS'
  | 'TEMPO'
  | 'LOUDNESS'
  | 'ARTIST_NAME'
  | 'ALBUM_NAME';

export interface TrackListArgs extends PageArgs {
  readonly where?: TrackFilter | null | undefined;
  readonly orderBy?: readonly OrderInput<TrackOrderField>[] | null | undefined;
}

/**
 * Popular first unless asked otherwise.
 *
 * @param properties those that will be read of the tracks, audioFeatures.energy for one of a part (others are then missing); null: all
 */
export function listTracks(
  catalog: Catalog,
  args: TrackListArgs,
  limits: PageLimits,
  properties: ReadonlySet<string> | null = null,
): Connection<Track> {
  return listConnection(catalog, properties ? narrow(properties) : TRACKS, {
    filter: compileTrackFilter(args.where),
    terms: trackOrder(args.orderBy, DEFAULT_ORDERS.tracks),
    args,
    limits,
    quickFilter: compileQuickTracks(args.where),
  });
}

export function findTracksByIds(catalog: Catalog, ids: readonly string[]): Promise<(Track | null)[]> {
  return findByKeys(catalog, TRACKS, 't.track_id', ids);
}

/** The tracks artists are credited on, popular first unless asked otherwise; parents are ids of artists. */
export function tracksOfArtist(args: TrackListArgs, limits: PageLimits): NestedConnection<Track> {
  return nestedConnection(
    `Artist.tracks ${JSON.stringify(args)}`,
    listingFrom('gold.track_artists l join gold.tracks t using (track_id)'),
    'l.artist_id',
    {
      filter: compileTrackFilter(args.where),
      terms: trackOrder(args.orderBy, DEFAULT_ORDERS.tracks),
      args,
      limits,
      quickFilter: compileQuickTracks(args.where),
      link: { link: 'artist_tracks' },
    },
  );
}

/** The tracks of genres, their own or one of their artists', popular first unless asked otherwise; parents are names of genres. */
export function tracksOfGenre(args: TrackListArgs, limits: PageLimits): NestedConnection<Track> {
  return nestedConnection(
    `Genre.tracks ${JSON.stringify(args)}`,
    listingFrom('gold.track_genres l join gold.tracks t using (track_id)'),
    'l.genre',
    {
      filter: compileTrackFilter(args.where),
      terms: trackOrder(args.orderBy, DEFAULT_ORDERS.tracks),
      args,
      limits,
      quickFilter: compileQuickTracks(args.where),
      link: { link: 'genre_tracks' },
    },
  );
}

/** The tracks of albums, by disc and number unless asked otherwise; parents are ids of albums. */
export function tracksOfAlbum(args: TrackListArgs, limits: PageLimits): NestedConnection<Track> {
  return nestedConnection(`Album.tracks ${JSON.stringify(args)}`, TRACKS, 't.album_id', {
    filter: compileTrackFilter(args.where),
    terms: trackOrder(args.orderBy, [{ field: 'DISC_NUMBER' }, { field: 'TRACK_NUMBER' }]),
    args,
    limits,
    quickFilter: compileQuickTracks(args.where),
    link: { link: 'album_tracks', order: 'DISC_NUMBER.ASC.LAST TRACK_NUMBER.ASC.LAST ID.ASC.LAST' },
  });
}

/** The tracks of playlists, each once, in the order of their first place there unless asked otherwise; parents are ids of playlists. */
export function tracksOfPlaylist(args: TrackListArgs, limits: PageLimits): NestedConnection<Track> {
  return nestedConnection(
    `Playlist.tracks ${JSON.stringify(args)}`,
    listingFrom(
      `(select playlist_id, track_id, min(position) as position from gold.playlist_tracks group by all) l
       join gold.tracks t using (track_id)`,
    ),
    'l.playlist_id',
    {
      filter: compileTrackFilter(args.where),
      terms: trackOrder(args.orderBy, [{ field: 'POSITION' }]),
      args,
      limits,
      quickFilter: compileQuickTracks(args.where),
      link: { link: 'playlist_tracks', order: 'POSITION.ASC.LAST ID.ASC.LAST' },
    },
  );
}

const PREFERRED: Listing<{ readonly is_preferred: boolean }, boolean> = {
  name: 'preferred tracks',
  from: 'gold.recordings r',
  columns: 'true as is_preferred',
  toEntity: (row) => row.is_preferred,
  quick: { entity: 'tracks', alias: 't', columns: 't.is_preferred' },
};

/** Whether tracks stand for their recordings; parents are ids of tracks. */
export const isPreferredTrack: NestedField<boolean> = {
  key: 'Track.isPreferred',
  findNow: (catalog, ids) => findByKeysNow(catalog, PREFERRED, ids)?.map((is) => is ?? false) ?? null,
  load: async (catalog, ids) =>
    (await findByKeys(catalog, PREFERRED, 'r.preferred_track_id', ids)).map((is) => is ?? false),
};

/** Columns of audio features. */
export interface FeaturesRow {
  readonly danceability: number | null;
  readonly energy: number | null;
  readonly valence: number | null;
  readonly acousticness: number | null;
  readonly instrumentalness: number | null;
  readonly liveness: number | null;
  readonly speechiness: number | null;
  readonly tempo: number | null;
  readonly loudness: number | null;
  readonly key: number | null;
  readonly mode: number | null;
  readonly time_signature: number | null;
}

interface TrackRow extends FeaturesRow {
  readonly track_id: string;
  /** Null in the serving index where it is the track's own id. */
  readonly recording_id: string | null;
  readonly name: string;
  readonly uri: string | null;
  readonly album_id: string | null;
  readonly duration_ms: number | null;
  readonly is_explicit: boolean | null;
  readonly popularity: number | null;
  readonly isrc: string | null;
  readonly disc_number: number | null;
  readonly track_number: number | null;
  readonly preview_url: string | null;
  readonly external_url: string | null;
  readonly release_year: number | null;
  readonly release_date: string | null;
  readonly source: string;
  readonly features_provider: string | null;
}

/** An order that clients cannot name: places within a playlist. */
type PlaceField = 'POSITION';

const ORDER_FIELDS: OrderFields<TrackOrderField | PlaceField> = {
  ID: { sql: 't.track_id', type: 'text' },
  NAME: { sql: 't.name_key', type: 'text' },
  POPULARITY: { sql: 't.popularity', type: 'number' },
  DURATION_MS: { sql: 't.duration_ms', type: 'number' },
  RELEASE_YEAR: { sql: 't.release_year', type: 'number' },
  RELEASE_DATE: { sql: 't.release_date', type: 'text' },
  DISC_NUMBER: { sql: 't.disc_number', type: 'number' },
  TRACK_NUMBER: { sql: 't.track_number', type: 'number' },
  DANCEABILITY: { sql: 't.danceability', type: 'number' },
  ENERGY: { sql: 't.energy', type: 'number' },
  VALENCE: { sql: 't.valence', type: 'number' },
  ACOUSTICNESS: { sql: 't.acousticness', type: 'number' },
  INSTRUMENTALNESS: { sql: 't.instrumentalness', type: 'number' },
  LIVENESS: { sql: 't.liveness', type: 'number' },
  SPEECHINESS: { sql: 't.speechiness', type: 'number' },
  TEMPO: { sql: 't.tempo', type: 'number' },
  LOUDNESS: { sql: 't.loudness', type: 'number' },
  ARTIST_NAME: { sql: 'strip_accents(lower(t.artist_name))', type: 'text' },
  ALBUM_NAME: { sql: 'strip_accents(lower(t.album_name))', type: 'text' },
  POSITION: { sql: 'l.position', type: 'number' },
};

type TrackProperty = keyof Track | `audioFeatures.${keyof AudioFeatures}`;

/** The column behind each property. */
const COLUMNS: Readonly<Record<TrackProperty, keyof TrackRow>> = {
  id: 'track_id',
  recordingId: 'recording_id',
  name: 'name',
  uri: 'uri',
  albumId: 'album_id',
  durationMs: 'duration_ms',
  isExplicit: 'is_explicit',
  popularity: 'popularity',
  isrc: 'isrc',
  discNumber: 'disc_number',
  trackNumber: 'track_number',
  previewUrl: 'preview_url',
  externalUrl: 'external_url',
  releaseYear: 'release_year',
  releaseDate: 'release_date',
  source: 'source',
  // There are features where there is a provider of them.
  audioFeatures: 'features_provider',
  'audioFeatures.danceability': 'danceability',
  'audioFeatures.energy': 'energy',
  'audioFeatures.valence': 'valence',
  'audioFeatures.acousticness': 'acousticness',
  'audioFeatures.instrumentalness': 'instrumentalness',
  'audioFeatures.liveness': 'liveness',
  'audioFeatures.speechiness': 'speechiness',
  'audioFeatures.tempo': 'tempo',
  'audioFeatures.loudness': 'loudness',
  'audioFeatures.key': 'key',
  'audioFeatures.mode': 'mode',
  'audioFeatures.timeSignature': 'time_signature',
  'audioFeatures.provider': 'features_provider',
};

const TRACKS = listingFrom('gold.tracks t');

/**
 * The other tracks of the recordings of tracks, popular first; parents are ids of tracks.
 *
 * @param first at most so many of each
 */
export function otherTracksOf(first: number): NestedField<readonly Track[]> {
  return {
    key: `Track.otherTracks ${first}`,
    load: async (catalog, ids) => {
      const quick = await findQuickOtherTracks(catalog, TRACKS, ids, first);
      if (quick) return quick.map((rows) => (rows as unknown as TrackRow[]).map(toTrack));
      const rows = await catalog.all<TrackRow & { parent_id: string }>(
        `select ${TRACKS.columns}, s.track_id as parent_id
         from gold.tracks s join gold.tracks t on t.recording_id = s.recording_id and t.track_id <> s.track_id
         where s.track_id in (select unnest(?))
         qualify row_number() over (partition by s.track_id order by ${OTHERS_ORDER}) <= ?
         order by s.track_id, ${OTHERS_ORDER}`,
        [textList(ids), first],
      );
      const byParent = Map.groupBy(rows, (row) => row.parent_id);
      return ids.map((id) => (byParent.get(id) ?? []).map(toTrack));
    },
  };
}

const OTHERS_ORDER = 't.popularity desc nulls last, t.track_id';

function trackOrder(
  asked: TrackListArgs['orderBy'],
  fallback: readonly OrderInput<TrackOrderField | PlaceField>[],
): OrderTerm[] {
  return toOrder(ORDER_FIELDS, asked, fallback, 'ID');
}

function listingFrom(
  from: string,
  columns: Iterable<string> = Object.values(COLUMNS),
): Listing<TrackRow, Track> {
  return {
    name: 'tracks',
    from,
    columns: inOrder(columns).join(', '),
    toEntity: toTrack,
    quick: { entity: 'tracks', alias: 't' },
  };
}

/** Each once and always in the same order, whatever order a selection has: statements are kept by their text. */
function inOrder(columns: Iterable<string>): string[] {
  const chosen = new Set(columns);
  const all = new Set(Object.values(COLUMNS));
  return [...all].filter((column) => chosen.has(column)).map((column) => `t.${column}`);
}

const narrowed = new WeakMap<ReadonlySet<string>, Listing<TrackRow, Track>>();

/** All tracks, with the columns of some properties. */
function narrow(properties: ReadonlySet<string>): Listing<TrackRow, Track> {
  const known = narrowed.get(properties);
  if (known) return known;
  const columns = [...properties].map((property) => COLUMNS[property as TrackProperty]);
  const listing = columns.includes(undefined as never)
    ? TRACKS
    : listingFrom(TRACKS.from, [COLUMNS.id, ...columns]);
  narrowed.set(properties, listing);
  return listing;
}

/** Where a row was narrowed, what its columns are not there for is undefined, and nobody reads it. */
function toTrack(row: TrackRow): Track {
  return {
    id: row.track_id,
    recordingId: row.recording_id ?? row.track_id,
    uri: row.uri,
    name: row.name,
    albumId: row.album_id,
    durationMs: row.duration_ms,
    isExplicit: row.is_explicit,
    popularity: row.popularity,
    isrc: row.isrc,
    discNumber: row.disc_number,
    trackNumber: row.track_number,
    previewUrl: row.preview_url,
    externalUrl: row.external_url,
    releaseYear: row.release_year,
    releaseDate: row.release_date,
    source: row.source,
    audioFeatures:
      typeof row.features_provider === 'string' ? toAudioFeatures(row, row.features_provider) : null,
  };
}

export function toAudioFeatures(row: FeaturesRow, provider: string): AudioFeatures {
  return {
    danceability: row.danceability,
    energy: row.energy,
    valence: row.valence,
    acousticness: row.acousticness,
    instrumentalness: row.instrumentalness,
    liveness: row.liveness,
    speechiness: row.speechiness,
    tempo: row.tempo,
    loudness: row.loudness,
    key: row.key,
    mode: row.mode === null ? null : row.mode === 1 ? 'MAJOR' : 'MINOR',
    timeSignature: row.time_signature,
    provider,
  };
}
