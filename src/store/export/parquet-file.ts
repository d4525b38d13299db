// Parquet is written by the engine into a file of the export's own, and read from there: its footer comes last, but its writer seeks.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { DuckDBTypeId } from '@duckdb/node-api';
import { type DuckDb, quoteName, quoteText, type SqlColumn, type SqlParams } from '../duckdb.ts';

const PIECE_BYTES = 262_144;

/** One Parquet file, compressed with zstd. A HUGEINT, for which Parquet has no type, is a DECIMAL(38, 0). */
export async function* writeParquet(
  db: DuckDb,
  source: {
    sql: string;
    params: SqlParams;
    columns: readonly SqlColumn[];
    folder: string;
    signal: AbortSignal;
  },
): AsyncGenerator<Uint8Array> {
  const path = join(source.folder, 'export.parquet');
  const list = source.columns.map(({ name, type }) =>
    type.typeId === DuckDBTypeId.HUGEINT
      ? `${quoteName(name)}::decimal(38, 0) as ${quoteName(name)}`
      : quoteName(name),
  );
  await db.run(
    `copy (select ${list.join(', ')} from (${source.sql}\n)) to ${quoteText(path)} (format parquet, compression zstd)`,
    source.params,
    { signal: source.signal },
  );
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) yield piece as Uint8Array;
}
