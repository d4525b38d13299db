// What was played most in a span: tracks, artists, albums, genres, by plays or by minutes.
import type { SqlFragment } from '../../catalog/catalog.ts';
import type { Listening } from '../open.ts';
import { COUNTS_FROM_MS, heardIn, type Span } from '../span.ts';

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

/** What a list groups tracks by, and what its items are called; `n` is the span's tracks, `r` the list, `t` the item's most played track. */
const LISTS: Readonly<
  Record<TopOf, { item: string; from: string; id: string; name: string; artistName: string; join?: string }>
> = {
  // The same recording under several ids is one track.
  TRACK: {
    item: 'h.recording',
    from: 'n join me.heard_tracks h using (track)',
    id: 't.recording_id',
    name: 't.track_name',
    artistName: 't.artist_name',
  },
  ARTIST: {
    item: 'l.artist',
    from: 'n join me.heard_links l using (track)',
    id: 'a.artist_id',
    name: 'coalesce(a.name, t.artist_name)',
    artistName: 'null::varchar',
    join: 'join me.heard_artists a on a.artist = r.item',
  },
  ALBUM: {
    item: 'h.album',
    from: 'n join me.heard_tracks h using (track) where h.album is not null',
    id: 't.album_id',
    name: 't.album_name',
    artistName: 't.artist_name',
  },
  GENRE: {
    item: 'g.genre',
    from: 'n join me.heard_genres g using (track)',
    id: 'r.item',
    name: 'r.item',
    artistName: 'null::varchar',
  },
};

/**
 * The first of a list; ties are cut by name, so that the same question has the same answer. An item is called as its most played track calls it,
 * of equals the first by id and name.
 */
export async function readTop(
  listening: Listening,
  span: Span,
  { of, by, first }: { of: TopOf; by: TopBy; first: number },
): Promise<readonly TopItem[]> {
  const measure = by === 'PLAYS' ? 'plays' : 'ms';
  const { item, from, id, name, artistName, join = '' } = LISTS[of];
  const { sql, params } = perTrack(span);
  return listening.figures<TopItem>(
    `with n as (${sql}),
     grouped as materialized (
       select ${item} as item, arg_max(track, n.plays * ${2 ** 32} - track) as track, sum(n.plays)::bigint as plays, sum(n.ms)::bigint as ms
       from ${from} group by ${item}
     ),
     cut as (select ${measure} as least from grouped order by ${measure} desc limit ${first})
     select rank() over (order by r.${measure} desc)::integer as rank, ${id} as id, ${name} as name, ${artistName} as artistName,
       r.plays as plays, r.ms / 60000.0 as minutes
     from (select * from grouped where ${measure} > 0 and ${measure} >= (select min(least) from cut)) r
       join me.heard_tracks t on t.track = r.track ${join}
     order by r.${measure} desc, r.plays desc, name, id limit ${first}`,
    params,
  );
}

/** Plays and milliseconds per track of the span, by its number in me.heard_tracks. */
export function perTrack(span: Span): SqlFragment {
  const { sql, params } = heardIn(span);
  return {
    sql: `select track, count(*) filter (ms_played >= ${COUNTS_FROM_MS}) as plays, sum(ms_played)::bigint as ms from ${sql} p group by track`,
    params,
  };
}
