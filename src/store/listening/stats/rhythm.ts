// When was listened: by hour, weekday and month, in streaks of days and in sessions.
import type { Catalog } from '../../catalog/catalog.ts';
import { COUNTS_FROM_MS, playsOf, type Span } from '../span.ts';

export type Beat = 'HOUR' | 'WEEKDAY' | 'MONTH' | 'DAY';

export interface RhythmPoint {
  /** 0..23, Monday..Sunday, 2025-03 or 2025-03-09. */
  readonly label: string;
  readonly plays: number;
  readonly minutes: number;
}

/** A play belongs to where it ended, here as in every span: an export tells the end. */
const LOCAL = `(ended_at at time zone 'UTC') at time zone ?`;

const LABELS: Readonly<Record<Beat, { label: string; order: string }>> = {
  HOUR: { label: 'hour(local)::varchar', order: 'hour(local)' },
  WEEKDAY: { label: 'dayname(local)', order: 'isodow(local)' },
  MONTH: { label: "strftime(local, '%Y-%m')", order: "strftime(local, '%Y-%m')" },
  DAY: { label: "strftime(local, '%Y-%m-%d')", order: "strftime(local, '%Y-%m-%d')" },
};

/** In order of time; what has no play is left out. */
export function readRhythm(listening: Catalog, span: Span, beat: Beat): Promise<RhythmPoint[]> {
  const { sql, params } = playsOf(span);
  const { label, order } = LABELS[beat];
  return listening.all<RhythmPoint>(
    `select ${label} as label, count(*) filter (ms_played >= ${COUNTS_FROM_MS}) as plays, sum(ms_played)::bigint / 60000.0 as minutes
     from (select ${LOCAL} as local, ms_played from ${sql} p) group by ${label}, ${order} order by ${order}`,
    [span.timeZone, ...params],
  );
}

export interface Streak {
  readonly days: number;
  /** First and last day, 2025-03-09. */
  readonly from: string;
  readonly to: string;
}

/** The longest run of days with a play of at least 30 s, the latest of equals; null without plays. */
export async function readLongestStreak(listening: Catalog, span: Span): Promise<Streak | null> {
  const { sql, params } = playsOf(span);
  const [row] = await listening.all<Streak>(
    `with days as (
       select distinct cast(${LOCAL} as date) as day from ${sql} p where ms_played >= ${COUNTS_FROM_MS}
     ),
     runs as (select day, day - row_number() over (order by day)::integer as run from days)
     select count(*)::integer as days, strftime(min(day), '%Y-%m-%d') as "from", strftime(max(day), '%Y-%m-%d') as "to"
     from runs group by run order by days desc, "from" desc limit 1`,
    [span.timeZone, ...params],
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
export async function readSessions(listening: Catalog, span: Span): Promise<Sessions> {
  const { sql, params } = playsOf(span);
  const [row] = await listening.all<Sessions>(
    `with marked as (
       select started_at, ended_at, play_key,
         coalesce(started_at - max(ended_at) over (order by ended_at, play_key rows between unbounded preceding and 1 preceding)
           > interval 30 minute, true) as begins
       from ${sql} p where ms_played > 0
     ),
     numbered as (select *, sum(begins::integer) over (order by ended_at, play_key) as session from marked),
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
