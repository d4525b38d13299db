import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { CancelledError } from '../../../src/errors.ts';
import { type DuckDb, openDuckDb, quoteText } from '../../../src/store/duckdb.ts';
import type { ExportForm } from '../../../src/store/export/export-form.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../../../src/store/export/export-format.ts';
import { type ExportOptions, openExport } from '../../../src/store/export/open-export.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';

const ROWS = 50_000;
let dataDir: string;
let manifest: Manifest;
let db: DuckDb;

// gold.things: one row of everything that is hard to write, one of nulls. gold.numbers: many rows, in an order of their own.
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
  db = await openDuckDb({
    path: ':memory:',
    memoryMb: 256,
    threads: 2,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp', 'test'),
    tempMaxMb: 64,
    clock: systemClock,
  });
  const store = createSnapshotStore({ dataDir, clock: systemClock, random: seededRandomness(1) });
  const candidate = await store.beginCandidate();
  await candidate.writeRelation(db, { layer: 'gold', name: 'things', select: THINGS, orderBy: 'id' });
  await candidate.writeRelation(db, {
    layer: 'gold',
    name: 'numbers',
    select: `select i, 'name ' || i as name from range(${ROWS}) t(i)`,
    orderBy: 'i % 7, i',
  });
  manifest = await candidate.publish({
    runId: null,
    batches: [],
    recipe: '',
    checks: [],
    coverage: [],
    lineage: [],
  });
});
afterAll(async () => {
  await db.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const COLUMNS = [
  `'007' as code`,
  `'a "b", c' || chr(10) || 'd' as quoted`,
  `'' as nothing`,
  `9007199254740993::bigint as streams`,
  `123456789012345.678::decimal(18, 3) as price`,
  `-0.05::decimal(38, 20) as small`,
  `0.1::double as energy`,
  `0.1::float as single`,
  `true as is_explicit`,
  `date '1969-12-31' as day`,
  `timestamptz '2026-11-20 01:02:03.123456+01' as at`,
  `5::smallint as key`,
  `[{'url': 'x,"y"', 'width': 64, 'rate': 1.25::decimal(5, 2)}, null] as images`,
  `['a', null, ''] as tags`,
  `'\\xAA\\x00'::blob as bytes`,
];
const NAMES = COLUMNS.map((column) => column.split(' as ').at(-1) ?? '');
const THINGS = `select 1 as id, ${COLUMNS.join(', ')} union all select 2, ${COLUMNS.map(() => 'null').join(', ')}`;

type More = Partial<ExportOptions & ExportForm>;

function open(select: string, format: ExportFormat, { dialect, formulasAsText, ...more }: More = {}) {
  return openExport({
    manifest,
    dataDir,
    config: readConfig({}),
    clock: systemClock,
    select: { sql: select, params: [] },
    form: { format, dialect: dialect ?? 'plain', formulasAsText: formulasAsText ?? false },
    signal: new AbortController().signal,
    ...more,
  });
}

async function exported(select: string, format: ExportFormat, more?: More): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of (await open(select, format, more)).bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Folders of exports that are under way or were left behind. */
const leftovers = () => readdirSync(join(dataDir, 'tmp')).filter((name) => name.startsWith('export-'));

const ALL = 'select * from gold.things order by id';

describe('openExport as CSV', () => {
  it('writes what a spreadsheet would take for a formula as text, where that is wanted, and nothing else otherwise', async () => {
    const names = [
      '=1+1',
      '+1',
      '-5',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      '\n=1',
      "'=1",
      ' =1',
      'a=1',
      '=HYPERLINK("x","y")',
      '',
    ];
    const select = `select unnest([${names.map(quoteText).join(', ')}, null]) as "=name", -5 as number, ['=1'] as list, -0.5::double as "share"`;
    const rows = async (more: More) =>
      parse((await exported(select, 'csv', more)).toString('utf8'), { record_delimiter: '\n' }) as string[][];
    const [header, ...marked] = await rows({ formulasAsText: true });
    expect(header).toEqual(["'=name", 'number', 'list', 'share']);
    expect(marked.map(([name]) => name)).toEqual(
      names.map((name) => (/^[=+@\t\r\n-]/.test(name) ? `'${name}` : name)).concat(''),
    );
    expect(marked.map((row) => row.slice(1).join())).toEqual(Array(13).fill('-5,["=1"],-0.5'));
    const plain = await rows({});
    expect(plain.map(([name]) => name)).toEqual(['=name', ...names, '']);
  });

  it('keeps every value as it is: quotes, leading zeros, long numbers, null apart from an empty text', async () => {
    const text = (await exported(ALL, 'csv')).toString('utf8');
    const [header, first, second] = parse(text) as string[][];
    expect(header).toEqual(['id', ...NAMES]);
    expect(Object.fromEntries(NAMES.map((name, at) => [name, first?.[at + 1]]))).toEqual({
      code: '007',
      quoted: 'a "b", c\nd',
      nothing: '',
      streams: '9007199254740993',
      price: '123456789012345.678',
      small: '-0.05000000000000000000',
      energy: '0.1',
      single: '0.1',
      is_explicit: 'true',
      day: '1969-12-31',
      at: '2026-11-20T00:02:03.123456Z',
      key: '5',
      images: '[{"url":"x,\\"y\\"","width":64,"rate":1.25},null]',
      tags: '["a",null,""]',
      bytes: 'qgA=',
    });
    expect(second?.slice(1).join('')).toBe('');
    expect(text).toContain(',"",');
    expect(text.endsWith(`\n2${','.repeat(COLUMNS.length)}\n`)).toBe(true);
  });

  it('is read back by the engine to the same rows', async () => {
    const path = join(dataDir, 'back.csv');
    await writeFile(path, await exported('select i, name from gold.numbers', 'csv'));
    const [row] = await db.all(
      `select count(*) as n, sum(i)::bigint as sum, count(distinct name) as names from read_csv(${quoteText(path)})`,
    );
    expect(row).toEqual({ n: ROWS, sum: (ROWS * (ROWS - 1)) / 2, names: ROWS });
  });

  it('quotes names of columns, and writes the header alone where there are no rows', async () => {
    const none = await exported('select 1 as "a,b", 2 as "c ""d""" where false', 'csv');
    expect(none.toString()).toBe('"a,b","c ""d"""\n');
  });
});

describe('timestamps in text', () => {
  const at = (type: string) => `'2026-11-20 01:02:03.5'::${type}`;
  const TIMES = [
    at('timestamptz'),
    at('timestamp'),
    at('timestamp_s'),
    at('timestamp_ms'),
    at('timestamp_ns'),
  ];

  it.each([
    ['excel', '\ufeffx,"a,b",c;d,price,list,text\n0.588,-1.10,1.5e-07,2.50,[0.5],"a;b,c"\n'],
    ['excel-semicolon', '\ufeffx;a,b;"c;d";price;list;text\n0,588;-1,10;1,5e-07;2,50;[0.5];"a;b,c"\n'],
  ] as const)('writes CSV as %s reads it: its separators, and a mark of UTF-8', async (dialect, text) => {
    const select = `select 0.588::double as x, -1.10::decimal(5, 2) as "a,b", 1.5e-7::float as "c;d", 2.50::decimal(38, 2) as price,
      [0.5::double] as list, 'a;b,c' as text`;
    expect((await exported(select, 'csv', { dialect })).toString('utf8')).toBe(text);
  });

  it('marks formulas in a dialect too, and no number', async () => {
    const both = { dialect: 'excel-semicolon', formulasAsText: true } as const;
    expect((await exported(`select '=1;2' as "=x", -1.5::double as y`, 'csv', both)).toString('utf8')).toBe(
      `\ufeff'=x;y\n"'=1;2";-1,5\n`,
    );
  });

  it('are in UTC, and say so, where they have a time zone, and say nothing of one where they have none', async () => {
    const select = `select ${TIMES.join(', ')}, [${at('timestamp')}] as list, {'at': ${at('timestamptz')}} as struct`;
    const zoned = '2026-11-20T01:02:03.500000Z';
    const local = '2026-11-20T01:02:03.500000';
    const texts = [
      zoned,
      local,
      expect.stringMatching(/^2026-11-20T01:02:0[34]$/),
      `${local.slice(0, -3)}`,
      `${local}000`,
    ];
    const [, row] = parse((await exported(select, 'csv')).toString('utf8')) as string[][];
    expect(row).toEqual([...texts, JSON.stringify([local]), JSON.stringify({ at: zoned })]);
    const line = JSON.parse((await exported(select, 'jsonl')).toString('utf8')) as object;
    expect(Object.values(line)).toEqual([...texts, [local], { at: zoned }]);
  });
});

describe('openExport as JSON lines', () => {
  it('writes one object a row, numbers with all their digits', async () => {
    const lines = (await exported(ALL, 'jsonl')).toString('utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe(
      '{"id":1,"code":"007","quoted":"a \\"b\\", c\\nd","nothing":"","streams":9007199254740993,' +
        '"price":123456789012345.678,"small":-0.05000000000000000000,"energy":0.1,"single":0.1,"is_explicit":true,' +
        '"day":"1969-12-31","at":"2026-11-20T00:02:03.123456Z","key":5,' +
        '"images":[{"url":"x,\\"y\\"","width":64,"rate":1.25},null],"tags":["a",null,""],"bytes":"qgA="}',
    );
    expect(JSON.parse(lines[1] ?? '')).toEqual({
      id: 2,
      ...Object.fromEntries(NAMES.map((name) => [name, null])),
    });
  });

  it('writes null for what JSON does not have, also within lists', async () => {
    const sql = `select 'nan'::double as a, '-inf'::float as b, [1.5, 'inf'::double] as c, {'x y': 'nan'::double} as d`;
    expect((await exported(sql, 'jsonl')).toString()).toBe(
      '{"a":null,"b":null,"c":[1.5,null],"d":{"x y":null}}\n',
    );
  });
});

describe('openExport as Parquet', () => {
  it('is read by the engine to the same rows, nested ones too; a HUGEINT loses nothing', async () => {
    const path = join(dataDir, 'back.parquet');
    await writeFile(path, await exported('select * from gold.things', 'parquet'));
    const side = (source: string) =>
      `select md5(string_agg(to_json(t)::varchar, '' order by id)) as h from ${source} t`;
    const file = manifest.relations.find(({ name }) => name === 'things')?.files[0]?.path ?? '';
    const [ours] = await db.all(side(`read_parquet(${quoteText(path)})`));
    const [stored] = await db.all(side(`read_parquet(${quoteText(join(dataDir, file))})`));
    expect(ours).toEqual(stored);
    const sum = 'select sum(9007199254740993::bigint) as s';
    await writeFile(path, await exported(sum, 'parquet'));
    expect(await db.all(`select s::varchar as s from read_parquet(${quoteText(path)})`)).toEqual([
      { s: '9007199254740993' },
    ]);
  });
});

describe('openExport as an Arrow stream', () => {
  it('holds every value exactly', async () => {
    const table = tableFromIPC(await exported(ALL, 'arrow'));
    expect(table.schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id Int32',
      'code Utf8',
      'quoted Utf8',
      'nothing Utf8',
      'streams Int64',
      'price Decimal[18e+3]',
      'small Decimal[38e+20]',
      'energy Float64',
      'single Float32',
      'is_explicit Bool',
      'day Date32<DAY>',
      'at Timestamp<MICROSECOND, UTC>',
      'key Int16',
      'images List<Struct<{url:Utf8, width:Int32, rate:Decimal[5e+2]}>>',
      'tags List<Utf8>',
      'bytes Binary',
    ]);
    const value = (name: string, row = 0) => table.getChild(name)?.get(row);
    expect(value('code')).toBe('007');
    expect(value('nothing')).toBe('');
    expect(value('streams')).toBe(9007199254740993n);
    expect(words(value('price'))).toBe(123456789012345678n);
    expect(words(value('small'))).toBe(-5000000000000000000n);
    expect(value('is_explicit')).toBe(true);
    expect(table.getChild('day')?.data[0]?.values[0]).toBe(-1);
    expect(table.getChild('at')?.data[0]?.values[0]).toBe(1795132923123456n);
    expect([...value('tags')]).toEqual(['a', null, '']);
    expect([...value('images')].map((image) => image && [image.url, image.width, words(image.rate)])).toEqual(
      [['x,"y"', 64, 125n], null],
    );
    expect([...value('bytes')]).toEqual([0xaa, 0]);
    expect(NAMES.map((name) => value(name, 1))).toEqual(NAMES.map(() => null));
  });

  it('writes batches of bounded size, and a schema where there are no rows', async () => {
    const table = tableFromIPC(await exported('select * from gold.numbers', 'arrow'));
    expect(table.numRows).toBe(ROWS);
    expect(table.batches.length).toBe(4);
    const empty = tableFromIPC(await exported('select 1 as a where false', 'arrow'));
    expect([empty.numRows, empty.schema.fields.map(({ name }) => name)]).toEqual([0, ['a']]);
  });

  it('writes types that Arrow readers do not share as text', async () => {
    const sql = `select interval 1 day as i, map {'a': 1} as m, sum(x) as s from range(3) t(x)`;
    const table = tableFromIPC(await exported(sql, 'arrow'));
    expect([
      table.getChild('i')?.get(0),
      table.getChild('m')?.get(0),
      words(table.getChild('s')?.get(0)),
    ]).toEqual(['1 day', '{a=1}', 3n]);
  });
});

describe('openExport', () => {
  it.each(EXPORT_FORMATS)('writes rows of %s in the order in which they lie', async (format) => {
    const bytes = await exported('select i from gold.numbers', format);
    let found: number[];
    if (format === 'parquet') {
      const path = join(dataDir, 'order.parquet');
      await writeFile(path, bytes);
      const rows = await db.all<{ i: number }>(
        `select i from read_parquet(${quoteText(path)}, file_row_number = true) order by file_row_number`,
      );
      found = rows.map(({ i }) => i);
    } else if (format === 'arrow') {
      found = [...(tableFromIPC(bytes).getChild('i') ?? [])].map(Number);
    } else {
      const lines = bytes.toString().trimEnd().split('\n');
      found = format === 'csv' ? lines.slice(1).map(Number) : lines.map((line) => JSON.parse(line).i);
    }
    const expected = Array.from({ length: ROWS }, (_, i) => i).sort((a, b) => (a % 7) - (b % 7) || a - b);
    expect(found.length).toBe(ROWS);
    expect(found.every((value, at) => value === expected[at])).toBe(true);
  });

  it('binds values, takes the first rows only, and names its columns and content type', async () => {
    const rows = await open('', 'csv', {
      select: { sql: 'select i from gold.numbers where i > ? order by i; ', params: [41] },
      limit: 2,
    });
    expect(rows.columns).toEqual([{ name: 'i', type: 'BIGINT' }]);
    expect(rows.contentType).toBe('text/csv; charset=utf-8; header=present');
    let text = '';
    for await (const piece of rows.bytes) text += Buffer.from(piece).toString();
    expect(text).toBe('i\n42\n43\n');
  });

  it('refuses more rows than it may have before the first byte', async () => {
    const sql = 'select * from gold.numbers -- all of them';
    await expect(open(sql, 'csv', { maxRows: ROWS - 1 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: `The export has more than ${ROWS - 1} rows, which is the limit. Narrow the filter, or take fewer rows.`,
    });
    expect((await exported(sql, 'csv', { maxRows: ROWS })).length).toBeGreaterThan(0);
    expect(leftovers()).toEqual([]);
  });

  it('says what is wrong with a select, and reads nothing but the snapshot', async () => {
    await expect(open('select nme from gold.numbers', 'csv')).rejects.toThrow(/nme.*name/s);
    for (const sql of [
      `select * from read_text('/etc/hostname')`,
      `select * from read_parquet('${dataDir}/../*.parquet')`,
      `select * from '${join(dataDir, 'CURRENT')}'`,
    ]) {
      await expect(exported(sql, 'csv')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    expect(leftovers()).toEqual([]);
  });

  it.each(
    EXPORT_FORMATS,
  )('stops in the middle of %s when it is told to, and leaves nothing behind', async (format) => {
    const stop = new AbortController();
    const rows = await open(
      `select a.i, b.name from gold.numbers a, range(1000) r(x), gold.numbers b where a.i = b.i`,
      format,
      {
        signal: stop.signal,
      },
    );
    systemClock.after(50, () => stop.abort());
    const read = async () => {
      for await (const _ of rows.bytes);
    };
    await expect(read()).rejects.toBeInstanceOf(CancelledError);
    expect(leftovers()).toEqual([]);
  });

  it('closes when its reader has had enough, and when nobody reads it', async () => {
    for await (const _ of (await open('select * from gold.numbers', 'jsonl')).bytes) break;
    expect(leftovers()).toEqual([]);
    const unread = await open('select * from gold.numbers', 'parquet');
    await unread.close();
    expect(leftovers()).toEqual([]);
  });

  it('ends with TIMEOUT when it takes longer than it may', async () => {
    const slow = exported(
      'select count(*) from range(1000000) a, range(100000) b where a.range < b.range',
      'csv',
      {
        config: readConfig({ GROOVELAKE_EXPORT_TIMEOUT_MS: '50' }),
      },
    );
    await expect(slow).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});

/** The value of a decimal without its point. */
function words(decimal: Uint32Array): bigint {
  const value = decimal.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return BigInt.asIntN(128, value);
}
