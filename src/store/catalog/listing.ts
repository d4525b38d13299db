// Pages and counts of lists, at the root and under many parents at once: one statement either way.
import type { Catalog, SqlFragment } from './catalog.ts';
import type { CursorValue } from './cursors.ts';
import {
  findQuickCount,
  findQuickCounts,
  findQuickLists,
  findQuickListsNow,
  findQuickPage,
  findQuickPages,
  findQuickRows,
  findQuickRowsNow,
  type QuickLink,
  type QuickListing,
} from './engine.ts';
import { type OrderTerm, toOrderBy } from './order.ts';
import {
  type Connection,
  createConnection,
  type Page,
  type PageArgs,
  type PageLimits,
  type PagePlan,
  planPage,
} from './page.ts';
import type { QuickFilter } from './quick-filter.ts';
import { allOf, textList } from './sql-fragment.ts';

/** A list of entities: what it is read from and how a row becomes an entity. */
export interface Listing<R extends object, T> {
  /** Names the list in cursors. */
  readonly name: string;
  /** From clause; may hold joins. */
  readonly from: string;
  /** Select list. */
  readonly columns: string;
  readonly toEntity: (row: R) => T;
  /** How the serving index reads the same rows; DuckDB alone unless stated. */
  readonly quick?: QuickListing;
}

/** A field of many parents, answered for all of them by one statement; one answer per parent, in their order. */
export interface NestedField<T> {
  /** The same for the same field with the same arguments: its parents share a statement. */
  readonly key: string;
  load(catalog: Catalog, parentIds: readonly string[]): Promise<readonly T[]>;
  /** The same answers without waiting, where the serving index has them and the parents are few; else null. */
  readonly findNow?: (catalog: Catalog, parentIds: readonly string[]) => readonly T[] | null;
}

export interface NestedConnection<T> {
  readonly page: NestedField<Page<T>>;
  readonly count: NestedField<number>;
}

export interface ListOptions {
  readonly filter: SqlFragment;
  readonly terms: readonly OrderTerm[];
  readonly args: PageArgs;
  readonly limits: PageLimits;
  /** The filter for the serving index: null where it cannot say, left out where everything passes. */
  readonly quickFilter?: QuickFilter | null;
  /** How the serving index finds the children of a parent. */
  readonly link?: QuickLink;
}

/** A list at the root. Arguments are checked at once; rows are read when asked for. */
export function listConnection<R extends object, T>(
  catalog: Catalog,
  listing: Listing<R, T>,
  { filter, terms, args, limits, quickFilter }: ListOptions,
): Connection<T> {
  const plan = planPage(listing.name, terms, args, limits);
  return createConnection({
    page: async () => {
      const quick = await findQuickPage(catalog, listing, plan, quickFilter);
      if (quick) return toPage(plan, listing, quick as (R & Placed)[]);
      const where = allOf([filter, plan.within]);
      const rows = await catalog.all<R & Placed>(
        `select ${listing.columns}, ${placeColumns(plan.terms)} from ${listing.from} where ${where.sql}
         order by ${toOrderBy(plan.terms)} limit ${plan.limit}`,
        where.params,
      );
      return toPage(plan, listing, rows);
    },
    count: async () => {
      const quick = findQuickCount(catalog, listing, quickFilter);
      if (quick !== null) return quick;
      const rows = await catalog.all<{ n: number }>(
        `select count(*) as n from ${listing.from} where ${filter.sql}`,
        filter.params,
      );
      return rows[0]?.n ?? 0;
    },
  });
}

/**
 * The same list under each of many parents.
 *
 * @param field names the field, with its arguments, for batching
 * @param parent SQL of the parent's id in `listing.from`
 */
