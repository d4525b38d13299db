// One export of rows that are not a select: pages of values, staged in a database of the export's own, then written like any other.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { type DuckDb, openDuckDb, quoteName, quoteText } from '../duckdb.ts';
import type { ExportForm } from './export-form.ts';
import { CONTENT_TYPES } from './export-format.ts';
import { closing, type Export, writeExport } from './open-export.ts';

export type RowsColumnType = 'INTEGER' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' | 'TIMESTAMPTZ';

export interface RowsColumn {
  readonly name: string;
  readonly type: RowsColumnType;
  /** Holds lists of that type. */
  readonly isList: boolean;
}

/** One value per column, in their order. TIMESTAMPTZ as ISO 8601. */
export type RowValues = readonly unknown[];

export interface RowsExportOptions {
  readonly columns: readonly RowsColumn[];
  /** Read to its end before the first byte, so that an error is still an answer. */
  readonly pages: AsyncIterable<readonly RowValues[]>;
  readonly form: ExportForm;
  readonly dataDir: string;
  readonly config: Pick<Config, 'exportMemoryMb' | 'exportTimeoutMs' | 'tempMaxMb'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Opens an export of the rows, in their order. Throws what `pages` throws. */
export async function openRowsExport(options: RowsExportOptions): Promise<Export> {
  const { columns, form, config, clock, signal } = options;
  const temp = join(resolve(options.dataDir), 'tmp');
  await mkdir(temp, { recursive: true });
  const folder = await mkdtemp(join(temp, 'export-'));
  let db: DuckDb | undefined;
  const close = async () => {
    await db?.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    db = await openDuckDb({
      path: join(folder, 'rows.duckdb'),
      memoryMb: config.exportMemoryMb,
      threads: 1,
      maxConnections: 1,
      tempDir: folder,
      tempMaxMb: config.tempMaxMb,
      statementTimeoutMs: config.exportTimeoutMs,
      keepsOrder: true,
      clock,
    });
    await stage(db, columns, options.pages, signal);
    const sql = `select ${columns.map(toSelected).join(', ')} from staged`;
    const selected = await db.describe(sql);
    const source = { sql, params: [], columns: selected, signal, folder };
    return {
      contentType: CONTENT_TYPES[form.format],
      columns: source.columns.map(({ name, type }) => ({ name, type: String(type) })),
      bytes: closing(writeExport(form, db, source), signal, close),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function stage(
  db: DuckDb,
  columns: readonly RowsColumn[],
  pages: RowsExportOptions['pages'],
  signal: AbortSignal,
): Promise<void> {
  const types = columns.map((column) => stagedType(column));
  await db.run(`create table staged (${types.map((type, at) => `c${at} ${type}`).join(', ')})`);
  const shape = JSON.stringify([Object.fromEntries(types.map((type, at) => [`c${at}`, type]))]);
  const list = types.map((_, at) => `r.c${at}`).join(', ');
  for await (const rows of pages) {
    const objects = rows.map((row) => Object.fromEntries(row.map((value, at) => [`c${at}`, value])));
    await db.run(
      `insert into staged select ${list} from (select unnest(from_json(?::json, ${quoteText(shape)})) as r)`,
      [JSON.stringify(objects)],
      { signal },
    );
  }
}

/** Instants are staged as text: from_json takes no time zone. */
function stagedType({ type, isList }: RowsColumn): string {
  return `${type === 'TIMESTAMPTZ' ? 'VARCHAR' : type}${isList ? '[]' : ''}`;
}

function toSelected({ name, type, isList }: RowsColumn, at: number): string {
  const cast = type === 'TIMESTAMPTZ' ? `::timestamptz${isList ? '[]' : ''}` : '';
  return `c${at}${cast} as ${quoteName(name)}`;
}
