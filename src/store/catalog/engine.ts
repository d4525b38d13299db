// Which engine answers: the serving index for look-ups by key, children of a parent and pages in an order it keeps, with a filter it
// can decide; DuckDB for everything else. The one place that chooses. Null always means: ask DuckDB.
import { setImmediate as immediate } from 'node:timers/promises';
import { createTurnBudget } from '../../turns.ts';
import { DEFAULT_ORDERS, ENTITIES, type EntityName, LINKS, type LinkName } from '../serving/layout.ts';
import { toTrigrams } from '../serving/names.ts';
import type { EntityRead, Path, Row, ServingIndex, WalkRequest } from '../serving/serving-index.ts';
import { idOf } from '../serving/serving-index.ts';
import type { Catalog } from './catalog.ts';
import type { CursorValue } from './cursors.ts';
import { describeOrder, type OrderTerm, reverse } from './order.ts';
import type { PagePlan } from './page.ts';
import { findRanks, type PopularityRange } from './popularity-range.ts';
import type { QuickFilter } from './quick-filter.ts';

/** What the serving index is asked for in place of a listing. */
export interface QuickListing {
  readonly entity: EntityName;
  /** As in the listing's select list, which must hold in the index too. */
  readonly alias: string;
  /** The select list, where it differs from the listing's. */
  readonly columns?: string;
}

/** The same listing under a parent, by a link. */
export interface QuickLink {
  readonly link: LinkName;
  /** The order its children are kept in, as describeOrder tells it; their default order unless stated. */
  readonly order?: string;
}

/** What a listing says of itself here. */
interface Listed {
  readonly quick?: QuickListing | undefined;
  readonly columns: string;
}

/** How many rows a page may look at for its filter before DuckDB is asked. */
const PROBE = 20_000;
/** What looking at them may take in all, as QuickFilter counts it: some 7 ms (docs/performance.md). */
const PROBE_WORK = 160_000;
/** How many rows are looked at at first: most pages are full by then. */
const FIRST_PROBE = 2_500;
/** The same where candidates come by name, or popularity is bounded: fewer pass. */
const FIRST_CANDIDATES = 500;
/** Pages with a filter, and collaborators, that are asked for in one turn of the event loop, as aliases are, take no more of it than one may. */
export const turns = createTurnBudget(PROBE_WORK);
/** Parents answered between two turns of the event loop. */
const TURN = 100;

/** A page at the root. */
export async function findQuickPage(
  catalog: Catalog,
  listing: Listed,
  plan: PagePlan,
  filter: QuickFilter | null | undefined,
): Promise<Row[] | null> {
  const { quick } = listing;
  if (!catalog.serving || !quick || filter === null) return null;
  const order = findOrder(quick.entity, plan);
  if (!order) return null;
  const isRanked = order.path.kind === 'rank';
  const match =
    filter?.inName !== undefined && isRanked && ENTITIES[quick.entity].isSearched
      ? toTrigrams(filter.inName)
      : null;
  // Names by the trigram index, still in the order of ranks.
  const path: Path = match === null ? order.path : { kind: 'names', match };
  const popularity = isRanked ? filter?.popularity : undefined;
  const request = { path, direction: order.direction, filter };
  const work = workOf(filter);
  if (work === 0) return walk(catalog, listing, plan, { ...request, probe: PROBE });
  const probe = Math.min(PROBE, Math.floor(PROBE_WORK / work));
  const first = Math.min(probe, match !== null || popularity ? FIRST_CANDIDATES : FIRST_PROBE);
  await turns.take(first * work);
  const page = walk(catalog, listing, plan, { ...request, probe: first });
  if (page || (first === probe && !popularity)) return page;
  await turns.take(probe * work);
  return walk(catalog, listing, plan, { ...request, probe, popularity });
}

/** A page under each of many parents; null unless all of them can be answered. */
export async function findQuickPages(
  catalog: Catalog,
  listing: Listed,
  link: QuickLink | undefined,
  plan: PagePlan,
  filter: QuickFilter | null | undefined,
  parentIds: readonly string[],
): Promise<Row[][] | null> {
  const index = catalog.serving;
  const { quick } = listing;
  if (!index || !quick || !link || filter === null) return null;
  const direction = findDirection(link.order ?? describe(DEFAULT_ORDERS[quick.entity]), plan);
  if (direction === null) return null;
  const work = workOf(filter);
  const probe = Math.min(Math.max(500, Math.floor(PROBE / parentIds.length)), Math.floor(PROBE_WORK / work));
  const pages: Row[][] = [];
  for (const [at, id] of parentIds.entries()) {
    if (at % TURN === TURN - 1) await immediate();
    if (work > 0) await turns.take(probe * work);
    const parent = index.findRank(LINKS[link.link].parent, id);
    const page =
      parent === null
        ? []
        : walk(catalog, listing, plan, {
            path: { kind: 'link', link: link.link, parent },
            direction,
            filter,
            probe,
          });
    if (page === null) return null;
    pages.push(page);
  }
  return pages;
}

