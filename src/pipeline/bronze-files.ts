// Sealed batches as Parquet: bodies verbatim, one file per batch, source and kind (several where a batch is large).
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DuckDb, quoteText } from '../store/duckdb.ts';
import type { Batch, BatchCount, LandingStore, StoredDocument } from '../store/landing/landing-store.ts';

/** Rows of one file: bounds the memory of writing, whatever the size of a batch. */
const FILE_ROWS = 100_000;
const PAGE_ROWS = 2_000;

/** Paths of the files of a sealed batch, relative to the data folder. */
export function listBronzeFiles(batch: Batch): string[] {
  return batch.counts.flatMap((count) => filesOf(batch, count));
}

/** Writes the files of a sealed batch that are missing. @returns documents written */
export async function writeBronze(
  db: DuckDb,
  landing: LandingStore,
  dataDir: string,
  batch: Batch,
  onProgress: (written: number) => void,
): Promise<number> {
  const writer = createWriter(db, dataDir, batch);
  let written = 0;
  try {
    for (const kind of new Set(batch.counts.map((count) => count.kind))) {
      const counts = batch.counts.filter((count) => count.kind === kind);
      const paths = counts.flatMap((count) => filesOf(batch, count));
      if (await allExist(paths.map((path) => join(dataDir, path)))) continue;
      let open: OpenFile | null = null;
      // A batch may hold several sources of one kind; they come in order of source, a page at a time.
      for await (const page of landing.readBatch(batch.id, kind, PAGE_ROWS)) {
        for (const [source, documents] of Map.groupBy(page, (document) => document.source)) {
          // Each file but a source's last is full, as filesOf has it, wherever the source begins within a page.
          for (let at = 0; at < documents.length; ) {
            const isNext: boolean = open !== null && (open.source !== source || open.rows === FILE_ROWS);
            if (open && isNext) await writer.close(kind, open);
            if (!open || isNext) open = await writer.open(source, open);
            const rows = documents.slice(at, at + FILE_ROWS - open.rows);
            await db.append(open.table, rows.map(toValues));
            open.rows += rows.length;
            at += rows.length;
          }
        }
        written += page.length;
        onProgress(written);
      }
      if (open) await writer.close(kind, open);
    }
    await writer.finish();
    return written;
  } finally {
    await writer.finish().catch(() => {});
  }
}

/** One file is written while the rows of the next are read: the engine has threads of its own. */
function createWriter(db: DuckDb, dataDir: string, batch: Batch) {
  let opened = 0;
  let closing = Promise.resolve();
  return {
    open: (source: string, before: OpenFile | null): Promise<OpenFile> => {
      opened += 1;
      return openFile(db, source, before, `bronze_page_${opened}`);
    },
    /** Waits for the file before it only. */
    close: async (kind: string, file: OpenFile) => {
      await closing;
      closing = closeFile(db, dataDir, batch, kind, file);
      // Whoever waits for it hears of a failure; until then nobody does.
      closing.catch(() => {});
    },
    finish: () => closing,
  };
}

/** SQL of bronze.documents over these files. */
export function selectBronze(paths: readonly string[]): string {
  if (paths.length === 0) return `${COLUMNS} where false`;
  return `select * from read_parquet([${paths.map(quoteText).join(', ')}], hive_partitioning = false)`;
}

const COLUMNS = `select null::varchar as source, null::varchar as kind, null::varchar as id, null::varchar as batch_id,
  null::varchar as run_id, null::timestamptz as fetched_at, null::varchar as content_hash, null::varchar as body`;

interface OpenFile {
  readonly source: string;
  readonly part: number;
  readonly table: string;
  rows: number;
}

function filesOf(batch: Batch, { kind, source, documents }: BatchCount): string[] {
  return Array.from({ length: Math.ceil(documents / FILE_ROWS) }, (_, part) =>
    pathOf(batch.id, kind, source, part),
  );
}

function pathOf(batchId: string, kind: string, source: string, part: number): string {
  return `bronze/kind=${kind}/source=${source}/${batchId}${part === 0 ? '' : `-${part + 1}`}.parquet`;
}

/** Begins the next file; its rows wait in a table of the engine, which spills where JavaScript would not. */
async function openFile(
  db: DuckDb,
  source: string,
  before: OpenFile | null,
  table: string,
): Promise<OpenFile> {
  const part = before?.source === source ? before.part + 1 : 0;
  await db.run(
    `create or replace table ${table} (id varchar, fetched_at bigint, content_hash varchar, body varchar)`,
  );
  return { source, part, table, rows: 0 };
}

async function closeFile(
  db: DuckDb,
  dataDir: string,
  batch: Batch,
  kind: string,
  { source, part, table }: OpenFile,
): Promise<void> {
  const path = join(dataDir, pathOf(batch.id, kind, source, part));
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.part`;
  // What all rows of a file share is added here: appending it row by row would double the values that cross into the engine.
  await db.run(`copy (
      select ${quoteText(source)} as source, ${quoteText(kind)} as kind, id, ${quoteText(batch.id)} as batch_id,
        ${quoteText(batch.runId)} as run_id, to_timestamp(fetched_at / 1000.0) as fetched_at, content_hash, body
      from ${table}
    ) to ${quoteText(temporary)} (format parquet, compression zstd, compression_level 1, row_group_size 20_480)`);
  await db.run(`drop table ${table}`);
  await sync(temporary);
  await rename(temporary, path);
  await sync(folder);
}

function toValues(d: StoredDocument): (string | number)[] {
  return [d.id, d.fetchedAt, d.contentHash, d.body];
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

async function allExist(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.every(Boolean);
}
