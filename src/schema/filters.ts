// Filters over tracks, artists, albums and playlists; what they mean in SQL is store/catalog/filters.ts.
import type {
  AlbumFilter,
  ArtistFilter,
  GenreFilter,
  ListFilter,
  PlaylistFilter,
  PlaylistListFilter,
  StringListFilter,
  TrackFilter,
} from '../store/catalog/filter-types.ts';
import { builder } from './builder.ts';
import {
  FloatFilterInput,
  IDFilterInput,
  IntFilterInput,
  LongFilterInput,
  PartialDateFilterInput,
  StringFilterInput,
} from './comparison-filters.ts';
import { AlbumTypeEnum, ModeEnum } from './enums.ts';

export const TrackFilterInput = builder.inputRef<TrackFilter>('TrackFilter');
export const ArtistFilterInput = builder.inputRef<ArtistFilter>('ArtistFilter');
export const AlbumFilterInput = builder.inputRef<AlbumFilter>('AlbumFilter');
export const PlaylistFilterInput = builder.inputRef<PlaylistFilter>('PlaylistFilter');
export const GenreFilterInput = builder.inputRef<GenreFilter>('GenreFilter');

const COMBINED = {
  and: 'All of these hold; an empty list always does.',
  or: 'One of these holds; an empty list never does.',
  not: 'This does not hold. A row without a value fails a comparison, and so passes its negation.',
};

PlaylistFilterInput.implement({
  description:
    "Which playlists, or which places of a track in playlists: all conditions given must hold, for the same place where it is a track's. {} is all.",
  fields: (t) => ({
    and: t.field({ type: [PlaylistFilterInput], description: COMBINED.and }),
    or: t.field({ type: [PlaylistFilterInput], description: COMBINED.or }),
    not: t.field({ type: PlaylistFilterInput, description: COMBINED.not }),
    id: t.field({ type: IDFilterInput, description: "The playlist's id." }),
    name: t.field({ type: StringFilterInput, description: "The playlist's name." }),
    trackCount: t.field({
      type: IntFilterInput,
      description: 'How many tracks of the catalogue are in the playlist.',
    }),
    followers: t.field({ type: LongFilterInput, description: "The playlist's followers." }),
    genre: t.field({
      type: StringFilterInput,
      description: 'Genre under which the playlist lists the track; of a playlist, one of its tracks.',
    }),
    subgenre: t.field({
      type: StringFilterInput,
      description:
        'Subgenre under which the playlist lists the track; of a playlist, the same track as under genre.',
    }),
  }),
});

const StringListFilterInput = builder.inputRef<StringListFilter>('StringListFilter').implement({
  description: 'Asks about a list of texts. All conditions given must hold.',
  fields: (t) => ({
    some: t.field({ type: StringFilterInput, description: 'At least one text passes.' }),
    none: t.field({ type: StringFilterInput, description: 'No text passes; so it is for an empty list.' }),
    every: t.field({
      type: StringFilterInput,
      description: 'Every text passes; so it is for an empty list.',
    }),
    isEmpty: t.boolean({ description: 'true: the list is empty; false: it is not.' }),
  }),
});

const ArtistListFilterInput = builder.inputRef<ListFilter<ArtistFilter>>('ArtistListFilter').implement({
  description: 'Asks about a list of artists. All conditions given must hold.',
  fields: (t) => ({
    some: t.field({ type: ArtistFilterInput, description: 'At least one artist passes.' }),
    none: t.field({
      type: ArtistFilterInput,
      description: 'No artist passes; so it is for an empty list.',
    }),
    every: t.field({
      type: ArtistFilterInput,
      description: 'Every artist passes; so it is for an empty list.',
    }),
  }),
});

const TrackListFilterInput = builder.inputRef<ListFilter<TrackFilter>>('TrackListFilter').implement({
  description: 'Asks about a list of tracks. All conditions given must hold.',
  fields: (t) => ({
    some: t.field({ type: TrackFilterInput, description: 'At least one track passes.' }),
    none: t.field({ type: TrackFilterInput, description: 'No track passes; so it is for an empty list.' }),
    every: t.field({
      type: TrackFilterInput,
      description: 'Every track passes; so it is for an empty list.',
    }),
  }),
});

