// Figures of a column of numbers in groups, each computed when it is first asked for. NaN stands for "no value", in and out.

import { invariant } from '../../errors.ts';
import { SquareSums, type Units } from '../exact-sums.ts';
import { once } from '../once.ts';
import type { ColumnStatistic } from './column-query.ts';
import type { GroupedRows } from './group-rows.ts';

/** [groups] each. */
export interface NumberFigures extends Readonly<Record<Exclude<ColumnStatistic, 'MISSING'>, Float64Array>> {
  /** With linear interpolation between the two nearest values. @param share 0..1 */
  quantile(share: number): Float64Array;
}

/** The values of a column in the order of the grouped rows, NaN for none. */
export interface GroupedNumbers {
  readonly values: Float64Array;
  /** Whether there is none without a value for sure. */
  readonly isWhole: boolean;
  /** Of the column: sums and what is made of them are asked for only where it has them. */
  readonly units: Units | null;
}

/**
 * Figures by column.
 *
 * @param rowCounts rows of each group
 */
export function createNumberFigures(
  grouped: GroupedRows,
  rowCounts: Float64Array,
  read: (column: string) => GroupedNumbers,
): (column: string) => NumberFigures {
  const known = new Map<string, NumberFigures>();
  return (column) => {
    const figures = known.get(column) ?? describe(grouped, rowCounts, read(column));
    known.set(column, figures);
    return figures;
  };
}

function describe(
  { groupOf, groups }: GroupedRows,
  rowCounts: Float64Array,
  { values, isWhole, units }: GroupedNumbers,
): NumberFigures {
  const count = isWhole ? rowCounts : countValues(groupOf, groups, values);
  const known = () => {
    invariant(units, 'sums are asked of columns that have units');
    return units;
  };
  const sums = once(() => sumUnits(groupOf, groups, values, known().scale));
  const bounds = once(() => findBounds(groupOf, groups, values));
  const sorted = once(() => sortGroups(groupOf, count, values));
  return {
    COUNT: count,
    get SUM() {
      return toSums(sums(), count, known().scale);
    },
    get AVG() {
      return toMeans(sums(), count, known().scale);
    },
    get MIN() {
      return bounds().min;
    },
    get MAX() {
      return bounds().max;
    },
    get STDDEV() {
      return deviate(groupOf, count, sums(), values, known());
    },
    quantile: (share) => interpolate(sorted(), share),
  };
}

function countValues(groupOf: Int32Array, groups: number, values: Float64Array): Float64Array {
  const count = new Float64Array(groups);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const group = groupOf[i] as number;
    count[group] = (count[group] as number) + 1;
  }
  return count;
}

/** @param units sums in units of 1/scale */
export function toSums(units: Float64Array, count: Float64Array, scale: number): Float64Array {
  return units.map((sum, at) => (count[at] === 0 ? Number.NaN : sum / scale));
}

/** The same, rounded once. */
export function toMeans(units: Float64Array, count: Float64Array, scale: number): Float64Array {
  return units.map((sum, at) => sum / (scale * (count[at] as number)));
}

/** Whole numbers in doubles: exact, and the same in any order of the rows. */
function sumUnits(groupOf: Int32Array, groups: number, values: Float64Array, scale: number): Float64Array {
  const total = new Float64Array(groups);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    const group = groupOf[i] as number;
    total[group] = (total[group] as number) + Math.round(value * scale);
  }
  return total;
}

function findBounds(
  groupOf: Int32Array,
  groups: number,
  values: Float64Array,
): { readonly min: Float64Array; readonly max: Float64Array } {
  const min = new Float64Array(groups).fill(Number.NaN);
  const max = new Float64Array(groups).fill(Number.NaN);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    const group = groupOf[i] as number;
    // Written so that the first value takes the place of NaN.
    if (!((min[group] as number) <= value)) min[group] = value;
    if (!((max[group] as number) >= value)) max[group] = value;
  }
  return { min, max };
}

/** Of the sample (n - 1); none below two values. @param sums in units */
function deviate(
  groupOf: Int32Array,
  count: Float64Array,
  sums: Float64Array,
  values: Float64Array,
  units: Units,
): Float64Array {
  const { scale } = units;
  const squares = new SquareSums(count.length, units, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) squares.add(groupOf[i] as number, Math.round(value * scale));
  }
  return count.map((n, group) =>
    n < 2 ? Number.NaN : Math.sqrt(squares.spread(group, n, sums[group] as number) / (n * (n - 1))) / scale,
  );
}

interface SortedGroups {
  /** Values of group g, ascending, from `starts[g]` to before `starts[g + 1]`. */
  readonly values: Float64Array;
  readonly starts: Int32Array;
}

function sortGroups(groupOf: Int32Array, count: Float64Array, values: Float64Array): SortedGroups {
  const starts = new Int32Array(count.length + 1);
  for (let group = 0; group < count.length; group++) {
    starts[group + 1] = (starts[group] as number) + (count[group] as number);
  }
  const next = starts.slice();
  const sorted = new Float64Array(starts[count.length] as number);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    const group = groupOf[i] as number;
    sorted[next[group] as number] = value;
    next[group] = (next[group] as number) + 1;
  }
  for (let group = 0; group < count.length; group++) sorted.subarray(starts[group], starts[group + 1]).sort();
  return { values: sorted, starts };
}

function interpolate({ values, starts }: SortedGroups, share: number): Float64Array {
  return Float64Array.from({ length: starts.length - 1 }, (_, group) => {
    const start = starts[group] as number;
    const n = (starts[group + 1] as number) - start;
    if (n === 0) return Number.NaN;
    const place = (n - 1) * share;
    const low = values[start + Math.floor(place)] as number;
    const high = values[start + Math.ceil(place)] as number;
    const between = place - Math.floor(place);
    // In the form that DuckDB has it, which rounds otherwise than low + (high - low) * between.
    return low * (1 - between) + high * between;
  });
}
