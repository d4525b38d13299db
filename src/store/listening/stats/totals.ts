// How much was listened to in a span.
import { localTime } from '../local-time.ts';
import type { Listening } from '../open.ts';
import { COUNTS_FROM_MS, heardIn, type Span } from '../span.ts';

export interface ListeningTotals {
  /** Plays of at least 30 s. */
  readonly plays: number;
  readonly minutes: number;
  readonly tracks: number;
  readonly artists: number;
  readonly albums: number;
  /** Days with a play of at least 30 s. */
  readonly days: number;
  /** Share of the plays that were skipped, of those that say; null when none does. */
  readonly skippedShare: number | null;
  /** Tracks of which no play of at least 30 s was before the span. */
  readonly newTracks: number;
  readonly newArtists: number;
  /** Share of the plays in minor keys (mode 0), of those whose mode is known; null when none is. */
  readonly minorShare: number | null;
}

export async function readTotals(listening: Listening, span: Span): Promise<ListeningTotals> {
  const { sql, params } = heardIn(span);
  const [row] = await listening.figures<ListeningTotals>(
    `with p as ${sql},
     per_track as (
       select track, count(*) filter (ms_played >= ${COUNTS_FROM_MS}) as plays, count(*) filter (is_skipped) as skipped,
         count(is_skipped) as said, sum(ms_played)::bigint as ms
       from p group by track
     ),
     known as (select n.*, t.*, make_timestamp(?::bigint * 1000) as from_at from per_track n join me.heard_tracks t using (track))
     select
       coalesce(sum(plays), 0)::bigint as plays, coalesce(sum(ms), 0)::bigint / 60000.0 as minutes,
       count(distinct what) filter (plays > 0) as tracks,
       count(distinct artist) filter (plays > 0) as artists, count(distinct album_id) filter (plays > 0) as albums,
       (select count(distinct cast(${await localTime(listening, span)} as date)) from p where ms_played >= ${COUNTS_FROM_MS}) as days,
       if(sum(said) > 0, sum(skipped) / sum(said), null) as skippedShare,
       count(distinct what) filter (plays > 0 and first_at >= from_at) as newTracks,
       count(distinct artist) filter (plays > 0 and artist_first_at >= from_at) as newArtists,
       if(sum(plays) filter (mode is not null) > 0, sum(plays) filter (mode = 0) / sum(plays) filter (mode is not null), null) as minorShare
     from known`,
    [...params, BigInt(span.from ?? 0)],
  );
  return row as ListeningTotals;
}
