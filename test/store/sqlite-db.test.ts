import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSqliteDb } from '../../src/store/sqlite-db.ts';
import { openSqliteFile } from '../../src/store/sqlite-file.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

/** A database with something in its log, which another process reads. */
function openRead() {
  const path = join(makeTempFolder(), 'a.sqlite');
  const schema = 'create table t (x)';
  const file = openSqliteFile(path, { name: 'a', format: 1, schema, synchronous: 'NORMAL' });
  const reader = new DatabaseSync(path, { readOnly: true });
  onTestFinished(() => {
    reader.close();
    file.close();
  });
  file.exec('insert into t values (1)');
  reader.exec('begin');
  reader.prepare('select * from t').all();
  return { path, file, reader };
}

describe('emptyLog', () => {
  it('waits until nobody reads, and lets others write meanwhile', async () => {
    const { path, file, reader } = openRead();
    const writer = new DatabaseSync(path);
    onTestFinished(() => writer.close());
    const sleep = async () => {
      writer.exec('insert into t values (2)');
      reader.exec('commit');
    };
    await createSqliteDb(file, path, { sleep }).emptyLog();
    expect(statSync(`${path}-wal`).size).toBe(0);
    expect(file.prepare('pragma busy_timeout').get()).toEqual({ timeout: 10_000 });
  });

  it('says so where others read on, for what it is to remove is still there', async () => {
    const { path, file } = openRead();
    await expect(createSqliteDb(file, path, { sleep: async () => {} }).emptyLog()).rejects.toMatchObject({
      message: expect.stringMatching(
        /removed from ".*a\.sqlite" still stands in its log.*Wait until that process ends, and then forget/,
      ),
    });
  });
});
