// What recommendations begin with, and what they leave out: the tracks somebody played, by id.
import type { Catalog } from '../catalog/catalog.ts';
import { COUNTS_FROM_MS } from './span.ts';

export interface PlayedTrack {
  readonly id: string;
  readonly plays: number;
  /** Since the last play, 0 or more. */
  readonly daysAgo: number;
}

/**
 * Tracks of at least one play of 30 s whose sound the catalogue knows; those first that were played often and lately (a play counts half
 * after 180 days).
 */
export function listSeeds(listening: Catalog, now: number, first: number): Promise<PlayedTrack[]> {
  return listening.all<PlayedTrack>(
    `select * from (
       select track_id as id, count(*) as plays, greatest(0, (?::double - epoch_ms(max(ended_at))) / 86400000.0) as "daysAgo"
       from me.plays p semi join gold.audio_features f using (track_id) where ms_played >= ${COUNTS_FROM_MS} group by track_id
     ) t order by log2(1 + t.plays) * pow(0.5, t."daysAgo" / 180) desc, t.id limit ${first}`,
    [now],
  );
}

export type NoSeedsReason = 'NOTHING_PLAYED' | 'UNKNOWN_TRACK' | 'NO_AUDIO_FEATURES';

/** Why there are no seeds: no play of 30 s, or none of a track of the catalogue, or of none whose sound it knows. */
export async function findNoSeedsReason(listening: Catalog): Promise<NoSeedsReason> {
  const [row] = await listening.all<{ plays: number; known: number }>(
    `select count(*)::int as plays, count(t.track_id)::int as known
     from me.plays p left join gold.tracks t using (track_id) where ms_played >= ${COUNTS_FROM_MS}`,
  );
  if (!row?.plays) return 'NOTHING_PLAYED';
  return row.known > 0 ? 'NO_AUDIO_FEATURES' : 'UNKNOWN_TRACK';
}

/** Tracks of the catalogue that were ever played, however short, under this id or another of the same recording; in no order. */
export async function listPlayed(listening: Catalog): Promise<string[]> {
  const rows = await listening.all<{ id: string }>(
    `with played as (select distinct t.recording_id from me.plays join gold.tracks t using (track_id))
     select track_id as id from gold.tracks semi join played using (recording_id)`,
  );
  return rows.map(({ id }) => id);
}
