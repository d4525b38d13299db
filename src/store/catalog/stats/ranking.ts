// An artist's tracks ranked by a measure: ties share a rank, and all of rank <= first come back.
import type { Catalog } from '../catalog.ts';
import { textList } from '../sql-fragment.ts';
import { type Measure, TRACK_MEASURES, type TrackMeasure } from './measures.ts';

export interface RankedTrackId {
  readonly rank: number;
  readonly value: number | null;
  readonly trackId: string;
}

export interface RankingRequest {
  readonly by: TrackMeasure;
  readonly first: number;
  readonly direction: 'ASC' | 'DESC';
}

/**
 * Rankings of many artists in one statement, one per artist in their order; tracks without a value are not ranked.
 *
 * @param most of all their tracks that are read; where there are more, one more tells so, and the lists are not whole
 */
export async function rankTracks(
  catalog: Catalog,
  artistIds: readonly string[],
  { by, first, direction }: RankingRequest,
  most: number,
): Promise<RankedTrackId[][]> {
  const measure: Measure = TRACK_MEASURES[by];
  const rows = await catalog.all<RankedTrackId & { artist_id: string }>(
    `select * from (
       select ra.artist_id, t.track_id as "trackId", (${measure.sql})::double as value,
         rank() over (partition by ra.artist_id order by ${measure.sql} ${direction}) as rank
       from gold.track_artists ra join gold.tracks t on t.track_id = ra.track_id ${measure.join ?? ''}
       where ra.artist_id in (select unnest(?)) and ${measure.sql} is not null)
     where rank <= ? order by artist_id, rank, "trackId" limit ${most + 1}`,
    [textList(artistIds), first],
  );
  const byArtist = Map.groupBy(rows, (row) => row.artist_id);
  return artistIds.map((id) =>
    (byArtist.get(id) ?? []).map(({ rank, value, trackId }) => ({ rank, value, trackId })),
  );
}
