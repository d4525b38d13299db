import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { CancelledError } from '../../src/errors.ts';
import { type DuckDb, nameValue, openDuckDb } from '../../src/store/duckdb.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

async function openMemory(maxConnections = 1, maxPerSignal = maxConnections): Promise<DuckDb> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 64,
    threads: 1,
    maxConnections,
    maxPerSignal,
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

describe('openDuckDb: statements of one signal', () => {
  // A join of as many rows as no machine counts within a test.
  const endless =
    'select count(*) as n from range(4000000) a, range(4000000) b where (a.range + b.range) % 7 = 8';

  it('leave connections to others, and have their turns one after another', async () => {
    const db = await openMemory(4, 2);
    const stops = [new AbortController(), new AbortController()] as const;
    const signal = stops[0].signal;
    const own = stops.map((stop) =>
      Promise.all(
        Array.from({ length: 5 }, () =>
          db.all(endless, [], { signal: stop.signal }).catch((error: unknown) => error),
        ),
      ),
    );
    await immediate();
    // The last connection is for who has none yet.
    expect(db.active).toBe(3);
    expect(await db.all('select 0 as zero')).toEqual([{ zero: 0 }]);
    stops[1].abort();
    expect(await own[1]).toEqual(Array(5).fill(expect.any(CancelledError)));
    // Those of the first are still two; whoever has no signal, or another one, is not held up.
    expect(db.active).toBe(2);
    expect(await Promise.all([db.all('select 1 as one'), db.all('select 2 as two')])).toEqual([
      [{ one: 1 }],
      [{ two: 2 }],
    ]);
    const another = new AbortController().signal;
    expect(await db.all('select 3 as three', [], { signal: another })).toEqual([{ three: 3 }]);
    const behind = db.all('select 4 as four', [], { signal });
    stops[0].abort();
    await expect(behind).rejects.toThrow(CancelledError);
    await own[0];
    expect(db.active).toBe(0);
  });

  it('are all answered, however many there are', async () => {
    const db = await openMemory(3, 2);
    const { signal } = new AbortController();
    const numbers = Array.from({ length: 40 }, (_, at) => at);
    const asked = numbers.map((n) =>
      db.all<{ n: number }>('select ?::int as n', [n], n % 3 === 0 ? {} : { signal }),
    );
    expect((await Promise.all(asked)).flat().map(({ n }) => n)).toEqual(numbers);
    expect(db.active).toBe(0);
  });

  it('end with the database, those that wait too', async () => {
    const db = await openMemory(1, 1);
    const { signal } = new AbortController();
    const running = db.all('select count(*) as n from range(3000000)', [], { signal });
    const waiting = expect(db.all('select 1', [], { signal })).rejects.toThrow('The database is closed.');
    await immediate();
    await db.close();
    await waiting;
    await running.catch(() => {});
    expect(db.active).toBe(0);
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
