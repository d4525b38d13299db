// What recommendations begin with, and what they leave out: the tracks somebody played, by id.
import type { Catalog } from '../catalog/catalog.ts';
import { textList } from '../catalog/sql-fragment.ts';
import { COUNTS_FROM_MS } from './span.ts';

export interface PlayedTrack {
  readonly id: string;
  readonly plays: number;
  /** Since the last play, 0 or more. */
  readonly daysAgo: number;
}

/** Tracks of at least one play of 30 s; those first that were played often and lately (a play counts half after 180 days). */
export function listPlayedTracks(listening: Catalog, now: number, first: number): Promise<PlayedTrack[]> {
  return listening.all<PlayedTrack>(
    `select * from (
       select track_id as id, count(*) as plays, greatest(0, (?::double - epoch_ms(max(ended_at))) / 86400000.0) as "daysAgo"
       from me.plays p where track_id is not null and ms_played >= ${COUNTS_FROM_MS} group by track_id
     ) t order by log2(1 + t.plays) * pow(0.5, t."daysAgo" / 180) desc, t.id limit ${first}`,
    [now],
  );
}

/** Which of these tracks, or another id of the same recording, were ever played. */
export async function findPlayed(listening: Catalog, ids: readonly string[]): Promise<Set<string>> {
  // An empty list has no type that could be bound.
  if (ids.length === 0) return new Set();
  const rows = await listening.all<{ id: string }>(
    `with asked as (select track_id, recording_id from gold.tracks where track_id in (select unnest(?)))
     select distinct a.track_id as id from asked a
     join gold.tracks t on t.recording_id = a.recording_id
     where t.track_id in (select track_id from me.plays)`,
    [textList(ids)],
  );
  return new Set(rows.map(({ id }) => id));
}
