// Rows of a select as arrays of plain values, a few hundred at a time, with a turn of the event loop between.
import { setImmediate as immediate } from 'node:timers/promises';
import type { DuckDb, QueryOptions } from './duckdb.ts';

const ROWS_A_TURN = 256;

/** Hands the rows of a select on in the order they come. Columns must be of plain types: INTEGER, DOUBLE, VARCHAR. */
export async function eachChunk(
  db: DuckDb,
  sql: string,
  take: (rows: readonly (readonly unknown[])[]) => void,
  query: QueryOptions = {},
): Promise<void> {
  const width = (await db.describe(sql, [], query)).length;
  for await (const chunk of db.stream(sql, [], query)) {
    const columns = Array.from({ length: width }, (_, at) => chunk.column(at));
    for (let from = 0; from < chunk.rowCount; from += ROWS_A_TURN) {
      const size = Math.min(ROWS_A_TURN, chunk.rowCount - from);
      take(Array.from({ length: size }, (_, at) => columns.map((column) => column[from + at])));
      // Chunks that are ready at once would keep the event loop from everything else.
      await immediate();
    }
  }
}
