import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inTransaction, openSqliteFile, toStoreError, withStoreErrors } from '../../src/store/sqlite-file.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

it('a database that is made is for its owner alone, and its log with it', () => {
  const path = join(makeTempFolder(), 'runs.sqlite');
  const db = openSqliteFile(path, {
    name: 'runs',
    format: 1,
    schema: 'create table run (id)',
    synchronous: 'NORMAL',
  });
  try {
    for (const name of [path, `${path}-wal`, `${path}-shm`])
      expect([name, statSync(name).mode & 0o777]).toEqual([name, 0o600]);
  } finally {
    db.close();
  }
});

it('opens a file that is ready while another process writes to it', () => {
  const path = join(makeTempFolder(), 'a.sqlite');
  const open = () =>
    openSqliteFile(path, { name: 'a', format: 1, schema: 'create table a (id)', synchronous: 'NORMAL' });
  const writer = open();
  try {
    writer.exec('begin immediate');
    const reader = open();
    expect(reader.prepare('select count(*) as n from a').get()).toEqual({ n: 0 });
    reader.close();
  } finally {
    writer.close();
  }
});

it('names a file that cannot be opened, and what to do', () => {
  const path = join(makeTempFolder(), 'a.sqlite');
  mkdirSync(path);
  expect(() => openSqliteFile(path, { name: 'a', format: 1, schema: '', synchronous: 'NORMAL' })).toThrow(
    expect.objectContaining({
      code: 'CONFIG',
      message: expect.stringContaining(`"${path}" cannot be opened`),
    }),
  );
});

it.each([
  ['SQLITE_BUSY_SNAPSHOT', 517, 'INTERNAL'],
  ['SQLITE_CORRUPT_INDEX', 779, 'FORMAT'],
  ['SQLITE_FULL', 13, 'DISK_FULL'],
  ['SQLITE_IOERR_SHMSIZE', 4874, 'DISK_FULL'],
])('knows %s by the code that it extends', (message, errcode, code) => {
  expect(toStoreError(Object.assign(new Error(message), { errcode }), '/a.sqlite')).toMatchObject({ code });
});

it('undoes all of a transaction that fails, and takes the next one', () => {
  const db = openSqliteFile(':memory:', {
    name: 'a',
    format: 1,
    schema: 'create table a (id)',
    synchronous: 'NORMAL',
  });
  const insert = () => db.prepare('insert into a values (1)').run();
  expect(() =>
    inTransaction(db, () => {
      insert();
      throw new Error('no further');
    }),
  ).toThrow('no further');
  expect(inTransaction(db, () => insert().changes)).toBe(1);
  expect(db.prepare('select count(*) as n from a').get()).toEqual({ n: 1 });
  db.close();
});

it('tells why work failed that closed the file, not that it is closed', () => {
  const db = openSqliteFile(':memory:', { name: 'a', format: 1, schema: '', synchronous: 'NORMAL' });
  expect(() =>
    inTransaction(db, () => {
      db.close();
      throw new Error('stopped');
    }),
  ).toThrow('stopped');
});

it('gives the errors of work a code of ours', () => {
  const full = Object.assign(new Error('SQLITE_FULL'), { errcode: 13 });
  expect(() =>
    withStoreErrors('/a.sqlite', () => {
      throw full;
    }),
  ).toThrow(expect.objectContaining({ code: 'DISK_FULL', cause: full }));
  expect(withStoreErrors('/a.sqlite', () => 7)).toBe(7);
});
