// How the parts of the embedded run store speak to SQLite: prepared once, one transaction per method, errors with a code of ours.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { toStoreError } from '../sqlite-file.ts';

export type SqlValue = string | number | null;

export interface RunsDb {
  all<T>(sql: string, ...values: SqlValue[]): T[];
  one<T>(sql: string, ...values: SqlValue[]): T | undefined;
  /** Answers with the count of changed rows. */
  exec(sql: string, ...values: SqlValue[]): number;
  /** All or nothing, and no other writer in between, of this process or another. */
  transact<T>(work: () => T): Promise<T>;
  query<T>(work: () => T): Promise<T>;
  /** Empties the write-ahead log, where what was replaced still stands; waits for readers as for any lock. */
  emptyLog(): Promise<void>;
}

export function createRunsDb(db: DatabaseSync, path: string): RunsDb {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    all: <T>(sql: string, ...values: SqlValue[]) => prepare(sql).all(...values) as unknown as T[],
    one: <T>(sql: string, ...values: SqlValue[]) => prepare(sql).get(...values) as unknown as T | undefined,
    exec: (sql, ...values) => Number(prepare(sql).run(...values).changes),
    transact: async (work) => {
      try {
        db.exec('begin immediate');
        const result = work();
        db.exec('commit');
        return result;
      } catch (error) {
        if (db.isOpen && db.isTransaction) db.exec('rollback');
        throw toStoreError(error, path);
      }
    },
    query: async (work) => {
      try {
        return work();
      } catch (error) {
        throw toStoreError(error, path);
      }
    },
    emptyLog: async () => {
      try {
        db.exec('pragma wal_checkpoint(truncate)');
      } catch (error) {
        throw toStoreError(error, path);
      }
    },
  };
}