export function nestedConnection<R extends object, T>(
  field: string,
  listing: Listing<R, T>,
  parent: string,
  { filter, terms, args, limits, quickFilter, link }: ListOptions,
): NestedConnection<T> {
  const plan = planPage(listing.name, terms, args, limits);
  return {
    page: {
      key: `${field} page`,
      load: async (catalog, parentIds) => {
        const quick = await findQuickPages(catalog, listing, link, plan, quickFilter, parentIds);
        if (quick) return quick.map((rows) => toPage(plan, listing, rows as (R & Placed)[]));
        const where = allOf([filter, plan.within]);
        const rows = await catalog.all<R & Placed & { parent_id: string }>(
          `select * from (
             select ${listing.columns}, ${placeColumns(plan.terms)}, ${parent} as parent_id,
               row_number() over (partition by ${parent} order by ${toOrderBy(plan.terms)}) as place
             from ${listing.from} where ${parent} in (select unnest(?)) and (${where.sql}))
           where place <= ${plan.limit} order by parent_id, place`,
          [textList(parentIds), ...where.params],
        );
        const byParent = Map.groupBy(rows, (row) => row.parent_id);
        return parentIds.map((id) => toPage(plan, listing, byParent.get(id) ?? []));
      },
    },
    count: {
      key: `${field} count`,
      load: async (catalog, parentIds) => {
        const quick = findQuickCounts(catalog, link, quickFilter, parentIds);
        if (quick) return quick;
        const rows = await catalog.all<{ parent_id: string; n: number }>(
          `select ${parent} as parent_id, count(*) as n from ${listing.from}
           where ${parent} in (select unnest(?)) and (${filter.sql}) group by all`,
          [textList(parentIds), ...filter.params],
        );
        const counts = new Map(rows.map((row) => [row.parent_id, row.n]));
        return parentIds.map((id) => counts.get(id) ?? 0);
      },
    },
  };
}

/** A short list under each of many parents, whole and in a stated order. */
export function nestedList<R extends object, T>(
  field: string,
  listing: Listing<R, T>,
  parent: string,
  orderBy: string,
  link?: QuickLink['link'],
): NestedField<readonly T[]> {
  const toEntities = (rows: object[]) => toShared(rows, (all) => (all as R[]).map(listing.toEntity));
  return {
    key: field,
    findNow: (catalog, parentIds) =>
      findQuickListsNow(catalog, listing, link, parentIds)?.map(toEntities) ?? null,
    load: async (catalog, parentIds) => {
      const quick = await findQuickLists(catalog, listing, link, parentIds);
      if (quick) return quick.map(toEntities);
      const rows = await catalog.all<R & { parent_id: string }>(
        `select ${listing.columns}, ${parent} as parent_id from ${listing.from}
         where ${parent} in (select unnest(?)) order by parent_id, ${orderBy}`,
        [textList(parentIds)],
      );
      const byParent = Map.groupBy(rows, (row) => row.parent_id);
      return parentIds.map((id) => (byParent.get(id) ?? []).map(listing.toEntity));
    },
  };
}

/** Entities by key, one per key in key order; null for a key that is not there. */
export async function findByKeys<R extends object, T>(
  catalog: Catalog,
  listing: Listing<R, T>,
  key: string,
  keys: readonly string[],
): Promise<(T | null)[]> {
  const quick = await findQuickRows(catalog, listing, keys);
  if (quick) return toSharedEntities(listing, quick);
  const rows = await catalog.all<R & { found_key: string }>(
    `select ${listing.columns}, ${key} as found_key from ${listing.from} where ${key} in (select unnest(?))`,
    [textList(keys)],
  );
  const found = new Map(rows.map((row) => [row.found_key, listing.toEntity(row)]));
  return keys.map((id) => found.get(id) ?? null);
}

/** The same without waiting, where the serving index has them and they are few; else null. */
export function findByKeysNow<R extends object, T>(
  catalog: Catalog,
  listing: Listing<R, T>,
  keys: readonly string[],
): (T | null)[] | null {
  const quick = findQuickRowsNow(catalog, listing, keys);
  return quick && toSharedEntities(listing, quick);
}

function toSharedEntities<R extends object, T>(
  { toEntity }: Listing<R, T>,
  rows: (object | null)[],
): (T | null)[] {
  return rows.map((row) => row && toShared(row, (known) => toEntity(known as R)));
}

/** What was made of rows that the serving index remembers and hands out again: they are one listing's, and never change. */
const shared = new WeakMap<object, unknown>();

function toShared<K extends object, V>(rows: K, make: (rows: K) => V): V {
  const known = shared.get(rows) as V | undefined;
  if (known !== undefined) return known;
  const made = make(rows);
  shared.set(rows, made);
  return made;
}

/** The values of a row's place, as columns o0, o1, ... */
interface Placed {
  readonly [column: `o${number}`]: CursorValue;
}

function placeColumns(terms: readonly OrderTerm[]): string {
  return terms.map((term, at) => `${term.sql} as o${at}`).join(', ');
}

function toPage<R extends object, T>(
  plan: PagePlan,
  listing: Listing<R, T>,
  rows: readonly (R & Placed)[],
): Page<T> {
  return plan.toPage(rows, {
    node: listing.toEntity,
    place: (row) => plan.terms.map((_, at) => row[`o${at}`] ?? null),
  });
}
