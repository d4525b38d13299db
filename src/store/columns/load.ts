// Reads columns from the relations of a snapshot, as they come.
import { GroovelakeError, invariant } from '../../errors.ts';
import type { DuckDb } from '../duckdb.ts';
import type { ColumnName, ColumnSource } from './column-query.ts';
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
 * Lists are read after the rows, one narrow row for each text: made by the engine they are the one thing here that it cannot spill, and
 * those of a million tracks needed more than 256 MB of it.
 *
 * @param db with one thread, so that a row has the same place whenever it is read
 * @param signal ends the reading
 * @throws GroovelakeError when the columns take more than `maxBytes`, or a number is not finite
 */
export async function loadColumns(
  db: DuckDb,
  source: ColumnSource,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Columns> {
  const [counted] = await db.all<{ n: number }>(`select count(*) as n from ${source.relation}`, [], {
    signal,
  });
  const rows = counted?.n ?? 0;
  const numbers = new Map<ColumnName, NumberColumn>();
  const texts = new Map<ColumnName, TextColumn>();
  const lists = new Map<ColumnName, ListColumn>();
  for (const [name, column] of await readRows(db, source, rows, signal)) {
    if (column && 'isWhole' in column) numbers.set(name, column);
    else if (column) texts.set(name, column);
  }
  for (const list of source.lists) {
    const column = await readList(db, source, list, rows, signal);
    if (column && 'starts' in column) lists.set(list.name, column);
    else if (column) texts.set(list.name, column);
  }
  const columns = { rows, numbers, texts, lists };
  if (sizeOf(columns) > maxBytes) {
    throw new GroovelakeError(
      'OUT_OF_MEMORY',
      `Columns for statistics would take ${Math.ceil(sizeOf(columns) / 1e6)} MB, and ${maxBytes / 1e6} MB are allowed (GROOVELAKE_STATS_MEMORY_MB).`,
    );
  }
  return columns;
}

/** Rows by their places: joins may hand them out in another order, above all where the engine spills. */
const placed = ({ relation }: ColumnSource) =>
  `(select *, (row_number() over () - 1)::integer as place from ${relation}) t`;

async function readRows(
  db: DuckDb,
  source: ColumnSource,
  rows: number,
  signal: AbortSignal | undefined,
): Promise<[ColumnName, NumberColumn | TextColumn | null][]> {
  const builders = source.columns.map(({ kind }) =>
    kind === 'number' ? new NumberColumnBuilder(rows) : new TextColumnBuilder(rows),
  );
  const expressions = ['t.place', ...source.columns.map(({ sql }) => sql)];
  let read = 0;
  const select = `select ${expressions.join(', ')} from ${placed(source)} ${source.joins}`;
  for await (const chunk of db.stream(select, [], { signal })) {
    const places = chunk.column(0) as readonly number[];
    for (const [at, builder] of builders.entries()) {
      const values = chunk.column(at + 1);
      for (let i = 0; i < places.length; i++) builder.set(places[i] as number, values[i]);
    }
    read += chunk.rowCount;
  }
  invariant(read === rows, 'the joins of columns keep the number of rows');
  return source.columns.map(({ name }, at) => [name, builders[at]?.build() ?? null]);
}

async function readList(
  db: DuckDb,
  source: ColumnSource,
  { sql, join }: ColumnSource['lists'][number],
  rows: number,
  signal: AbortSignal | undefined,
): Promise<ListColumn | TextColumn | null> {
  const builder = new ListColumnBuilder(rows);
  const select = `select t.place, ${sql} from ${placed(source)} ${join}`;
  for await (const chunk of db.stream(select, [], { signal })) {
    const places = chunk.column(0) as readonly number[];
    const values = chunk.column(1) as readonly (string | null)[];
    for (let i = 0; i < places.length; i++) builder.add(places[i] as number, values[i] as string | null);
  }
  return builder.build();
}
