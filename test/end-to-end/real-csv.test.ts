import { describe, expect, it } from 'vitest';
import { makeDataDir, removeDataDir, runProgram } from './process.ts';
import { describeRealCsv } from './real-csv-suite.ts';

describeRealCsv('embedded');

describe('groovelake import with bad input', () => {
  it.each([
    ['a file that is not there', ['import', 'no-such-file.csv'], /"[^"]*no-such-file\.csv" does not exist/],
    ['a folder', ['import', 'docs'], /is a folder/],
    ['no file', ['import'], /names no file/],
    ['a file that is no data set', ['import', 'package.json'], /is no data set that is known here/],
    ['an unknown command', ['imprt'], /Did you mean "import"\?/],
  ])('ends with a message and exit code 64 for %s', async (_what, words, message) => {
    const dataDir = await makeDataDir();
    const { code, output } = await runProgram(words, { GROOVELAKE_DATA_DIR: dataDir });
    await removeDataDir(dataDir);
    expect(output).toMatch(message);
    expect(code).toBe(64);
  });

  it.each([
    ['an unknown variable', { GROOVELAKE_DTA_DIR: 'x' }, /Did you mean "GROOVELAKE_DATA_DIR"\?/],
    [
      'a port that is no number',
      { PORT: 'abc' },
      /PORT is "abc"; a whole number from 0 to 65535 is expected/,
    ],
    ['an open host without a key', { HOST: '0.0.0.0' }, /there is no key/],
    [
      'a data folder that cannot be written',
      { GROOVELAKE_DATA_DIR: '/proc/groovelake' },
      /cannot be written/,
    ],
  ])('refuses to start with %s', async (_what, env, message) => {
    const dataDir = await makeDataDir();
    const { code, output } = await runProgram(['start'], { GROOVELAKE_DATA_DIR: dataDir, ...env });
    await removeDataDir(dataDir);
    expect(output).toMatch(message);
    expect(code).toBe(78);
  });
});
