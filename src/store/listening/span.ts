// A stretch of listening: from when to when, seen from which time zone.
import { InvalidInputError } from '../../errors.ts';
import type { SqlFragment } from '../catalog/catalog.ts';
import { checkTimeZone, toInstant } from './time-zones.ts';

export interface Span {
  /** First instant, milliseconds since 1970; null: from the first play. */
  readonly from: number | null;
  /** First instant after it; null: to the last play. */
  readonly to: number | null;
  /** IANA name, for hours, days, months and years. */
  readonly timeZone: string;
  /** The calendar year it is; left out of any other stretch. */
  readonly year?: number;
}

/** Plays shorter than this are in minutes, not in counts of plays: Spotify counts alike. */
export const COUNTS_FROM_MS = 30_000;

export const MS_PER_MINUTE = 60_000;

/** Plays that ended in a span, of me.plays as `p`. */
export function withinSpan({ from, to }: Span): SqlFragment {
  return {
    sql: 'p.ended_at >= make_timestamp(?::bigint * 1000) and p.ended_at < make_timestamp(?::bigint * 1000)',
    params: [BigInt(from ?? 0), BigInt(to ?? 9_999_999_999_999)],
  };
}

/** Of a year the year before, of another stretch that of the same length just before it; null where it has no begin or no end. */
export function spanBefore({ from, to, timeZone, year }: Span): Span | null {
  if (year !== undefined) return yearIn(year - 1, timeZone);
  return from === null || to === null ? null : { from: from - (to - from), to: from, timeZone };
}

/** A calendar year, as it begins and ends in a time zone. @throws InvalidInputError */
export function spanOfYear(year: number, timeZone: string): Span {
  if (!Number.isInteger(year) || year < 2006 || year > 9999) {
    throw new InvalidInputError(`year is ${year}; a year from 2006 on is expected.`, {
      field: 'year',
      given: String(year),
      expected: 'a year from 2006 on',
    });
  }
  return yearIn(year, checkTimeZone(timeZone));
}

function yearIn(year: number, timeZone: string): Span {
  return {
    from: toInstant(Date.UTC(year, 0, 1), timeZone),
    to: toInstant(Date.UTC(year + 1, 0, 1), timeZone),
    timeZone,
    year,
  };
}
