// The groups of a statistics field as columns in memory give them: filtered, ordered and cut to a page here, as DuckDB would.

import { createTurnBudget, type TurnBudget } from '../../../turns.ts';
import type { ColumnFigure } from '../../columns/column-query.ts';
import type { Catalog } from '../catalog.ts';
import type { CursorValue } from '../cursors.ts';
import type { OrderTerm } from '../order.ts';
import type { PagePlan } from '../page.ts';
import { type Aggregate, aggregateKey } from './aggregates.ts';
import { askColumns, canCompute, type PlanFigures } from './by-columns.ts';
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

/** Groups within bounds, of which rows are made for those that are on a page. */
export interface ColumnGroups {
  /** How many there are. */
  readonly count: number;
  /** The rows of a page, and one more where there is one, in the order the page is read in. */
  cutPage(page: PagePlan, terms: readonly OrderTerm[]): Promise<GroupRow[]>;
}

/** Groups looked at between two questions whether somebody else's turn has come: a millisecond, some of them labelled. */
const AT_ONCE = 1_024;
/** Groups that one turn of the event loop has room for, of all questions together. */
const turns = createTurnBudget(4 * AT_ONCE);

/**
 * The groups within the bounds; null where only DuckDB can say.
 *
 * @param wanted figures that will be asked of the groups; those that the columns have are on their rows
 * @param take waits for room in a turn of the event loop, which others have too
 */
export async function findColumnGroups(
  catalog: Catalog,
  plan: StatsPlan,
  having: readonly FigureBounds[],
  columns: readonly { readonly name: string; readonly figure: ColumnFigure | null }[],
  wanted: readonly Aggregate[],
  take: TurnBudget['take'] = turns.take,
): Promise<ColumnGroups | null> {
  const extras = listExtras(catalog, plan, wanted);
  const figures = [...columns, ...having, ...extras].map(({ figure }) => figure);
  const answer = await askColumns(catalog, plan, figures);
  if (!answer) return null;
  const extrasFrom = columns.length + having.length;
  const figureOf = (at: number, place: number) => orNull(answer.figures[at]?.[place]);
  const kept: number[] = [];
  await inTurns(answer.groups.length, take, (place) => {
    if (having.every((bounds, at) => isWithin(figureOf(columns.length + at, place), bounds)))
      kept.push(place);
  });
  const toRow = (place: number): GroupRow => {
    const keys = answer.keysAt(place);
    return {
      ...Object.fromEntries(columns.map(({ name }, at) => [name, figureOf(at, place)])),
      id: JSON.stringify(keys),
      keys,
      labels: keys,
      label: toLabel(keys),
      figures: new Map(
        extras.map(({ key, aggregate }, at) => [
          key,
          toValue(aggregate, answer.figures[extrasFrom + at]?.[place], answer.passed),
        ]),
      ),
    };
  };
  return {
    count: kept.length,
    cutPage: async (page, terms) => {
      const columnAt = new Map(columns.map(({ name }, at) => [name, at]));
      const placed = placeRows(answer, (name, place) => figureOf(columnAt.get(name) as number, place));
      const inOrder = compareBy(terms);
      const sign = page.isBackward ? -1 : 1;
      const isOnPage = toPageTest(page, terms, inOrder);
      const best: Place[] = [];
      await inTurns(kept.length, take, (at) => {
        const row = placed(kept[at] as number);
        const last = best.length === page.limit ? best.at(-1) : undefined;
        if (last && sign * inOrder(row, last) >= 0) return;
        if (!isOnPage(row)) return;
        if (last) best.pop();
        insert(best, row, (a, b) => sign * inOrder(a, b));
      });
      return best.map(({ place }) => toRow(place));
    },
  };
}

/** A group as it is compared: its label and id are made when something hangs on them. */
interface Place {
  readonly place: number;
  valueOf(name: string): unknown;
}

function placeRows(
  answer: PlanFigures,
  figureOf: (name: string, place: number) => number | null,
): (place: number) => Place {
  return (place) => {
    let label: string | undefined;
    let id: string | undefined;
    return {
      place,
      valueOf: (name) => {
        if (name === 'label') {
          label ??= toLabel(answer.keysAt(place));
          return label;
        }
        if (name === 'id') {
          id ??= JSON.stringify(answer.keysAt(place));
          return id;
        }
        return figureOf(name, place);
      },
    };
  };
}

/** Whether a group lies between the ends of a page. */
function toPageTest(
  page: PagePlan,
  terms: readonly OrderTerm[],
  inOrder: (a: Place, b: Place) => number,
): (row: Place) => boolean {
  const after = page.after && toPlace(page.after, terms);
  const before = page.before && toPlace(page.before, terms);
  const ends = endsOf(page);
  return (row) =>
    (!after || inOrder(row, after) > 0) &&
    (!before || inOrder(row, before) < 0) &&
    (ends.length === 0 || !ends.includes(row.valueOf('id') as string));
}

async function inTurns(length: number, take: TurnBudget['take'], look: (at: number) => void): Promise<void> {
  for (let from = 0; from < length; from += AT_ONCE) {
    const end = Math.min(from + AT_ONCE, length);
    const turn = take(end - from);
    if (turn) await turn;
    for (let at = from; at < end; at++) look(at);
  }
}

/** @param rows in order */
function insert(rows: Place[], row: Place, inOrder: (a: Place, b: Place) => number): void {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (inOrder(rows[middle] as Place, row) <= 0) low = middle + 1;
    else high = middle;
  }
  rows.splice(low, 0, row);
}

function toLabel(keys: readonly (string | null)[]): string {
  return keys.map((key) => key ?? NONE_LABEL).join(' / ');
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

/** Ids of the groups that a page begins after and ends before. */
export function endsOf({ after, before }: PagePlan): string[] {
  return [after, before].flatMap((values) => (values ? [values.at(-1) as string] : []));
}

const columnOf = (term: OrderTerm) => term.sql.replace('g.', '');

function toPlace(values: readonly CursorValue[], terms: readonly OrderTerm[]): Place {
  const known = new Map(terms.map((term, at) => [columnOf(term), values[at] ?? null]));
  return { place: -1, valueOf: (name) => known.get(name) };
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
      const [x, y] = [a.valueOf(name) ?? null, b.valueOf(name) ?? null];
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

/** By code points, which is the order of the bytes of UTF-8 that DuckDB has. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rankOf(x) - rankOf(y);
  }
  return a.length - b.length;
}

/** Halves of pairs stand for code points above all others, though their own numbers are not the highest. */
function rankOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
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
