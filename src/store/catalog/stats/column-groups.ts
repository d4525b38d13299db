// The groups of a statistics field as columns in memory give them: filtered, ordered and cut to a page here, as DuckDB would.
import type { ColumnFigure } from '../../columns/column-query.ts';
import type { Catalog } from '../catalog.ts';
import type { CursorValue } from '../cursors.ts';
import type { OrderTerm } from '../order.ts';
import type { PagePlan } from '../page.ts';
import { type Aggregate, aggregateKey } from './aggregates.ts';
import { askColumns, canCompute } from './by-columns.ts';
import { toColumnFigure, toValue } from './column-aggregates.ts';
import { type GroupRow, NONE_LABEL, type StatsPlan } from './groups.ts';

/** Bounds of a figure; a group without the figure is outside of them. */
export interface FigureBounds {
  readonly figure: ColumnFigure | null;
  readonly gt?: number | null | undefined;
  readonly gte?: number | null | undefined;
  readonly lt?: number | null | undefined;
  readonly lte?: number | null | undefined;
}

/**
 * All groups within the bounds, in no order, with a figure for each column; null where only DuckDB can say.
 *
 * @param wanted figures that will be asked of the groups; those that the columns have are on them
 */
export async function findColumnGroups(
  catalog: Catalog,
  plan: StatsPlan,
  having: readonly FigureBounds[],
  columns: readonly { readonly name: string; readonly figure: ColumnFigure | null }[],
  wanted: readonly Aggregate[],
): Promise<GroupRow[] | null> {
  const extras = listExtras(catalog, plan, wanted);
  const figures = [...columns, ...having, ...extras].map(({ figure }) => figure);
  const answer = await askColumns(catalog, plan, figures);
  if (!answer) return null;
  const extrasFrom = columns.length + having.length;
  const figureOf = (at: number, group: number) => orNull(answer.figures[at]?.[group]);
  return answer.groups.flatMap((keys, group) => {
    const isKept = having.every((bounds, at) => isWithin(figureOf(columns.length + at, group), bounds));
    if (!isKept) return [];
    const label = keys.map((key) => key ?? NONE_LABEL).join(' / ');
    const row: Record<string, unknown> & { figures?: unknown } = {
      id: JSON.stringify(keys),
      keys,
      labels: keys,
      label,
    };
    for (const [at, { name }] of columns.entries()) row[name] = figureOf(at, group);
    row.figures = new Map(
      extras.map(({ key, aggregate }, at) => [
        key,
        toValue(aggregate, answer.figures[extrasFrom + at]?.[group], answer.passed),
      ]),
    );
    return [row as unknown as GroupRow];
  });
}

function listExtras(
  { columns }: Catalog,
  plan: StatsPlan,
  wanted: readonly Aggregate[],
): { key: string; aggregate: Aggregate; figure: ColumnFigure }[] {
  const extras = new Map<string, { key: string; aggregate: Aggregate; figure: ColumnFigure }>();
  for (const aggregate of columns ? wanted : []) {
    // One that cannot be computed is refused where it stands in the answer.
    if (aggregate.kind === 'percentile' && !(aggregate.p >= 0 && aggregate.p <= 100)) continue;
    const figure = toColumnFigure(plan, aggregate);
    const key = aggregateKey(aggregate);
    if (columns && figure && canCompute(columns, figure)) extras.set(key, { key, aggregate, figure });
  }
  return [...extras.values()];
}

/** The rows of a page, and one more where there is one, in the order the page is read in. */
export function cutPage(rows: readonly GroupRow[], page: PagePlan, terms: readonly OrderTerm[]): GroupRow[] {
  const inOrder = compareBy(terms);
  const { after, before } = page;
  const ends = endsOf(page);
  const found = rows.filter(
    (row) =>
      !ends.includes(row.id) &&
      (!after || inOrder(row, toPlace(after, terms)) > 0) &&
      (!before || inOrder(row, toPlace(before, terms)) < 0),
  );
  found.sort(page.isBackward ? (a, b) => inOrder(b, a) : inOrder);
  return found.slice(0, page.limit);
}

/** Ids of the groups that a page begins after and ends before. */
export function endsOf({ after, before }: PagePlan): string[] {
  return [after, before].flatMap((values) => (values ? [values.at(-1) as string] : []));
}

type Place = Readonly<Record<string, unknown>>;

const columnOf = (term: OrderTerm) => term.sql.replace('g.', '');

function toPlace(values: readonly CursorValue[], terms: readonly OrderTerm[]): Place {
  return Object.fromEntries(terms.map((term, at) => [columnOf(term), values[at] ?? null]));
}

/** @param terms in the list's own order, not reversed for a page from its end */
function compareBy(terms: readonly OrderTerm[]): (a: Place, b: Place) => number {
  const columns = terms.map((term) => ({
    name: columnOf(term),
    sign: term.direction === 'ASC' ? 1 : -1,
    nulls: term.nulls === 'LAST' ? 1 : -1,
    compare: term.type === 'number' ? compareNumbers : compareTexts,
  }));
  return (a, b) => {
    for (const { name, sign, nulls, compare } of columns) {
      const [x, y] = [a[name] ?? null, b[name] ?? null];
      if (x === null || y === null) {
        if (x === y) continue;
        return x === null ? nulls : -nulls;
      }
      const order = compare(x as never, y as never);
      if (order !== 0) return sign * order;
    }
    return 0;
  };
}

function compareNumbers(a: number, b: number): number {
  return a - b;
}

/** By bytes, as DuckDB orders texts. */
function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isWithin(value: number | null, { gt, gte, lt, lte }: FigureBounds): boolean {
  if (value === null) return false;
  const isGiven = (bound: number | null | undefined) => bound !== null && bound !== undefined;
  return (
    (!isGiven(gt) || value > (gt as number)) &&
    (!isGiven(gte) || value >= (gte as number)) &&
    (!isGiven(lt) || value < (lt as number)) &&
    (!isGiven(lte) || value <= (lte as number))
  );
}

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
