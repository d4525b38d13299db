import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { HEADER, rowOf, writeCsv } from '../sources/files/csv-files.ts';
import { runProgram } from './process.ts';

// Root may write everywhere: as root the program runs as another user, wherever that one can read this checkout.
const isRoot = process.getuid?.() === 0;
const USER = isRoot ? { uid: 65_534, gid: 65_534 } : {};
const canRun = !isRoot || spawnSync(process.execPath, ['bin/groovelake.js', 'version'], USER).status === 0;

/** Ids as Spotify gives them. */
const [A, B, C] = ['0', '1', '2'].map((digit) => digit.repeat(22)) as [string, string, string];

const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runProgram(words, { GROOVELAKE_DATA_DIR: join(makeTempFolder(), 'data'), ...env });

describe('groovelake import says what is wrong, where, and what to do, and does not end with 0, for', () => {
  const good = `${HEADER}\n${rowOf('a')}\n`;
  it.each([
    ['no file', () => [], /names no file; at least one CSV file or data export is expected/],
    [
      'a missing file',
      () => ['/no/such/songs.csv'],
      /"\/no\/such\/songs.csv" does not exist.*Check the path/,
    ],
    ['semicolons', () => [writeCsv(good.replaceAll(',', ';'))], /semicolons; commas are expected/],
    ['a good file beside a missing one', () => [writeCsv(good), '/no/such.csv'], /does not exist/],
    ['an unknown option', () => ['--froce', writeCsv(good)], /--froce/],
  ])('%s', async (_what, words, message) => {
    const { code, output } = await run(['import', ...words()]);
    expect(output).toMatch(message);
    expect(output).not.toMatch(/\n {4}at /);
    expect(code).toBe(64);
  });
});

describe('groovelake says what is wrong and ends with 78 for', () => {
  it('a value of the environment that it does not know, naming what it expects', async () => {
    const { code, output } = await run(['runs'], { GROOVELAKE_LOG_LEVEL: 'loud' });
    expect(output).toMatch(/GROOVELAKE_LOG_LEVEL is "loud".*debug, info, warn/);
    expect(code).toBe(78);
  });

  it('a variable that is misspelt', async () => {
    const { code, output } = await run(['runs'], { GROOVELAKE_LOG_LEVLE: 'info' });
    expect(output).toMatch(/GROOVELAKE_LOG_LEVLE.*GROOVELAKE_LOG_LEVEL/);
    expect(code).toBe(78);
  });

  it('a port in use, naming it', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, output } = await run(['start'], { PORT: String(port) });
    taken.close();
    expect(output).toMatch(
      new RegExp(`PORT is "${port}" and cannot be listened on .*another program already uses it`),
    );
    expect(code).toBe(78);
  });

  it('a data folder that is a file', async () => {
    const path = join(makeTempFolder(), 'data');
    writeFileSync(path, 'x');
    const { code, output } = await run(['runs'], { GROOVELAKE_DATA_DIR: path });
    expect(output).toContain(path);
    expect(output).toMatch(/GROOVELAKE_DATA_DIR/);
    expect(code).toBe(78);
  });

  it.skipIf(!canRun)('a data folder that cannot be written', async () => {
    const parent = makeTempFolder();
    const path = join(parent, 'data');
    mkdirSync(path);
    chmodSync(parent, 0o755);
    chmodSync(path, 0o555);
    const { code, output } = await runProgram(['runs'], { GROOVELAKE_DATA_DIR: path }, USER);
    expect(output).toMatch(/cannot be written/);
    expect(code).toBe(78);
  });
});

describe('groovelake import of a damaged file', () => {
  it('whose quotes break in the middle and whose end is cut off lands the rest and reports each', async () => {
    const dataDir = join(makeTempFolder(), 'data');
    const lines = [HEADER, rowOf(A), `"never closed${rowOf(B)}`, rowOf(C), 'cut,off'];
    const { code, output } = await runProgram(['import', writeCsv(lines.join('\n'))], {
      GROOVELAKE_DATA_DIR: dataDir,
    });
    expect(output).toMatch(/4 rows read, 2 landed, 2 malformed/);
    expect(code).toBe(0);
    expect(readdirSync(join(dataDir, 'snapshots'))).toHaveLength(1);
  });

  it('of more malformed rows than are accepted publishes nothing and keeps the old snapshot', async () => {
    const env = { GROOVELAKE_DATA_DIR: join(makeTempFolder(), 'data'), GROOVELAKE_IMPORT_MAX_REJECTS: '1' };
    expect((await runProgram(['import', writeCsv(`${HEADER}\n${rowOf(A)}\n`)], env)).code).toBe(0);
    const before = await runProgram(['snapshots', '--json'], env);
    const bad = await runProgram(['import', writeCsv(`${HEADER}\n${rowOf(B)}\nx\ny\n`)], env);
    expect(bad.output).toMatch(/2 malformed rows.*Nothing of it was published/);
    expect(bad.code).toBe(1);
    expect((await runProgram(['snapshots', '--json'], env)).output).toBe(before.output);
  }, 90_000);
});
