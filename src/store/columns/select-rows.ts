// Which rows pass a test.
import type { RowTest } from './column-query.ts';
import { type Columns, isPlain, type NumberColumn } from './columns.ts';
import type { Scratch } from './scratch.ts';

/** The rows that pass, ascending. */
export function selectRows(columns: Columns, test: RowTest, scratch: Scratch): Int32Array {
  const passes = scratch.bytes(columns.rows);
  mark(columns, test, passes, scratch);
  const found = scratch.words(columns.rows);
  let n = 0;
  // Written always and kept where the row passes: a branch that is guessed wrong would cost more.
  for (let row = 0; row < passes.length; row++) {
    found[n] = row;
    n += passes[row] as number;
  }
  return found.subarray(0, n);
}

/** Sets `passes` to 1 for the rows that pass and 0 for the others. */
function mark(columns: Columns, test: RowTest, passes: Uint8Array, scratch: Scratch): void {
  if ('all' in test) combine(columns, test.all, passes, 1, scratch);
  else if ('any' in test) combine(columns, test.any, passes, 0, scratch);
  else if ('not' in test) {
    mark(columns, test.not, passes, scratch);
    for (let row = 0; row < passes.length; row++) passes[row] = 1 - (passes[row] as number);
  } else markLeaf(columns, test, passes);
}

function markLeaf(columns: Columns, test: Leaf, passes: Uint8Array): void {
  const holds = toPredicate(test);
  const column = columns.numbers.get(test.column) as NumberColumn;
  if (isPlain(column)) {
    const { plain } = column;
    for (let row = 0; row < passes.length; row++) passes[row] = holds(plain[row] as number) ? 1 : 0;
    return;
  }
  const { codes, values } = column;
  const decided = new Uint8Array(values.length);
  for (let at = 0; at < values.length; at++) decided[at] = holds(values[at] as number) ? 1 : 0;
  for (let row = 0; row < passes.length; row++) passes[row] = decided[codes[row] as number] as number;
}

/** @param whenNone what holds when there is no part: 1 for "all of them", 0 for "any of them" */
function combine(
  columns: Columns,
  parts: readonly RowTest[],
  passes: Uint8Array,
  whenNone: 0 | 1,
  scratch: Scratch,
): void {
  const [first, ...others] = parts;
  if (!first) {
    passes.fill(whenNone);
    return;
  }
  mark(columns, first, passes, scratch);
  const more = others.length > 0 ? scratch.bytes(passes.length) : passes;
  for (const part of others) {
    mark(columns, part, more, scratch);
    if (whenNone === 1)
      for (let row = 0; row < passes.length; row++)
        passes[row] = (passes[row] as number) & (more[row] as number);
    else
      for (let row = 0; row < passes.length; row++)
        passes[row] = (passes[row] as number) | (more[row] as number);
  }
}

type Leaf = Exclude<RowTest, { all: unknown } | { any: unknown } | { not: unknown }>;

/** NaN is a row without a value. */
function toPredicate(test: Leaf): (value: number) => boolean {
  if ('isNull' in test) return (value) => Number.isNaN(value) === test.isNull;
  if ('oneOf' in test) {
    const wanted = new Set(test.oneOf);
    return (value) => wanted.has(value) && !Number.isNaN(value);
  }
  const { value: bound } = test;
  switch (test.is) {
    case '=':
      return (value) => value === bound;
    case '<>':
      return (value) => value !== bound && !Number.isNaN(value);
    case '>':
      return (value) => value > bound;
    case '>=':
      return (value) => value >= bound;
    case '<':
      return (value) => value < bound;
    case '<=':
      return (value) => value <= bound;
  }
}
