// The command line as a whole: how a command ends.
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqliteRuns } from '../src/store/runs/sqlite.ts';
import { runProgram, startProgram } from './end-to-end/process.ts';
import { makeTempFolder } from './fixtures/temp-folder.ts';
import { HEADER, rowOf, writeCsv } from './sources/files/csv-files.ts';

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

/** Says on standard error which packages a process loads. */
const TELL_PACKAGES = `import { registerHooks } from 'node:module';
registerHooks({ load: (url, context, next) => {
  const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? [];
  if (name) console.error('loads ' + name);
  return next(url, context);
} });`;

it.each([
  ['--version', []],
  ['help', []],
  ['start --help', []],
  ['start --role nobody', ['croner']],
  ['runz', []],
  ['runs', ['croner']],
  ['schedule', ['croner']],
])('"%s" loads what it needs, and neither the server nor the engine', async (words, packages) => {
  const ended = await runProgram(words.split(' '), {
    GROOVELAKE_DATA_DIR: makeTempFolder(),
    NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(TELL_PACKAGES)}"`,
  });
  const loaded = [...ended.output.matchAll(/^loads (.+)$/gm)].map(([, name]) => name);
  expect([...new Set(loaded)]).toEqual(packages);
});

it.each([
  ['help', () => ['help'], 0, /^$/],
  [
    'import',
    () => ['import', writeCsv(`${HEADER}\n${rowOf('a')}\n`), MISTYPED],
    64,
    /mistyped" does not exist/,
  ],
  ['doctor', () => ['doctor'], 1, /^$/],
])('%s goes on to its end, and its own exit code, when its reader has had enough', async (_name, words, code, said) => {
  const dataDir = makeTempFolder();
  writeFileSync(join(dataDir, 'CURRENT'), 'not a snapshot');
  const program = startProgram(words(), { GROOVELAKE_DATA_DIR: dataDir });
  // As `head` does, here before the first line.
  program.child.stdout?.destroy();
  expect([await program.exited, program.output()]).toEqual([code, expect.stringMatching(said)]);
});

it('logs of a run that goes on ends with its reader', async () => {
  const dataDir = makeTempFolder();
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  await runs.createRun({ pipeline: 'CRAWL', trigger: 'CLI', parameters: {}, createdAt: 1 }, ['crawl']);
  await runs.close();
  const program = startProgram(['logs', '--follow'], { GROOVELAKE_DATA_DIR: dataDir });
  program.child.stdout?.destroy();
  expect([await program.exited, program.output()]).toEqual([0, '']);
});
