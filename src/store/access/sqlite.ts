// The embedded access store: access.sqlite, opened by the server and the command line alike, so that a revoked key is revoked at once.
import type { DatabaseSync } from 'node:sqlite';
import { createSqliteDb, type SqlValue } from '../sqlite-db.ts';
import { openSqliteFile } from '../sqlite-file.ts';
import {
  type AccessStore,
  type ApiKey,
  type AuditEntry,
  type AuditFilter,
  FORGOTTEN,
} from './access-store.ts';

const FORMAT = 2;

const SCHEMA = `
  create table keys (
    id text primary key, name text not null, scope text not null, account_id text, hash text not null, created_at integer not null,
    created_by text not null, expires_at integer, revoked_at integer, last_used_at integer
  ) strict, without rowid;
  create table audit (
    sequence integer primary key autoincrement, at integer not null, actor text not null, scope text not null,
    action text not null, input text not null, outcome text, run_id text
  ) strict;
  create index audit_by_action on audit (action, sequence);
  create index audit_by_run on audit (run_id, sequence);
`;

const KEY = `id, name, scope, account_id as accountId, hash, created_at as createdAt, created_by as createdBy, expires_at as expiresAt,
  revoked_at as revokedAt, last_used_at as lastUsedAt`;
const ENTRY = 'sequence, at, actor, scope, action, input, outcome, run_id as runId';

/** @throws GroovelakeError (FORMAT) for a file of a newer format, or one that is no database */
export function openSqliteAccess(path: string): AccessStore {
  // FULL: a key that was handed out, and a change that was made, outlive a power cut.
  const file = openSqliteFile(path, {
    name: 'access',
    format: FORMAT,
    schema: SCHEMA,
    synchronous: 'FULL',
    isOverwritten: true,
    upgrades: { 1: addAccounts },
  });
  const db = createSqliteDb(file, path);
  const findKey = (id: string): ApiKey | null => {
    const row = db.one<ApiKey>(`select ${KEY} from keys where id = ?`, id);
    return row ? { ...row } : null;
  };
  return {
    saveKey: (key) =>
      db.transact(() => {
        const { id, name, scope, accountId, hash, createdAt, createdBy, expiresAt, revokedAt, lastUsedAt } =
          key;
        const values = [
          id,
          name,
          scope,
          accountId,
          hash,
          createdAt,
          createdBy,
          expiresAt,
          revokedAt,
          lastUsedAt,
        ];
        // Named, since a file that was brought up has its columns in another order.
        db.exec(
          `replace into keys (id, name, scope, account_id, hash, created_at, created_by, expires_at, revoked_at, last_used_at)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...values,
        );
      }),
    findKey: (id) => db.query(() => findKey(id)),
    listKeys: () =>
      db.query(() =>
        db.all<ApiKey>(`select ${KEY} from keys order by created_at desc, id`).map((row) => ({ ...row })),
      ),
    hasKeys: () => db.query(() => db.one('select 1 from keys limit 1') !== undefined),
    revokeKey: (id, at) =>
      db.transact(() => {
        db.exec('update keys set revoked_at = ? where id = ? and revoked_at is null', at, id);
        return findKey(id);
      }),
    touchKey: (id, at) =>
      db.transact(() => void db.exec('update keys set last_used_at = ? where id = ?', at, id)),
    removeKeys: () => db.transact(() => void db.exec('delete from keys')),
    forgetAccount: ({ accountId, runIds, at }) =>
      db.transact(() => {
        const keys = db.all<{ id: string }>('select id from keys where account_id = ?', accountId);
        const change = 'update keys set name = ?, revoked_at = coalesce(revoked_at, ?) where account_id = ?';
        db.exec(change, FORGOTTEN, at, accountId);
        for (const { id } of keys) {
          const actor = `key:${id}`;
          db.exec('update audit set actor = ? where substr(actor, 1, ?) = ?', actor, actor.length, actor);
          db.exec(
            'update keys set created_by = ? where substr(created_by, 1, ?) = ?',
            actor,
            actor.length,
            actor,
          );
        }
        // Exports of no stated account were those of the only one there was.
        db.exec(
          `update audit set input = 'null' where action <> 'forgetAccount' and (instr(input, ?)
             or (instr(input, '"exports"') and not instr(input, '"account"'))
             or run_id in (select value from json_each(?)))`,
          JSON.stringify(accountId),
          JSON.stringify(runIds),
        );
        return keys.length;
      }),
    emptyLog: db.emptyLog,

    beginAudit: ({ at, actor, scope, action, input }) =>
      db.transact(() => {
        db.exec(
          'insert into audit (at, actor, scope, action, input) values (?, ?, ?, ?, ?)',
          at,
          actor,
          scope,
          action,
          JSON.stringify(input ?? null),
        );
        return db.one<{ n: number }>('select last_insert_rowid() as n')?.n ?? 0;
      }),
    endAudit: (sequence, { outcome, runId }) =>
      db.transact(
        () =>
          void db.exec(
            'update audit set outcome = ?, run_id = ? where sequence = ?',
            outcome,
            runId,
            sequence,
          ),
      ),
    listAudit: ({ first, beforeSequence, filter = {} }) =>
      db.query(() => {
        const where = toWhere(filter);
        return db
          .all<Omit<AuditEntry, 'input'> & { input: string }>(
            `select ${ENTRY} from audit where ${where.sql} and sequence < ? order by sequence desc limit ?`,
            ...where.values,
            beforeSequence ?? Number.MAX_SAFE_INTEGER,
            first,
          )
          .map((row) => ({ ...row, input: JSON.parse(row.input) as unknown }));
      }),
    countAudit: (filter = {}) =>
      db.query(() => {
        const where = toWhere(filter);
        const sql = `select count(*) as n from audit where ${where.sql}`;
        return db.one<{ n: number }>(sql, ...where.values)?.n ?? 0;
      }),
    close: async () => {
      if (file.isOpen) file.close();
    },
  };
}

/** Keys were bound to accounts before the format said so: a file of format 1 may have the column. */
function addAccounts(file: DatabaseSync): void {
  const columns = file.prepare("select name from pragma_table_info('keys')").all();
  if (!columns.some(({ name }) => name === 'account_id'))
    file.exec('alter table keys add column account_id text');
}

function toWhere({ actions, actor, runId, after, before }: AuditFilter): { sql: string; values: SqlValue[] } {
  const parts: string[] = ['true'];
  const values: SqlValue[] = [];
  const add = (sql: string, ...given: SqlValue[]) => {
    parts.push(sql);
    values.push(...given);
  };
  if (actions) add(`action in (select value from json_each(?))`, JSON.stringify(actions));
  if (actor !== undefined) add('actor = ?', actor);
  if (runId !== undefined) add('run_id = ?', runId);
  if (after !== undefined) add('at > ?', after);
  if (before !== undefined) add('at < ?', before);
  return { sql: parts.join(' and '), values };
}
