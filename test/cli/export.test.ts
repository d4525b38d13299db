import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { openPublisher } from '../fixtures/published.ts';

let dataDir: string;
const said: string[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groovelake-test-'));
  const publisher = await openPublisher(dataDir);
  await publisher.publish({ 'gold.tracks': `select unnest(['a', 'b', 'c']) as track_id, '007' as code` });
  await publisher.close();
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

function run(...words: string[]): Promise<number> {
  return exportCommand.run({
    words,
    config: readConfig({ GROOVELAKE_DATA_DIR: dataDir }),
    terminal: createTerminal({ write: (text) => said.push(text) }, { write: () => {} }),
    log: createLog({ level: 'error', format: 'text', write: () => {}, now: () => 0 }),
  });
}

describe('groovelake export', () => {
  it('writes a relation to a file whose ending names the format', async () => {
    const path = join(dataDir, 'tracks.csv');
    expect(await run('gold.tracks', '--output', path, '--limit', '2')).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('track_id,code\na,007\nb,007\n');
    expect(readdirSync(dataDir).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('takes a name of gold for short, and some of its columns', async () => {
    const path = join(dataDir, 'codes.csv');
    expect(await run('tracks', '--columns', 'code', '-o', path, '--limit', '1')).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('code\n007\n');
    expect(said.at(-1)).toMatch(/^Wrote ".*codes\.csv", 9 bytes, of snapshot /);
  });

  it('writes a select, and replaces a file only when it is told to', async () => {
    const path = join(dataDir, 'select.jsonl');
    writeFileSync(path, 'mine');
    const words = ['--sql', `select count(*) as n from gold.tracks;`, '-o', path];
    await expect(run(...words)).rejects.toThrow(/which exists; a new file is expected/);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(await run(...words, '--overwrite')).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('{"n":3}\n');
  });

  it('marks formulas where they are wanted as text', async () => {
    const path = join(dataDir, 'formulas.csv');
    const words = ['--sql', `select '=1+1' as name`, '-o', path, '--overwrite'];
    expect(await run(...words, '--formulas', 'text')).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe("name\n'=1+1\n");
    expect(await run(...words)).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('name\n=1+1\n');
    await expect(run(...words, '--formulas', 'no')).rejects.toThrow(/"formulas" is "no"; "text" is expected/);
  });

  it.each([
    [['gold.track'], /no relation "gold.track"/],
    [['gold.tracks'], /needs a format/],
    [
      ['tracks', '--columns', 'code,nme', '--format', 'csv'],
      /names "nme", which "tracks" does not have; expected are some of track_id, code/,
    ],
    [['--sql', 'select 1', '--columns', 'a', '--format', 'csv'], /name the columns in --sql/],
    [['gold.tracks', '--before', 'x', '--format', 'csv'], /--before is of a select.*--snapshot ID/],
    [['gold.track', '--format', 'csv'], /no relation "gold.track".*Did you mean "gold.tracks"/],
    [['gold.tracks', '--format', 'xml'], /--format is "xml"; one of csv, jsonl, parquet, arrow/],
    [['--format', 'csv'], /one relation/],
    [['gold.tracks', 'gold.albums', '--format', 'csv'], /one relation/],
    [['gold.tracks', '--sql', 'select 1', '--format', 'csv'], /not both/],
    [['--sql', 'drop view gold.tracks', '--format', 'csv'], /one question/],
    [['--sql', `explain analyze copy (select 1) to 'x'`, '--format', 'csv'], /one question/],
    [['--sql', `select 1; select 2`, '--format', 'csv'], /one question/],
    [['gold.tracks', '--format', 'csv', '--limit', 'ten'], /--limit is "ten"/],
  ])('refuses %j and leaves no file', async (words, message) => {
    const path = join(dataDir, 'none.bin');
    await expect(run(...words, '--output', path)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message),
    });
    expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false]);
  });

  it('leaves no half file when the select fails on the way', async () => {
    const path = join(dataDir, 'half.csv');
    const sql = `select case when i = 60000 then error('boom') else 'x' end as x from range(100000) t(i)`;
    await expect(run('--sql', sql, '-o', path)).rejects.toThrow(/boom/);
    expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false]);
  });
});
