import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';
import { sqlCommand } from '../../src/cli/sql.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { openPublisher } from '../fixtures/published.ts';

let dataDir: string;
let older: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
  const publisher = await openPublisher(dataDir);
  const tracks = `select unnest(['a', 'z']) as track_id, unnest([5, 7]) as popularity`;
  older = (await publisher.publish({ 'gold.tracks': tracks })).id;
  await publisher.publish({ 'gold.tracks': `select unnest(['a', 'b']) as track_id, 7 as popularity` });
  await publisher.close();
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const run = (command: typeof sqlCommand, ...words: string[]) => runOn({}, command, ...words);

async function runOn(
  { isTTY = false, env = {} }: { isTTY?: boolean; env?: Record<string, string> },
  command: typeof sqlCommand,
  ...words: string[]
): Promise<string> {
  let text = '';
  const write = (piece: string) => {
    text += piece;
  };
  await command.run({
    words,
    config: readConfig({ GROOVELAKE_DATA_DIR: dataDir, ...env }),
    terminal: createTerminal({ isTTY, write }, { write }),
    log: createLog({ level: 'error', format: 'text', write: () => {}, now: () => 0 }),
  });
  return text;
}

describe('groovelake sql', () => {
  it('shows a row as one line, whatever its cells hold', async () => {
    expect(await run(sqlCommand, "select 'a' || chr(10) || 'b' || chr(27) as n")).toMatch(
      /^a\\u000ab\\u001b$/m,
    );
  });

  it.each([
    ['select track_id from gold.tracks order by 1', [{ track_id: 'a' }, { track_id: 'b' }]],
    ['describe gold.tracks', [{ column_name: 'track_id' }, { column_name: 'popularity' }]],
    ['show all tables', [{ schema: 'gold', name: 'tracks' }]],
  ])('answers %s', async (sql, rows) => {
    expect(JSON.parse(await run(sqlCommand, sql, '--json'))).toMatchObject(rows);
  });

  it('says what the columns of a relation mean, uncut, where it is described', async () => {
    const meanings = [
      { column_name: 'track_id', comment: expect.stringMatching(/^Id of the track/) },
      { column_name: 'popularity', comment: expect.stringMatching(/0\.\.100.*null when/) },
    ];
    for (const sql of ['describe gold.tracks', ' DESCRIBE "gold"."tracks";\n', 'describe memory.gold.tracks'])
      expect(JSON.parse(await run(sqlCommand, sql, '--json'))).toMatchObject(meanings);
    const before = await run(sqlCommand, 'describe before.gold.tracks', '--before', older, '--json');
    expect(JSON.parse(before)).toMatchObject(meanings);
    const shown = await runOn({ isTTY: true }, sqlCommand, 'describe gold.tracks');
    expect(shown).toContain('null when the source does not tell.\n');
    expect(await run(sqlCommand, 'describe select 1 as x')).not.toContain('comment');
    await expect(run(sqlCommand, 'describe gold.track')).rejects.toThrow('gold.track');
  });

  it.each([
    "select column_name, comment from duckdb_columns() where schema_name = 'gold' and table_name = 'tracks'",
    'select column_name, "COLUMN_COMMENT" as comment from information_schema.columns where table_name = \'tracks\'',
    "select 'popularity' as column_name, comment from duckdb_views() where view_name = 'tracks'",
  ])('has what is written down of columns and relations as comments: %s', async (sql) => {
    const rows = JSON.parse(await run(sqlCommand, sql, '--json')) as {
      column_name: string;
      comment: string;
    }[];
    expect(rows.find(({ column_name }) => column_name === 'popularity')?.comment).toMatch(
      sql.includes('duckdb_views') ? /^One row per track/ : /0\.\.100/,
    );
  });

  it.each([
    ['9007199254740993::bigint', '9007199254740993'],
    ['123456789012345678901234567890::hugeint', '123456789012345678901234567890'],
    ['1.10::decimal(10, 2)', '1.10'],
    ["date '2026-01-01'", '2026-01-01'],
    ["timestamptz '2026-01-01 10:00:00.123456Z'", '2026-01-01T10:00:00.123456Z'],
    ["repeat('long ', 20) || '.'", `${'long '.repeat(20)}.`],
    ["['a', 'b']", '["a","b"]'],
  ])('changes no value: %s is %s, in a table as in JSON', async (sql, text) => {
    const table = await run(sqlCommand, `select ${sql} as x`);
    expect(table.split('\n')[2]).toBe(text);
    const json = await run(sqlCommand, `select ${sql} as x`, '--json');
    expect(json).toMatch(/^\[\n {2}\{"x":(.*)\}\n\]\n$/);
    expect([text, JSON.stringify(text)]).toContain(/:(.*)\}/.exec(json)?.[1]);
  });

  it('says NaN in a table, which JSON cannot', async () => {
    expect(await run(sqlCommand, "select 'nan'::double as x")).toContain('\nnan\n');
    expect(await run(sqlCommand, "select 'nan'::double as x", '--json')).toContain('{"x":null}');
  });

  it('keeps the order of columns, and two of one name apart', async () => {
    const sql = `select 'x' as name, 3 as "2019", 4 as "2018", 1 as a, 2 as a`;
    expect((await run(sqlCommand, sql)).split('\n')[0]).toBe('name  2019  2018  a  a_1');
    expect(await run(sqlCommand, sql, '--json')).toContain('{"name":"x","2019":3,"2018":4,"a":1,"a_1":2}');
  });

  it('names the columns of no rows', async () => {
    expect(await run(sqlCommand, 'select track_id from gold.tracks where false')).toBe(
      'track_id\n--------\n(0 rows)\n',
    );
    expect(await run(sqlCommand, 'select 1 where false', '--json')).toBe('[]\n');
  });

  it('cuts long cells on a terminal alone', async () => {
    const sql = "select repeat('x', 61) as x";
    expect(await run(sqlCommand, sql)).toContain('x'.repeat(61));
    expect(await runOn({ isTTY: true }, sqlCommand, sql)).toContain(`\n${'x'.repeat(59)}…\n`);
  });

  it('shows a plan as the engine draws it', async () => {
    expect(await run(sqlCommand, 'explain select track_id from gold.tracks')).toMatch(/^┌─+┐\n/);
  });

  it.each([
    'select 7 as x; -- done',
    "select ';--' as y, 7 as x",
    'select 7 as x -- done;',
    'select 7 as x;;\n',
  ])('sees where a question ends: %j', async (sql) => {
    expect(await run(sqlCommand, sql)).toMatch(/^(y {4})?x\n/);
  });

  it('has the time of an export, not that of a query of the API, and names the setting', async () => {
    const sql = 'select count(*) as n from range(50000000) t(i) where i % 7 = 3';
    const env = { GROOVELAKE_STATEMENT_TIMEOUT_MS: '10' };
    expect(await runOn({ env }, sqlCommand, sql)).toContain('7142857');
    await expect(
      runOn({ env: { GROOVELAKE_EXPORT_TIMEOUT_MS: '10' } }, sqlCommand, sql),
    ).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'The statement took longer than 10 ms. Ask for less, or raise GROOVELAKE_EXPORT_TIMEOUT_MS.',
    });
  });

  it('ends in order at Ctrl-C, and leaves nothing in the data folder', async () => {
    const tmp = join(dataDir, 'tmp');
    const count = () =>
      (existsSync(tmp) ? readdirSync(tmp) : []).filter((name) => name.startsWith('export-')).length;
    const heard = process.listenerCount('SIGINT');
    const asked = run(sqlCommand, 'select count(*) from range(1000000000000)');
    while (count() === 0) await systemClock.sleep(5);
    process.emit('SIGINT');
    expect(await asked).toBe('');
    expect([count(), process.listenerCount('SIGINT')]).toEqual([0, heard]);
  });

  it('asks an older snapshot, and what has changed since one', async () => {
    const ids = "select string_agg(track_id, '+') as ids from gold.tracks";
    expect(await run(sqlCommand, ids, '--snapshot', older)).toContain('\na+z\n');
    const changed = `select track_id, b.popularity as was, t.popularity as "is"
      from gold.tracks t full join before.gold.tracks b using (track_id)
      where b.popularity is distinct from t.popularity order by track_id`;
    expect(JSON.parse(await run(sqlCommand, changed, '--before', older, '--json'))).toEqual([
      { track_id: 'a', was: 5, is: 7 },
      { track_id: 'b', was: null, is: 7 },
      { track_id: 'z', was: 7, is: null },
    ]);
  });

  it('exports an older snapshot', async () => {
    const path = join(dataDir, 'older.csv');
    expect(await run(exportCommand, 'tracks', '--snapshot', older, '-o', path)).toContain(older);
    expect(readFileSync(path, 'utf8')).toBe('track_id,popularity\na,5\nz,7\n');
  });

  it.each([
    ['last', 'INVALID_INPUT', /"last" is no id of a snapshot/],
    ['20200101-000000000-4f2a91', 'NOT_FOUND', /kept snapshot/],
  ])('says that there is no snapshot %s', async (id, code, message) => {
    for (const option of ['--snapshot', '--before'])
      await expect(run(sqlCommand, 'select 1', option, id)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
  });

  it('passes on why the engine cannot answer', async () => {
    await expect(run(sqlCommand, 'select track_id::int from gold.tracks')).rejects.toThrow(
      /^Conversion Error: Could not convert string 'a' to INT32/,
    );
  });

  it.each([
    ['sql', sqlCommand, (sql: string) => [sql]],
    [
      'export',
      exportCommand,
      (sql: string) => ['--sql', sql, '--format', 'csv', '-o', join(dataDir, 'out.csv')],
    ],
  ])('writes into no layer, however a statement is hidden behind a text: %s', async (_name, command, words) => {
    const file = join(dataDir, 'gold', 'written.csv');
    for (const sql of [
      `select e'\\'' as a; copy (select 1 as x) to '${file}' --'`,
      `select e'\\'' as a) limit 0; copy (select 1 as x) to '${file}'; select * from (select 2 as b --'`,
    ])
      await expect(run(command, ...words(sql))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect([existsSync(file), existsSync(join(dataDir, 'out.csv'))]).toEqual([false, false]);
  });

  it.each([
    'select nothing from gold.tracks',
    "copy gold.tracks to 'x.csv'",
    '',
  ])('says what is wrong with %j', async (sql) => {
    await expect(run(sqlCommand, sql)).rejects.toMatchObject({ code: 'INVALID_INPUT', field: 'sql' });
  });
});
