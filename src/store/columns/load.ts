// Reads columns from the relations of a snapshot, as they come.
import { GroovelakeError, invariant } from '../../errors.ts';
import type { DuckDb } from '../duckdb.ts';
import type { ColumnKind, ColumnSource } from './column-query.ts';
import {
  type Columns,
  type ListColumn,
  ListColumnBuilder,
  type NumberColumn,
  NumberColumnBuilder,
  sizeOf,
  type TextColumn,
  TextColumnBuilder,
} from './columns.ts';

/**
 * The columns of a source. A column of texts with more than 65,536 different ones is left out.
 *
 * @throws GroovelakeError when the columns take more than `maxBytes`, or a number is not finite
 */
export async function loadColumns(db: DuckDb, source: ColumnSource, maxBytes: number): Promise<Columns> {
  const [counted] = await db.all<{ n: number }>(`select count(*) as n from ${source.from}`);
  const rows = counted?.n ?? 0;
  const builders = source.columns.map(({ name, kind }) => ({ name, builder: createBuilder(kind, rows) }));
  let row = 0;
  const select = `select ${source.columns.map(({ sql }) => sql).join(', ')} from ${source.from} ${source.joins}`;
  for await (const chunk of db.stream(select)) {
    for (const [at, { builder }] of builders.entries()) {
      const values = chunk.column(at);
      for (let i = 0; i < chunk.rowCount; i++) builder.set(row + i, values[i]);
    }
    row += chunk.rowCount;
  }
  invariant(row === rows, 'the joins of columns keep the number of rows');
  const columns = collect(rows, builders);
  if (sizeOf(columns) > maxBytes) {
    throw new GroovelakeError(
      'OUT_OF_MEMORY',
      `Columns for statistics would take ${Math.ceil(sizeOf(columns) / 1e6)} MB, and ${maxBytes / 1e6} MB are allowed (GROOVELAKE_STATS_MEMORY_MB).`,
    );
  }
  return columns;
}

interface Builder {
  set(row: number, value: unknown): void;
  build(): NumberColumn | TextColumn | ListColumn | null;
}

function createBuilder(kind: ColumnKind, rows: number): Builder {
  if (kind === 'number') return new NumberColumnBuilder(rows);
  return kind === 'text' ? new TextColumnBuilder(rows) : new ListColumnBuilder(rows);
}

function collect(rows: number, builders: readonly { name: string; builder: Builder }[]): Columns {
  const columns = {
    rows,
    numbers: new Map<string, NumberColumn>(),
    texts: new Map<string, TextColumn>(),
    lists: new Map<string, ListColumn>(),
  };
  for (const { name, builder } of builders) {
    const column = builder.build();
    if (column === null) continue;
    if ('starts' in column) columns.lists.set(name, column);
    else if (builder instanceof NumberColumnBuilder) columns.numbers.set(name, column as NumberColumn);
    else columns.texts.set(name, column as TextColumn);
  }
  return columns;
}
