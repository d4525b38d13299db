// Commands about what is there, where the name of the data folder is wrong.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { accountsCommand } from '../../src/cli/accounts.ts';
import { batchesCommand } from '../../src/cli/batches.ts';
import { compactCommand } from '../../src/cli/compact.ts';
import { cancelCommand, logsCommand, retryCommand } from '../../src/cli/control-run.ts';
import { keysCommand } from '../../src/cli/keys.ts';
import { runsCommand } from '../../src/cli/runs.ts';
import { scheduleCommand } from '../../src/cli/schedule.ts';
import { snapshotsCommand } from '../../src/cli/snapshots.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { startWireMongo } from '../fixtures/wire-mongo/server.ts';

const quiet = { write: () => {} };

it.each([
  ['accounts', accountsCommand, []],
  ['batches', batchesCommand, []],
  ['batches', batchesCommand, ['withdraw', 'import-tidytuesday-5f0c1b7a9d2e4c68']],
  ['compact', compactCommand, ['--dry-run']],
  ['cancel', cancelCommand, ['20261120-120000-00000000']],
  ['retry', retryCommand, ['20261120-120000-00000000']],
  ['logs', logsCommand, []],
  ['keys', keysCommand, ['list']],
  ['runs', runsCommand, []],
  ['schedule', scheduleCommand, []],
  ['snapshots', snapshotsCommand, []],
])('%s names a data folder that is not there, and makes none', async (_name, command, words) => {
  const dataDir = join(makeTempFolder(), 'mistyped');
  const parts = { words, config: readConfig({ GROOVELAKE_DATA_DIR: dataDir }), log: silentLog };
  await expect(command.run({ ...parts, terminal: createTerminal(quiet, quiet) })).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringContaining(`There is no data folder at "${dataDir}"`),
  });
  expect(existsSync(dataDir)).toBe(false);
});

it.each([
  ['keys', keysCommand, ['create', 'k']],
  ['keys', keysCommand, ['list']],
  ['runs', runsCommand, []],
  ['schedule', scheduleCommand, ['REFRESH', '--cron', '0 5 * * *']],
])('%s makes no data folder where what it asks about is in MongoDB', async (_name, command, words) => {
  const server = await startWireMongo({ isReplicaSet: false });
  onTestFinished(() => server.close());
  const dataDir = join(makeTempFolder(), 'data');
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, MONGODB_URI: server.uri });
  const terminal = createTerminal(quiet, quiet);
  expect(await command.run({ words, config, log: silentLog, terminal })).toBe(0);
  expect(existsSync(dataDir)).toBe(false);
});
