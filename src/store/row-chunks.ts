// Rows of a select as arrays of plain values, a few hundred at a time, with a turn of the event loop between.
import { setImmediate as immediate } from 'node:timers/promises';
import type { DuckDb, QueryOptions } from './duckdb.ts';

const ROWS_A_TURN = 256;

/**
 * Hands the rows of a select on in the order they come. Columns must be of plain types: INTEGER, DOUBLE, VARCHAR.
 *
 * The texts of a row cross as one array in JSON: the library fetches every text of more than twelve bytes by a call of its own, and for the
 * fifteen of a track those calls took twice as long as everything else.
 */
export async function eachChunk(
  db: DuckDb,
  sql: string,
  take: (rows: readonly (readonly unknown[])[]) => void,
  query: QueryOptions = {},
): Promise<void> {
  const isText = (await db.describe(sql, [], query)).map(({ type }) => String(type) === 'VARCHAR');
  // Two columns may have one name.
  const names = isText.map((_, at) => `c${at}`);
  const texts = names.filter((_, at) => isText[at]);
  const others = names.filter((_, at) => !isText[at]);
  const select = [`json_array(${texts.join(', ')})::varchar`, ...others].join(', ');
  const packed = texts.length < 2 ? null : `select ${select} from (${sql}\n) as rows (${names.join(', ')})`;
  for await (const chunk of db.stream(packed ?? sql, [], query)) {
    const width = packed === null ? names.length : 1 + others.length;
    const columns = Array.from({ length: width }, (_, at) => chunk.column(at));
    const readRow = (row: number): unknown[] => {
      if (packed === null) return columns.map((column) => column[row]);
      const found = JSON.parse(columns[0]?.[row] as string) as (string | null)[];
      let [text, other] = [0, 1];
      return isText.map((is) => (is ? found[text++] : columns[other++]?.[row]));
    };
    for (let from = 0; from < chunk.rowCount; from += ROWS_A_TURN) {
      const size = Math.min(ROWS_A_TURN, chunk.rowCount - from);
      take(Array.from({ length: size }, (_, at) => readRow(from + at)));
      // Chunks that are ready at once would keep the event loop from everything else.
      await immediate();
    }
  }
}
