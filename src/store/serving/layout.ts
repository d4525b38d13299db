// What lies in the files. Every entity is a table whose rowid is its rank in the entity's default order, so that a default page is a
// walk along the table. Every relation between two entities is a link table (parent, place, child) of ranks, walked the same way. Beside
// the links lie the ids that artists have left behind (artist_merges), and sets of markets, each as one text (market_sets).

/** Files of another format are built anew. */
export const SERVING_FORMAT = 6;

/**
 * The files of an index, in the folder of its artifact: rows of entities with what finds names, and links. Two, so that two threads write
 * them. A reader attaches the second to the first.
 */
export const SERVING_FILES = { rows: 'serving.sqlite', links: 'links.sqlite' } as const;

export type EntityName = 'tracks' | 'artists' | 'albums' | 'genres' | 'playlists';

const asc = <F extends string>(field: F, column: string) =>
  ({ field, column, direction: 'ASC', nulls: 'LAST' }) as const;
const desc = <F extends string>(field: F, column: string) =>
  ({ ...asc(field, column), direction: 'DESC' }) as const;
/** Of equals, and where no source tells a popularity, those with most tracks first: the catalogue's own count, since a source's is often missing too. */
const BY_POPULARITY = [
  desc('POPULARITY', 'popularity'),
  desc('TRACK_COUNT', 'track_count'),
  asc('NAME', 'name_key'),
] as const;

/** The default orders, by the fields of lists and the columns that DuckDB reads; each ends with the id. */
export const DEFAULT_ORDERS = {
  artists: [...BY_POPULARITY, asc('ID', 'artist_id')],
  albums: [...BY_POPULARITY, asc('ID', 'album_id')],
  tracks: [desc('POPULARITY', 'popularity'), asc('ID', 'track_id')],
  genres: [desc('TRACK_COUNT', 'track_count'), asc('NAME', 'strip_accents(lower(name))'), asc('ID', 'name')],
  playlists: [asc('NAME', 'strip_accents(lower(name))'), asc('ID', 'playlist_id')],
} as const;

const orderOf = (entity: EntityName) =>
  DEFAULT_ORDERS[entity].map((term) => `${term.column} ${term.direction} nulls ${term.nulls}`).join(', ');

export interface EntityLayout {
  /** What DuckDB reads the rows from. */
  readonly from: string;
  readonly id: string;
  /** The default order as DuckDB says it. */
  readonly order: string;
  /** Columns of gold that no reader asks for by key. */
  readonly omit: readonly string[];
  /** Whether names can be searched: a trigram index over name_key. */
  readonly isSearched: boolean;
}

const listByName = (genre: string) =>
  `list(distinct ${genre} order by strip_accents(lower(${genre})), ${genre}) filter (${genre} is not null)`;

/** Select of the genres and subgenres under which playlists list tracks, each once, ordered as genres are elsewhere; null for none. */
export const GENRES_OF_PLAYLISTS = `
  select playlist_id, ${listByName('genre')} as genres, ${listByName('subgenre')} as subgenres
  from gold.playlist_tracks group by playlist_id`;

export const ENTITIES: Readonly<Record<EntityName, EntityLayout>> = {
  artists: {
    from: 'gold.artists',
    id: 'artist_id',
    order: orderOf('artists'),
    omit: ['image_url', 'source'],
    isSearched: true,
  },
  albums: {
    from: 'gold.albums',
    id: 'album_id',
    order: orderOf('albums'),
    omit: ['image_url', 'source', 'release_date_precision'],
    isSearched: true,
  },
  tracks: {
    // Nearly every track is the only one of its recording: its id stands for the recording's, and that takes no space.
    from: `(select t.* replace (nullif(t.recording_id, t.track_id) as recording_id), r.recording_id is not null as is_preferred
      from gold.tracks t left join gold.recordings r on r.preferred_track_id = t.track_id)`,
    id: 'track_id',
    order: orderOf('tracks'),
    omit: ['artist_name', 'album_name'],
    isSearched: true,
  },
  genres: {
    from: '(select *, strip_accents(lower(name)) as name_key from gold.genres)',
    id: 'name',
    order: orderOf('genres'),
    omit: [],
    isSearched: false,
  },
  playlists: {
    from: `(select p.*, strip_accents(lower(p.name)) as name_key, k.genres, k.subgenres
      from gold.playlists p left join (${GENRES_OF_PLAYLISTS}) k using (playlist_id))`,
    id: 'playlist_id',
    order: orderOf('playlists'),
    omit: ['source'],
    isSearched: false,
  },
};

