// Columns of one Parquet file in another, byte for byte.
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CancelledError } from '../../../src/errors.ts';
import { quoteText } from '../../../src/store/duckdb.ts';
import { readGroups, replaceColumns, takeColumns } from '../../../src/store/snapshots/take-columns.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

/** Texts that repeat and that do not, long ones, empty ones, nulls, numbers of each kind, and a column that is never there. */
const ROWS = `
  select i as id, 'name ' || i as name, 'genre ' || (i % 7) as genre, repeat('é', i % 90) as "spelt ""so""",
    if(i % 3 = 0, null, i / 7) as score, i % 2 = 0 as is_even, (i * 1e14)::bigint as large, null::varchar as never,
    date '2020-01-01' + (i % 400)::integer as day, chr(65279) || 'mark ' || i as marked,
    timestamptz '2026-11-20 01:02:03.123456+00' + i * interval 1 millisecond as moment, encode('x') || '\\xFF'::blob as bytes,
    {'name': i} as pair, (i * 1.01)::decimal(18, 4) as price, if(i = 77, 'nan'::double, i) as odd, 'kept back' as other
  from range(50_000) t(i)`;
const TAKEN = [
  'never',
  'score',
  'name',
  'genre',
  'is_even',
  'large',
  'marked',
  'moment',
  'bytes',
  'id',
  'day',
  'odd',
  'spelt "so"',
];

async function open(compression = 'snappy') {
  const folder = makeTempFolder();
  const db = await openMemoryDb();
  onTestFinished(() => db.close());
  const from = join(folder, 'from.parquet');
  const to = join(folder, 'to.parquet');
  await db.run(
    `copy (${ROWS}) to ${quoteText(from)} (format parquet, compression ${compression}, row_group_size 20_480)`,
  );
  const all = <Row>(sql: string) => db.all<Row>(sql);
  return { from, to, all };
}

const rename = (name: string) => ({ from: name, name: name === 'score' ? 'points' : name });

describe('takeColumns', () => {
  it.each([
    'snappy',
    'zstd',
    'uncompressed',
  ])('gives the rows of a file, in their order (%s)', async (codec) => {
    const { from, to, all } = await open(codec);
    await takeColumns(from, to, TAKEN.map(rename));
    const list = TAKEN.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ');
    const asked = `select ${list.replace('"score"', '"score" as points')} from read_parquet(${quoteText(from)})`;
    const given = `select * from read_parquet(${quoteText(to)})`;
    const hash = (sql: string) =>
      `select count(*) as rows, sum(hash(t, i)::hugeint)::varchar as hash from (select t, row_number() over () as i from (${sql}) t)`;
    expect(await all(hash(given))).toEqual(await all(hash(asked)));
    expect(await all(`describe ${given}`)).toEqual(await all(`describe ${asked}`));
  });

  it('says of each column what its writer said: statistics, encodings, lengths', async () => {
    const { from, to, all } = await open();
    await takeColumns(from, to, TAKEN.map(rename));
    const facts = (path: string) =>
      all<Record<string, unknown>>(
        `select row_group_id, row_group_num_rows, replace(path_in_schema, 'points', 'score') as of_column, type, num_values, stats_min, stats_max, stats_null_count,
           stats_min_value, stats_max_value, compression, encodings, total_compressed_size, total_uncompressed_size,
           dictionary_page_offset is null as is_plain
         from parquet_metadata(${quoteText(path)}) where path_in_schema not in ('other', 'pair, name', 'price') order by row_group_id, of_column`,
      );
    const found = await facts(to);
    expect(found).toHaveLength(3 * TAKEN.length);
    expect(found).toEqual(await facts(from));
  });

  it.each([
    ['id > 49_000 and points < 7_050', 233],
    ["name = 'name 49500'", 1],
    ["marked >= chr(65279) || 'mark 9'", 1_111],
    ["moment > timestamptz '2026-11-20 01:02:53.122000+00'", 1],
  ])('leaves no row out that is asked for: %s', async (condition, expected) => {
    const { from, to, all } = await open();
    await takeColumns(from, to, TAKEN.map(rename));
    const count = (path: string, where: string) =>
      all(`select count(*)::integer as n from read_parquet(${quoteText(path)}) where ${where}`);
    const found = await count(to, condition);
    expect(found).toEqual(await count(from, condition.replace('points', 'score')));
    expect(found).toEqual([{ n: expected }]);
  });

  it('takes a column of its own and none within a struct, and decimals without bounds', async () => {
    const { from, to, all } = await open();
    await takeColumns(from, to, [rename('name'), rename('price')]);
    expect(
      await all(
        `select name, price::varchar as price from read_parquet(${quoteText(to)}) where price = 1.01`,
      ),
    ).toEqual([{ name: 'name 1', price: '1.0100' }]);
    await expect(takeColumns(from, to, [rename('pair')])).rejects.toThrow('"pair"');
  });

  it('refuses a file of no rows, which has nothing to take', async () => {
    const { from, to, all } = await open();
    await all(`copy (select 1 as id, 'a' as name where false) to ${quoteText(from)} (format parquet)`);
    await expect(takeColumns(from, to, [rename('name')])).rejects.toThrow('has rows');
  });

  it('names a column that is not there', async () => {
    const { from, to } = await open();
    await expect(takeColumns(from, to, [{ from: 'nmae', name: 'name' }])).rejects.toThrow('"nmae"');
  });

  it('stops between row groups when it is told to', async () => {
    const { from, to } = await open();
    const stop = AbortSignal.abort(new CancelledError('enough'));
    await expect(takeColumns(from, to, TAKEN.map(rename), stop)).rejects.toThrow('enough');
  });
});

