// What the header of a relation's SQL file says of its rows: the checks follow from it.

export interface Reference {
  readonly column: string;
  /** layer.name */
  readonly to: string;
  readonly toColumn: string;
}

export interface RelationFacts {
  /** Columns that name a row, e.g. track_id, source; empty where nothing does. */
  readonly key: readonly string[];
  /** Columns of the key that may be null. */
  readonly nullable: readonly string[];
  /** Columns whose values are keys of another relation, or null. */
  readonly refers: readonly Reference[];
  /** Relations (layer.name) of which an incremental build reads rows of touched values and no others. */
  readonly touchedOnly: readonly string[];
  /** Names and types as a table declares them; '' where the file does not say. Of staging, so that no document is no rows without a plan. */
  readonly columns: string;
  /** A large build writes the relation in slices, each with its share of the values that a column of another relation has. */
  readonly slices: { readonly column: string; readonly of: string } | null;
  /** What is laid out by slice before the first of them is written, rows of a condition only where there is one. */
  readonly sharedOut: readonly { readonly of: string; readonly where: string | null }[];
}

/**
 * Reads `-- key: a, b`, `-- nullable: b`, `-- refers: column to layer.name (its column)`,
 * `-- touched only: layer.name, ...`, `-- columns: a VARCHAR, b INTEGER` (several lines are one list),
 * `-- slices: column of layer.name` and `-- shared out: layer.name where condition`.
 * The other relation's column is named only where it is another.
 */
export function readFacts(sql: string): RelationFacts {
  const list = (field: string) =>
    readField(sql, field)[0]
      ?.split(',')
      .map((name) => name.trim()) ?? [];
  return {
    key: list('key'),
    nullable: list('nullable'),
    refers: readField(sql, 'refers').flatMap((line) => {
      const [, column, to, toColumn] = /^(\w+) to (\w+\.\w+)(?: \((\w+)\))?$/.exec(line) ?? [];
      return column && to ? [{ column, to, toColumn: toColumn ?? column }] : [];
    }),
    touchedOnly: list('touched only'),
    columns: readField(sql, 'columns').join(', '),
    slices: readSlices(sql),
    sharedOut: readField(sql, 'shared out').flatMap((line) => {
      const [, of, where = null] = /^(\w+\.\w+)(?: where (.+))?$/.exec(line) ?? [];
      return of ? [{ of, where }] : [];
    }),
  };
}

function readSlices(sql: string): RelationFacts['slices'] {
  const [, column, of] = /^(\w+) of (\w+\.\w+)$/.exec(readField(sql, 'slices')[0] ?? '') ?? [];
  return column && of ? { column, of } : null;
}

/** The values of `-- field: value` lines. */
export function readField(sql: string, field: string): string[] {
  return [...sql.matchAll(new RegExp(`^-- ${field}: (.+)$`, 'gm'))].map((match) => (match[1] ?? '').trim());
}
