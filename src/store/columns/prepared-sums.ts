// Counts and sums by group, added up along the order of one column of numbers: what lies in a range of that column is then what there is
// up to its end less what there is up to its begin, in microseconds however many rows lie between. Only sums that are exact (columns.ts)
// are prepared, so that an answer is the same to the bit as one that every row was looked at for.
import { invariant } from '../../errors.ts';
import { readNumbers, toAnswer } from './answer.ts';
import type { ColumnAnswer, ColumnName, ColumnQuery } from './column-query.ts';
import { type Columns, type NumberColumn, shared } from './columns.ts';
import { toMeans, toSums } from './figures.ts';
import { groupRows } from './group-rows.ts';
import { findRange, findRangeColumn, type RowOrder } from './row-order.ts';
import type { Scratch } from './scratch.ts';

/** Questions that one preparation answers: any range of a column, by the same groups, over the same columns. */
export interface SumsShape {
  readonly key: string;
  readonly column: ColumnName;
  readonly groupBy: readonly ColumnName[];
  /** Columns of numbers that figures are asked of. */
  readonly measured: readonly ColumnName[];
}

/** Plain data, in arrays that threads share. */
export interface PreparedSums {
  readonly shape: SumsShape;
  readonly order: RowOrder;
  /** Positions in the order from one mark to the next. */
  readonly step: number;
  readonly groups: number;
  /** [marks x groups], of all rows before the mark. */
  readonly counts: Int32Array;
  readonly measured: ReadonlyMap<ColumnName, MarkedSums>;
}

interface MarkedSums {
  /** Rows with a number; null where every row has one. */
  readonly counts: Int32Array | null;
  /** In units of 1/scale. */
  readonly units: Float64Array;
}

/** Of one range: [groups] each. */
interface Totals {
  readonly counts: Float64Array;
  readonly measured: ReadonlyMap<
    ColumnName,
    { readonly counts: Float64Array | null; readonly units: Float64Array }
  >;
}

/** Half of it is looked at row by row at either end of a range: some 10 us. */
const LEAST_STEP = 256;
/** With fewer marks than this, looking at every row costs little more. */
const LEAST_MARKS = 16;
/** Marks of one preparation. */
const MAX_BYTES = 4_000_000;

const ADDED_UP: ReadonlySet<string> = new Set(['COUNT', 'MISSING', 'SUM', 'AVG']);

/** Null for a question that no preparation answers: its test is no range of one column, or it asks for figures that do not add up. */
export function findShape({ numbers }: Columns, { test, groupBy, figures }: ColumnQuery): SumsShape | null {
  const column = findRangeColumn(test);
  if (column === null || !numbers.has(column)) return null;
  const measured = new Set<ColumnName>();
  for (const figure of figures) {
    if (figure.figure === 'ROWS') continue;
    if (!ADDED_UP.has(figure.figure) || !numbers.get(figure.column)?.units) return null;
    measured.add(figure.column);
  }
  const names = [...measured].sort();
  return { key: JSON.stringify([column, groupBy, names]), column, groupBy, measured: names };
}

/** Null where there are too few rows for so many groups. */
export function prepareSums(
  columns: Columns,
  shape: SumsShape,
  order: RowOrder,
  scratch: Scratch,
): PreparedSums | null {
  const { groups } = groupRows(columns, order.rows.subarray(0, 0), shape.groupBy, scratch);
  const step = Math.max(
    LEAST_STEP,
    Math.ceil((columns.rows * groups * (4 + 12 * shape.measured.length)) / MAX_BYTES),
  );
  const marks = Math.floor(columns.rows / step) + 1;
  if (marks < LEAST_MARKS) return null;
  const size = marks * groups;
  const measured = new Map(
    shape.measured.map((name) => {
      const { isWhole } = columns.numbers.get(name) as NumberColumn;
      return [name, { counts: isWhole ? null : shared.words(size), units: shared.doubles(size) }];
    }),
  );
  const prepared = { shape, order, step, groups, counts: shared.words(size), measured };
  const totals = startTotals(prepared);
  for (let mark = 1; mark < marks; mark++) {
    addRows(columns, prepared, totals, (mark - 1) * step, mark * step, 1, scratch);
    prepared.counts.set(totals.counts, mark * groups);
    for (const [name, marked] of measured) {
      const total = totals.measured.get(name);
      marked.units.set(total?.units ?? [], mark * groups);
      marked.counts?.set(total?.counts ?? [], mark * groups);
    }
  }
  return prepared;
}

