// When was listened: by hour, weekday and month, in streaks of days and in sessions.
import { localTime } from '../local-time.ts';
import type { Listening } from '../open.ts';
import { COUNTS_FROM_MS, heardIn, type Span } from '../span.ts';

export type Beat = 'HOUR' | 'WEEKDAY' | 'MONTH' | 'DAY';

export interface RhythmPoint {
  /** 0..23, Monday..Sunday, 2025-03 or 2025-03-09. */
  readonly label: string;
  readonly plays: number;
  readonly minutes: number;
}

/** Of `local`, where a play ended by the clocks of the zone; it belongs there, as in every span: an export tells the end. */
const LABELS: Readonly<Record<Beat, { label: string; order: string }>> = {
  HOUR: { label: 'hour(local)::varchar', order: 'hour(local)' },
  WEEKDAY: { label: 'dayname(local)', order: 'isodow(local)' },
  MONTH: { label: "strftime(local, '%Y-%m')", order: "strftime(local, '%Y-%m')" },
  DAY: { label: "strftime(local, '%Y-%m-%d')", order: "strftime(local, '%Y-%m-%d')" },
};

/** In order of time; what has no play is left out. */
export async function readRhythm(
  listening: Listening,
  span: Span,
  beat: Beat,
): Promise<readonly RhythmPoint[]> {
  const { sql, params } = heardIn(span);
  const { label, order } = LABELS[beat];
  return listening.figures<RhythmPoint>(
    `select ${label} as label, count(*) filter (ms_played >= ${COUNTS_FROM_MS}) as plays, sum(ms_played)::bigint / 60000.0 as minutes
     from (select ${await localTime(listening, span)} as local, ms_played from ${sql} p) group by ${label}, ${order} order by ${order}`,
    params,
  );
}

export interface Streak {
  readonly days: number;
  /** First and last day, 2025-03-09. */
  readonly from: string;
  readonly to: string;
}

/** The longest run of days with a play of at least 30 s, the latest of equals; null without plays. */
export async function readLongestStreak(listening: Listening, span: Span): Promise<Streak | null> {
  const { sql, params } = heardIn(span);
  const [row] = await listening.figures<Streak>(
    `with days as (
       select distinct cast(${await localTime(listening, span)} as date) as day from ${sql} p where ms_played >= ${COUNTS_FROM_MS}
     ),
     runs as (select day, day - row_number() over (order by day)::integer as run from days)
     select count(*)::integer as days, strftime(min(day), '%Y-%m-%d') as "from", strftime(max(day), '%Y-%m-%d') as "to"
     from runs group by run order by days desc, "from" desc limit 1`,
    params,
  );
  return row ?? null;
}

export interface Sessions {
  readonly count: number;
  /** Null without sessions. */
  readonly averageMinutes: number | null;
  readonly longestMinutes: number | null;
  readonly longestFrom: string | null;
}

/** Plays with at most 30 minutes of silence between them; minutes from the first begin to the last end. */
export async function readSessions(listening: Listening, span: Span): Promise<Sessions> {
  const { sql, params } = heardIn(span);
  const [row] = await listening.figures<Sessions>(
    // In the order of the file plays lie by their ends, so that the last one before is the one that ended last.
    `with marked as (
       select place, ended_at, ended_at - to_milliseconds(ms_played) as started_at,
         coalesce(started_at - lag(ended_at) over (order by place) > interval 30 minute, true) as begins
       from ${sql} p where ms_played > 0
     ),
     numbered as (select *, sum(begins::integer) over (order by place) as session from marked),
     sessions as (
       select min(started_at) as begun_at, epoch_ms(max(ended_at) - min(started_at)) / 60000.0 as minutes from numbered group by session
     )
     select count(*) as count, avg(minutes) as averageMinutes, max(minutes) as longestMinutes,
       strftime(arg_max(begun_at, minutes), '%Y-%m-%dT%H:%M:%SZ') as longestFrom
     from sessions`,
    params,
  );
  return row ?? { count: 0, averageMinutes: null, longestMinutes: null, longestFrom: null };
}
