// A request's statements, of which none fails twice: an operation that goes wrong on the compiled way is executed anew by graphql-js, which
// then meets the same failures at once, and waits for the same statements where they are still under way.
import type { Catalog } from './catalog.ts';

/** The same catalog for one request: a statement that has failed or is under way is not started again. */
export function failOnce(catalog: Catalog): Catalog {
  const kept = new Map<string, Promise<unknown[]>>();
  const { manifest, dataDir, serving } = catalog;
  return {
    manifest,
    dataDir,
    serving,
    get columns() {
      return catalog.columns;
    },
    all: <T>(sql: string, params: Parameters<Catalog['all']>[1] = []): Promise<T[]> => {
      const key = JSON.stringify([sql, params], (_, value: unknown) =>
        typeof value === 'bigint' ? `${value}n` : value,
      );
      const known = kept.get(key) as Promise<T[]> | undefined;
      if (known) return known;
      const rows = catalog.all<T>(sql, params);
      kept.set(key, rows);
      // Rows are not held any longer than they are waited for.
      rows.then(
        () => kept.delete(key),
        () => {},
      );
      return rows;
    },
  };
}
