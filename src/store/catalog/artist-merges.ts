// Ids that artists have left behind: made from a name by a source without ids, until the artist was known by one (gold.artist_merges). What
// was handed out once is asked for again, so such an id stands for the artist wherever artists are asked for by id.
import type { Catalog, SqlFragment } from './catalog.ts';
import { findQuickMerges } from './engine.ts';
import { compileIdFilter, type Given, given, type IdFilter } from './predicates.ts';
import { allOf, anyOf, negate, textList, wrap } from './sql-fragment.ts';

/** Whether an id was made from a name, as the macro is_named_id says. No other is ever left behind. */
export const isNamedId = (id: string): boolean => id.startsWith('n');

/** The ids that artists go by now, by those of the given ones that they have left behind. */
export async function findMergedIds(catalog: Catalog, ids: readonly string[]): Promise<Map<string, string>> {
  const named = ids.filter(isNamedId);
  if (named.length === 0) return new Map();
  const quick = await findQuickMerges(catalog, named);
  if (quick) return quick;
  const rows = await catalog.all<{ named_id: string; artist_id: string }>(
    'select named_id, artist_id from gold.artist_merges where named_id in (select unnest(?))',
    [textList(named)],
  );
  return new Map(rows.map(({ named_id, artist_id }) => [named_id, artist_id]));
}

/**
 * Compares ids of artists as compileIdFilter does, where each may be one that was left behind.
 *
 * @param onLookUp called for each comparison that has to look for those
 */
export function compileArtistIdFilter(
  filter: Given<IdFilter>,
  column: string,
  onLookUp: () => void,
): SqlFragment {
  const isOne = (comparison: IdFilter, ids: readonly string[]): SqlFragment => {
    const same = compileIdFilter(comparison, column);
    const named = ids.filter(isNamedId);
    if (named.length === 0) return same;
    onLookUp();
    const merged = compileIdFilter({ in: named }, 'm.named_id');
    return anyOf([
      same,
      wrap(`${column} in (select m.artist_id from gold.artist_merges m where `, merged, ')'),
    ]);
  };
  return allOf([
    ...given(filter?.eq, (id) => isOne({ eq: id }, [id])),
    ...given(filter?.ne, (id) => negate(isOne({ eq: id }, [id]))),
    ...given(filter?.in, (ids) => isOne({ in: ids }, ids)),
  ]);
}
