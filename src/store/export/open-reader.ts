// A database of one's own over a published snapshot, for one text that somebody else wrote.
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { InvalidInputError, isGroovelakeError, messageOf } from '../../errors.ts';
import type { SqlFragment } from '../catalog/catalog.ts';
import { type DuckDb, hardenDuckDb, openDuckDb } from '../duckdb.ts';
import { checkReadOnly } from '../read-only.ts';
import { openScratch } from '../scratch-folder.ts';
import { LAYER_FOLDERS, type Manifest } from '../snapshots/manifest.ts';
import { createRelationViews } from '../snapshots/relation-views.ts';
import { commentViews, describeWithComments } from './comments.ts';

export interface ReaderOptions {
  readonly manifest: Manifest;
  /** Another snapshot, whose relations are before.gold.tracks and so on. */
  readonly before?: Manifest | null;
  readonly dataDir: string;
  readonly config: Pick<Config, 'exportMemoryMb' | 'exportTimeoutMs' | 'serveThreads' | 'tempMaxMb'>;
  readonly clock: Clock;
  /** One question over gold.tracks and so on; a text that does more than read is refused. */
  readonly select: SqlFragment;
  /** Rows come in the order in which they lie. True unless stated. */
  readonly keepsOrder?: boolean;
}

export interface Reader {
  /** Locked: it reads the layers of the data folder, and writes nowhere but into `folder`. */
  readonly db: DuckDb;
  /** The question without what ends it, so that it may stand in brackets. */
  readonly question: SqlFragment;
  /** A folder of its own. */
  readonly folder: string;
  close(): Promise<void>;
}

/** @throws InvalidInputError for what is not one question that only reads */
export async function openReader(options: ReaderOptions): Promise<Reader> {
  const { config, keepsOrder = true } = options;
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
    db = await openDuckDb({
      path: ':memory:',
      memoryMb: config.exportMemoryMb,
      // One thread keeps the order by itself; several need to be told, and hold back what comes too early.
      threads: keepsOrder ? config.serveThreads : 1,
      maxConnections: 1,
      tempDir: folder,
      tempMaxMb: config.tempMaxMb,
      statementTimeoutMs: config.exportTimeoutMs,
      statementTimeoutName: 'GROOVELAKE_EXPORT_TIMEOUT_MS',
      keepsOrder,
      clock: options.clock,
    });
    await createRelationViews(db, options.manifest, dataDir);
    if (options.before) {
      await db.run("attach ':memory:' as before");
      await createRelationViews(db, options.before, dataDir, 'before');
    }
    const snapshots = { memory: options.manifest, ...(options.before ? { before: options.before } : {}) };
    await commentViews(db, options.select.sql, snapshots);
    const layers = ['bronze', ...LAYER_FOLDERS].map((layer) => join(dataDir, layer));
    await hardenDuckDb(db, [...layers, folder]);
    await checkReadOnly(db, options.select.sql, options.select.params);
    const question = describeWithComments(await withoutEnd(db, options.select), snapshots);
    return { db, question, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const END = /;(?:[\s;]|--[^\n]*(?:\n|$))*$/;

/** What looks like the end may be within a text: then the engine makes nothing of what is before it. */
async function withoutEnd(db: DuckDb, select: SqlFragment): Promise<SqlFragment> {
  const sql = select.sql.replace(END, '');
  if (sql === select.sql) return select;
  const facts = await db.classify(sql).catch(() => null);
  return facts?.count === 1 ? { ...select, sql } : select;
}

/** What the engine says of a text that it cannot answer is for whoever wrote it. */
export function refuseQuestion(error: unknown): never {
  if (isGroovelakeError(error)) throw error;
  throw new InvalidInputError(
    messageOf(error),
    { field: 'sql', expected: 'one select over the relations of the snapshot' },
    { cause: error },
  );
}
