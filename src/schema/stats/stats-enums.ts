// Enumerations of what tracks, albums and artists can be grouped by and measured in, and the statistics.
import { builder } from '../builder.ts';

export const TrackMeasureEnum = builder.enumType('TrackMeasure', {
  description: 'A number that tracks have.',
  values: {
    POPULARITY: { description: 'Popularity, 0..100.' },
    DURATION_MS: { description: 'Length in milliseconds.' },
    RELEASE_YEAR: { description: 'Year of release.' },
    DANCEABILITY: { description: 'How suited to dancing, 0..1.' },
    ENERGY: { description: 'Intensity, 0..1.' },
    VALENCE: { description: 'Positiveness, 0..1.' },
    ACOUSTICNESS: { description: 'Confidence that it is acoustic, 0..1.' },
    INSTRUMENTALNESS: { description: 'Confidence that it has no vocals, 0..1.' },
    LIVENESS: { description: 'Confidence that there is an audience, 0..1.' },
    SPEECHINESS: { description: 'Share of spoken words, 0..1.' },
    TEMPO: { description: 'Beats per minute.' },
    LOUDNESS: { description: 'Loudness in dB, usually -60..0.' },
    ARTIST_POPULARITY: { description: "Popularity of the track's first artist, 0..100." },
    ARTIST_FOLLOWERS: { description: "Followers of the track's first artist." },
  } as const,
});

export const AlbumMeasureEnum = builder.enumType('AlbumMeasure', {
  description: 'A number that albums have.',
  values: {
    POPULARITY: { description: 'Popularity, 0..100.' },
    TOTAL_TRACKS: { description: 'Tracks on the album as the source counts them.' },
    RELEASE_YEAR: { description: 'Year of release.' },
  } as const,
});

export const TrackDimensionEnum = builder.enumType('TrackDimension', {
  description: 'What tracks can be grouped by. A track in several groups counts once in each.',
  values: {
    ARTIST: { description: 'Each of its artists.' },
    ALBUM: { description: 'Its album.' },
    ALBUM_TYPE: { description: 'Type of its album: ALBUM, SINGLE or COMPILATION.' },
    GENRE: { description: 'Each genre of the track or of any of its artists.' },
    LABEL: { description: 'Label of its album.' },
    RELEASE_YEAR: { description: 'Year of release.' },
    RELEASE_DECADE: { description: 'Decade of release, e.g. 1990s.' },
    KEY: { description: 'Pitch class by name, C to B.' },
    MODE: { description: 'MAJOR or MINOR.' },
    TIME_SIGNATURE: { description: 'Beats per bar.' },
    EXPLICIT: { description: 'true or false.' },
    PLAYLIST: { description: 'Each playlist it is on.' },
    PLAYLIST_GENRE: { description: 'Each genre under which a playlist lists it.' },
    PLAYLIST_SUBGENRE: { description: 'Each subgenre under which a playlist lists it.' },
    SOURCE: { description: 'The source that contributed its name.' },
  } as const,
});

export const AlbumDimensionEnum = builder.enumType('AlbumDimension', {
  description: 'What albums can be grouped by. An album in several groups counts once in each.',
  values: {
    ARTIST: { description: 'Each of its artists.' },
    ALBUM_TYPE: { description: 'ALBUM, SINGLE or COMPILATION.' },
    LABEL: { description: 'Its label.' },
    RELEASE_YEAR: { description: 'Year of release.' },
    RELEASE_DECADE: { description: 'Decade of release, e.g. 1990s.' },
    GENRE: { description: 'Each genre of any of its artists.' },
  } as const,
});

export const ArtistDimensionEnum = builder.enumType('ArtistDimension', {
  description: 'What artists can be grouped by. An artist in several groups counts once in each.',
  values: { GENRE: { description: 'Each of its genres.' } } as const,
});

export const StatisticEnum = builder.enumType('Statistic', {
  description: 'A figure over the rows of a group that have a value.',
  values: {
    COUNT: { description: 'Rows with a value; without a measure all rows.' },
    MIN: { description: 'Least value.' },
    MAX: { description: 'Greatest value.' },
    SUM: { description: 'Sum.' },
    AVG: { description: 'Arithmetic mean.' },
    MEDIAN: { description: 'Median, the middle two interpolated.' },
    STDDEV: { description: 'Standard deviation of the sample (n - 1).' },
  } as const,
});
