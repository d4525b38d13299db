// An artist's tracks ranked by a measure, each recording once: ties share a rank, and all of rank <= first come back.
import type { Catalog } from '../catalog.ts';
import { textList } from '../sql-fragment.ts';
import { type Measure, TRACK_MEASURES, type TrackMeasure } from './measures.ts';

export interface RankedTrackId {
  readonly rank: number;
  /** Of the measure it is ranked by: tracks without one are not ranked. */
  readonly value: number;
  readonly trackId: string;
}

export interface RankingRequest {
  readonly by: TrackMeasure;
  readonly first: number;
  readonly direction: 'ASC' | 'DESC';
  /** Whether all tracks of a recording are ranked; otherwise the most popular of those of the artist that have a value, then the first by id. */
  readonly includeDuplicates: boolean;
}

/**
 * Rankings of many artists in one statement, one per artist in their order; tracks without a value are not ranked.
 *
 * @param most of all their tracks that are read; where there are more, one more tells so, and the lists are not whole
 */
export async function rankTracks(
  catalog: Catalog,
  artistIds: readonly string[],
  { by, first, direction, includeDuplicates }: RankingRequest,
  most: number,
): Promise<RankedTrackId[][]> {
  const measure: Measure = TRACK_MEASURES[by];
  const rows = await catalog.all<RankedTrackId & { artist_id: string }>(
    `with valued as (
       select ra.artist_id, t.track_id as "trackId", ${measure.sql} as value
       from gold.track_artists ra join gold.tracks t on t.track_id = ra.track_id ${measure.join ?? ''}
       where ra.artist_id in (select unnest(?)) and ${measure.sql} is not null
       ${includeDuplicates ? '' : ONE_OF_EACH_RECORDING})
     select artist_id, "trackId", value::double as value, rank
     from (select *, rank() over (partition by artist_id order by value ${direction}) as rank from valued)
     where rank <= ? order by artist_id, rank, "trackId" limit ${most + 1}`,
    [textList(artistIds), first],
  );
  const byArtist = Map.groupBy(rows, (row) => row.artist_id);
  return artistIds.map((id) =>
    (byArtist.get(id) ?? []).map(({ rank, value, trackId }) => ({ rank, value, trackId })),
  );
}

const ONE_OF_EACH_RECORDING = `qualify row_number() over (
  partition by ra.artist_id, t.recording_id order by t.popularity desc nulls last, t.track_id) = 1`;
