// Who is credited on the same tracks as an artist.
import { DEFAULT_ORDERS } from '../serving/layout.ts';
import { findQuickCollaborators } from './collaborators-by-index.ts';
import type { NestedField } from './listing.ts';
import { textList } from './sql-fragment.ts';

export interface Collaborator {
  readonly artistId: string;
  /** Tracks that both are credited on, 1 or more. */
  readonly trackCount: number;
}

const BY_POPULARITY = DEFAULT_ORDERS.artists
  .map(({ column, direction, nulls }) => `a.${column} ${direction} nulls ${nulls}`)
  .join(', ');

/**
 * The artists with most tracks in common, then as artists are ordered; parents are ids of artists.
 *
 * @param first at most so many of each
 */
export function collaboratorsOf(first: number): NestedField<readonly Collaborator[]> {
  return {
    key: `Artist.collaborators ${first}`,
    load: async (catalog, ids) => {
      const quick = await findQuickCollaborators(catalog, ids, first);
      if (quick) return quick;
      const rows = await catalog.all<Collaborator & { parent_id: string }>(
        `with shared as (
           select l.artist_id as parent_id, o.artist_id, count(*) as track_count
           from gold.track_artists l join gold.track_artists o on o.track_id = l.track_id and o.artist_id <> l.artist_id
           where l.artist_id in (select unnest(?)) group by all)
         select s.parent_id, s.artist_id as "artistId", s.track_count as "trackCount"
         from shared s join gold.artists a using (artist_id)
         qualify row_number() over (partition by s.parent_id order by s.track_count desc, ${BY_POPULARITY}) <= ?
         order by s.parent_id, s.track_count desc, ${BY_POPULARITY}`,
        [textList(ids), first],
      );
      const byParent = Map.groupBy(rows, (row) => row.parent_id);
      return ids.map((id) =>
        (byParent.get(id) ?? []).map(({ artistId, trackCount }) => ({ artistId, trackCount })),
      );
    },
  };
}
