// Opens a SQLite file of ours: write-ahead log, a stated durability, a format version, and errors with a name.
import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, GroovelakeError, invariant, isDiskFull, isRefused } from '../errors.ts';
import { PRIVATE_FILE } from './private-modes.ts';

/** So long a statement waits for the lock of another process. */
export const BUSY_MS = 10_000;

export interface SqliteFileOptions {
  /** What the file holds, for messages. */
  readonly name: string;
  readonly format: number;
  /** Statements that make an empty file ready. */
  readonly schema: string;
  /** What makes a file of format n one of n + 1, by n, within one transaction with the others. */
  readonly upgrades?: Readonly<Record<number, (db: DatabaseSync) => void>>;
  /** FULL: a commit survives a power cut. NORMAL: it survives the death of the process. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Whether what is deleted or replaced is overwritten, so that it does not stay in a free page. */
  readonly isOverwritten?: boolean;
  /** Of a new file, a power of two from 512 to 65,536; one that is there keeps its own. SQLite's choice (4,096) unless stated. */
  readonly pageBytes?: number;
}

/** Opens a file, makes an empty one ready (for nobody else to read, its log included), and brings an older one up. @throws ConfigError for one that cannot be written; GroovelakeError FORMAT for a newer format, DISK_FULL, INTERNAL for a file that is no database */
export function openSqliteFile(path: string, options: SqliteFileOptions): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    if (path !== ':memory:' && !existsSync(path)) closeSync(openSync(path, 'a', PRIVATE_FILE));
    db = new DatabaseSync(path, { timeout: BUSY_MS });
    // Before anything else is asked: the first page settles it.
    if (options.pageBytes) db.exec(`pragma page_size = ${options.pageBytes}`);
    db.exec(
      `pragma journal_mode = wal; pragma synchronous = ${options.synchronous}; pragma foreign_keys = on;
       pragma secure_delete = ${options.isOverwritten === true ? 'on' : 'off'}`,
    );
    prepareFormat(db, path, options);
    return db;
  } catch (error) {
    db?.close();
    throw toOpeningError(error, path);
  }
}

/** SQLite's primary code of an error (5, SQLITE_BUSY, of 517, SQLITE_BUSY_SNAPSHOT); 0 for one that is not SQLite's. */
export function sqliteCode(error: unknown): number {
  return ((error as { errcode?: number } | null)?.errcode ?? 0) % 256;
}

/** SQLITE_IOERR_SHMSIZE: there is no room for the file beside a log by which its readers and writers meet. */
const NO_ROOM_FOR_INDEX = 4874;

/** Whether a file, or what belongs beside it, cannot be opened or may only be read. To be asked at the opening: later it may be another failure's sign. */
export function isUnopenable(error: unknown): boolean {
  return [8, 14].includes(sqliteCode(error));
}

function toOpeningError(error: unknown, path: string): unknown {
  if (!isUnopenable(error) && !isRefused(error)) return toStoreError(error, path);
  return new ConfigError(
    `"${path}" cannot be opened to be written (${(error as Error).message}). Give this user the right to write it, on a disk that can be written.`,
    { cause: error },
  );
}

/** The error of a statement with a code of ours. */
export function toStoreError(error: unknown, path: string): unknown {
  if (error instanceof GroovelakeError) return error;
  const code = sqliteCode(error);
  const isFull = code === 13 || (error as { errcode?: number } | null)?.errcode === NO_ROOM_FOR_INDEX;
  if (isFull || isDiskFull(error)) {
    return new GroovelakeError('DISK_FULL', `The disk of "${path}" is full. Free space, then try again.`, {
      cause: error,
      isRetryable: true,
    });
  }
  if (code === 5 || code === 6) {
    return new GroovelakeError(
      'INTERNAL',
      `"${path}" is busy: another process has been writing for ${BUSY_MS / 1_000} s. Try again.`,
      {
        cause: error,
        isRetryable: true,
      },
    );
  }
  if (code === 11 || code === 26) {
    return new GroovelakeError(
      'FORMAT',
      `"${path}" is damaged or no database (${(error as Error).message}). Restore it from a backup, or move it away.`,
      {
        cause: error,
      },
    );
  }
  return error;
}

/** @throws the error of `work` with a code of ours, as toStoreError has it */
export function withStoreErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error, path);
  }
}

/** All or nothing; the write lock is taken at once, so that two writers queue instead of failing half way. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('begin immediate');
  try {
    const result = work();
    db.exec('commit');
    return result;
  } catch (error) {
    // SQLite has rolled back by itself where the disk is full; and work may have closed the file.
    if (db.isOpen && db.isTransaction) db.exec('rollback');
    throw error;
  }
}

function prepareFormat(db: DatabaseSync, path: string, options: SqliteFileOptions): void {
  // Nothing is written to a file that is ready, so another process that writes for long holds no opening up.
  if (readFormat(db) === options.format) return;
  inTransaction(db, () => {
    const found = readFormat(db);
    if (found === 0) db.exec(options.schema);
    else upgrade(db, path, found, options);
    if (found !== options.format) db.exec(`pragma user_version = ${options.format}`);
  });
}

function readFormat(db: DatabaseSync): number {
  return (db.prepare('pragma user_version').get() as { user_version: number }).user_version;
}

function upgrade(
  db: DatabaseSync,
  path: string,
  found: number,
  { name, format, upgrades = {} }: SqliteFileOptions,
): void {
  if (found > format) {
    throw new GroovelakeError(
      'FORMAT',
      `"${path}" holds ${name} in format ${found}; this version reads up to ${format}. Use a newer Groovelake.`,
    );
  }
  for (let version = found; version < format; version++) {
    const bringUp = upgrades[version];
    invariant(bringUp, `there is a way from format ${version} of ${name} to ${version + 1}`);
    bringUp(db);
  }
}
