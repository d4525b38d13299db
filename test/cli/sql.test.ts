import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';
import { sqlCommand } from '../../src/cli/sql.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { openPublisher } from '../fixtures/published.ts';

let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
  const publisher = await openPublisher(dataDir);
  await publisher.publish({ 'gold.tracks': `select unnest(['a', 'b']) as track_id, 7 as popularity` });
  await publisher.close();
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

async function run(command: typeof sqlCommand, ...words: string[]): Promise<string> {
  let text = '';
  const write = (piece: string) => {
    text += piece;
  };
  await command.run({
    words,
    config: readConfig({ GROOVELAKE_DATA_DIR: dataDir }),
    terminal: createTerminal({ write }, { write }),
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
    ['show all tables', [{ name: 'tracks' }, {}]],
  ])('answers %s', async (sql, rows) => {
    expect(JSON.parse(await run(sqlCommand, sql, '--json'))).toMatchObject(rows);
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
