// What can be measured, and by which statistic: SQL of ours for each name of the contract.
import { InvalidInputError } from '../../../errors.ts';

export type Statistic = 'COUNT' | 'MIN' | 'MAX' | 'SUM' | 'AVG' | 'MEDIAN' | 'STDDEV';

/** A numeric expression over a row of the subject, and the join it needs beside the subject's relation. */
export interface Measure {
  readonly sql: string;
  readonly join?: string;
}

/** The first artist of a track, for measures of it. */
const FIRST_ARTIST = `left join (
  select ta.track_id, any_value(a.popularity) as popularity, any_value(a.followers) as followers
  from gold.track_artists ta join gold.artists a using (artist_id) where ta.position = 1 group by ta.track_id
) fa on fa.track_id = t.track_id`;

export const TRACK_MEASURES = {
  POPULARITY: { sql: 't.popularity' },
  DURATION_MS: { sql: 't.duration_ms' },
  RELEASE_YEAR: { sql: 't.release_year' },
  DANCEABILITY: { sql: 't.danceability' },
  ENERGY: { sql: 't.energy' },
  VALENCE: { sql: 't.valence' },
  ACOUSTICNESS: { sql: 't.acousticness' },
  INSTRUMENTALNESS: { sql: 't.instrumentalness' },
  LIVENESS: { sql: 't.liveness' },
  SPEECHINESS: { sql: 't.speechiness' },
  TEMPO: { sql: 't.tempo' },
  LOUDNESS: { sql: 't.loudness' },
  ARTIST_POPULARITY: { sql: 'fa.popularity', join: FIRST_ARTIST },
  ARTIST_FOLLOWERS: { sql: 'fa.followers', join: FIRST_ARTIST },
} as const satisfies Record<string, Measure>;
export type TrackMeasure = keyof typeof TRACK_MEASURES;

export const ALBUM_MEASURES = {
  POPULARITY: { sql: 'b.popularity' },
  TOTAL_TRACKS: { sql: 'b.total_tracks' },
  RELEASE_YEAR: { sql: 'b.release_year' },
} as const satisfies Record<string, Measure>;
export type AlbumMeasure = keyof typeof ALBUM_MEASURES;

export const ARTIST_MEASURES = {
  POPULARITY: { sql: 'a.popularity' },
  FOLLOWERS: { sql: 'a.followers' },
  STREAMS: { sql: 'a.streams' },
  MONTHLY_LISTENERS: { sql: 'a.monthly_listeners' },
  TRACK_COUNT: { sql: 'a.track_count' },
  ALBUM_COUNT: { sql: 'a.album_count' },
} as const satisfies Record<string, Measure>;
export type ArtistMeasure = keyof typeof ARTIST_MEASURES;

/**
 * A statistic of a measure over the rows of a group that have a value. Median: linear interpolation between the middle two.
 * Standard deviation: of the sample, null below two values. Without a measure only COUNT, the rows themselves.
 *
 * @throws InvalidInputError when a measure is missing
 */
export function statisticSql(statistic: Statistic, measure: Measure | null, field: string): string {
  if (measure === null) {
    if (statistic === 'COUNT') return 'count(*)';
    throw new InvalidInputError(
      `"${field}" has ${statistic} without a measure; a measure is expected with every statistic but COUNT. Add "measure".`,
      { field, given: statistic, expected: 'a measure' },
    );
  }
  const value = `(${measure.sql})::double`;
  switch (statistic) {
    case 'COUNT':
      return `count(${measure.sql})`;
    case 'MIN':
      return `min(${value})`;
    case 'MAX':
      return `max(${value})`;
    case 'SUM':
      return `fsum(${value})`;
    case 'AVG':
      return `favg(${value})`;
    case 'MEDIAN':
      return `quantile_cont(${value}, 0.5)`;
    case 'STDDEV':
      return `stddev_samp(${value})`;
  }
}
