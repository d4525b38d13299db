// What an operator's own text may do to the data folder: read it.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type DuckDb, hardenDuckDb, openDuckDb } from '../../src/store/duckdb.ts';
import { checkReadOnly } from '../../src/store/read-only.ts';

const folder = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
/** The one folder that the engine may touch, as it may those of the layers. */
const layer = join(folder, 'gold');
let db: DuckDb;

beforeAll(async () => {
  mkdirSync(layer);
  writeFileSync(join(layer, 'rows.csv'), 'x\n1\n');
  db = await openDuckDb({
    path: ':memory:',
    memoryMb: 128,
    threads: 1,
    maxConnections: 1,
    tempDir: join(folder, 'tmp'),
    tempMaxMb: 16,
    clock: systemClock,
  });
  await db.run('create schema gold');
  await db.run(`create view gold.tracks as select 't1' as track_id, 80 as popularity`);
  await hardenDuckDb(db, [layer]);
});
afterAll(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs what is let through, as its callers do. */
async function ask(sql: string): Promise<unknown> {
  await checkReadOnly(db, sql);
  return db.all(sql);
}

const inLayer = (sql: string) => sql.replaceAll('@', layer);

describe('checkReadOnly', () => {
  it.each([
    'select * from gold.tracks',
    'from gold.tracks',
    'with t as (from gold.tracks) select count(*) from t;',
    "select ';' as a, e'\\';' as b -- ; and no more",
    '/* what is popular */ select max(popularity) from gold.tracks; ;',
    'values (1)',
    'table gold.tracks',
    "pivot gold.tracks on track_id in ('t1') using sum(popularity)",
    'unpivot gold.tracks on popularity into name measure value x',
    '-- of a file\n-- of two lines\nfrom gold.tracks',
    'describe gold.tracks',
    'describe select 1',
    'summarize gold.tracks',
    'show all tables',
    'show gold.tracks',
    'explain select * from gold.tracks',
    'explain analyze select * from gold.tracks',
    'explain (analyze, format json) from gold.tracks',
    "from (pivot gold.tracks on track_id in ('t1') using sum(popularity))",
    "select * from query('from gold.tracks')",
    "from read_csv('@/rows.csv')",
  ])('lets through what reads: %s', async (sql) => {
    await expect(ask(inLayer(sql))).resolves.toBeInstanceOf(Array);
  });

  it.each([
    ["select e'\\'' as a; copy (select 1 as x) to '@/written.csv' --'", /has 2 statements.*one question/],
    ["select 1; copy (select 1 as x) to '@/written.csv'", /has 2 statements/],
    ["select $$'$$ as a; copy (select 1 as x) to '@/written.csv' --'", /has 2 statements/],
    [
      "copy (select 1 as x) to '@/written.csv'",
      /begins with another word.*one of select, with, from, values, table, pivot, unpivot, describe/,
    ],
    ["pivot (select 1 as x) on x in (1); copy (select 1 as x) to '@/written.csv'", /has 2 statements/],
    ["table gold.tracks; copy (select 1 as x) to '@/written.csv'", /has 2 statements/],
    [
      "pivot (select 'a' as x from enable_logging(storage := 'file', storage_path := '@/written')) on x in ('a')",
      /calls enable_logging/,
    ],
    ["explain analyze copy (select 1 as x) to '@/written.csv'", /begins with another word/],
    ["explain (analyze) copy (select 1 as x) to '@/written.csv'", /begins with another word/],
    ["explain /* /* */ select 1 -- */ analyze copy (select 1 as x) to '@/written.csv'", /./],
    ["/**/ explain analyze copy (select 1 as x) to '@/written.csv'", /is EXPLAIN/],
    ["attach '@/written.db' as d", /begins with another word/],
    ["export database '@/written'", /begins with another word/],
    ['install httpfs', /begins with another word/],
    ['load icu', /begins with another word/],
    ['set threads = 1', /begins with another word/],
    ['call pragma_version()', /begins with another word/],
    ['checkpoint', /begins with another word/],
    ['create table t as select 1', /begins with another word/],
    ['drop view gold.tracks', /begins with another word/],
    ['begin transaction', /begins with another word/],
    ["prepare p as copy (select 1 as x) to '@/written.csv'", /begins with another word/],
    ["from enable_logging(storage := 'file', storage_path := '@/written')", /calls enable_logging/],
    [
      "select 1 where exists (from enable_logging(storage := 'file', storage_path := '@/written'))",
      /calls enable_logging/,
    ],
    [
      "with q as (from query('from enable_' || 'logging(storage := ''file'', storage_path := ''@/written'')')) from q",
      /calls enable_logging/,
    ],
    ["from enable_profiling(save_location := '@/written.json')", /calls enable_profiling/],
    ["from json_execute_serialized_sql(json_serialize_sql('select 1'))", /calls json_execute_serialized_sql/],
    [
      "explain analyze from enable_logging(storage := 'file', storage_path := '@/written')",
      /calls enable_logging/,
    ],
    ["select * from read_text('/etc/passwd')", /file system operations are disabled/],
    ["from glob('/etc/*')", /file system operations are disabled/],
    ["select getenv('HOME')", /getenv does not exist/],
    ['pivot gold.tracks on track_id using sum(popularity)', /has 2 statements.*name them, on x in/],
    ['from (pivot gold.tracks on track_id using sum(popularity))', /has 2 statements.*PIVOT/],
    ['select 1 form gold.tracks', /syntax error at or near "gold"/],
    ['pragma version', /begins with another word/],
    ["explain export database '@/written'", /begins with another word/],
    ["/* /* */ select 1 -- */ export database '@/written'", /./],
    ['', /begins with another word/],
    ['-- nothing', /begins with another word/],
    ['explain', /./],
  ])('refuses, and writes nothing: %s', async (sql, message) => {
    await expect(ask(inLayer(sql))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message),
    });
    expect(readdirSync(layer)).toEqual(['rows.csv']);
    expect(await db.all('from gold.tracks')).toHaveLength(1);
  });
});
