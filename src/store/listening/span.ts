// A stretch of listening: from when to when, seen from which time zone.
import { InvalidInputError } from '../../errors.ts';
import type { SqlFragment } from '../catalog/catalog.ts';

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

/** The plays of a span, to select from. */
export function playsOf({ from, to }: Span): SqlFragment {
  return {
    sql: `(select * from me.plays where ended_at >= make_timestamp(?::bigint * 1000) and ended_at < make_timestamp(?::bigint * 1000))`,
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

/** @throws InvalidInputError */
export function checkTimeZone(timeZone: string): string {
  try {
    // JavaScript knows offsets as zones, DuckDB does not; and of an offset nobody knows when its clocks change.
    if (/^[+-]/.test(timeZone)) throw new RangeError('an offset');
    new Intl.DateTimeFormat('en', { timeZone });
    return timeZone;
  } catch (error) {
    throw new InvalidInputError(
      `timeZone is "${timeZone}"; an IANA name such as Europe/Berlin is expected, not an offset.`,
      { field: 'timeZone', given: timeZone, expected: 'an IANA time zone' },
      { cause: error },
    );
  }
}

/** The instant at which clocks in the zone show what `wall` says as if it were UTC. */
function toInstant(wall: number, timeZone: string): number {
  // Two rounds, since the offset is that of the instant and not of the guess.
  const once = wall - offsetAt(wall, timeZone);
  return wall - offsetAt(once, timeZone);
}

function offsetAt(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value ?? 0);
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shown - instant;
}