export interface LinkLayout {
  readonly parent: EntityName;
  readonly child: EntityName;
  /** What DuckDB reads the links from, with the ids of both ends. */
  readonly from: string;
  /** The column of it with the parent's id, where both ends are of one kind. */
  readonly parentId?: string;
  /** A whole number that orders the children of a parent; the child's own rank unless stated. Aliases: p parent, l link, c child. */
  readonly place?: string;
  /** The column of a parent with how many children it has; they are counted unless stated. */
  readonly count?: string;
}

const numbered = (order: string) => `row_number() over (partition by p.rank order by ${order})::integer`;

export const LINKS = {
  artist_tracks: { parent: 'artists', child: 'tracks', from: 'gold.track_artists', count: 'track_count' },
  artist_albums: { parent: 'artists', child: 'albums', from: 'gold.album_artists', count: 'album_count' },
  genre_artists: {
    parent: 'genres',
    child: 'artists',
    from: '(select genre as name, artist_id from gold.artist_genres)',
    count: 'artist_count',
  },
  genre_tracks: {
    parent: 'genres',
    child: 'tracks',
    from: '(select genre as name, track_id from gold.track_genres)',
    count: 'track_count',
  },
  album_tracks: {
    parent: 'albums',
    child: 'tracks',
    from: '(select album_id, track_id, disc_number, track_number from gold.tracks)',
    place: numbered('l.disc_number nulls last, l.track_number nulls last, l.track_id'),
  },
  playlist_tracks: {
    parent: 'playlists',
    child: 'tracks',
    from: '(select playlist_id, track_id, min(position) as position from gold.playlist_tracks group by all)',
    place: 'l.position',
    count: 'track_count',
  },
  track_artists: {
    parent: 'tracks',
    child: 'artists',
    from: 'gold.track_artists',
    place: numbered('l.position, l.artist_id'),
  },
  album_artists: {
    parent: 'albums',
    child: 'artists',
    from: 'gold.album_artists',
    place: numbered('l.position, l.artist_id'),
  },
  artist_genres: {
    parent: 'artists',
    child: 'genres',
    from: '(select artist_id, genre as name from gold.artist_genres)',
    place: numbered('strip_accents(lower(l.name)), l.name'),
  },
  track_genres: {
    parent: 'tracks',
    child: 'genres',
    from: '(select track_id, genre as name, is_own from gold.track_genres)',
    place: numbered('l.is_own desc, strip_accents(lower(l.name)), l.name'),
  },
  /** The parent is the track by whose id the recording goes, itself one of the children. Recordings of one track are left out. */
  recording_tracks: {
    parent: 'tracks',
    child: 'tracks',
    from: `(select recording_id, track_id from gold.tracks
      where recording_id in (select recording_id from gold.recordings where track_count > 1))`,
    parentId: 'recording_id',
  },
  track_playlists: {
    parent: 'tracks',
    child: 'playlists',
    from: '(select distinct track_id, playlist_id from gold.playlist_tracks)',
  },
} as const satisfies Record<string, LinkLayout>;
export type LinkName = keyof typeof LINKS;

/** How a column of gold is kept: JSON for lists and structs, 0 and 1 for booleans. */
export type Kept = 'INTEGER' | 'REAL' | 'TEXT' | 'BOOLEAN' | 'JSON';

/** @param type DuckDB's name of the type; null: not kept */
export function keptAs(type: string): Kept | null {
  if (/\[\]$|^STRUCT|^MAP/.test(type)) return 'JSON';
  if (/^(TINY|SMALL|BIG|U?INT|UTINY|USMALL|UBIG|HUGE|UHUGE)/.test(type)) return 'INTEGER';
  if (/^(DOUBLE|FLOAT|DECIMAL)/.test(type)) return 'REAL';
  if (type === 'BOOLEAN') return 'BOOLEAN';
  return type === 'VARCHAR' ? 'TEXT' : null;
}
