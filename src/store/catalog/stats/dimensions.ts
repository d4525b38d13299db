// What statistics can be grouped by. A row that has no value for a dimension is in a group of its own, '(none)'.
import { InvalidInputError } from '../../../errors.ts';

/** Key and label are texts over the joined rows; null is the group of those without a value. */
export interface Dimension {
  readonly key: string;
  readonly label: string;
  readonly join?: string;
  /** Columns of gold.playlist_tracks it needs; they share one join, so that they speak of the same place. */
  readonly playlistColumns?: readonly string[];
  /** What the key identifies, for the field of StatsGroup of that name. */
  readonly entity?: GroupEntity;
}

/** Entities that a group may be about. */
export type GroupEntity = 'artist' | 'album' | 'genre' | 'playlist';

const NAME_OF_KEY = ['C', 'C#/Db', 'D', 'D#/Eb', 'E', 'F', 'F#/Gb', 'G', 'G#/Ab', 'A', 'A#/Bb', 'B'];

const decade = (year: string) => `(${year} // 10 * 10)::integer::varchar || 's'`;
const same = (sql: string) => ({ key: sql, label: sql });

export const TRACK_ALBUM = 'left join gold.albums db on db.album_id = t.album_id';

export const TRACK_DIMENSIONS = {
  ARTIST: {
    key: 'da.artist_id',
    label: 'dan.name',
    join: `left join gold.track_artists da on da.track_id = t.track_id
      left join gold.artists dan on dan.artist_id = da.artist_id`,
    entity: 'artist',
  },
  ALBUM: { key: 't.album_id', label: 't.album_name', entity: 'album' },
  ALBUM_TYPE: { ...same('upper(db.album_type)'), join: TRACK_ALBUM },
  GENRE: {
    ...same('dg.genre'),
    join: 'left join gold.track_genres dg on dg.track_id = t.track_id',
    entity: 'genre',
  },
  LABEL: { ...same('db.label'), join: TRACK_ALBUM },
  RELEASE_YEAR: same('t.release_year::varchar'),
  RELEASE_DECADE: same(decade('t.release_year')),
  KEY: same(`[${NAME_OF_KEY.map((name) => `'${name}'`).join(', ')}][t.key + 1]`),
  MODE: same("case t.mode when 1 then 'MAJOR' when 0 then 'MINOR' end"),
  TIME_SIGNATURE: same('t.time_signature::varchar'),
  EXPLICIT: same('t.is_explicit::varchar'),
  PLAYLIST: {
    key: 'dp.playlist_id',
    label: 'dpn.name',
    playlistColumns: ['playlist_id'],
    entity: 'playlist',
  },
  PLAYLIST_GENRE: { ...same('dp.genre'), playlistColumns: ['genre'] },
  PLAYLIST_SUBGENRE: { ...same('dp.subgenre'), playlistColumns: ['subgenre'] },
  SOURCE: same('t.source'),
} as const satisfies Record<string, Dimension>;
export type TrackDimension = keyof typeof TRACK_DIMENSIONS;

export const ALBUM_DIMENSIONS = {
  ARTIST: {
    key: 'da.artist_id',
    label: 'dan.name',
    join: `left join gold.album_artists da on da.album_id = b.album_id
      left join gold.artists dan on dan.artist_id = da.artist_id`,
    entity: 'artist',
  },
  ALBUM_TYPE: same('upper(b.album_type)'),
  LABEL: same('b.label'),
  RELEASE_YEAR: same('b.release_year::varchar'),
  RELEASE_DECADE: same(decade('b.release_year')),
  GENRE: {
    ...same('dg.genre'),
    join: `left join (
      select distinct aa.album_id, ag.genre from gold.album_artists aa join gold.artist_genres ag using (artist_id)
    ) dg on dg.album_id = b.album_id`,
    entity: 'genre',
  },
} as const satisfies Record<string, Dimension>;
export type AlbumDimension = keyof typeof ALBUM_DIMENSIONS;

export const ARTIST_DIMENSIONS = {
  GENRE: {
    ...same('dg.genre'),
    join: 'left join gold.artist_genres dg on dg.artist_id = a.artist_id',
    entity: 'genre',
  },
} as const satisfies Record<string, Dimension>;
export type ArtistDimension = keyof typeof ARTIST_DIMENSIONS;

const MAX_DIMENSIONS = 3;

/** The joins that these dimensions need, each once. */
export function joinsOf(dimensions: readonly Dimension[]): string {
  const joins = new Set(dimensions.flatMap((dimension) => dimension.join ?? []));
  const columns = [...new Set(dimensions.flatMap((dimension) => dimension.playlistColumns ?? []))];
  if (columns.length > 0) {
    joins.add(
      `left join (select distinct track_id, ${columns.join(', ')} from gold.playlist_tracks) dp on dp.track_id = t.track_id`,
    );
  }
  if (columns.includes('playlist_id'))
    joins.add('left join gold.playlists dpn on dpn.playlist_id = dp.playlist_id');
  return [...joins].join('\n');
}

/** @throws InvalidInputError for more than three dimensions, or one twice */
export function checkDimensions(names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (names.length > MAX_DIMENSIONS || twice) {
    throw new InvalidInputError(
      `"groupBy" is [${names.join(', ')}]; up to three different dimensions are expected. Leave some out.`,
      { field: 'groupBy', given: names.join(', '), expected: 'up to three different dimensions' },
    );
  }
}
