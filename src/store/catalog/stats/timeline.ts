// A measure per period of release, with no gap between the first and the last period.
import { InvalidInputError } from '../../../errors.ts';
import { meanSql } from '../../exact-sums.ts';
import type { Catalog } from '../catalog.ts';
import type { TrackFilter } from '../filter-types.ts';
import { compileTrackFilter } from '../filters.ts';
import { findMeasureUnits, type Measure, summedOf, TRACK_MEASURES } from './measures.ts';
import { fitTrend, type TimelinePoint, type Trend, toPoints } from './trend.ts';

export type TimelineSubject = 'TRACKS' | 'ALBUMS' | 'ARTISTS';
export type TimelineMeasure =
  | 'COUNT'
  | 'AVG_POPULARITY'
  | 'AVG_DURATION_MS'
  | 'AVG_ENERGY'
  | 'AVG_DANCEABILITY'
  | 'AVG_VALENCE'
  | 'AVG_TEMPO';
export type TimeGrain = 'DECADE' | 'YEAR' | 'MONTH';

export interface TimelineRequest {
  readonly of: TimelineSubject;
  readonly measure: TimelineMeasure;
  readonly grain: TimeGrain;
  readonly where?: TrackFilter | null | undefined;
}

export interface Timeline {
  readonly points: readonly TimelinePoint[];
  /** Null below two periods with a value. */
  readonly trend: Trend | null;
  /** Tracks, albums or artists without a date precise enough for the grain. */
  readonly excluded: number;
  readonly grain: TimeGrain;
}

const MAX_FORECAST = 120;

/** Averages are over the tracks that pass, except popularity, which is the subject's own. */
const TRACK_AVERAGES: Partial<Record<TimelineMeasure, Measure>> = {
  AVG_DURATION_MS: TRACK_MEASURES.DURATION_MS,
  AVG_ENERGY: TRACK_MEASURES.ENERGY,
  AVG_DANCEABILITY: TRACK_MEASURES.DANCEABILITY,
  AVG_VALENCE: TRACK_MEASURES.VALENCE,
  AVG_TEMPO: TRACK_MEASURES.TEMPO,
};

const SUBJECTS: Record<TimelineSubject, { id: string; popularity: string; join: string }> = {
  TRACKS: { id: 't.track_id', popularity: 't.popularity', join: '' },
  ALBUMS: {
    id: 't.album_id',
    popularity: 'b.popularity',
    join: 'left join gold.albums b on b.album_id = t.album_id',
  },
  ARTISTS: {
    id: 'ta.artist_id',
    popularity: 'a.popularity',
    join: 'join gold.track_artists ta on ta.track_id = t.track_id join gold.artists a on a.artist_id = ta.artist_id',
  },
};

/**
 * Months since the year 0, decades or years as whole numbers, so that gaps can be filled by counting; of a track or an album, by its alias.
 * Null where the date is not precise enough: 1997, 1997-05 and 1997-05-20 are told apart by their length.
 */
const PERIODS: Record<TimeGrain, (row: 't' | 'b') => string> = {
  DECADE: (row) => `${row}.release_year // 10`,
  YEAR: (row) => `${row}.release_year`,
  MONTH: (row) => `case when length(${row}.release_date) >= 7
    then ${row}.release_date[1:4]::integer * 12 + ${row}.release_date[6:7]::integer - 1 end`,
};

/**
 * The period of a row, and the join that it takes. An album is in one period: its own, else the earliest that any of its tracks tells,
 * whether that track passes the filter or not.
 */
function periodOf(of: TimelineSubject, grain: TimeGrain): { sql: string; join: string } {
  const period = PERIODS[grain];
  if (of !== 'ALBUMS') return { sql: period('t'), join: '' };
  return {
    sql: `coalesce(${period('b')}, told.period)`,
    join: `left join (
      select t.album_id, min(${period('t')}) as period
      from gold.tracks t join gold.albums b on b.album_id = t.album_id
      where (${period('b')}) is null group by t.album_id
    ) told on told.album_id = t.album_id`,
  };
}