const AlbumListFilterInput = builder.inputRef<ListFilter<AlbumFilter>>('AlbumListFilter').implement({
  description: 'Asks about a list of albums. All conditions given must hold.',
  fields: (t) => ({
    some: t.field({ type: AlbumFilterInput, description: 'At least one album passes.' }),
    none: t.field({ type: AlbumFilterInput, description: 'No album passes; so it is for an empty list.' }),
    every: t.field({
      type: AlbumFilterInput,
      description: 'Every album passes; so it is for an empty list.',
    }),
  }),
});

const PlaylistListFilterInput = builder.inputRef<PlaylistListFilter>('PlaylistListFilter').implement({
  description: "Asks about a track's places in playlists. All conditions given must hold.",
  fields: (t) => ({
    some: t.field({ type: PlaylistFilterInput, description: 'At least one place passes.' }),
    none: t.field({
      type: PlaylistFilterInput,
      description: 'No place passes; so it is for a track in no playlist.',
    }),
  }),
});

GenreFilterInput.implement({
  description: 'Which genres: all conditions given must hold. {} is all genres.',
  fields: (t) => ({
    and: t.field({ type: [GenreFilterInput], description: COMBINED.and }),
    or: t.field({ type: [GenreFilterInput], description: COMBINED.or }),
    not: t.field({ type: GenreFilterInput, description: COMBINED.not }),
    name: t.field({ type: StringFilterInput, description: "The genre's name." }),
    artistCount: t.field({ type: IntFilterInput, description: 'How many artists have it.' }),
    trackCount: t.field({
      type: IntFilterInput,
      description: 'How many tracks have it, or one of whose artists does.',
    }),
  }),
});

const MARKET =
  'A market in which it may be played: an ISO 3166-1 alpha-2 country in capitals, e.g. DE. What no source names a market of passes for none.';

TrackFilterInput.implement({
  description: 'Which tracks: all conditions given must hold. {} is all tracks.',
  fields: (t) => ({
    and: t.field({ type: [TrackFilterInput], description: COMBINED.and }),
    or: t.field({ type: [TrackFilterInput], description: COMBINED.or }),
    not: t.field({ type: TrackFilterInput, description: COMBINED.not }),
    id: t.field({ type: IDFilterInput, description: "The track's id." }),
    recordingId: t.field({
      type: IDFilterInput,
      description: "Its recording's id: eq finds all tracks of one recording.",
    }),
    isPreferred: t.boolean({
      description:
        'Whether it stands for its recording: the most popular of its tracks, of equals the first by id. true by itself lists each recording once; beside other conditions it leaves out a recording whose preferred track does not meet them, though another of its tracks may.',
    }),
    name: t.field({
      type: StringFilterInput,
      description: "The track's name; the empty text where it is missing.",
    }),
    popularity: t.field({ type: IntFilterInput, description: 'Popularity, 0..100.' }),
    durationMs: t.field({ type: IntFilterInput, description: 'Duration in milliseconds.' }),
    isExplicit: t.boolean({
      description: 'Whether the lyrics are marked explicit; an unmarked track passes neither.',
    }),
    releaseYear: t.field({ type: IntFilterInput, description: "Year of the album's release." }),
    releaseDate: t.field({
      type: PartialDateFilterInput,
      description: "Date of the album's release, else the track's own.",
    }),
    isrc: t.field({ type: StringFilterInput, description: 'International Standard Recording Code.' }),
    genres: t.field({
      type: StringListFilterInput,
      description:
        'Genres of the track itself or of any of its artists. Those of playlists it is on: playlists.',
    }),
    artists: t.field({ type: ArtistListFilterInput, description: 'Its artists, all of them.' }),
    album: t.field({ type: AlbumFilterInput, description: 'Its album; a track without one does not pass.' }),
    playlists: t.field({ type: PlaylistListFilterInput, description: 'The playlists it is in.' }),
    market: t.string({ description: MARKET }),
    hasAudioFeatures: t.boolean({ description: 'Whether a provider has its audio features.' }),
    danceability: t.field({ type: FloatFilterInput, description: 'Danceability, 0..1.' }),
    energy: t.field({ type: FloatFilterInput, description: 'Energy, 0..1.' }),
    valence: t.field({ type: FloatFilterInput, description: 'Valence (musical positiveness), 0..1.' }),
    acousticness: t.field({ type: FloatFilterInput, description: 'Acousticness, 0..1.' }),
    instrumentalness: t.field({ type: FloatFilterInput, description: 'Instrumentalness, 0..1.' }),
    liveness: t.field({ type: FloatFilterInput, description: 'Liveness, 0..1.' }),
    speechiness: t.field({ type: FloatFilterInput, description: 'Speechiness, 0..1.' }),
    tempo: t.field({ type: FloatFilterInput, description: 'Tempo in BPM; missing when undetected.' }),
    loudness: t.field({ type: FloatFilterInput, description: 'Loudness in dB, usually -60..0.' }),
    key: t.field({
      type: IntFilterInput,
      description: 'Pitch class, 0 (C) to 11 (B); missing when undetected.',
    }),
    mode: t.field({ type: ModeEnum, description: 'Major or minor; a track without a mode does not pass.' }),
    timeSignature: t.field({ type: IntFilterInput, description: 'Beats per bar, 3..7.' }),
    source: t.field({
      type: StringFilterInput,
      description: 'Source that contributed the name: spotify, sandbox, ...',
    }),
  }),
});

