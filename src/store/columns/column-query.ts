// What can be asked of columns in memory, and what comes back. Plain data: it crosses from thread to thread.

/** A column by the SQL expression that it was read by. */
export type ColumnName = string;

/** number: doubles. text: one per row. */
export type ColumnKind = 'number' | 'text';

/** What to read: the rows of a relation, spoken of as `t`. */
export interface ColumnSource {
  readonly relation: string;
  /** What they add to each row; they neither add a row nor take one away. */
  readonly joins: string;
  readonly columns: readonly { readonly name: ColumnName; readonly sql: string; readonly kind: ColumnKind }[];
  /** Columns of any number of texts per row, which `join` adds as rows of their own; a row without any has one null. */
  readonly lists: readonly { readonly name: ColumnName; readonly sql: string; readonly join: string }[];
}

/** Which rows. A comparison holds only for a row that has a value; `not` holds wherever its part does not. */
export type RowTest =
  | { readonly all: readonly RowTest[] }
  | { readonly any: readonly RowTest[] }
  | { readonly not: RowTest }
  | { readonly column: ColumnName; readonly isNull: boolean }
  | { readonly column: ColumnName; readonly oneOf: readonly number[] }
  | {
      readonly column: ColumnName;
      readonly is: '=' | '<>' | '>' | '>=' | '<' | '<=';
      readonly value: number;
    };

export type ColumnStatistic = 'COUNT' | 'MISSING' | 'MIN' | 'MAX' | 'SUM' | 'AVG' | 'STDDEV';

/** A figure of each group. ROWS counts rows; the others are over the rows that have a value in a column of numbers. */
export type ColumnFigure =
  | { readonly figure: 'ROWS' }
  | { readonly figure: ColumnStatistic; readonly column: ColumnName }
  /** With linear interpolation; `share` 0..1, 0.5 is the median. */
  | { readonly figure: 'QUANTILE'; readonly column: ColumnName; readonly share: number };

export interface ColumnQuery {
  readonly test: RowTest;
  /** Columns of texts; none: one group of everything, there even when no row passes. */
  readonly groupBy: readonly ColumnName[];
  readonly figures: readonly ColumnFigure[];
}

export interface ColumnAnswer {
  /** Rows that pass, each once. */
  readonly passed: number;
  /** The groups by number, ascending; ColumnEngine.keysOf says which texts a number stands for. */
  readonly groups: Int32Array;
  /** [figures x groups]; NaN where there is no value to take it of. */
  readonly figures: readonly Float64Array[];
}
