// What was played most in a span: tracks, artists, albums, genres, by plays or by minutes.
import type { Catalog, SqlFragment } from '../../catalog/catalog.ts';
import { COUNTS_FROM_MS, playsOf, type Span } from '../span.ts';

export type TopBy = 'PLAYS' | 'MINUTES';

export interface TopItem {
  /** From 1; equals share a rank. */
  readonly rank: number;
  /** Id in the catalogue; null where the catalogue has none of that name. */
  readonly id: string | null;
  /** As the plays name it. */
  readonly name: string;
  /** Of a track or an album, the artist as the plays name it; null else. */
  readonly artistName: string | null;
  readonly plays: number;
  readonly minutes: number;
}

export type TopOf = 'TRACK' | 'ARTIST' | 'ALBUM' | 'GENRE';

/** What each list groups by. The same recording under several ids is one track. */
const GROUPS: Readonly<Record<TopOf, string>> = {
  TRACK: `select coalesce(t.recording_id, n.track_id) as id, any_value(n.track_name order by n.plays desc) as name,
      any_value(n.artist_name order by n.plays desc) as artist_name, sum(n.plays) as plays, sum(n.ms) as ms
    from per_track n left join gold.tracks t using (track_id)
    group by coalesce(t.recording_id, n.track_id), if(n.track_id is null, n.artist_name || chr(0) || n.track_name, null)`,
  ARTIST: `select coalesce(l.artist_id, a.artist_id) as id, any_value(coalesce(g.name, n.artist_name) order by n.plays desc) as name,
      null::varchar as artist_name, sum(n.plays) as plays, sum(n.ms) as ms
    from per_track n
    left join gold.track_artists l using (track_id)
    left join (select name_key, arg_max(artist_id, (coalesce(popularity, 0), artist_id)) as artist_id from gold.artists group by name_key) a
      on l.artist_id is null and a.name_key = lower(strip_accents(trim(n.artist_name)))
    left join gold.artists g on g.artist_id = coalesce(l.artist_id, a.artist_id)
    where n.artist_name <> '' or l.artist_id is not null
    group by coalesce(l.artist_id, a.artist_id), if(coalesce(l.artist_id, a.artist_id) is null, n.artist_name, null)`,
  ALBUM: `select t.album_id as id, any_value(coalesce(t.album_name, n.album_name) order by n.plays desc) as name,
      any_value(n.artist_name order by n.plays desc) as artist_name, sum(n.plays) as plays, sum(n.ms) as ms
    from per_track n left join gold.tracks t using (track_id)
    where coalesce(t.album_name, n.album_name, '') <> ''
    group by t.album_id, if(t.album_id is null, n.artist_name || chr(0) || n.album_name, null)`,
  GENRE: `select g.genre as id, g.genre as name, null::varchar as artist_name, sum(n.plays) as plays, sum(n.ms) as ms
    from per_track n join gold.track_genres g using (track_id) group by g.genre`,
};

/** The first of a list; ties are cut by name, so that the same question has the same answer. */
export async function readTop(
  listening: Catalog,
  span: Span,
  { of, by, first }: { of: TopOf; by: TopBy; first: number },
): Promise<TopItem[]> {
  const measure = by === 'PLAYS' ? 'plays' : 'ms';
  const { sql, params } = perTrack(span);
  return listening.all<TopItem>(
    `with per_track as (${sql}), grouped as (${GROUPS[of]})
     select rank() over (order by ${measure} desc)::integer as rank, id, name, artist_name as artistName, plays::bigint as plays,
       ms::bigint / 60000.0 as minutes
     from grouped where ${measure} > 0 order by ${measure} desc, plays desc, name, id limit ${first}`,
    params,
  );
}

/** Plays and milliseconds per track of the span. */
export function perTrack(span: Span): SqlFragment {
  const { sql, params } = playsOf(span);
  return {
    sql: `select track_id, artist_name, track_name, any_value(album_name) as album_name,
            count(*) filter (ms_played >= ${COUNTS_FROM_MS}) as plays, sum(ms_played) as ms
          from ${sql} p group by track_id, artist_name, track_name`,
    params,
  };
}
