import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { ColumnSource } from '../../../src/store/columns/column-query.ts';
import { type CodedColumn, type Columns, sizeOf } from '../../../src/store/columns/columns.ts';
import { loadColumns } from '../../../src/store/columns/load.ts';
import { type DuckDb, openDuckDb, quoteText } from '../../../src/store/duckdb.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const TABLES = {
  albums: `select 'album of some length ' || i as album_id, 'type ' || i % 3 as album_type from range(ROWS) r(i)`,
  tracks: `select 'track of some length ' || i as track_id, 'album of some length ' || (i * 7 + 1) % ROWS as album_id,
    i % 1000 as number from range(ROWS) r(i)`,
  // None for every fifth, two for every third, and in an order of their own.
  genres: `select 'track of some length ' || i as track_id, genre from range(ROWS) r(i),
    (values ('pop', 1), ('rock', 3)) g(genre, every) where i % 5 > 0 and i % every = 0 order by hash(i)`,
};
const SOURCE: ColumnSource = {
  relation: 'tracks',
  joins: 'left join albums b on b.album_id = t.album_id',
  columns: [
    { name: 'number', sql: 't.number', kind: 'number' },
    { name: 'type', sql: 'b.album_type', kind: 'text' },
  ],
  lists: [{ name: 'genres', sql: 'g.genre', join: 'join genres g on g.track_id = t.track_id' }],
};

async function load(rows: number, memoryMb: number, maxBytes = 1e9): Promise<Columns> {
  const folder = makeTempFolder();
  const open = (limit: number) =>
    openDuckDb({
      path: ':memory:',
      memoryMb: limit,
      threads: 1,
      maxConnections: 1,
      tempDir: join(folder, 'tmp'),
      tempMaxMb: 1_024,
      clock: systemClock,
    });
  const pathOf = (table: string) => quoteText(join(folder, `${table}.parquet`));
  await using(await open(1_024), async (db) => {
    for (const [table, select] of Object.entries(TABLES))
      await db.run(`copy (${select.replaceAll('ROWS', String(rows))}) to ${pathOf(table)}`);
  });
  return using(await open(memoryMb), async (db) => {
    for (const table of Object.keys(TABLES)) await db.run(`create view ${table} as from ${pathOf(table)}`);
    return loadColumns(db, SOURCE, maxBytes);
  });
}

async function using<T>(db: DuckDb, work: (db: DuckDb) => Promise<T>): Promise<T> {
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

describe('loadColumns', () => {
  it('keeps what hangs on a row together where the engine has too little memory to hold the tables', async () => {
    const rows = 100_000;
    const { numbers, texts, lists, ...found } = await load(rows, 24);
    expect(found).toEqual({ rows });
    const number = numbers.get('number') as CodedColumn;
    const type = texts.get('type');
    const genres = lists.get('genres');
    const wrong = Array.from({ length: rows }, (_, i) => i).filter((i) => {
      const [from, to] = [genres?.starts[i], genres?.starts[i + 1]];
      const listed = [...(genres?.codes.subarray(from, to) ?? [])].map((code) => genres?.values[code]);
      const expected = i % 5 === 0 ? [null] : i % 3 === 0 ? ['pop', 'rock'] : ['pop'];
      return (
        number.values[number.codes[i] as number] !== i % 1000 ||
        type?.values[type.codes[i] as number] !== `type ${((i * 7 + 1) % rows) % 3}` ||
        listed.sort().join() !== expected.join()
      );
    });
    expect(wrong).toEqual([]);
  });

  it('says which setting allows more where the columns would take more than they may', async () => {
    await expect(load(1_000, 64, sizeOf(await load(1_000, 64)) - 1)).rejects.toThrow(
      /Columns for statistics would take .*GROOVELAKE_STATS_MEMORY_MB/,
    );
  });
});
