// Ids of tracks that pass a filter, and which of some ids are tracks at all.
import type { Catalog } from './catalog.ts';
import { compileTrackFilter, type TrackFilter } from './filters.ts';
import { textList } from './sql-fragment.ts';

/** Ids of the tracks with audio features that pass, in no order. */
export async function listTrackIds(catalog: Catalog, where: TrackFilter): Promise<string[]> {
  const filter = compileTrackFilter(where);
  const rows = await catalog.all<{ ids: string[] | null }>(
    `select list(t.track_id) as ids from gold.tracks t where t.features_provider is not null and (${filter.sql})`,
    filter.params,
  );
  return rows[0]?.ids ?? [];
}

/** Those of the ids that are tracks of the catalogue. */
export async function findKnownTrackIds(catalog: Catalog, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await catalog.all<{ track_id: string }>(
    'select track_id from gold.tracks where track_id in (select unnest(?))',
    [textList(ids)],
  );
  return new Set(rows.map((row) => row.track_id));
}
