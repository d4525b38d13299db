// What commands that only look say of a MongoDB, and leave as it is.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { batchesCommand } from '../../src/cli/batches.ts';
import type { Command } from '../../src/cli/command.ts';
import { doctorCommand } from '../../src/cli/doctor.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { systemClock, systemRandomness } from '../../src/clock.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { createApiKey } from '../../src/store/access/api-keys.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import { migrateDatabase } from '../../src/store/mongo/migrate-database.ts';
import { openLandingStore } from '../../src/store/open-stores.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { startWireMongo } from '../fixtures/wire-mongo/server.ts';

async function open(env: Readonly<Record<string, string>> = {}) {
  const server = await startWireMongo({ isReplicaSet: false });
  onTestFinished(() => server.close());
  const dataDir = makeTempFolder();
  return readConfig({ MONGODB_URI: server.uri, GROOVELAKE_DATA_DIR: dataDir, PORT: '0', ...env });
}

async function run(command: Command, config: Config, ...words: string[]) {
  let [out, errors] = ['', ''];
  const terminal = createTerminal({ write: (text) => (out += text) }, { write: (text) => (errors += text) });
  await command.run({ words, config, terminal, log: silentLog });
  return { out, errors };
}

it('doctor says which migrations wait, and applies none; it counts keys that the next start takes over', async () => {
  const config = await open();
  const file = openSqliteAccess(join(config.dataDir, 'access.sqlite'));
  const made = { now: systemClock.now(), random: systemRandomness };
  await createApiKey(file, { name: 'k', scope: 'admin', createdBy: 'test' }, made);
  await file.close();
  const { out } = await run(doctorCommand, config);
  expect(out).toMatch(/^note landing .*5 migrations wait for the next start: 0001_create_landing_indexes, /m);
  expect(out).toMatch(/^ok {3}keys +1 keys$/m);
  const { applied } = await migrateDatabase(config, undefined);
  expect(applied).toHaveLength(5);
  expect((await run(doctorCommand, config)).out).toMatch(/^ok {3}landing .*at the latest migration$/m);
});

it('the list of batches leaves out what is served where another server is named, whose CURRENT is not here', async () => {
  const config = await open({ GROOVELAKE_SERVER_URL: 'https://music.example.test' });
  const landing = await openLandingStore(config);
  await landing?.openBatch({ id: 'a', source: 'spotify', runId: 'r', openedAt: 0, note: {} });
  await landing?.sealBatch('a', 1_000);
  await landing?.close();
  const { out, errors } = await run(batchesCommand, config, '--json');
  expect(JSON.parse(out)).toMatchObject([{ id: 'a', isServed: null }]);
  expect(errors).toContain('which of them https://music.example.test serves is not known here');
});
