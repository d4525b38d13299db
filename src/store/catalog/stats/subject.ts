// The subjects of statistics: what is counted, by what it can be grouped, and what of it can be measured. (A fourth one, an account's plays, is
// in store/listening/stats/sound.ts.)
import type { SqlFragment } from '../catalog.ts';
import type { AlbumFilter, ArtistFilter, TrackFilter } from '../filter-types.ts';
import { compileAlbumFilter, compileArtistFilter, compileTrackFilter } from '../filters.ts';
import { ALBUM_DIMENSIONS, ARTIST_DIMENSIONS, type Dimension, TRACK_DIMENSIONS } from './dimensions.ts';
import { ALBUM_MEASURES, ARTIST_MEASURES, type Measure, TRACK_MEASURES } from './measures.ts';

export type SubjectName = 'track' | 'album' | 'artist' | 'play';

export interface Subject {
  readonly name: SubjectName;
  /** Relation and alias. */
  readonly from: string;
  readonly id: string;
  readonly dimensions: Readonly<Record<string, Dimension>>;
  readonly measures: Readonly<Record<string, Measure>>;
  /** Distinct counts of others that the rows of a group lead to, with the join each needs. */
  readonly counts: Readonly<Record<string, { sql: string; join: string }>>;
  /** What a client's `where` means. @throws InvalidInputError */
  readonly compile: (where: TrackFilter | AlbumFilter | ArtistFilter | null | undefined) => SqlFragment;
}

export const TRACKS: Subject = {
  name: 'track',
  from: 'gold.tracks t',
  id: 't.track_id',
  dimensions: TRACK_DIMENSIONS,
  measures: TRACK_MEASURES,
  counts: {
    artistCount: {
      sql: 'count(distinct ca.artist_id)',
      join: 'left join gold.track_artists ca on ca.track_id = t.track_id',
    },
    albumCount: { sql: 'count(distinct t.album_id)', join: '' },
  },
  compile: (where) => compileTrackFilter(where as TrackFilter),
};

export const ALBUMS: Subject = {
  name: 'album',
  from: 'gold.albums b',
  id: 'b.album_id',
  dimensions: ALBUM_DIMENSIONS,
  measures: ALBUM_MEASURES,
  counts: {
    artistCount: {
      sql: 'count(distinct ca.artist_id)',
      join: 'left join gold.album_artists ca on ca.album_id = b.album_id',
    },
  },
  compile: (where) => compileAlbumFilter(where as AlbumFilter),
};

export const ARTISTS: Subject = {
  name: 'artist',
  from: 'gold.artists a',
  id: 'a.artist_id',
  dimensions: ARTIST_DIMENSIONS,
  measures: ARTIST_MEASURES,
  counts: {},
  compile: (where) => compileArtistFilter(where as ArtistFilter),
};
