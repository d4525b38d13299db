// The Arrow IPC stream format: a schema, record batches, an end. https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
import { type DuckDBType, DuckDBTypeId, type DuckDBValue } from '@duckdb/node-api';
import { Field, makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from 'apache-arrow';
import { invariant } from '../../errors.ts';
import { type DuckDb, quoteName, type SqlColumn, type SqlParams } from '../duckdb.ts';
import { findArrowKind } from './arrow-data.ts';

/** Rows of a record batch: large enough for readers, small enough for memory. */
const BATCH_ROWS = 16_384;

/** A HUGEINT is a decimal of 38 digits; types that Arrow readers do not share (INTERVAL, UUID, MAP, ...) are text. */
export async function* writeArrow(
  db: DuckDb,
  source: { sql: string; params: SqlParams; columns: readonly SqlColumn[]; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { params, signal } = source;
  const list = source.columns.map(({ name, type }) => `${toExpression(name, type)} as ${quoteName(name)}`);
  const sql = `select ${list.join(', ')} from (${source.sql}\n)`;
  const kinds = (await db.describe(sql, params, { signal })).map(({ name, type }) => {
    const kind = findArrowKind(type);
    invariant(kind, `the column "${name}" was cast to a type that Arrow has`);
    return { name, ...kind };
  });
  const schema = new Schema(kinds.map(({ name, type }) => new Field(name, type, true)));
  const type = new Struct(schema.fields);
  const toBatch = (columns: readonly DuckDBValue[][]) => {
    const length = columns[0]?.length ?? 0;
    const children = kinds.map((kind, at) => kind.toData(columns[at] ?? []));
    return new RecordBatch(schema, makeData({ type, length, nullCount: 0, children }));
  };
  const writer = new RecordBatchStreamWriter();
  const written = takeWritten(writer);
  writer.reset(undefined, schema);
  yield await written();
  let columns: DuckDBValue[][] = kinds.map(() => []);
  for await (const chunk of db.stream(sql, params, { signal })) {
    columns.forEach((column, at) => {
      for (const value of chunk.column(at)) column.push(value);
    });
    if ((columns[0]?.length ?? 0) < BATCH_ROWS) continue;
    writer.write(toBatch(columns));
    columns = kinds.map(() => []);
    yield await written();
  }
  if (columns[0]?.length) writer.write(toBatch(columns));
  writer.finish();
  yield await written();
}

function toExpression(name: string, type: DuckDBType): string {
  if (type.typeId === DuckDBTypeId.HUGEINT) return `${quoteName(name)}::decimal(38, 0)`;
  return findArrowKind(type) ? quoteName(name) : `${quoteName(name)}::varchar`;
}

/** Takes what the writer has written so far; its own queue would grow with the whole result. */
function takeWritten(writer: RecordBatchStreamWriter): () => Promise<Uint8Array> {
  const queue = writer[Symbol.asyncIterator]();
  const nothing = Promise.resolve(null);
  let next = queue.next();
  return async () => {
    const pieces: Uint8Array[] = [];
    for (;;) {
      // A piece that is there wins; a queue that is empty leaves its promise for the next time.
      const found = await Promise.race([next, nothing]);
      if (found === null || found.done) return Buffer.concat(pieces);
      pieces.push(found.value);
      next = queue.next();
    }
  };
}