/** The whole list under each of a few parents, at once; null for more than are answered between two turns of the event loop. */
export function findQuickListsNow(
  catalog: Catalog,
  listing: Listed,
  link: LinkName | undefined,
  parentIds: readonly string[],
): Row[][] | null {
  const read = link && parentIds.length <= TURN ? findRead(catalog, listing) : null;
  return read && parentIds.map((id) => read.index.listChildren(read.read, link as LinkName, id));
}

/** The whole list under each of many parents. */
export async function findQuickLists(
  catalog: Catalog,
  listing: Listed,
  link: LinkName | undefined,
  parentIds: readonly string[],
): Promise<Row[][] | null> {
  const read = findRead(catalog, listing);
  if (!read || !link) return null;
  const lists: Row[][] = [];
  for (const [at, id] of parentIds.entries()) {
    if (at % TURN === TURN - 1) await immediate();
    lists.push(read.index.listChildren(read.read, link, id));
  }
  return lists;
}

/** What a row of a track takes to read, as QuickFilter counts it. */
const ROW_WORK = 200;

/** The first tracks of their recordings beside each of many, in the default order. */
export async function findQuickOtherTracks(
  catalog: Catalog,
  listing: Listed,
  trackIds: readonly string[],
  first: number,
): Promise<Row[][] | null> {
  const found = findRead(catalog, listing);
  if (!found) return null;
  const { index, read } = found;
  const lists: Row[][] = [];
  for (const id of trackIds) {
    await turns.take((1 + first) * ROW_WORK);
    const [parent] = index.all(
      `select r.rank from tracks t cross join tracks r on r.track_id = coalesce(t.recording_id, t.track_id)
       where t.track_id = ?`,
      [id],
    );
    const path = { kind: 'link', link: 'recording_tracks', parent: (parent?.rank ?? 0) as number } as const;
    // One more than are asked for: the track itself may be among them.
    const plan = { after: null, before: null, isBackward: false, limit: first + 1, filter: null, probe: 0 };
    const rows = index.walk({ read, path, ...plan }) ?? [];
    lists.push(rows.filter(({ track_id }) => track_id !== id).slice(0, first));
  }
  return lists;
}

/** Rows by id as findQuickRows has them, at once; null for more than are read between two turns of the event loop. */
export function findQuickRowsNow(
  catalog: Catalog,
  listing: Listed,
  ids: readonly string[],
): (Row | null)[] | null {
  const read = ids.length <= TURN ? findRead(catalog, listing) : null;
  return read?.index.findByIds(read.read, ids) ?? null;
}

/** Rows by id, in the order of the ids; null for a row that is not there. */
export async function findQuickRows(
  catalog: Catalog,
  listing: Listed,
  ids: readonly string[],
): Promise<(Row | null)[] | null> {
  const read = findRead(catalog, listing);
  if (!read) return null;
  const rows: (Row | null)[] = [];
  for (let at = 0; at < ids.length; at += TURN) {
    if (at > 0) await immediate();
    rows.push(...read.index.findByIds(read.read, ids.slice(at, at + TURN)));
  }
  return rows;
}

/** The ids that artists go by now, by those of the given ones that they have left behind. */
export async function findQuickMerges(
  { serving: index }: Catalog,
  ids: readonly string[],
): Promise<Map<string, string> | null> {
  if (!index) return null;
  const merged = new Map<string, string>();
  for (const [at, id] of ids.entries()) {
    if (at % TURN === TURN - 1) await immediate();
    const now = index.findMergedId(id);
    if (now !== null) merged.set(id, now);
  }
  return merged;
}

/** The markets of sets, from A to Z. */
export async function findQuickMarkets(
  { serving: index }: Catalog,
  sets: readonly string[],
): Promise<Map<string, readonly string[]> | null> {
  if (!index) return null;
  const found = new Map<string, readonly string[]>();
  for (const [at, set] of sets.entries()) {
    if (at % TURN === TURN - 1) await immediate();
    const [row] = index.all('select markets from market_sets where market_set_id = ?', [set]);
    if (row) found.set(set, (row.markets as string).trim().split(' '));
  }
  return found;
}

/** How many rows a list has, where nothing narrows it. */
export function findQuickCount(
  catalog: Catalog,
  listing: Listed,
  filter: QuickFilter | null | undefined,
): number | null {
  return catalog.serving && listing.quick && workOf(filter) === 0
    ? catalog.serving.count(listing.quick.entity)
    : null;
}

/** The same under each of many parents. */
export function findQuickCounts(
  catalog: Catalog,
  link: QuickLink | undefined,
  filter: QuickFilter | null | undefined,
  parentIds: readonly string[],
): number[] | null {
  const index = catalog.serving;
  return index && link && workOf(filter) === 0 && parentIds.length <= TURN
    ? parentIds.map((id) => index.countChildren(link.link, id))
    : null;
}

function workOf(filter: QuickFilter | null | undefined): number {
  return filter === null ? Number.POSITIVE_INFINITY : (filter?.work ?? 0);
}

