// One export: a select over a published snapshot, as the bytes of a file.
import { CancelledError, InvalidInputError } from '../../errors.ts';
import type { SqlFragment } from '../catalog/catalog.ts';
import type { DuckDb, SqlColumn } from '../duckdb.ts';
import type { ExportForm } from './export-form.ts';
import { CONTENT_TYPES } from './export-format.ts';
import { openReader, type ReaderOptions, refuseQuestion } from './open-reader.ts';
import { writeParquet } from './parquet-file.ts';
import { writeCsv, writeJsonLines } from './text-rows.ts';

export interface ExportOptions extends Omit<ReaderOptions, 'keepsOrder'> {
  readonly form: ExportForm;
  /** Ends the export at its next row. */
  readonly signal: AbortSignal;
  /** Takes the first rows only. */
  readonly limit?: number | undefined;
  /** Refuses a select that has more rows than this, before the first byte. */
  readonly maxRows?: number | undefined;
}

export interface Export {
  readonly contentType: string;
  /** Name and the engine's name of the type, in order. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** The file, piece by piece, as fast as it is taken. May be read once; closes the export at its end, however it ends. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** For an export that nobody reads after all. */
  close(): Promise<void>;
}

/**
 * Opens an export. Rows come in the order of the select, or in the order in which they lie in the relation.
 *
 * @throws InvalidInputError for a select that the engine refuses, for what is no single select, or for one that has more than `maxRows` rows
 */
export async function openExport(options: ExportOptions): Promise<Export> {
  const { signal, form } = options;
  // The engine keeps the order of what it writes as Parquet by holding back what comes too early, without bound; one thread alone
  // writes in order by itself.
  const reader = await openReader({ ...options, keepsOrder: form.format !== 'parquet' });
  const { db, folder, close } = reader;
  try {
    const select = limitRows(reader.question, options.limit);
    const columns = await db.describe(select.sql, select.params, { signal }).catch(refuseQuestion);
    await checkRows(db, select, options);
    return {
      contentType: CONTENT_TYPES[form.format],
      columns: columns.map(({ name, type }) => ({ name, type: String(type) })),
      bytes: closing(writeExport(form, db, { ...select, columns, signal, folder }), signal, close),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface Source extends SqlFragment {
  readonly columns: readonly SqlColumn[];
  readonly signal: AbortSignal;
  /** A folder of the export's own. */
  readonly folder: string;
}

/** The rows of a select over an open database as the bytes of a file. */
export async function* writeExport(form: ExportForm, db: DuckDb, source: Source): AsyncGenerator<Uint8Array> {
  if (form.format === 'csv') yield* writeCsv(db, source, form);
  else if (form.format === 'jsonl') yield* writeJsonLines(db, source);
  else if (form.format === 'parquet') yield* writeParquet(db, source);
  else {
    // The Arrow library is loaded by those who ask for it.
    const { writeArrow } = await import('./arrow-stream.ts');
    yield* writeArrow(db, source);
  }
}

/** The same bytes; closes at their end, however it comes. */
export async function* closing(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  close: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of bytes) {
      if (signal.aborted) throw new CancelledError('The export was cancelled.', { cause: signal.reason });
      yield piece;
    }
  } catch (error) {
    return refuseQuestion(error);
  } finally {
    await close();
  }
}

function limitRows({ sql, params }: SqlFragment, limit: number | undefined): SqlFragment {
  return { sql: limit === undefined ? sql : `select * from (${sql}\n) limit ${limit}`, params };
}

async function checkRows(
  db: DuckDb,
  { sql, params }: SqlFragment,
  { maxRows, signal }: ExportOptions,
): Promise<void> {
  if (maxRows === undefined) return;
  const counted = `select count(*) as n from (select 1 from (${sql}\n) limit ${maxRows + 1})`;
  const [row] = await db.all<{ n: number }>(counted, params, { signal }).catch(refuseQuestion);
  if ((row?.n ?? 0) <= maxRows) return;
  throw new InvalidInputError(
    `The export has more than ${maxRows} rows, which is the limit. Narrow the filter, or take fewer rows.`,
    { field: 'rows', expected: `at most ${maxRows} rows` },
  );
}