describe('replaceColumns', () => {
  const REPLACED =
    "score * 2 as score, 'other ' || (id % 11) as genre, if(id % 5 = 0, 'there', null) as never";
  async function openReplaced(groupRows = 20_480) {
    const { from, to, all } = await open();
    const values = from.replace('from', 'values');
    await all(
      `copy (select ${REPLACED} from read_parquet(${quoteText(from)}))
       to ${quoteText(values)} (format parquet, row_group_size ${groupRows})`,
    );
    return { from, to, values, all };
  }

  it('gives all columns and rows of a file in their order, with the values of another where it has them', async () => {
    const { from, to, values, all } = await openReplaced();
    await replaceColumns(from, values, to);
    const asked = `select f.* replace (v.score as score, v.genre as genre, v.never as never)
      from (from read_parquet(${quoteText(from)}, file_row_number = true)) f
      join (from read_parquet(${quoteText(values)}, file_row_number = true)) v using (file_row_number)`;
    const given = `from read_parquet(${quoteText(to)}, file_row_number = true)`;
    const rows = (sql: string) =>
      all(`select count(*) as rows, sum(hash(t)::hugeint)::varchar as hash from (${sql}) t`);
    expect(await rows(given)).toEqual(await rows(asked));
    const types = (path: string) => all(`describe from read_parquet(${quoteText(path)})`);
    expect(await types(to)).toEqual(await types(from));
    expect(await all(`select count(never) as n from (${given})`)).toEqual([{ n: 10_000 }]);
  });

  it('says of each column what its writer said, of one within a struct too', async () => {
    const { from, to, values, all } = await openReplaced();
    await replaceColumns(from, values, to);
    const facts = (path: string, where: string) =>
      all(
        `select row_group_id, path_in_schema, num_values, stats_null_count, stats_min_value, stats_max_value, encodings, total_compressed_size
         from parquet_metadata(${quoteText(path)}) where ${where} order by all`,
      );
    const isReplaced = "path_in_schema in ('score', 'genre', 'never')";
    expect(await facts(to, isReplaced)).toEqual(await facts(values, isReplaced));
    const others = `not ${isReplaced} and path_in_schema <> 'price'`;
    expect(await facts(to, others)).toEqual(await facts(from, others));
    expect(await facts(to, others)).toHaveLength(3 * 12);
  });

  it('refuses values in other row groups, and a column that the file does not have', async () => {
    const { from, to, values } = await openReplaced(10_240);
    expect(await readGroups(from)).toEqual([20_480, 20_480, 9_040]);
    await expect(replaceColumns(from, values, to)).rejects.toThrow('row groups');
    await expect(replaceColumns(values, from, to)).rejects.toThrow('row groups');
    const { from: other, to: nowhere, values: alike } = await openReplaced();
    await expect(replaceColumns(alike, other, nowhere)).rejects.toThrow('"id"');
  });
});