function findRead(catalog: Catalog, listing: Listed): { index: ServingIndex; read: EntityRead } | null {
  const index = catalog.serving;
  if (!index || !listing.quick) return null;
  const { entity, alias, columns = listing.columns } = listing.quick;
  const read = { entity, alias, columns };
  return index.canRead(read) ? { index, read } : null;
}

/** Whether a plan reads an order that is kept from its beginning or from its end. */
type Direction = 'FORWARD' | 'BACKWARD';

type Walk = Pick<WalkRequest, 'path' | 'probe'> & {
  readonly direction: Direction;
  readonly filter: QuickFilter | undefined;
  /** Walks only the ranks of this range; for a path whose places are ranks. */
  readonly popularity?: PopularityRange | undefined;
};

function walk(
  catalog: Catalog,
  listing: Listed,
  plan: PagePlan,
  { path, direction, probe, filter, popularity }: Walk,
): Row[] | null {
  const found = findRead(catalog, listing);
  if (!found) return null;
  const { index, read } = found;
  const { entity } = read;
  const isBackward = direction === 'BACKWARD';
  const toPath = (values: readonly CursorValue[] | null) =>
    values && toPlace(index, entity, path, plan.terms, values);
  const [after, before] = [toPath(plan.after), toPath(plan.before)];
  if ((plan.after && !after) || (plan.before && !before)) return null;
  // A list whose own order runs against the path begins where the path ends.
  const isReversed = isBackward !== plan.isBackward;
  const [begin, end] = isReversed ? [before, after] : [after, before];
  const ranks = popularity && findRanks(index, entity, popularity);
  const places = plan.terms.map((term, at) => `${columnOf(term, read)} as o${at}`).join(', ');
  return index.walk({
    read: { ...read, columns: `${read.columns}, ${places}` },
    path,
    after: ranks ? [Math.max(ranks.after, Number(begin?.[0] ?? 0))] : begin,
    before: ranks ? [Math.min(ranks.before, Number(end?.[0] ?? ranks.before))] : end,
    isBackward,
    limit: plan.limit,
    filter: filter && filter.work > 0 ? filter : null,
    probe,
  });
}

function findOrder(entity: EntityName, plan: PagePlan): { path: Path; direction: Direction } | null {
  const orders: [string, Path][] = [
    [describe(DEFAULT_ORDERS[entity]), { kind: 'rank' }],
    ['ID.ASC.LAST', { kind: 'columns', columns: [idOf(entity)] }],
    ['NAME.ASC.LAST ID.ASC.LAST', { kind: 'columns', columns: ['name_key', idOf(entity)] }],
  ];
  for (const [order, path] of orders) {
    const direction = findDirection(order, plan);
    if (direction !== null) return { path, direction };
  }
  return null;
}

/** From which end the plan reads an order; null: it is another order. */
function findDirection(order: string, { terms }: PagePlan): Direction | null {
  if (describe(terms) === order) return 'FORWARD';
  return describe(reverse(terms)) === order || describeKeys(terms) === order ? 'BACKWARD' : null;
}

function describe(terms: Parameters<typeof describeOrder>[1]): string {
  return describeOrder('', terms).trim();
}

/** The reverse of an order whose columns are never null, wherever it would put nulls. */
function describeKeys(terms: readonly OrderTerm[]): string | null {
  const isNeverNull = terms.every(({ field }) => field === 'ID' || field === 'NAME');
  return isNeverNull ? describe(reverse(terms).map((term) => ({ ...term, nulls: 'LAST' as const }))) : null;
}

/** A cursor's values as a place of the path; null where no row stands there now, which only DuckDB can place. */
function toPlace(
  index: ServingIndex,
  entity: EntityName,
  path: Path,
  terms: readonly OrderTerm[],
  values: readonly CursorValue[],
): readonly (string | number)[] | null {
  if (path.kind === 'columns') return values as (string | number)[];
  const alias = 'x';
  const id = values.at(-1);
  const given = terms.slice(0, -1).map((term, at) => ({ term, value: values[at] ?? null }));
  // A position is no column of the row: it is the link's own place.
  const checked = given.filter(({ term }) => term.field !== 'POSITION');
  const [row] = index.all(
    `select rank from ${entity} ${alias} where ${alias}.${idOf(entity)} = ?
     ${checked.map(({ term }) => `and ${columnOf(term, { entity, alias })} is ?`).join(' ')}`,
    [id as string, ...checked.map(({ value }) => value)],
  );
  if (!row) return null;
  const rank = row.rank as number;
  if (path.kind !== 'link') return [rank];
  const place = index.findPlace(path.link, path.parent, rank);
  const isThere = given.every(({ term, value }) => term.field !== 'POSITION' || value === place);
  return place !== null && isThere ? [place] : null;
}

/** The column behind a term of an order. */
function columnOf({ field }: OrderTerm, { entity, alias }: Pick<QuickListing, 'entity' | 'alias'>): string {
  if (field === 'POSITION') return 'l.place';
  if (field === 'ID') return `${alias}.${idOf(entity)}`;
  return `${alias}.${field === 'NAME' ? 'name_key' : field.toLowerCase()}`;
}
