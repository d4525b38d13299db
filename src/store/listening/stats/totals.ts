// How much was listened to in a span.
import type { Catalog } from '../../catalog/catalog.ts';
import { COUNTS_FROM_MS, playsOf, type Span } from '../span.ts';

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

export async function readTotals(listening: Catalog, span: Span): Promise<ListeningTotals> {
  const { sql, params } = playsOf(span);
  const [row] = await listening.all<ListeningTotals>(
    `with p as ${sql},
     per_track as (
       select track_id, artist_name, track_name, count(*) filter (ms_played >= ${COUNTS_FROM_MS}) as plays, min(ended_at) as first_at,
         count(*) filter (is_skipped) as skipped, count(is_skipped) as said, sum(ms_played) as ms
       from p group by all
     ),
     before as (select distinct coalesce(track_id, artist_name || chr(0) || track_name) as track, artist_name from me.plays
       where ms_played >= ${COUNTS_FROM_MS} and ended_at < make_timestamp(?::bigint * 1000)),
     known as (
       select n.*, t.album_id, f.mode from per_track n left join gold.tracks t using (track_id) left join gold.audio_features f using (track_id)
     )
     select
       coalesce(sum(plays), 0)::bigint as plays, coalesce(sum(ms), 0)::bigint / 60000.0 as minutes,
       count(distinct coalesce(track_id, artist_name || chr(0) || track_name)) filter (plays > 0) as tracks,
       count(distinct artist_name) filter (plays > 0 and artist_name <> '') as artists, count(distinct album_id) filter (plays > 0) as albums,
       (select count(distinct cast((ended_at at time zone 'UTC') at time zone ? as date)) from p where ms_played >= ${COUNTS_FROM_MS}) as days,
       if(sum(said) > 0, sum(skipped) / sum(said), null) as skippedShare,
       count(distinct coalesce(track_id, artist_name || chr(0) || track_name)) filter (
         plays > 0 and coalesce(track_id, artist_name || chr(0) || track_name) not in (select track from before)) as newTracks,
       count(distinct artist_name) filter (plays > 0 and artist_name <> '' and artist_name not in (select artist_name from before)) as newArtists,
       if(sum(plays) filter (mode is not null) > 0, sum(plays) filter (mode = 0) / sum(plays) filter (mode is not null), null) as minorShare
     from known`,
    [...params, BigInt(span.from ?? 0), span.timeZone],
  );
  return row as ListeningTotals;
}
