import { mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openDuckDb } from '../../src/store/duckdb.ts';
import { chooseSpillFolder, removeSpillFolder } from '../../src/store/spill-folder.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

const DAY_MS = 24 * 3_600_000;

describe('chooseSpillFolder(parent, now)', () => {
  it('never names a folder twice', async () => {
    const parent = makeTempFolder();
    const names = await Promise.all(Array.from({ length: 5 }, () => chooseSpillFolder(parent, 0)));
    expect(new Set(names).size).toBe(5);
    await Promise.all(names.map(removeSpillFolder));
  });

  it('removes what dead processes left, and nothing of those that live', async () => {
    const parent = makeTempFolder();
    const mine = await chooseSpillFolder(parent, 0);
    // No process has this number; one that started anew under our number is not us; another thread's and another machine's may be at work.
    const names = {
      dead: `spill-${hostname()}-4194999-1`,
      before: `spill-${hostname()}-${process.pid}-999999`,
      earlier: `spill-${hostname()}-${process.pid}-${threadId}.999999`,
      thread: `spill-${hostname()}-${process.pid}-${threadId + 1}.1`,
      parent: `spill-${hostname()}-${process.ppid}-0.1`,
      elsewhere: 'spill-other-host-7-1',
      abandoned: 'spill-other-host-8-1',
      unknown: 'not-ours',
    };
    for (const name of Object.values(names)) mkdirSync(join(parent, name));
    mkdirSync(mine);
    const now = Date.UTC(2026, 10, 20);
    utimesSync(join(parent, names.elsewhere), now / 1_000, (now - DAY_MS) / 1_000);
    utimesSync(join(parent, names.abandoned), now / 1_000, (now - 8 * DAY_MS) / 1_000);
    await removeSpillFolder(await chooseSpillFolder(parent, now));
    expect(readdirSync(parent).sort()).toEqual(
      [mine.slice(parent.length + 1), names.thread, names.parent, names.elsewhere, names.unknown].sort(),
    );
    await removeSpillFolder(mine);
  });
});

it('two databases that spill below one folder disturb each other in nothing, and leave nothing', async () => {
  const tempDir = join(makeTempFolder(), 'tmp');
  const open = () =>
    openDuckDb({
      path: ':memory:',
      memoryMb: 32,
      threads: 1,
      maxConnections: 1,
      tempDir,
      tempMaxMb: 512,
      clock: systemClock,
    });
  const databases = await Promise.all([open(), open()]);
  onTestFinished(async () => void (await Promise.allSettled(databases.map((db) => db.close()))));
  const rows = 600_000;
  const answers = await Promise.all(
    databases.map(async (db, at) => {
      const sql = `select count(*)::bigint as n, sum(a)::double as total
        from (select a, b from (select i + ${at} as a, repeat(md5(i::varchar), 2) as b from range(${rows}) t(i)) order by b, a)
        where b <> ''`;
      await db.run(
        `create table sorted as select i + ${at} as a, repeat(md5(i::varchar), 2) as b from range(${rows}) t(i) order by b`,
      );
      expect(readdirSync(tempDir).length).toBeGreaterThan(0);
      return db.all<{ n: number; total: number }>(sql);
    }),
  );
  for (const [at, [answer]] of answers.entries())
    expect(answer).toEqual({ n: rows, total: (rows * (rows - 1)) / 2 + at * rows });
  await databases[0]?.close();
  expect(await databases[1]?.all('select count(*)::bigint as n from sorted')).toEqual([{ n: rows }]);
  await databases[1]?.close();
  expect(readdirSync(tempDir)).toEqual([]);
}, 60_000);
