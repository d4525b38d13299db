import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqliteFile, toStoreError } from '../../src/store/sqlite-file.ts';
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
])('knows %s by the code that it extends', (message, errcode, code) => {
  expect(toStoreError(Object.assign(new Error(message), { errcode }), '/a.sqlite')).toMatchObject({ code });
});
