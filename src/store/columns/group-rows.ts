// Rows that pass, each with the number of its group.
import type { ColumnName } from './column-query.ts';
import type { Columns, ListColumn, TextColumn } from './columns.ts';
import type { Scratch } from './scratch.ts';

/** Rows in groups: the row of entry i is `rows[i]`, its group `groupOf[i]`. A row of several texts is there once for each. */
export interface GroupedRows {
  readonly rows: Int32Array;
  readonly groupOf: Int32Array;
  /** Groups that there could be; some may have no row. */
  readonly groups: number;
}

export function groupRows(
  columns: Columns,
  passed: Int32Array,
  groupBy: readonly ColumnName[],
  scratch: Scratch,
): GroupedRows {
  let grouped: GroupedRows = { rows: passed, groupOf: scratch.words(passed.length).fill(0), groups: 1 };
  for (const name of groupBy) {
    const list = columns.lists.get(name);
    grouped = list
      ? splitByList(grouped, list, scratch)
      : splitByText(grouped, findTexts(columns, name), scratch);
  }
  return grouped;
}

function splitByText(
  { rows, groupOf, groups }: GroupedRows,
  { codes, values }: TextColumn,
  scratch: Scratch,
): GroupedRows {
  const width = values.length;
  const split = scratch.words(rows.length);
  for (let i = 0; i < rows.length; i++) {
    split[i] = Math.imul(groupOf[i] as number, width) + (codes[rows[i] as number] as number);
  }
  return { rows, groupOf: split, groups: groups * width };
}

function splitByList(
  { rows, groupOf, groups }: GroupedRows,
  { codes, values, starts }: ListColumn,
  scratch: Scratch,
): GroupedRows {
  const width = values.length;
  let size = 0;
  for (const row of rows) size += (starts[row + 1] as number) - (starts[row] as number);
  const repeated = scratch.words(size);
  const split = scratch.words(size);
  let n = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const group = Math.imul(groupOf[i] as number, width);
    const end = starts[row + 1] as number;
    for (let at = starts[row] as number; at < end; at++) {
      repeated[n] = row;
      split[n] = group + (codes[at] as number);
      n += 1;
    }
  }
  return { rows: repeated, groupOf: split, groups: groups * width };
}

/** The texts of a group's number, which is made of the places of its texts. */
export function keysOf(columns: Columns, groupBy: readonly ColumnName[], group: number): (string | null)[] {
  const keys: (string | null)[] = [];
  let rest = group;
  for (const name of groupBy.toReversed()) {
    const { values } = findTexts(columns, name);
    keys.unshift(values[rest % values.length] ?? null);
    rest = Math.floor(rest / values.length);
  }
  return keys;
}

/** The number of a group by its texts; null where a column has no such text. */
export function numberOf(
  columns: Columns,
  groupBy: readonly ColumnName[],
  keys: readonly (string | null)[],
): number | null {
  let group = 0;
  for (const [at, name] of groupBy.entries()) {
    const { values } = findTexts(columns, name);
    const place = placesOf(values).get(keys[at] ?? null);
    if (place === undefined) return null;
    group = group * values.length + place;
  }
  return group;
}

const places = new WeakMap<TextColumn['values'], ReadonlyMap<string | null, number>>();

function placesOf(values: TextColumn['values']): ReadonlyMap<string | null, number> {
  const known = places.get(values) ?? new Map(values.map((value, place) => [value, place]));
  places.set(values, known);
  return known;
}

function findTexts(columns: Columns, name: ColumnName): TextColumn {
  return columns.lists.get(name) ?? (columns.texts.get(name) as TextColumn);
}
