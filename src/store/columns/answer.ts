// Columns to figures: rows that pass, their groups, and one walk over them for each column.
import type { ColumnAnswer, ColumnFigure, ColumnName, ColumnQuery } from './column-query.ts';
import { type Columns, isPlain, type NumberColumn } from './columns.ts';
import { createNumberFigures, type GroupedNumbers } from './figures.ts';
import { type GroupedRows, groupRows } from './group-rows.ts';
import type { Scratch } from './scratch.ts';
import { selectRows } from './select-rows.ts';

/** A figure of a column of numbers. */
export type NumberFigure = Exclude<ColumnFigure, { figure: 'ROWS' }>;

export function answerQuery(columns: Columns, query: ColumnQuery, scratch: Scratch): ColumnAnswer {
  scratch.reset();
  const passed = selectRows(columns, query.test, scratch);
  const grouped = groupRows(columns, passed, query.groupBy, scratch);
  const counts = countRows(grouped);
  const figureOf = createNumberFigures(grouped, counts, (name) =>
    readNumbers(columns, name, grouped.rows, scratch),
  );
  return toAnswer(query, passed.length, counts, (figure) => toFigure(figureOf, figure, counts));
}

/**
 * The groups that are there, with their figures.
 *
 * @param counts rows of all groups that there could be
 * @param toFigure a figure of all of them
 */
export function toAnswer(
  { groupBy, figures }: ColumnQuery,
  passed: number,
  counts: Float64Array,
  toFigure: (figure: NumberFigure) => Float64Array,
): ColumnAnswer {
  const present = listPresent(counts, groupBy.length === 0);
  return {
    passed,
    groups: present,
    figures: figures.map((figure) => {
      const all = figure.figure === 'ROWS' ? counts : toFigure(figure);
      return Float64Array.from(present, (group) => all[group] as number);
    }),
  };
}

function listPresent(counts: Float64Array, isAlwaysThere: boolean): Int32Array {
  const present = new Int32Array(counts.length);
  let n = 0;
  for (let group = 0; group < counts.length; group++) {
    present[n] = group;
    if ((counts[group] as number) > 0 || isAlwaysThere) n += 1;
  }
  return present.slice(0, n);
}

function countRows({ groupOf, groups }: GroupedRows): Float64Array {
  const counts = new Int32Array(groups);
  for (let i = 0; i < groupOf.length; i++) {
    const group = groupOf[i] as number;
    counts[group] = (counts[group] as number) + 1;
  }
  return Float64Array.from(counts);
}

function toFigure(
  figureOf: ReturnType<typeof createNumberFigures>,
  figure: NumberFigure,
  counts: Float64Array,
): Float64Array {
  if (figure.figure === 'QUANTILE') return figureOf(figure.column).quantile(figure.share);
  if (figure.figure === 'MISSING')
    return figureOf(figure.column).COUNT.map((n, at) => (counts[at] as number) - n);
  return figureOf(figure.column)[figure.figure];
}

/** Side by side, so that every walk over them reads the same kind of array. */
export function readNumbers(
  columns: Columns,
  name: ColumnName,
  rows: Int32Array,
  scratch: Scratch,
): GroupedNumbers {
  const column = columns.numbers.get(name) as NumberColumn;
  const found = scratch.doubles(rows.length);
  if (isPlain(column)) {
    const { plain } = column;
    for (let i = 0; i < rows.length; i++) found[i] = plain[rows[i] as number] as number;
  } else {
    const { codes, values } = column;
    for (let i = 0; i < rows.length; i++) found[i] = values[codes[rows[i] as number] as number] as number;
  }
  return { values: found, isWhole: column.isWhole, units: column.units };
}
