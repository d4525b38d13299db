// Sealed batches as Parquet: bodies verbatim, one file per batch, source and kind (several where a batch is large).
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { invariant } from '../../errors.ts';
import { type DuckDb, quoteText } from '../../store/duckdb.ts';
import { dropJoined, type JoinedDocuments, SEPARATOR } from '../../store/landing/joined-documents.ts';
import type { Batch, BatchCount, DocumentKind, LandingStore } from '../../store/landing/landing-store.ts';
import { type Files, localFiles, makeFolderDurably } from '../../store/snapshots/files.ts';
import type { MergedBronze } from './merged-bronze.ts';

/** Rows of one file: bounds the memory of writing, whatever the size of a batch. */
export const FILE_ROWS = 100_000;
/** Divides the rows of a file. */
const PAGE_ROWS = 2_000;
/** The engine takes the pages of a table apart at once, in memory that it does not count. */
const TABLE_ROWS = 16_000;

/** Paths of the files of a sealed batch, relative to the data folder; those that hold other batches too where it was merged with them. */
export function listBronzeFiles(batch: Batch, merged: Pick<MergedBronze, 'find'> = NOTHING_MERGED): string[] {
  return batch.counts.flatMap((count) => {
    const file = merged.find(count.kind, count.source, batch.id);
    return file ? [file.path] : filesOf(batch, count);
  });
}

const NOTHING_MERGED: Pick<MergedBronze, 'find'> = { find: () => null };

export interface BronzeWork {
  readonly batches: readonly Batch[];
  readonly merged?: Pick<MergedBronze, 'find'>;
  readonly signal?: AbortSignal;
  readonly files?: Files;
  /** Told after each page how many documents have been written. */
  readonly onProgress?: (written: number) => void;
  /** Told of each kind, one after the other, once all of its documents are in files; writing goes on meanwhile. */
  readonly onKind?: (kind: DocumentKind) => Promise<void>;
}

/** Writes the files of sealed batches that are missing, kind by kind. @returns documents written */
export async function writeBronze(
  db: DuckDb,
  landing: LandingStore,
  dataDir: string,
  work: BronzeWork,
): Promise<number> {
  const { batches, merged = NOTHING_MERGED, signal, files = localFiles } = work;
  const { onProgress = () => {}, onKind = async () => {} } = work;
  let written = 0;
  let nextTable = 0;
  const writer = openWriter(db, files, signal);
  try {
    for (const [kind, parts] of groupByKind(batches)) {
      for (const part of parts) {
        const { batch, count } = part;
        signal?.throwIfAborted();
        const given = listBronzeFiles({ ...batch, counts: [count] }, merged);
        if (await allExist(given.map((path) => join(dataDir, path)))) continue;
        const paths = filesOf(batch, count).map((path) => join(dataDir, path));
        const file = openFile(db, () => `bronze_pages_${nextTable++}`);
        const close = async () => {
          const path = paths.shift();
          invariant(path, `batch "${batch.id}" holds as many documents as were counted when it was sealed`);
          const rows = file.rows();
          await writer.add({ path, part, rows, tables: await file.end() });
        };
        for await (const page of landing.readJoined(batch.id, kind, count.source, PAGE_ROWS)) {
          signal?.throwIfAborted();
          await file.add(page);
          written += page.documents;
          onProgress(written);
          if (file.rows() === FILE_ROWS) await close();
        }
        if (file.rows() > 0) await close();
      }
      writer.afterwards(() => onKind(kind));
    }
    await writer.end();
    return written;
  } finally {
    await writer.end().catch(() => {});
  }
}

interface WaitingFile {
  readonly path: string;
  readonly part: BatchPart;
  readonly rows: number;
  /** The tables with its rows. */
  readonly tables: readonly string[];
}

/** As many rows may wait to be written while others are read; a file of few counts for these, since a table has room for more than it holds. */
const LEAST_ROWS = 10_000;

/**
 * Writes files one after the other while the rows of the next are read, since the engine has threads of its own. A file gets its name once it is on
 * disk; the next is written meanwhile.
 */
function openWriter(db: DuckDb, files: Files, signal: AbortSignal | undefined) {
  let written = Promise.resolve();
  let named = Promise.resolve();
  let waiting = 0;
  const failures: unknown[] = [];
  /** Whoever waits for it hears of a failure, and whoever would go on, so that a large batch is not written to its end first. */
  const heard = (work: Promise<void>): Promise<void> => {
    work.catch((error: unknown) => failures.push(error));
    return work;
  };
  const goOn = () => {
    if (failures.length > 0) throw failures[0];
  };
  return {
    /** Resolves when there is room for more. */
    add: async ({ path, part, rows, tables }: WaitingFile): Promise<void> => {
      goOn();
      const counted = Math.max(rows, LEAST_ROWS);
      if (waiting + counted > FILE_ROWS) await written;
      waiting += counted;
      const temporary = `${path}.part`;
      const work = heard(
        written.then(async () => {
          goOn();
          await makeFolderDurably(files, dirname(path));
          await writeFile(db, tables, temporary, { ...part, signal });
          waiting -= counted;
        }),
      );
      written = work;
      named = heard(named.then(() => work).then(() => nameFile(files, temporary, path)));
    },
    /** Does something once all files so far have their names. */
    afterwards: (work: () => Promise<void>): void => {
      named = heard(named.then(work));
    },
    /** @throws what went wrong with the first file that could not be written */
    end: async (): Promise<void> => {
      await Promise.allSettled([written, named]);
      await named;
    },
  };
}

