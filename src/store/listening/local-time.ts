// What clocks in a time zone show: an offset for each stretch between two changes of the clocks, since asking the calendar for each play
// would cost more than the rest of a figure.
import type { HeardInSpan } from './heard-in-span.ts';
import { COUNTS_FROM_MS } from './span.ts';
import { offsetAt } from './time-zones.ts';

const DAY_MS = 86_400_000;

/** From `at` on clocks are `offsetMs` ahead of UTC. */
export interface OffsetStretch {
  readonly at: number;
  readonly offsetMs: number;
}

/**
 * The offsets of a zone between two instants, in whole seconds, the first with the begin. Clocks that change twice within a day are not seen.
 * Cost: some microseconds a day.
 */
export function listOffsets(timeZone: string, from: number, to: number): OffsetStretch[] {
  let at = Math.floor(from / 1_000) * 1_000;
  let offsetMs = offsetAt(at, timeZone);
  const stretches = [{ at, offsetMs }];
  while (at < to) {
    const next = at + DAY_MS;
    const nextOffset = offsetAt(next, timeZone);
    if (nextOffset !== offsetMs) {
      stretches.push({ at: findChange(timeZone, at, next), offsetMs: nextOffset });
      offsetMs = nextOffset;
    }
    at = next;
  }
  return stretches;
}

/** The first second whose offset is not that of `low`; `high` has another. */
function findChange(timeZone: string, low: number, high: number): number {
  const before = offsetAt(low, timeZone);
  let [same, other] = [low / 1_000, high / 1_000];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(middle * 1_000, timeZone) === before) same = middle;
    else other = middle;
  }
  return other * 1_000;
}

const known = new Map<string, OffsetStretch[]>();
const MOST_KNOWN = 1_024;

/** The offsets of a calendar year in UTC; remembered, since asking the calendar for 365 days takes as long as walking a year's plays. */
function findOffsetsOfYear(timeZone: string, year: number): OffsetStretch[] {
  const key = `${timeZone} ${year}`;
  const stretches = known.get(key) ?? listOffsets(timeZone, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, stretches);
  return stretches;
}

function findOffsets(timeZone: string, from: number, to: number): OffsetStretch[] {
  const [first, last] = [new Date(from).getUTCFullYear(), new Date(to).getUTCFullYear()];
  return Array.from({ length: last - first + 1 }, (_, at) => findOffsetsOfYear(timeZone, first + at)).flat();
}

/**
 * Goes through the plays of a span as they ended by the clocks of its zone.
 *
 * @param visit the place of a play, and what clocks showed as if it were UTC, in milliseconds: later plays may show an earlier time
 */
export function eachByClock(
  { plays: { endedAt }, span, first, end }: HeardInSpan,
  visit: (place: number, shown: number) => void,
): void {
  if (first === end) return;
  const [from, to] = [endedAt[first] as number, endedAt[end - 1] as number];
  const stretches = findOffsets(span.timeZone, from, to);
  let at = 0;
  for (let place = first; place < end; place++) {
    const ended = endedAt[place] as number;
    while (ended >= (stretches[at + 1]?.at ?? Number.POSITIVE_INFINITY)) at += 1;
    visit(place, ended + (stretches[at]?.offsetMs ?? 0));
  }
}

export const dayOf = (shown: number) => Math.floor(shown / DAY_MS);

/** A day as text, 2025-03-09. */
export const nameDay = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Days with a play of at least 30 s, counted from 1970, ascending. */
export function listDays(heard: HeardInSpan): number[] {
  const days = new Set<number>();
  let last = Number.NaN;
  eachByClock(heard, (place, shown) => {
    const day = dayOf(shown);
    if (day === last || (heard.plays.msPlayed[place] as number) < COUNTS_FROM_MS) return;
    days.add(day);
    last = day;
  });
  return [...days].sort((a, b) => a - b);
}
