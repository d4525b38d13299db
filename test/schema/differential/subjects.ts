// What statistics are asked of: tracks, albums and artists with their dimensions and measures, as the model has them.
import {
  type Maybe,
  type ModelAlbum,
  type ModelArtist,
  type ModelTrack,
  SCORES,
} from '../../fixtures/catalogue-model.ts';
import { genresOf, matchesAlbum, matchesArtist, matchesTrack } from '../../fixtures/model-filters.ts';
import type { RandomFilter } from '../../fixtures/random-filters.ts';
import { filters, model } from './drawn-catalogue.ts';

export interface Subject<T> {
  readonly field: string;
  readonly type: string;
  readonly items: readonly T[];
  readonly filter: () => RandomFilter;
  readonly matches: (filter: RandomFilter, item: T) => boolean;
  readonly dimensions: Record<string, (item: T) => Maybe<string>[]>;
  /** GraphQL field and enum value of each measure. */
  readonly measures: Record<string, { field: string; of: (item: T) => Maybe<number> }>;
}

const orNone = <T>(values: readonly T[]): (T | null)[] => (values.length ? [...values] : [null]);
export const decade = (year: Maybe<number>) => (year === null ? null : `${Math.floor(year / 10) * 10}s`);
const asText = (value: Maybe<number | boolean | string>) => (value === null ? null : String(value));
const KEYS = ['C', 'C#/Db', 'D', 'D#/Eb', 'E', 'F', 'F#/Gb', 'G', 'G#/Ab', 'A', 'A#/Bb', 'B'];
export const unique = <T>(values: readonly T[]) => [...new Set(values)];

export const SUBJECTS = [
  {
    field: 'trackStats',
    type: 'Track',
    items: model.tracks,
    filter: filters.track,
    matches: matchesTrack,
    dimensions: {
      ARTIST: (t: ModelTrack) => orNone(t.artists.map(({ id }) => id)),
      ALBUM: (t: ModelTrack) => [t.album?.id ?? null],
      ALBUM_TYPE: (t: ModelTrack) => [t.album?.albumType ?? null],
      GENRE: (t: ModelTrack) => orNone(genresOf(t)),
      LABEL: (t: ModelTrack) => [t.album?.label ?? null],
      RELEASE_YEAR: (t: ModelTrack) => [asText(t.releaseYear)],
      RELEASE_DECADE: (t: ModelTrack) => [decade(t.releaseYear)],
      KEY: (t: ModelTrack) => [t.key === null ? null : (KEYS[t.key] as string)],
      MODE: (t: ModelTrack) => [t.mode],
      TIME_SIGNATURE: (t: ModelTrack) => [asText(t.timeSignature)],
      EXPLICIT: (t: ModelTrack) => [asText(t.isExplicit)],
      PLAYLIST: (t: ModelTrack) => orNone(unique(t.places.map(({ id }) => id))),
      PLAYLIST_GENRE: (t: ModelTrack) => orNone(unique(t.places.map(({ genre }) => genre))),
      PLAYLIST_SUBGENRE: (t: ModelTrack) => orNone(unique(t.places.map(({ subgenre }) => subgenre))),
      SOURCE: (t: ModelTrack) => [t.source],
    },
    measures: {
      POPULARITY: { field: 'popularity', of: (t: ModelTrack) => t.popularity },
      DURATION_MS: { field: 'durationMs', of: (t: ModelTrack) => t.durationMs },
      RELEASE_YEAR: { field: 'releaseYear', of: (t: ModelTrack) => t.releaseYear },
      TEMPO: { field: 'tempo', of: (t: ModelTrack) => t.tempo },
      LOUDNESS: { field: 'loudness', of: (t: ModelTrack) => t.loudness },
      ARTIST_POPULARITY: {
        field: 'artistPopularity',
        of: (t: ModelTrack) => t.artists[0]?.popularity ?? null,
      },
      ARTIST_FOLLOWERS: { field: 'artistFollowers', of: (t: ModelTrack) => t.artists[0]?.followers ?? null },
      ...Object.fromEntries(
        SCORES.map((name) => [name.toUpperCase(), { field: name, of: (t: ModelTrack) => t[name] }]),
      ),
    },
  },
  {
    field: 'albumStats',
    type: 'Album',
    items: model.albums,
    filter: filters.album,
    matches: matchesAlbum,
    dimensions: {
      ARTIST: (b: ModelAlbum) => orNone(b.artists.map(({ id }) => id)),
      ALBUM_TYPE: (b: ModelAlbum) => [b.albumType],
      LABEL: (b: ModelAlbum) => [b.label],
      RELEASE_YEAR: (b: ModelAlbum) => [asText(b.releaseYear)],
      RELEASE_DECADE: (b: ModelAlbum) => [decade(b.releaseYear)],
      GENRE: (b: ModelAlbum) => orNone(unique(b.artists.flatMap(({ genres }) => genres))),
    },
    measures: {
      POPULARITY: { field: 'popularity', of: (b: ModelAlbum) => b.popularity },
      TOTAL_TRACKS: { field: 'totalTracks', of: (b: ModelAlbum) => b.totalTracks },
      RELEASE_YEAR: { field: 'releaseYear', of: (b: ModelAlbum) => b.releaseYear },
    },
  },
  {
    field: 'artistStats',
    type: 'Artist',
    items: model.artists,
    filter: filters.artist,
    matches: matchesArtist,
    dimensions: { GENRE: (a: ModelArtist) => orNone(a.genres) },
    measures: {
      POPULARITY: { field: 'popularity', of: (a: ModelArtist) => a.popularity },
      FOLLOWERS: { field: 'followers', of: (a: ModelArtist) => a.followers },
      STREAMS: { field: 'streams', of: (a: ModelArtist) => a.streams },
      MONTHLY_LISTENERS: { field: 'monthlyListeners', of: (a: ModelArtist) => a.monthlyListeners },
      TRACK_COUNT: { field: 'trackCount', of: (a: ModelArtist) => a.tracks.length },
      ALBUM_COUNT: { field: 'albumCount', of: (a: ModelArtist) => a.albums.length },
    },
  },
] as unknown as readonly Subject<{ id: string }>[];
