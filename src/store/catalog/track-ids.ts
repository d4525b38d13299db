// Which tracks pass a filter, as the labels of their vectors, and which of some ids are tracks at all.
import type { Catalog } from './catalog.ts';
import { compileTrackFilter, type TrackFilter } from './filters.ts';
import { textList } from './sql-fragment.ts';

/**
 * The labels of the indexed tracks that pass, one bit a label: most significant bit first, filled up with zeros at the front. The engine
 * packs them, so that half a million cost the event loop nothing.
 *
 * @param size labels there are
 */
export async function findTrackLabels(
  catalog: Catalog,
  where: TrackFilter,
  size: number,
): Promise<Uint8Array> {
  const filter = compileTrackFilter(where);
  const rows = await catalog.all<{ bits: Uint8Array | null }>(
    `select bitstring_agg(l.label, 0, ${Math.max(0, size - 1)})::blob as bits
     from gold.tracks t
     join similarity.labels l on l.track_id = t.track_id
     where ${filter.sql}`,
    filter.params,
  );
  return rows[0]?.bits ?? new Uint8Array(Math.ceil(size / 8));
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