/** Reads a timeline by two statements: the periods, and what is excluded. */
export async function readTimeline(catalog: Catalog, request: TimelineRequest): Promise<Timeline> {
  const subject = SUBJECTS[request.of];
  const measure = TRACK_AVERAGES[request.measure];
  const filter = compileTrackFilter(request.where);
  const period = periodOf(request.of, request.grain);
  const dated = `select ${subject.id} as id, t.track_id, (${period.sql})::integer as period,
      ${subject.popularity} as popularity, ${measure?.sql ?? 'null'} as value
    from gold.tracks t ${subject.join} ${period.join}
    where (${filter.sql}) and ${subject.id} is not null`;
  const mean = measure && (await findMean(catalog, measure));
  const [rows, [left]] = await Promise.all([
    catalog.all<{ period: number; value: number | null }>(
      `${aggregate(request.measure, dated, mean)} order by period`,
      filter.params,
    ),
    catalog.all<{ n: number }>(
      `select count(*) as n from (select id from (${dated}) group by id having count(period) = 0)`,
      filter.params,
    ),
  ]);
  const series = fillGaps(rows, request);
  return {
    points: toPoints(series),
    trend: fitTrend(series.map(({ value }) => value)),
    excluded: left?.n ?? 0,
    grain: request.grain,
  };
}

/**
 * The next periods on the trend's line.
 *
 * @param last the last point of the series
 * @throws InvalidInputError unless `periods` is a whole number from 1 to 120
 */
export function forecast(
  trend: Trend,
  grain: TimeGrain,
  last: TimelinePoint,
  periods: number,
): TimelinePoint[] {
  if (!Number.isInteger(periods) || periods < 1 || periods > MAX_FORECAST) {
    throw new InvalidInputError(
      `"periods" is ${periods}; a whole number from 1 to ${MAX_FORECAST} is expected. Ask for fewer periods.`,
      { field: 'periods', given: String(periods), expected: `a whole number from 1 to ${MAX_FORECAST}` },
    );
  }
  const start = toNumber(last.period, grain);
  const series = Array.from({ length: periods }, (_, at) => ({
    period: toPeriod(start + at + 1, grain),
    value: trend.intercept + trend.slope * (trend.periods + at),
  }));
  return toPoints([{ period: last.period, value: last.value }, ...series]).slice(1);
}

/** The mean of `value`, in the units of the measure: to the bit what trackStats says of the same tracks. */
async function findMean(catalog: Catalog, measure: Measure): Promise<string> {
  const units = await findMeasureUnits(catalog, [{ statistic: 'AVG', measure }]);
  return meanSql('value', summedOf(measure, units));
}

function aggregate(measure: TimelineMeasure, dated: string, mean: string | undefined): string {
  if (measure === 'COUNT') {
    return `select period, count(distinct id) as value from (${dated}) where period is not null group by period`;
  }
  if (measure === 'AVG_POPULARITY') {
    return `select period, ${meanSql('popularity', 'INTEGER')} as value
      from (select distinct id, period, popularity from (${dated})) where period is not null group by period`;
  }
  // A track of several artists is in the rows once for each of them, and counts once.
  return `select period, ${mean} as value
    from (select distinct track_id, period, value from (${dated})) where period is not null group by period`;
}

function fillGaps(
  rows: readonly { period: number; value: number | null }[],
  { grain, measure }: TimelineRequest,
): { period: string; value: number | null }[] {
  const first = rows[0]?.period;
  const last = rows.at(-1)?.period;
  if (first === undefined || last === undefined) return [];
  const values = new Map(rows.map((row) => [row.period, row.value]));
  return Array.from({ length: last - first + 1 }, (_, at) => ({
    period: toPeriod(first + at, grain),
    value: values.get(first + at) ?? (measure === 'COUNT' ? 0 : null),
  }));
}

function toPeriod(number: number, grain: TimeGrain): string {
  if (grain === 'DECADE') return `${number * 10}s`;
  if (grain === 'YEAR') return String(number);
  return `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`;
}

function toNumber(period: string, grain: TimeGrain): number {
  if (grain === 'DECADE') return Number.parseInt(period, 10) / 10;
  if (grain === 'YEAR') return Number(period);
  const [year = 0, month = 1] = period.split('-').map(Number);
  return year * 12 + month - 1;
}
