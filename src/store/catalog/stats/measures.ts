// What can be measured, and by which statistic: SQL of ours for each name of the contract.
import { InvalidInputError } from '../../../errors.ts';
import { deviationSql, meanSql, type Summed, sumSql, type Units } from '../../exact-sums.ts';
import type { Catalog } from '../catalog.ts';

export type Statistic = 'COUNT' | 'MIN' | 'MAX' | 'SUM' | 'AVG' | 'MEDIAN' | 'STDDEV';

/** A numeric expression over a row of the subject, and the join it needs beside the subject's relation. */
export interface Measure {
  readonly sql: string;
  readonly join?: string;
  /** What it holds. DECIMAL: a column of gold.tracks, as `t`, whose units the snapshot says. */
  readonly type: 'INTEGER' | 'BIGINT' | 'DECIMAL';
}

/** Units of the measures with decimals that a statement is about, by their SQL. */
export type MeasureUnits = ReadonlyMap<string, Units | null>;

/** The first artist of a track, for measures of it. */
const FIRST_ARTIST = `left join (
  select ta.track_id, any_value(a.popularity) as popularity, any_value(a.followers) as followers
  from gold.track_artists ta join gold.artists a using (artist_id) where ta.position = 1 group by ta.track_id
) fa on fa.track_id = t.track_id`;

export const TRACK_MEASURES = {
  POPULARITY: { sql: 't.popularity', type: 'INTEGER' },
  DURATION_MS: { sql: 't.duration_ms', type: 'INTEGER' },
  RELEASE_YEAR: { sql: 't.release_year', type: 'INTEGER' },
  DANCEABILITY: { sql: 't.danceability', type: 'DECIMAL' },
  ENERGY: { sql: 't.energy', type: 'DECIMAL' },
  VALENCE: { sql: 't.valence', type: 'DECIMAL' },
  ACOUSTICNESS: { sql: 't.acousticness', type: 'DECIMAL' },
  INSTRUMENTALNESS: { sql: 't.instrumentalness', type: 'DECIMAL' },
  LIVENESS: { sql: 't.liveness', type: 'DECIMAL' },
  SPEECHINESS: { sql: 't.speechiness', type: 'DECIMAL' },
  TEMPO: { sql: 't.tempo', type: 'DECIMAL' },
  LOUDNESS: { sql: 't.loudness', type: 'DECIMAL' },
  ARTIST_POPULARITY: { sql: 'fa.popularity', join: FIRST_ARTIST, type: 'INTEGER' },
  ARTIST_FOLLOWERS: { sql: 'fa.followers', join: FIRST_ARTIST, type: 'BIGINT' },
} as const satisfies Record<string, Measure>;
export type TrackMeasure = keyof typeof TRACK_MEASURES;

export const ALBUM_MEASURES = {
  POPULARITY: { sql: 'b.popularity', type: 'INTEGER' },
  TOTAL_TRACKS: { sql: 'b.total_tracks', type: 'INTEGER' },
  RELEASE_YEAR: { sql: 'b.release_year', type: 'INTEGER' },
} as const satisfies Record<string, Measure>;
export type AlbumMeasure = keyof typeof ALBUM_MEASURES;

export const ARTIST_MEASURES = {
  POPULARITY: { sql: 'a.popularity', type: 'INTEGER' },
  FOLLOWERS: { sql: 'a.followers', type: 'BIGINT' },
  STREAMS: { sql: 'a.streams', type: 'BIGINT' },
  MONTHLY_LISTENERS: { sql: 'a.monthly_listeners', type: 'BIGINT' },
  TRACK_COUNT: { sql: 'a.track_count', type: 'INTEGER' },
  ALBUM_COUNT: { sql: 'a.album_count', type: 'INTEGER' },
} as const satisfies Record<string, Measure>;
export type ArtistMeasure = keyof typeof ARTIST_MEASURES;

/** @throws InvalidInputError when a measure is missing: without one there is only COUNT, the rows themselves */
export function checkStatistic(statistic: Statistic, measure: Measure | null, field: string): void {
  if (measure !== null || statistic === 'COUNT') return;
  throw new InvalidInputError(
    `"${field}" has ${statistic} without a measure; a measure is expected with every statistic but COUNT. Add "measure".`,
    { field, given: statistic, expected: 'a measure' },
  );
}

/**
 * A statistic of a measure over the rows of a group that have a value. Median: linear interpolation between the middle two.
 * Standard deviation: of the sample, null below two values.
 *
 * @param units of the measure, where it has decimals
 */
export function statisticSql(statistic: Statistic, measure: Measure | null, units: MeasureUnits): string {
  if (measure === null) return 'count(*)';
  const value = `(${measure.sql})::double`;
  switch (statistic) {
    case 'COUNT':
      return `count(${measure.sql})`;
    case 'MIN':
      return `min(${value})`;
    case 'MAX':
      return `max(${value})`;
    case 'SUM':
      return sumSql(measure.sql, summedOf(measure, units));
    case 'AVG':
      return meanSql(measure.sql, summedOf(measure, units));
    case 'MEDIAN':
      return `quantile_cont(${value}, 0.5)`;
    case 'STDDEV':
      return deviationSql(measure.sql, summedOf(measure, units));
  }
}

/** Units of what is summed of measures: a statement when a measure with decimals is first asked for its sum, mean or deviation. */
export async function findMeasureUnits(
  catalog: Catalog,
  asked: readonly { readonly statistic: Statistic; readonly measure: Measure | null }[],
): Promise<MeasureUnits> {
  const columns = asked.flatMap(({ statistic, measure }) =>
    measure?.type === 'DECIMAL' && ADDED_UP.has(statistic) ? [measure.sql] : [],
  );
  return catalog.findUnits([...new Set(columns)]);
}

const ADDED_UP: ReadonlySet<Statistic> = new Set(['SUM', 'AVG', 'STDDEV']);

/** What a measure is summed in. */
export function summedOf({ type, sql }: Measure, units: MeasureUnits): Summed {
  return type === 'DECIMAL' ? (units.get(sql) ?? null) : type;
}
