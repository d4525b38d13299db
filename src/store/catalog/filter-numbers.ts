// The fields of filters that are numbers, each with its column, in DuckDB and in the serving index alike.
import type { AlbumFilter, ArtistFilter, GenreFilter, PlaylistFilter, TrackFilter } from './filter-types.ts';

export const TRACK_NUMBERS = {
  popularity: 'popularity',
  durationMs: 'duration_ms',
  releaseYear: 'release_year',
  danceability: 'danceability',
  energy: 'energy',
  valence: 'valence',
  acousticness: 'acousticness',
  instrumentalness: 'instrumentalness',
  liveness: 'liveness',
  speechiness: 'speechiness',
  tempo: 'tempo',
  loudness: 'loudness',
  key: 'key',
  timeSignature: 'time_signature',
} as const satisfies Partial<Record<keyof TrackFilter, string>>;

export const ARTIST_NUMBERS = {
  popularity: 'popularity',
  followers: 'followers',
  streams: 'streams',
  monthlyListeners: 'monthly_listeners',
  trackCount: 'track_count',
  albumCount: 'album_count',
} as const satisfies Partial<Record<keyof ArtistFilter, string>>;

export const ALBUM_NUMBERS = {
  popularity: 'popularity',
  releaseYear: 'release_year',
  totalTracks: 'total_tracks',
} as const satisfies Partial<Record<keyof AlbumFilter, string>>;

export const PLAYLIST_NUMBERS = {
  trackCount: 'track_count',
  followers: 'followers',
} as const satisfies Partial<Record<keyof PlaylistFilter, string>>;

export const GENRE_NUMBERS = {
  artistCount: 'artist_count',
  trackCount: 'track_count',
} as const satisfies Partial<Record<keyof GenreFilter, string>>;
