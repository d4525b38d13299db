// How the embedded stores of runs, keys and deliveries speak to SQLite: prepared once, one transaction per method, errors with a code of ours.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Clock, systemClock } from '../clock.ts';
import { GroovelakeError } from '../errors.ts';
import { BUSY_MS, inTransaction, toStoreError, withStoreErrors } from './sqlite-file.ts';

export type SqlValue = string | number | null;

export interface SqliteDb {
  all<T>(sql: string, ...values: SqlValue[]): T[];
  one<T>(sql: string, ...values: SqlValue[]): T | undefined;
  /** Answers with the count of changed rows. */
  exec(sql: string, ...values: SqlValue[]): number;
  /** All or nothing, and no other writer in between, of this process or another. */
  transact<T>(work: () => T): Promise<T>;
  query<T>(work: () => T): Promise<T>;
  /** Empties the write-ahead log, where what was replaced still stands. @throws GroovelakeError (INTERNAL) while others read on for 10 s */
  emptyLog(): Promise<void>;
}

/** While it is waited for readers nobody can write, so a wait is short, and writers have their turn between two. */
const READERS_MS = 50;
const WRITERS_MS = 200;
const TRIES = 40;

export function createSqliteDb(
  db: DatabaseSync,
  path: string,
  { sleep }: Pick<Clock, 'sleep'> = systemClock,
): SqliteDb {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const truncateLog = (): boolean => {
    db.exec(`pragma busy_timeout = ${READERS_MS}`);
    try {
      return db.prepare('pragma wal_checkpoint(truncate)').get()?.busy === 0;
    } finally {
      db.exec(`pragma busy_timeout = ${BUSY_MS}`);
    }
  };
  return {
    all: <T>(sql: string, ...values: SqlValue[]) => prepare(sql).all(...values) as unknown as T[],
    one: <T>(sql: string, ...values: SqlValue[]) => prepare(sql).get(...values) as unknown as T | undefined,
    exec: (sql, ...values) => Number(prepare(sql).run(...values).changes),
    transact: async (work) => withStoreErrors(path, () => inTransaction(db, work)),
    query: async (work) => withStoreErrors(path, work),
    emptyLog: async () => {
      try {
        for (let tries = 1; !truncateLog(); tries++) {
          if (tries === TRIES) throw toReadError(path);
          await sleep(WRITERS_MS);
        }
      } catch (error) {
        throw toStoreError(error, path);
      }
    },
  };
}

function toReadError(path: string): GroovelakeError {
  return new GroovelakeError(
    'INTERNAL',
    `What was removed from "${path}" still stands in its log: another process, such as a backup, has been reading for 10 s. Wait until that process ends, and then forget the account again.`,
  );
}
