// A request's statements, of which none fails twice: an operation that goes wrong on the compiled way is executed anew by graphql-js, which
// then meets the same failures at once, waits for the same statements where they are still under way, and has what was read already.
import type { ColumnQuery } from '../columns/column-query.ts';
import type { Catalog } from './catalog.ts';

/**
 * The same catalog for one request: a statement that has failed or is under way is not started again.
 *
 * @param options mayExecuteTwice: one that succeeded is not either; its rows are held as long as the request
 */
export function failOnce(
  catalog: Catalog,
  { mayExecuteTwice = false }: { readonly mayExecuteTwice?: boolean | undefined } = {},
): Catalog {
  const kept = new Map<string, Promise<unknown>>();
  const { manifest, dataDir, serving, findUnits } = catalog;
  const share = <T>(asked: readonly unknown[], start: () => Promise<T>): Promise<T> => {
    const key = JSON.stringify(asked, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
    const known = kept.get(key) as Promise<T> | undefined;
    if (known) return known;
    const found = start();
    kept.set(key, found);
    found.then(
      () => mayExecuteTwice || kept.delete(key),
      () => {},
    );
    return found;
  };
  return {
    manifest,
    dataDir,
    serving,
    findUnits,
    get columns() {
      const { columns } = catalog;
      return (
        columns && {
          ...columns,
          ask: (query: ColumnQuery) => share(['columns', query], () => columns.ask(query)),
        }
      );
    },
    all: <T>(sql: string, params: Parameters<Catalog['all']>[1] = []) =>
      share([sql, params], () => catalog.all<T>(sql, params)),
  };
}
