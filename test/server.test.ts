// Starting and stopping the whole: what was opened is closed, also where a later part cannot be started.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock, systemRandomness } from '../src/clock.ts';
import { type Config, readConfig } from '../src/config.ts';
import { silentLog } from '../src/log.ts';
import { startGroovelake } from '../src/server.ts';
import { createApiKey } from '../src/store/access/api-keys.ts';
import { openSqliteAccess } from '../src/store/access/sqlite.ts';
import { openSqliteLanding } from '../src/store/landing/sqlite.ts';
import { openPublisher } from './fixtures/published.ts';
import { makeTempFolder } from './fixtures/temp-folder.ts';

/** A server that runs nothing by itself: a worker is somebody else's. */
function configFor(dataDir: string, environment: Record<string, string> = {}): Config {
  return readConfig({ GROOVELAKE_DATA_DIR: dataDir, GROOVELAKE_ROLE: 'serve', PORT: '0', ...environment });
}

async function takePort(): Promise<string> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  return String((other.address() as { port: number }).port);
}

it.each([
  [
    'the port is in use',
    async () => ({ PORT: await takePort() }),
    /PORT is "\d+" .*another program already uses it/,
  ],
  ['an address beyond loopback has no keys', async () => ({ HOST: '0.0.0.0' }), /key/],
  [
    "the shell has a client's key",
    async () => ({ GROOVELAKE_API_KEY: `gl_1f0c52a9b7e4_${'0'.repeat(48)}` }),
    /GROOVELAKE_API_KEY is key 1f0c52a9b7e4/,
  ],
])('a start that fails because %s leaves the folder free for the next one', async (_, environment, message) => {
  const dataDir = makeTempFolder();
  const failing = startGroovelake(configFor(dataDir, await environment()), { log: silentLog });
  await expect(failing).rejects.toThrow(message);
  const server = await startGroovelake(configFor(dataDir), { log: silentLog });
  await server.stop();
});

it('a stop leaves the folder free, and may be asked for twice', async () => {
  const dataDir = makeTempFolder();
  const first = await startGroovelake(configFor(dataDir), { log: silentLog });
  await Promise.all([first.stop(), first.stop()]);
  const second = await startGroovelake(configFor(dataDir), { log: silentLog });
  await second.stop();
});

describe('startGroovelake without a snapshot to serve', () => {
  const start = async (dataDir: string) => {
    const server = await startGroovelake(configFor(dataDir), { log: silentLog });
    onTestFinished(() => server.stop());
    return server;
  };
  /** Seals a batch of one document. */
  const land = async (dataDir: string, kind: 'track' | 'artist' = 'track') => {
    const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
    const about = { id: 'a', source: 'spotify', runId: 'r' } as const;
    await landing.openBatch({ ...about, openedAt: 1 });
    const id = '3'.padEnd(22, 'x');
    await landing.land('a', [{ source: 'spotify', kind, id, fetchedAt: 1, body: '{}' }]);
    await landing.sealBatch('a', 2);
    await landing.close();
  };

  it('fills an empty folder by a crawl', async () => {
    expect((await start(makeTempFolder())).firstRun).toMatchObject({ pipeline: 'REFRESH', isDamaged: false });
  });

  const damage = (dataDir: string) =>
    writeFileSync(join(dataDir, 'CURRENT'), '{"snapshotId":"20261126-0101","manif');

  it('builds anew from what has landed where CURRENT is damaged and no snapshot is whole', async () => {
    const dataDir = makeTempFolder();
    damage(dataDir);
    await land(dataDir);
    expect((await start(dataDir)).firstRun).toMatchObject({ pipeline: 'TRANSFORM', isDamaged: true });
  });

  it('crawls where CURRENT is damaged and nothing has landed that could be built from', async () => {
    const dataDir = makeTempFolder();
    damage(dataDir);
    expect((await start(dataDir)).firstRun).toMatchObject({ pipeline: 'REFRESH', isDamaged: true });
  });

  it('builds anew where CURRENT is damaged also after a crawl that failed: what was served has landed', async () => {
    const dataDir = makeTempFolder();
    const first = await startGroovelake(configFor(dataDir), { log: silentLog });
    await first.runs.requestCancel(first.firstRun?.id ?? '', { at: systemClock.now() });
    await first.stop();
    damage(dataDir);
    await land(dataDir);
    expect((await start(dataDir)).firstRun?.pipeline).toBe('TRANSFORM');
  });

  it('builds anew what has landed where snapshots are gone', async () => {
    const dataDir = makeTempFolder();
    await land(dataDir);
    expect((await start(dataDir)).firstRun?.pipeline).toBe('TRANSFORM');
  });

  it('crawls where no track has landed: a build of artists alone is not published', async () => {
    const dataDir = makeTempFolder();
    await land(dataDir, 'artist');
    expect((await start(dataDir)).firstRun?.pipeline).toBe('REFRESH');
  });

  it('goes on with a first crawl that has not ended', async () => {
    const dataDir = makeTempFolder();
    const first = await startGroovelake(configFor(dataDir), { log: silentLog });
    await first.stop();
    await land(dataDir);
    expect((await start(dataDir)).firstRun).toEqual(first.firstRun);
  });

  it('begins no run for a snapshot that is whole and cannot be opened: that is tried again', async () => {
    const dataDir = makeTempFolder();
    const publisher = await openPublisher(dataDir);
    onTestFinished(() => publisher.close());
    // Nothing that a server could open.
    await publisher.publish({ 'gold.odd': 'select 1 as n' });
    expect((await start(dataDir)).firstRun).toBeNull();
  });
});

it('a subscription goes no further than the key it came with', async () => {
  const dataDir = makeTempFolder();
  const server = await startGroovelake(configFor(dataDir), { log: silentLog });
  onTestFinished(() => server.stop());
  const keys = openSqliteAccess(join(dataDir, 'access.sqlite'));
  onTestFinished(() => keys.close());
  const subscribe = (subscription: string, authorization: object) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...authorization },
      body: JSON.stringify({ query: `subscription { ${subscription} }` }),
    });
  const ends = (streams: Response[]) =>
    Promise.all(streams.map(async (stream) => /"code":"(\w+)"/.exec(await stream.text())?.[1]));
  const both = ['snapshotPublished { id }', `runEvents(runId: "${server.firstRun?.id}") { message }`];

  const open = await Promise.all(both.map((each) => subscribe(each, {})));
  const about = { now: systemClock.now(), random: systemRandomness };
  const { key, text } = await createApiKey(keys, { name: 'k', scope: 'admin', createdBy: 'test' }, about);
  const withKey = await Promise.all(both.map((each) => subscribe(each, { authorization: `Bearer ${text}` })));
  expect(await ends(open)).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED']);
  await keys.revokeKey(key.id, about.now);
  expect(await ends(withKey)).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED']);
});
