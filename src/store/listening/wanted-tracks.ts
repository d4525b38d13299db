// Tracks that were played by id and that the catalogue does not have.
import type { Catalog } from '../catalog/catalog.ts';

/** The most played first. @param without ids that are left out, in any number */
export async function listWantedTracks(
  listening: Catalog,
  { first, without }: { first: number; without: readonly string[] },
): Promise<string[]> {
  const rows = await listening.all<{ id: string }>(
    `select track_id as id from me.plays
     where track_id is not null and track_id not in (select track_id from gold.tracks)
       and track_id not in (select unnest(string_split(?, ',')))
     group by track_id order by count(*) desc, track_id limit ${first}`,
    [without.join()],
  );
  return rows.map(({ id }) => id);
}

/** The tracks of several accounts in turn, so that nobody waits until another's are all fetched; each with the accounts that want it. */
export function alternateAccounts(
  wanted: ReadonlyMap<string, readonly string[]>,
  most: number,
): ReadonlyMap<string, readonly string[]> {
  const turns = new Map<string, string[]>();
  const longest = Math.max(0, ...[...wanted.values()].map(({ length }) => length));
  for (let place = 0; place < longest; place++) {
    for (const [accountId, tracks] of wanted) {
      const track = tracks[place];
      if (track !== undefined) turns.set(track, [...(turns.get(track) ?? []), accountId]);
    }
  }
  return new Map([...turns].slice(0, most));
}
