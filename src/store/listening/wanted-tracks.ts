// Tracks that were played by id and that the catalogue does not have.
import type { Catalog } from '../catalog/catalog.ts';

/** The most played first. */
export async function listWantedTracks(listening: Catalog, first: number): Promise<string[]> {
  const rows = await listening.all<{ id: string }>(
    `select track_id as id from me.plays where track_id is not null and track_id not in (select track_id from gold.tracks)
     group by track_id order by count(*) desc, track_id limit ${first}`,
  );
  return rows.map(({ id }) => id);
}
