// Commands of the data folder, where GROOVELAKE_SERVER_URL names a server.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { accountsCommand } from '../../src/cli/accounts.ts';
import { batchesCommand } from '../../src/cli/batches.ts';
import type { Command } from '../../src/cli/command.ts';
import { importCommand } from '../../src/cli/import.ts';
import { keysCommand } from '../../src/cli/keys.ts';
import { requireOwnFolder } from '../../src/cli/local-only.ts';
import { loginCommand } from '../../src/cli/login.ts';
import { snapshotsCommand } from '../../src/cli/snapshots.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { prepareDataDir } from '../../src/store/data-dir.ts';
import { lockDataDir } from '../../src/store/server-lock.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

const ELSEWHERE = 'https://music.example.test';

const cases: readonly [string, Command, readonly string[], string][] = [
  [
    'import',
    importCommand,
    ['x.csv'],
    'triggerPipeline(input: { pipeline: IMPORT, parameters: { files: ["x.csv"] } })',
  ],
  [
    'snapshots --rollback',
    snapshotsCommand,
    ['--rollback', 's1'],
    'rollbackSnapshot(input: { snapshotId: "s1" })',
  ],
  ['accounts forget', accountsCommand, ['forget', 'aaaaaaaaaaaa'], "on that server's machine"],
  ['login', loginCommand, ['--account', 'aaaaaaaaaaaa'], 'Open /auth/spotify there.'],
  ['keys create', keysCommand, ['create', 'laptop'], 'createApiKey'],
  ['keys revoke', keysCommand, ['revoke', 'aaaaaaaaaaaa'], 'revokeApiKey'],
  ['keys open', keysCommand, ['open'], "on that server's machine"],
  ['batches', batchesCommand, [], 'batches { nodes { id file sealedAt } }'],
  ['accounts create', accountsCommand, ['create', 'Anna'], "on that server's machine"],
];

it.each(
  cases,
)('%s does nothing here for a server elsewhere, and says how it is done', async (name, command, words, how) => {
  const dataDir = join(makeTempFolder(), 'data');
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, GROOVELAKE_SERVER_URL: ELSEWHERE });
  const quiet = { write: () => {} };
  const terminal = createTerminal(quiet, quiet);
  await expect(command.run({ words, config, log: silentLog, terminal })).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringMatching(`^GROOVELAKE_SERVER_URL is "${ELSEWHERE}", but "groovelake ${name}"`),
  });
  await expect(command.run({ words, config, log: silentLog, terminal })).rejects.toThrow(how);
  expect(existsSync(dataDir)).toBe(false);
});

it('lets the folder be worked on whose own server is named, by whatever name', async () => {
  const dataDir = makeTempFolder();
  await prepareDataDir(dataDir);
  const lock = await lockDataDir(dataDir);
  onTestFinished(() => lock.release());
  const requireFor = (serverUrl: string, publicUrl?: string) =>
    requireOwnFolder({ serverUrl, publicUrl, dataDir }, 'import', '');
  await requireFor('http://localhost:4000');
  await expect(requireFor(ELSEWHERE)).rejects.toThrow('whose server has not said yet where it listens');
  await requireFor(ELSEWHERE, ELSEWHERE);
  await lock.announce('http://127.0.0.1:4000');
  await requireFor('http://localhost:4000');
  await requireFor(ELSEWHERE, ELSEWHERE);
  for (const other of ['http://localhost:4001', ELSEWHERE, 'http://example.test:4000'])
    await expect(requireFor(other)).rejects.toMatchObject({ code: 'CONFIG' });
  // As in a container: it listens on every address, and says so.
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const names = [
    ...addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
    ...['localhost', '[::1]', hostname()],
  ];
  for (const everywhere of ['http://0.0.0.0:4000', 'http://[::]:4000']) {
    await lock.announce(everywhere);
    for (const name of names) await requireFor(`http://${name}:4000`);
    for (const other of ['http://localhost:4001', 'http://example.test:4000'])
      await expect(requireFor(other)).rejects.toMatchObject({ code: 'CONFIG' });
  }
});

it('lets the folder be worked on whose server is stopped, but not where somebody answers, in whatever way, or nobody can tell', async () => {
  const dataDir = makeTempFolder();
  await prepareDataDir(dataDir);
  const requireFor = (serverUrl: string, publicUrl?: string) =>
    requireOwnFolder({ serverUrl, publicUrl, dataDir }, 'import', 'Do it there.');
  // A Groovelake in a container, a proxy that wants a password or whose server is away, one that is slow.
  for (const status of [200, 401, 502, null]) {
    const server = createServer((_request, response) => {
      if (status !== null) response.writeHead(status).end('{"status":"live"}');
    });
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    );
    for (const scheme of ['http', 'https'])
      await expect(requireFor(`${scheme}://127.0.0.1:${port}`)).rejects.toThrow(
        'which no server holds, and nothing tells whether it is that of the one that is named. Do it there.',
      );
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    for (const host of ['127.0.0.1', 'localhost']) await requireFor(`http://${host}:${port}`);
  }
  await expect(requireFor(ELSEWHERE)).rejects.toThrow('nothing tells whether');
  await requireFor(ELSEWHERE, `${ELSEWHERE}/`);
});
