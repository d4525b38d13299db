// Units of columns of a snapshot, each found once, whoever asks.
import { selectUnits, type Units } from '../exact-sums.ts';

/**
 * @param select runs a statement, which belongs to no request: others wait for it too
 * @param from the relation
 */
export function createColumnUnits(
  select: Parameters<typeof selectUnits>[0],
  from: string,
): (columns: readonly string[]) => Promise<ReadonlyMap<string, Units | null>> {
  const known = new Map<string, Promise<Units | null>>();
  const begin = (columns: readonly string[]) => {
    const found = selectUnits(select, from, columns);
    for (const [at, column] of columns.entries()) {
      const units = found.then((all) => all[at] ?? null);
      known.set(column, units);
      // What failed is asked anew by the next.
      units.catch(() => known.delete(column));
    }
  };
  return async (columns) => {
    const missing = columns.filter((column) => !known.has(column));
    if (missing.length > 0) begin(missing);
    const units = await Promise.all(columns.map((column) => known.get(column) ?? null));
    return new Map(columns.map((column, at) => [column, units[at] ?? null]));
  };
}