interface BatchPart {
  readonly batch: Batch;
  readonly count: BatchCount;
}

/**
 * Parts of batches by kind. Kinds of one file come first, so that there is something to write and to type while the first file of a large
 * one is read; then the largest, which takes longest to be typed.
 */
function groupByKind(batches: readonly Batch[]): [DocumentKind, BatchPart[]][] {
  const byKind = new Map<DocumentKind, BatchPart[]>();
  for (const batch of batches) {
    for (const count of batch.counts) {
      const parts = byKind.get(count.kind) ?? [];
      byKind.set(count.kind, parts);
      parts.push({ batch, count });
    }
  }
  const sizeOf = (parts: readonly BatchPart[]) => parts.reduce((sum, { count }) => sum + count.documents, 0);
  const isLarge = (parts: readonly BatchPart[]) => Number(sizeOf(parts) > FILE_ROWS);
  return [...byKind].sort(([, a], [, b]) => isLarge(a) - isLarge(b) || sizeOf(b) - sizeOf(a));
}

/** Takes pages for a file until it is ended; they wait in tables of the engine, which spills where JavaScript would not. */
function openFile(db: DuckDb, nameTable: () => string) {
  let rows = 0;
  let held = 0;
  let tables: string[] = [];
  let pages: JoinedDocuments[] = [];
  const append = async () => {
    if (pages.length === 0) return;
    const table = nameTable();
    await db.run(
      `create or replace table ${table} (documents bigint, ids blob, fetched_ats blob, content_hashes blob, bodies blob)`,
    );
    tables.push(table);
    await db.append(
      table,
      pages.map((page) => [page.documents, page.ids, page.fetchedAts, page.contentHashes, page.bodies]),
    );
    pages.forEach(dropJoined);
    pages = [];
    held = 0;
  };
  return {
    rows: () => rows,
    add: async (page: JoinedDocuments) => {
      pages.push(page);
      rows += page.documents;
      held += page.documents;
      if (held >= TABLE_ROWS) await append();
    },
    /** The tables with its rows. What comes next is for another file. */
    end: async (): Promise<readonly string[]> => {
      await append();
      const ended = tables;
      tables = [];
      rows = 0;
      return ended;
    },
  };
}

function filesOf(batch: Batch, { kind, source, documents }: BatchCount): string[] {
  return Array.from({ length: Math.ceil(documents / FILE_ROWS) }, (_, part) =>
    pathOf(batch.id, kind, source, part),
  );
}

function pathOf(batchId: string, kind: string, source: string, part: number): string {
  return `bronze/kind=${kind}/source=${source}/${batchId}${part === 0 ? '' : `-${part + 1}`}.parquet`;
}

async function writeFile(
  db: DuckDb,
  tables: readonly string[],
  path: string,
  { batch, count, signal }: BatchPart & { signal: AbortSignal | undefined },
): Promise<void> {
  // What all rows of a file share is added here. All else is different in each: without the limit, a megabyte of a row group's bodies is tried for a
  // dictionary.
  await db.run(
    `copy (
      select ${quoteText(count.source)} as source, ${quoteText(count.kind)} as kind, id, ${quoteText(batch.id)} as batch_id,
        ${quoteText(batch.runId)} as run_id, to_timestamp(fetched_at::bigint / 1000.0) as fetched_at, content_hash, body
      from (${tables.map(selectDocuments).join(' union all ')})
    ) to ${quoteText(path)} (format parquet, compression zstd, compression_level 1, row_group_size 20_480, string_dictionary_page_size_limit 10_000)`,
    [],
    { signal },
  );
  for (const table of tables) await db.run(`drop table ${table}`);
}

/** What has its name is on disk, whole. */
async function nameFile(files: Files, temporary: string, path: string): Promise<void> {
  await files.syncFile(temporary);
  await files.rename(temporary, path);
  await files.syncFolder(dirname(path));
}

/** The documents of joined pages, one row each. A page of one may hold a separator, and is taken as it is. */
function selectDocuments(table: string): string {
  const each = (field: string) => `unnest(string_split(decode(${field}), ${quoteText(SEPARATOR)}))`;
  return `select ${each('ids')} as id, ${each('fetched_ats')} as fetched_at, ${each('content_hashes')} as content_hash, ${each('bodies')} as body
      from ${table} where documents > 1
      union all
      select decode(ids), decode(fetched_ats), decode(content_hashes), decode(bodies) from ${table} where documents = 1`;
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
