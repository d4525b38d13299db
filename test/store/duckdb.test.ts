import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { CancelledError } from '../../src/errors.ts';
import { type DuckDb, nameValue, openDuckDb } from '../../src/store/duckdb.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

async function openMemory(maxConnections = 1): Promise<DuckDb> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 64,
    threads: 1,
    maxConnections,
    tempDir: join(makeTempFolder(), 'tmp'),
    tempMaxMb: 16,
    clock: systemClock,
  });
  onTestFinished(() => db.close());
  return db;
}

describe('openDuckDb: bound values', () => {
  it.each([1e308, -1e300, 2 ** 53, 2 ** 53 - 1, -(2 ** 31), 0.5, 0])('takes the number %s', async (value) => {
    const db = await openMemory();
    expect(await db.all('select ?::double as value', [value])).toEqual([{ value }]);
  });
});

describe('openDuckDb: several connections', () => {
  it('have the same settings and the same named values', async () => {
    const db = await openMemory(3);
    await db.run(nameValue('limit_of_all', 20));
    const ask = () =>
      db.all(`select current_setting('parquet_metadata_cache') as keeps_footers, current_setting('TimeZone') as zone,
        limit_of_all() as named`);
    // Three at a time: each has a connection of its own.
    for (const [answer] of await Promise.all([ask(), ask(), ask()]))
      expect(answer).toEqual({ keeps_footers: true, zone: 'UTC', named: 20 });
  });
});

describe('openDuckDb: a signal that aborts', () => {
  it('stops a statement at whichever moment, when it has hardly begun too', async () => {
    const db = await openMemory();
    // A join of as many rows as no machine counts within a test.
    await db.run('create table few as select 1 as k from range(100000)');
    await db.run('create table many as select 1 as k from range(2000000)');
    const endless = 'select k, count(*) as n from few join many using (k) group by all';
    // From the turn of the event loop in which it is prepared to well after it has begun to run.
    for (const turns of [0, 1, 2, 3, 5, 8, 13, 21]) {
      const stop = new AbortController();
      const ended = expect(db.all(endless, [], { signal: stop.signal }), `${turns} turns`).rejects.toThrow(
        CancelledError,
      );
      for (let turn = 0; turn < turns; turn++) await immediate();
      stop.abort();
      await ended;
    }
    expect([db.active, await db.all('select 1 as one')]).toEqual([0, [{ one: 1 }]]);
  });
});

describe('openDuckDb: rows that are read as they come', () => {
  it('ends with an error where the engine fails among them, and not as if they were all', async () => {
    const db = await openMemory();
    const failing = "select case when i = 300000 then error('boom') else i end as i from range(1000000) t(i)";
    let rows = 0;
    const reading = async () => {
      for await (const chunk of db.stream(failing)) rows += chunk.rowCount;
    };
    await expect(reading()).rejects.toThrow(/failed in the middle of the rows/);
    expect(rows).toBeGreaterThan(0);
    expect(await db.all('select 1::integer as one')).toEqual([{ one: 1 }]);
  });
});
