// What lists can be ordered by. Every order ends with the id, so that each row has one place.
import type { AlbumOrderField } from '../store/catalog/albums.ts';
import type { ArtistOrderField } from '../store/catalog/artists.ts';
import type { GenreOrderField } from '../store/catalog/genres.ts';
import type { OrderInput } from '../store/catalog/order.ts';
import type { PlaylistOrderField } from '../store/catalog/playlists.ts';
import type { TrackOrderField } from '../store/catalog/tracks.ts';
import { builder } from './builder.ts';
import { DirectionEnum, NullsOrderEnum } from './enums.ts';

const DIRECTION = 'ASC unless stated.';
const NULLS = 'LAST unless stated.';

/** The default order of artists and albums. */
export const BY_POPULARITY =
  'Popularity, highest first, then most tracks in the catalogue, name and id unless stated. Popularity alone, highest first, goes on likewise.';

const TrackOrderFieldEnum = builder.enumType('TrackOrderField', {
  description: 'What tracks can be ordered by.',
  values: {
    ID: { description: 'The id.' },
    NAME: { description: 'The name, without accents and case.' },
    POPULARITY: { description: 'Popularity, 0..100.' },
    DURATION_MS: { description: 'Length in milliseconds.' },
    RELEASE_YEAR: { description: 'Year of release.' },
    RELEASE_DATE: { description: 'Date of release; a year alone comes before its months.' },
    DISC_NUMBER: { description: 'Number of its disc.' },
    TRACK_NUMBER: { description: 'Number on its disc: with DISC_NUMBER before it, the order of an album.' },
    DANCEABILITY: { description: 'Danceability, 0..1.' },
    ENERGY: { description: 'Energy, 0..1.' },
    VALENCE: { description: 'Valence, 0..1.' },
    ACOUSTICNESS: { description: 'Acousticness, 0..1.' },
    INSTRUMENTALNESS: { description: 'Instrumentalness, 0..1.' },
    LIVENESS: { description: 'Liveness, 0..1.' },
    SPEECHINESS: { description: 'Speechiness, 0..1.' },
    TEMPO: { description: 'Tempo, BPM.' },
    LOUDNESS: { description: 'Loudness, dB.' },
    ARTIST_NAME: { description: 'Name of its first artist, without accents and case.' },
    ALBUM_NAME: { description: 'Name of its album, without accents and case.' },
  } as const,
});

export const TrackOrderInput = builder.inputRef<OrderInput<TrackOrderField>>('TrackOrder').implement({
  description: 'One term of an order of tracks.',
  fields: (t) => ({
    field: t.field({ type: TrackOrderFieldEnum, required: true, description: 'What it is ordered by.' }),
    direction: t.field({ type: DirectionEnum, description: DIRECTION }),
    nulls: t.field({ type: NullsOrderEnum, description: NULLS }),
  }),
});

const ArtistOrderFieldEnum = builder.enumType('ArtistOrderField', {
  description: 'What artists can be ordered by.',
  values: {
    ID: { description: 'The id.' },
    NAME: { description: 'The name, without accents and case.' },
    POPULARITY: { description: 'Popularity, 0..100.' },
    FOLLOWERS: { description: 'Followers.' },
    STREAMS: { description: 'Streams of all time.' },
    MONTHLY_LISTENERS: { description: 'Listeners of the last month.' },
    TRACK_COUNT: { description: 'Tracks in the catalogue.' },
    ALBUM_COUNT: { description: 'Albums in the catalogue.' },
  } as const,
});

export const ArtistOrderInput = builder.inputRef<OrderInput<ArtistOrderField>>('ArtistOrder').implement({
  description: 'One term of an order of artists.',
  fields: (t) => ({
    field: t.field({ type: ArtistOrderFieldEnum, required: true, description: 'What it is ordered by.' }),
    direction: t.field({ type: DirectionEnum, description: DIRECTION }),
    nulls: t.field({ type: NullsOrderEnum, description: NULLS }),
  }),
});

const AlbumOrderFieldEnum = builder.enumType('AlbumOrderField', {
  description: 'What albums can be ordered by.',
  values: {
    ID: { description: 'The id.' },
    NAME: { description: 'The name, without accents and case.' },
    POPULARITY: { description: 'Popularity, 0..100.' },
    RELEASE_DATE: { description: 'Date of release; a year alone comes before its months.' },
    TOTAL_TRACKS: { description: 'Tracks as the source counts them.' },
  } as const,
});

export const AlbumOrderInput = builder.inputRef<OrderInput<AlbumOrderField>>('AlbumOrder').implement({
  description: 'One term of an order of albums.',
  fields: (t) => ({
    field: t.field({ type: AlbumOrderFieldEnum, required: true, description: 'What it is ordered by.' }),
    direction: t.field({ type: DirectionEnum, description: DIRECTION }),
    nulls: t.field({ type: NullsOrderEnum, description: NULLS }),
  }),
});

const GenreOrderFieldEnum = builder.enumType('GenreOrderField', {
  description: 'What genres can be ordered by.',
  values: {
    NAME: { description: 'The name, without accents and case.' },
    ARTIST_COUNT: { description: 'Artists of the genre.' },
    TRACK_COUNT: { description: 'Tracks of the genre.' },
  } as const,
});

const PlaylistOrderFieldEnum = builder.enumType('PlaylistOrderField', {
  description: 'What playlists can be ordered by.',
  values: {
    ID: { description: 'The id.' },
    NAME: { description: 'The name, without accents and case.' },
    TRACK_COUNT: { description: 'Tracks of the catalogue in it.' },
    FOLLOWERS: { description: 'Followers.' },
  } as const,
});

export const PlaylistOrderInput = builder
  .inputRef<OrderInput<PlaylistOrderField>>('PlaylistOrder')
  .implement({
    description: 'One term of an order of playlists.',
    fields: (t) => ({
      field: t.field({ type: PlaylistOrderFieldEnum, required: true, description: 'What it is ordered by.' }),
      direction: t.field({ type: DirectionEnum, description: DIRECTION }),
      nulls: t.field({ type: NullsOrderEnum, description: NULLS }),
    }),
  });

export const GenreOrderInput = builder.inputRef<OrderInput<GenreOrderField>>('GenreOrder').implement({
  description: 'One term of an order of genres.',
  fields: (t) => ({
    field: t.field({ type: GenreOrderFieldEnum, required: true, description: 'What it is ordered by.' }),
    direction: t.field({ type: DirectionEnum, description: DIRECTION }),
  }),
});
