import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { copyDatabase } from '../../../src/store/backup/copy-database.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const never = new AbortController().signal;

/** A database of some two thousand pages, which the test may go on writing. */
function makeDatabase() {
  const from = makeTempFolder();
  const db = new DatabaseSync(join(from, 'a.sqlite'));
  db.exec(
    'pragma journal_mode = wal; create table head (rows); insert into head values (2000); create table t (x)',
  );
  db.exec(
    'with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) insert into t select zeroblob(4000) from n',
  );
  onTestFinished(() => {
    if (db.isOpen) db.close();
  });
  return { from, db, to: makeTempFolder() };
}

/** SQLite follows no link there: as on a disk that cannot be written, it has no file beside the database. */
const standInTheWay = (from: string) => symlinkSync('nowhere', join(from, 'a.sqlite-shm'));

const countRows = (folder: string) => readNumber(folder, 'select count(*) as n from t');
/** How many rows there are by the page at the front of the file. */
const readHead = (folder: string) => readNumber(folder, 'select rows as n from head');

function readNumber(folder: string, sql: string): number {
  const db = new DatabaseSync(join(folder, 'a.sqlite'), { readOnly: true });
  const { n } = db.prepare(sql).get() as { n: number };
  db.close();
  return n;
}

// Root may do everything: as root it is copied by another user, wherever that one can read this checkout.
const isRoot = process.getuid?.() === 0;
const USER = isRoot ? { uid: 65_534, gid: 65_534 } : {};
const SOURCES = new URL('../../../src/store/', import.meta.url);
const canRun = !isRoot || spawnSync(process.execPath, ['bin/groovelake.js', 'version'], USER).status === 0;

function makeReadOnly(mode: number, { isWritten = false } = {}) {
  const { from, to, db } = makeDatabase();
  if (!isWritten) db.close();
  chmodSync(join(from, 'a.sqlite'), mode);
  chmodSync(from, 0o555);
  chmodSync(to, 0o777);
  onTestFinished(() => chmodSync(from, 0o755));
  return { from, to };
}

function copyAsOther(from: string, to: string): void {
  const script = `
    import { copyDatabase } from '${new URL('backup/copy-database.ts', SOURCES)}';
    import { localFiles } from '${new URL('snapshots/files.ts', SOURCES)}';
    const [from, to] = process.argv.slice(1);
    await copyDatabase(localFiles, 'a.sqlite', { from, to, signal: new AbortController().signal });`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', script, from, to], {
    ...USER,
    stdio: 'pipe',
  });
}

describe('copyDatabase', () => {
  it('ends while another writes without a pause, with the rows of one instant', async () => {
    const { from, to, db } = makeDatabase();
    let writes = 0;
    let isOver = false;
    const write = () => {
      if (isOver || writes === 300_000) return;
      // A page at the front of the file, and one at its end.
      db.exec('begin; update head set rows = rows + 1; insert into t values (1); commit');
      writes += 1;
      setImmediate(write);
    };
    write();
    await copyDatabase(localFiles, 'a.sqlite', { from, to, signal: never });
    isOver = true;
    expect(writes).toBeLessThan(300_000);
    expect(writes).toBeGreaterThan(0);
    expect(countRows(to)).toBe(readHead(to));
  });

  it('stops when it is told to', async () => {
    const { from, to } = makeDatabase();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(copyDatabase(localFiles, 'a.sqlite', { from, to, signal })).rejects.toThrow('enough');
  });

  it('copies a database whose folder takes no file beside it', async () => {
    const { from, to, db } = makeDatabase();
    db.close();
    standInTheWay(from);
    await copyDatabase(localFiles, 'a.sqlite', { from, to, signal: never });
    expect(countRows(to)).toBe(2_000);
  });

  it.skipIf(!canRun)('copies a database of a folder that this user may only read', () => {
    const { from, to } = makeReadOnly(0o644);
    copyAsOther(from, to);
    expect(countRows(to)).toBe(2_000);
  });

  it.skipIf(!canRun).each([false, true])(
    'names one that this user may not read, and blames no log (written meanwhile: %s)',
    (isWritten) => {
      const { from, to } = makeReadOnly(0o000, { isWritten });
      expect(() => copyAsOther(from, to)).toThrow(
        /ConfigError: ".*a\.sqlite" cannot be opened\. Give this user/,
      );
    },
  );

  it('names one that needs a log taken in where nothing can be written', async () => {
    const { from, to, db } = makeDatabase();
    db.close();
    standInTheWay(from);
    writeFileSync(join(from, 'a.sqlite-wal'), 'not empty');
    await expect(copyDatabase(localFiles, 'a.sqlite', { from, to, signal: never })).rejects.toThrow(
      /a\.sqlite" cannot be read: its disk cannot be written/,
    );
  });
});