/** @param query of the shape that is prepared */
export function answerFromSums(
  columns: Columns,
  prepared: PreparedSums,
  query: ColumnQuery,
  scratch: Scratch,
): ColumnAnswer {
  const column = columns.numbers.get(prepared.shape.column) as NumberColumn;
  const { from, to } = findRange(column, prepared.order, query.test);
  const totals = startTotals(prepared);
  addUpTo(columns, prepared, totals, to, 1, scratch);
  addUpTo(columns, prepared, totals, from, -1, scratch);
  return toAnswer(query, to - from, totals.counts, ({ figure, column: name }) => {
    const { units } = columns.numbers.get(name) as NumberColumn;
    const total = totals.measured.get(name);
    invariant(total && units, 'figures are asked of columns that sums are prepared of');
    const counts = total.counts ?? totals.counts;
    if (figure === 'COUNT') return counts;
    if (figure === 'MISSING') return counts.map((n, group) => (totals.counts[group] as number) - n);
    return figure === 'SUM'
      ? toSums(total.units, counts, units.scale)
      : toMeans(total.units, counts, units.scale);
  });
}

function startTotals({ groups, measured }: Pick<PreparedSums, 'groups' | 'measured'>): Totals {
  return {
    counts: new Float64Array(groups),
    measured: new Map(
      [...measured].map(([name, { counts }]) => [
        name,
        { counts: counts && new Float64Array(groups), units: new Float64Array(groups) },
      ]),
    ),
  };
}

/** Adds all rows before a position: those before the nearest mark, and what lies between. @param sign 1, or -1 to take them off */
function addUpTo(
  columns: Columns,
  prepared: PreparedSums,
  totals: Totals,
  position: number,
  sign: 1 | -1,
  scratch: Scratch,
): void {
  const { step, groups, counts, measured } = prepared;
  const mark = Math.min(Math.round(position / step), counts.length / groups - 1);
  addMark(totals.counts, counts, mark * groups, sign);
  for (const [name, marked] of measured) {
    const total = totals.measured.get(name);
    if (total) addMark(total.units, marked.units, mark * groups, sign);
    if (total?.counts && marked.counts) addMark(total.counts, marked.counts, mark * groups, sign);
  }
  const at = mark * step;
  if (at < position) addRows(columns, prepared, totals, at, position, sign, scratch);
  else addRows(columns, prepared, totals, position, at, sign === 1 ? -1 : 1, scratch);
}

function addMark(total: Float64Array, marked: Int32Array | Float64Array, from: number, sign: 1 | -1): void {
  for (let group = 0; group < total.length; group++)
    total[group] = (total[group] as number) + sign * (marked[from + group] as number);
}

/** Adds the rows from one position to before another. */
function addRows(
  columns: Columns,
  { shape, order }: Pick<PreparedSums, 'shape' | 'order'>,
  totals: Totals,
  from: number,
  to: number,
  sign: 1 | -1,
  scratch: Scratch,
): void {
  scratch.reset();
  const { rows, groupOf } = groupRows(columns, order.rows.subarray(from, to), shape.groupBy, scratch);
  for (let i = 0; i < groupOf.length; i++) add(totals.counts, groupOf[i] as number, sign);
  for (const [name, { counts, units }] of totals.measured) {
    const { values, units: known } = readNumbers(columns, name, rows, scratch);
    invariant(known, 'sums are prepared of columns that have units');
    const { scale } = known;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (Number.isNaN(value)) continue;
      if (counts) add(counts, groupOf[i] as number, sign);
      add(units, groupOf[i] as number, sign * Math.round(value * scale));
    }
  }
}

function add(totals: Float64Array, group: number, amount: number): void {
  totals[group] = (totals[group] as number) + amount;
}
