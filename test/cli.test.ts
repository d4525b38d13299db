// The command line as a whole: how a command ends.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runProgram, startProgram } from './end-to-end/process.ts';
import { makeTempFolder } from './fixtures/temp-folder.ts';

const MISTYPED = join(tmpdir(), 'groovelake-test-none', 'mistyped');

it.each([
  ['used wrongly', ['sql'], {}, 64, /sql/],
  [
    'given a folder that is not there',
    ['runs'],
    { GROOVELAKE_DATA_DIR: MISTYPED },
    78,
    /There is no data folder at "\/.*mistyped"/,
  ],
  ['to list runs where none was', ['runs'], {}, 0, /No runs yet\./],
  ['asked to help with help', ['help', '--help'], {}, 0, /groovelake start/],
  ['given a setting that cannot be used', ['runs'], { PORT: 'none' }, 78, /PORT is "none"/],
  [
    'given a variable that nobody reads',
    ['runs'],
    { GROOVELAKE_WHATEVER_IT_IS: 'x' },
    78,
    /Unknown environment variable.*docs\/configuration\.md lists/,
  ],
])('a command that is %s says so by its exit code', async (_title, words, env, code, message) => {
  const ended = await runProgram(words, { GROOVELAKE_DATA_DIR: makeTempFolder(), ...env });
  expect([ended.code, ended.output]).toEqual([code, expect.stringMatching(message)]);
});

it('a command whose reader has had enough ends silently', async () => {
  const program = startProgram(['help'], { GROOVELAKE_DATA_DIR: makeTempFolder() });
  // As `head` does, here before the first line.
  program.child.stdout?.destroy();
  expect([await program.exited, program.output()]).toEqual([0, '']);
});