ArtistFilterInput.implement({
  description: 'Which artists: all conditions given must hold. {} is all artists.',
  fields: (t) => ({
    and: t.field({ type: [ArtistFilterInput], description: COMBINED.and }),
    or: t.field({ type: [ArtistFilterInput], description: COMBINED.or }),
    not: t.field({ type: ArtistFilterInput, description: COMBINED.not }),
    id: t.field({
      type: IDFilterInput,
      description: "The artist's id; one made from its name that it has left behind stands for it.",
    }),
    name: t.field({ type: StringFilterInput, description: "The artist's name." }),
    popularity: t.field({ type: IntFilterInput, description: 'Popularity, 0..100.' }),
    followers: t.field({ type: LongFilterInput, description: 'Followers.' }),
    streams: t.field({
      type: LongFilterInput,
      description: 'Streams of all time; missing for an artist that no ranking has.',
    }),
    monthlyListeners: t.field({
      type: LongFilterInput,
      description: 'Listeners of the last month; missing for an artist that no ranking has.',
    }),
    genres: t.field({ type: StringListFilterInput, description: "The artist's genres." }),
    trackCount: t.field({
      type: IntFilterInput,
      description: 'How many tracks of the artist are in the catalogue.',
    }),
    albumCount: t.field({
      type: IntFilterInput,
      description: 'How many albums that credit the artist are in the catalogue.',
    }),
    albums: t.field({ type: AlbumListFilterInput, description: 'Albums the artist is credited on.' }),
    tracks: t.field({ type: TrackListFilterInput, description: 'Tracks the artist is credited on.' }),
  }),
});

AlbumFilterInput.implement({
  description: 'Which albums: all conditions given must hold. {} is all albums.',
  fields: (t) => ({
    and: t.field({ type: [AlbumFilterInput], description: COMBINED.and }),
    or: t.field({ type: [AlbumFilterInput], description: COMBINED.or }),
    not: t.field({ type: AlbumFilterInput, description: COMBINED.not }),
    id: t.field({ type: IDFilterInput, description: "The album's id." }),
    isPreferred: t.boolean({
      description:
        'Whether it stands for its market twins, or has none: the most popular of them, then the one with most tracks as the source counts them, then the first by id. true by itself lists each release once; beside other conditions it leaves out a release whose preferred album does not meet them, though a twin may.',
    }),
    upc: t.field({
      type: StringFilterInput,
      description:
        'Universal product code, else EAN, as the source writes it: leading zeros count here, though they tell no twins apart.',
    }),
    name: t.field({ type: StringFilterInput, description: "The album's name." }),
    popularity: t.field({ type: IntFilterInput, description: 'Popularity, 0..100.' }),
    albumType: t.field({ type: AlbumTypeEnum, description: 'Album, single or compilation.' }),
    label: t.field({ type: StringFilterInput, description: 'Record label.' }),
    releaseYear: t.field({ type: IntFilterInput, description: 'Year of release.' }),
    releaseDate: t.field({ type: PartialDateFilterInput, description: 'Date of release.' }),
    totalTracks: t.field({ type: IntFilterInput, description: 'How many tracks the source says it has.' }),
    market: t.string({ description: MARKET }),
    artists: t.field({ type: ArtistListFilterInput, description: 'Its artists.' }),
    tracks: t.field({ type: TrackListFilterInput, description: 'Its tracks in the catalogue.' }),
  }),
});
