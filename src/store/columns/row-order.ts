// Rows in the order of a column's numbers, and what lies in a range of them.
import type { RowTest } from './column-query.ts';
import { type Columns, isPlain, type NumberColumn, shared } from './columns.ts';

export interface RowOrder {
  readonly rows: Int32Array;
  /** Rows that have a number; they come first. */
  readonly known: number;
}

/** Rows of a column with many different values are sorted one by one: not so many while other questions wait. */
export const MAX_SORTED_ROWS = 200_000;

/** Ascending, rows without a number last; null where it would take too long to make. */
export function orderRows({ rows: length }: Columns, column: NumberColumn): RowOrder | null {
  const rows = shared.words(length);
  if (!isPlain(column)) return { rows, known: sortByCode(rows, column) };
  if (length > MAX_SORTED_ROWS) return null;
  const { plain } = column;
  for (let row = 0; row < length; row++) rows[row] = row;
  rows.sort((a, b) => compare(plain[a] as number, plain[b] as number));
  let known = length;
  while (known > 0 && Number.isNaN(plain[rows[known - 1] as number])) known -= 1;
  return { rows, known };
}

/** A counting sort. @returns how many have a number */
function sortByCode(
  rows: Int32Array,
  { codes, values }: Extract<NumberColumn, { codes: Uint16Array }>,
): number {
  const counts = new Int32Array(values.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number;
    counts[code] = (counts[code] as number) + 1;
  }
  const byValue = [...values.keys()].sort((a, b) => compare(values[a] as number, values[b] as number));
  const next = new Int32Array(values.length);
  let known = 0;
  let from = 0;
  for (const code of byValue) {
    next[code] = from;
    from += counts[code] as number;
    if (!Number.isNaN(values[code])) known = from;
  }
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number;
    rows[next[code] as number] = row;
    next[code] = (next[code] as number) + 1;
  }
  return known;
}

function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
}

export interface Range {
  readonly from: number;
  /** Past its end. */
  readonly to: number;
}

/** The column that a test is a range of; null for any other test. */
export function findRangeColumn(test: RowTest): string | null {
  if ('is' in test) return test.is === '<>' ? null : test.column;
  if (!('all' in test)) return null;
  const [first = null, ...others] = test.all.map(findRangeColumn);
  return others.every((name) => name === first) ? first : null;
}

/** Where the rows lie that pass a test of that column. */
export function findRange(column: NumberColumn, order: RowOrder, test: RowTest): Range {
  if ('all' in test) {
    const ranges = test.all.map((part) => findRange(column, order, part));
    const from = Math.max(...ranges.map((range) => range.from));
    return { from, to: Math.max(from, Math.min(...ranges.map((range) => range.to))) };
  }
  if (!('is' in test)) throw new TypeError('a test of a range is made of comparisons');
  const { known } = order;
  const least = () => findFirst(column, order, (value) => value >= test.value);
  const above = () => findFirst(column, order, (value) => value > test.value);
  switch (test.is) {
    case '>=':
      return { from: least(), to: known };
    case '>':
      return { from: above(), to: known };
    case '<':
      return { from: 0, to: least() };
    case '<=':
      return { from: 0, to: above() };
    default:
      return { from: least(), to: above() };
  }
}

/** The first position whose number holds, of those that hold from some position on. */
function findFirst(
  column: NumberColumn,
  { rows, known }: RowOrder,
  holds: (value: number) => boolean,
): number {
  let low = 0;
  let high = known;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle] as number;
    const value = isPlain(column) ? column.plain[row] : column.values[column.codes[row] as number];
    if (holds(value as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
