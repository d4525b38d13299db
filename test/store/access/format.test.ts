import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openSqliteAccess } from '../../../src/store/access/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

/** A file as the first version wrote it, with one key in it; `columns` came later, under the same format. */
function writeFormatOne(columns = ''): string {
  const path = join(makeTempFolder(), 'access.sqlite');
  const db = new DatabaseSync(path);
  db.exec(`
    create table keys (
      id text primary key, name text not null, scope text not null, hash text not null, created_at integer not null,
      created_by text not null, expires_at integer, revoked_at integer, last_used_at integer ${columns}
    ) strict, without rowid;
    create table audit (
      sequence integer primary key autoincrement, at integer not null, actor text not null, scope text not null,
      action text not null, input text not null, outcome text, run_id text
    ) strict;
    insert into keys (id, name, scope, hash, created_at, created_by) values ('a', 'BI', 'read', 'h', 1, 'test');
    pragma user_version = 1;
  `);
  db.close();
  return path;
}

const formatOf = (path: string) => {
  const db = new DatabaseSync(path);
  const row = db.prepare('pragma user_version').get();
  db.close();
  return row?.user_version;
};

describe('openSqliteAccess on a file of format 1', () => {
  it.each([
    ['without accounts', ''],
    ['that has them already', ', account_id text'],
  ])('%s keeps its keys, and binds new ones to accounts', async (_, columns) => {
    const path = writeFormatOne(columns);
    const store = openSqliteAccess(path);
    const key = await store.findKey('a');
    expect(key).toMatchObject({ name: 'BI', hash: 'h', accountId: null });
    if (key) await store.saveKey({ ...key, id: 'b', accountId: 'acc-1' });
    await store.close();
    const again = openSqliteAccess(path);
    expect((await again.listKeys()).map(({ id, accountId }) => [id, accountId])).toEqual([
      ['a', null],
      ['b', 'acc-1'],
    ]);
    await again.close();
    expect(formatOf(path)).toBe(2);
  });

  it('is left as it was when it cannot be brought up', () => {
    const path = writeFormatOne();
    const db = new DatabaseSync(path);
    db.exec('drop table keys');
    db.close();
    expect(() => openSqliteAccess(path)).toThrow();
    expect(formatOf(path)).toBe(1);
  });
});
