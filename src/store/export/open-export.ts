// One export: a select over a published snapshot, as the bytes of a file.
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { CancelledError, InvalidInputError, isGroovelakeError } from '../../errors.ts';
import type { SqlFragment } from '../catalog/catalog.ts';
import { createRelationViews, RELATION_LAYERS } from '../catalog/relation-views.ts';
import { type DuckDb, hardenDuckDb, openDuckDb, type SqlColumn } from '../duckdb.ts';
import { checkReadOnly } from '../read-only.ts';
import { openScratch } from '../scratch-folder.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { CONTENT_TYPES, type ExportFormat } from './export-format.ts';
import { writeParquet } from './parquet-file.ts';
import { writeCsv, writeJsonLines } from './text-rows.ts';

export interface ExportOptions {
  readonly manifest: Manifest;
  readonly dataDir: string;
  readonly config: Pick<Config, 'exportMemoryMb' | 'exportTimeoutMs' | 'serveThreads' | 'tempMaxMb'>;
  readonly clock: Clock;
  /** One select over gold.tracks and so on; a text that does more than read is refused. */
  readonly select: SqlFragment;
  readonly format: ExportFormat;
  /** CSV: writes a ' before each text that a spreadsheet would take for a formula. False unless stated. */
  readonly formulasAsText?: boolean | undefined;
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
  const { clock, config, signal, formulasAsText } = options;
  const dataDir = resolve(options.dataDir);
  const scratch = await openScratch(dataDir, 'tmp');
  const folder = await mkdtemp(join(scratch.path, 'export-'));
  let db: DuckDb | undefined;
  const close = async () => {
    await db?.close();
    await rm(folder, { recursive: true, force: true });
    await scratch.remove();
  };
  try {
    // The engine keeps the order of what it writes as Parquet by holding back what comes too early, without bound; one thread alone
    // writes in order by itself.
    const writesItself = options.format === 'parquet';
    db = await openDuckDb({
      path: ':memory:',
      memoryMb: config.exportMemoryMb,
      threads: writesItself ? 1 : config.serveThreads,
      maxConnections: 1,
      tempDir: folder,
      tempMaxMb: config.tempMaxMb,
      statementTimeoutMs: config.exportTimeoutMs,
      keepsOrder: !writesItself,
      clock,
    });
    await createRelationViews(db, options.manifest, dataDir);
    await hardenDuckDb(db, [...RELATION_LAYERS.map((layer) => join(dataDir, layer)), folder]);
    await checkReadOnly(db, options.select.sql, options.select.params);
    const { sql, params } = limitRows(options);
    const columns = await db.describe(sql, params, { signal }).catch(refuse);
    await checkRows(db, options);
    return {
      contentType: CONTENT_TYPES[options.format],
      columns: columns.map(({ name, type }) => ({ name, type: String(type) })),
      bytes: closing(
        writeExport(options.format, db, { sql, params, columns, signal, folder, formulasAsText }),
        signal,
        close,
      ),
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
  readonly formulasAsText?: boolean | undefined;
}

/** The rows of a select over an open database as the bytes of a file. */
export async function* writeExport(
  format: ExportFormat,
  db: DuckDb,
  source: Source,
): AsyncGenerator<Uint8Array> {
  if (format === 'csv') yield* writeCsv(db, source);
  else if (format === 'jsonl') yield* writeJsonLines(db, source);
  else if (format === 'parquet') yield* writeParquet(db, source);
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
    return refuse(error);
  } finally {
    await close();
  }
}

function limitRows({ select, limit }: ExportOptions): SqlFragment {
  const sql = select.sql.replace(/[;\s]+$/, '');
  return limit === undefined
    ? { ...select, sql }
    : { sql: `select * from (${sql}\n) limit ${limit}`, params: select.params };
}

async function checkRows(db: DuckDb, options: ExportOptions): Promise<void> {
  const { maxRows, signal } = options;
  if (maxRows === undefined) return;
  const { sql, params } = limitRows(options);
  const counted = `select count(*) as n from (select 1 from (${sql}\n) limit ${maxRows + 1})`;
  const [row] = await db.all<{ n: number }>(counted, params, { signal }).catch(refuse);
  if ((row?.n ?? 0) <= maxRows) return;
  throw new InvalidInputError(
    `The export has more than ${maxRows} rows, which is the limit. Narrow the filter, or take fewer rows.`,
    { field: 'rows', expected: `at most ${maxRows} rows` },
  );
}

/** What the engine says of a select that it cannot answer is for whoever wrote it. */
function refuse(error: unknown): never {
  if (isGroovelakeError(error)) throw error;
  throw new InvalidInputError(
    error instanceof Error ? error.message : String(error),
    { field: 'sql', expected: 'one select over the relations of the snapshot' },
    { cause: error },
  );
}
