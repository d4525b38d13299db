// When was listened: by hour, weekday and month, in streaks of days and in sessions.
import type { HeardInSpan } from '../heard-in-span.ts';
import { dayOf, eachByClock, listDays, nameDay } from '../local-time.ts';
import type { Listening } from '../open.ts';
import { COUNTS_FROM_MS, MS_PER_MINUTE, type Span } from '../span.ts';

export type Beat = 'HOUR' | 'WEEKDAY' | 'MONTH' | 'DAY';

export interface RhythmPoint {
  /** 0..23, Monday..Sunday, 2025-03 or 2025-03-09. */
  readonly label: string;
  readonly plays: number;
  readonly minutes: number;
}

const MS_PER_HOUR = 3_600_000;
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** 1970 began on a Thursday. */
const weekdayOf = (day: number) => (day + 3) % 7;
const monthOf = (day: number) => {
  const date = new Date(day * 24 * MS_PER_HOUR);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** Where a play belongs by what clocks showed when it ended, as in every span: an export tells the end. */
const BEATS: Readonly<
  Record<
    Beat,
    {
      of: (shown: number, day: number) => number;
      label: (unit: number) => string;
      /** How many there are, from 0; left out where that depends on the plays. */
      count?: number;
    }
  >
> = {
  HOUR: { of: (shown, day) => Math.floor(shown / MS_PER_HOUR) - 24 * day, label: String, count: 24 },
  WEEKDAY: { of: (_shown, day) => weekdayOf(day), label: (unit) => WEEKDAYS[unit] ?? '', count: 7 },
  MONTH: {
    of: (_shown, day) => monthOf(day),
    label: (unit) => `${Math.floor(unit / 12)}-${String((unit % 12) + 1).padStart(2, '0')}`,
  },
  DAY: { of: (_shown, day) => day, label: nameDay },
};

/**
 * In order of time, without gaps, as a heat map is drawn: all 24 hours or seven days of the week, and every month or day from that of the first
 * play to that of the last, however short: none in a span without plays.
 */
export function readRhythm(listening: Listening, span: Span, beat: Beat): Promise<readonly RhythmPoint[]> {
  return listening.figure(`rhythm ${beat}`, span, (heard) => countBeats(heard, beat));
}

function countBeats(heard: HeardInSpan, beat: Beat): RhythmPoint[] {
  const { of, label, count } = BEATS[beat];
  const sums = new Map<number, { plays: number; ms: number }>();
  let unit = Number.NaN;
  let day = Number.NaN;
  let sum = { plays: 0, ms: 0 };
  eachByClock(heard, (place, shown) => {
    const sameDay = dayOf(shown) === day;
    day = dayOf(shown);
    const next = sameDay && beat !== 'HOUR' ? unit : of(shown, day);
    if (next !== unit) {
      unit = next;
      sum = sums.get(unit) ?? { plays: 0, ms: 0 };
      sums.set(unit, sum);
    }
    const ms = heard.plays.msPlayed[place] as number;
    if (ms >= COUNTS_FROM_MS) sum.plays += 1;
    sum.ms += ms;
  });
  const units = [...sums.keys()].sort((a, b) => a - b);
  const first = count === undefined ? (units[0] ?? 0) : 0;
  const length = count ?? (units.at(-1) ?? first - 1) - first + 1;
  return Array.from({ length }, (_, at) => {
    const { plays, ms } = sums.get(first + at) ?? { plays: 0, ms: 0 };
    return { label: label(first + at), plays, minutes: ms / MS_PER_MINUTE };
  });
}

export interface Streak {
  readonly days: number;
  /** First and last day, 2025-03-09. */
  readonly from: string;
  readonly to: string;
}

/** The longest run of days with a play of at least 30 s, the latest of equals; null without plays. */
export function readLongestStreak(listening: Listening, span: Span): Promise<Streak | null> {
  return listening.figure('streak', span, (heard) => {
    let [length, longest, last, before] = [0, 0, 0, Number.NaN];
    for (const day of listDays(heard)) {
      length = day === before + 1 ? length + 1 : 1;
      before = day;
      if (length >= longest) [longest, last] = [length, day];
    }
    return longest === 0 ? null : { days: longest, from: nameDay(last - longest + 1), to: nameDay(last) };
  });
}

export interface Sessions {
  readonly count: number;
  /** Null without sessions. */
  readonly averageMinutes: number | null;
  readonly longestMinutes: number | null;
  /** Milliseconds since 1970. */
  readonly longestFrom: number | null;
}

const SILENCE_MS = 30 * MS_PER_MINUTE;

/** Plays with at most 30 minutes of silence between them; minutes from the first begin to the last end. */
export function readSessions(listening: Listening, span: Span): Promise<Sessions> {
  return listening.figure('sessions', span, findSessions);
}

function findSessions({ plays: { endedAt, msPlayed }, first, end }: HeardInSpan): Sessions {
  let [count, allMs, longestMs, longestFrom] = [0, 0, -1, 0];
  let [begunAt, lastEnd] = [0, Number.NaN];
  const close = () => {
    const ms = lastEnd - begunAt;
    count += 1;
    allMs += ms;
    if (ms > longestMs) [longestMs, longestFrom] = [ms, begunAt];
  };
  for (let place = first; place < end; place++) {
    const ms = msPlayed[place] as number;
    if (ms === 0) continue;
    const ended = endedAt[place] as number;
    // Plays lie by their ends: the one before is the one that ended last.
    if (ended - ms - lastEnd > SILENCE_MS) {
      close();
      begunAt = ended - ms;
    } else begunAt = Number.isNaN(lastEnd) ? ended - ms : Math.min(begunAt, ended - ms);
    lastEnd = ended;
  }
  if (!Number.isNaN(lastEnd)) close();
  return {
    count,
    averageMinutes: count > 0 ? allMs / count / MS_PER_MINUTE : null,
    longestMinutes: count > 0 ? longestMs / MS_PER_MINUTE : null,
    longestFrom: count > 0 ? longestFrom : null,
  };
}
