import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { type DuckDb, openDuckDb, quoteText } from '../../../src/store/duckdb.ts';
import { copyWithStats } from '../../../src/store/snapshots/delta-stats.ts';
import { measureFile } from '../../../src/store/snapshots/measure-file.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

let db: DuckDb;
let folder: string;

beforeEach(async () => {
  folder = makeTempFolder();
  db = await openDuckDb({
    path: ':memory:',
    memoryMb: 128,
    threads: 1,
    maxConnections: 1,
    tempDir: folder,
    tempMaxMb: 16,
    clock: systemClock,
  });
});
afterEach(() => db.close());

async function measure(rows: string, asked: Parameters<typeof measureFile>[2], where = 'true') {
  const path = join(folder, 'rows.parquet');
  await db.run(
    `copy (select * from (values ${rows}) t(id, name, marks) where ${where}) to ${quoteText(path)} (format parquet)`,
  );
  return measureFile(db, path, asked);
}

const ID = { columns: ['id'], certain: ['id'] };

describe('measureFile', () => {
  it('counts rows with a value by column, an empty text or list being none', async () => {
    const { rows, present, columns } = await measure("(1, 'a', [1]), (null, '', []), (3, null, null)", {
      countsValues: true,
    });
    expect(rows).toBe(3);
    expect(columns.map(({ type }) => type)).toEqual(['INTEGER', 'VARCHAR', 'INTEGER[]']);
    expect(present).toEqual([2, 1, 1]);
  });

  it('counts the same where the writer says what it wrote, and then no more than that leaves open', async () => {
    const path = join(folder, 'told.parquet');
    const stats = await copyWithStats(
      db,
      `copy (select * from (values
         (1, 'a', '', null, [1], {n: 1}, repeat('x', 500), interval 1 day),
         (null, 'b', 'c', null, [], {n: null}, repeat('é', 5_000), null),
         (3, null, null, null, null, null, null, null)
       ) t(id, name, emptied, nothing, marks, pair, longs, ages)) to ${quoteText(path)} (format parquet, return_stats)`,
    );
    const asked: string[] = [];
    const all: DuckDb['all'] = (sql, ...more) => {
      asked.push(sql);
      return db.all(sql, ...more);
    };
    const { present } = await measureFile({ ...db, all }, path, { countsValues: true, stats });
    expect(present).toEqual([2, 2, 1, 0, 1, 2, 2, 1]);
    expect(present).toEqual((await measureFile(db, path, { countsValues: true })).present);
    expect(asked.at(-1)?.match(/ as c\d/g)).toEqual([' as c2', ' as c4', ' as c5', ' as c6', ' as c7']);
  });

  it('knows a key that tells all rows apart', async () => {
    expect((await measure("(1, 'a', []), (2, 'a', [])", { key: ID })).isKeyed).toBe(true);
  });

  it('takes the key of no rows for one, whether its columns may be null or not', async () => {
    for (const certain of [['id'], []]) {
      const key = { columns: ['id'], certain };
      const { rows, isKeyed } = await measure("(1, 'a', [])", { key }, 'false');
      expect([rows, isKeyed]).toEqual([0, true]);
    }
  });

  it('finds a key that is doubled, or null where it must not be', async () => {
    expect((await measure("(1, 'a', []), (1, 'b', [])", { key: ID })).isKeyed).toBe(false);
    expect((await measure("(1, 'a', []), (null, 'b', [])", { key: ID })).isKeyed).toBe(false);
  });

  it('lets a column of the key be null that may be', async () => {
    const key = { columns: ['id', 'name'], certain: ['id'] };
    expect((await measure("(1, 'a', []), (1, null, [])", { key })).isKeyed).toBe(true);
    expect((await measure('(1, null, []), (1, null, [])', { key })).isKeyed).toBe(false);
  });

  it('says nothing of what nobody asked', async () => {
    const { present, isKeyed } = await measure("(1, 'a', [])", {});
    expect([present, isKeyed]).toEqual([null, null]);
  });

  it('has the same sum whatever the order of rows, and another for other rows', async () => {
    const one = await measure("(1, 'a', []), (2, 'b', [])", {});
    const other = await measure("(2, 'b', []), (1, 'a', [])", {});
    const third = await measure("(2, 'b', []), (1, 'c', [])", {});
    expect(other.sum).toBe(one.sum);
    expect(third.sum).not.toBe(one.sum);
  });
});
