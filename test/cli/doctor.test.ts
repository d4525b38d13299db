import { appendFileSync, chmodSync, copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { doctorCommand } from '../../src/cli/doctor.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { startGroovelake } from '../../src/server.ts';
import { openSqliteDeliveries } from '../../src/store/deliveries/sqlite.ts';
import { createAccount } from '../../src/store/listening/accounts.ts';
import { damageTable } from '../fixtures/damage-table.ts';
import { openPublisher } from '../fixtures/published.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

async function examine(env: Record<string, string>, words: readonly string[] = []) {
  let text = '';
  const out = {
    write: (part: string) => {
      text += part;
    },
  };
  const config = readConfig({ PORT: '0', ...env });
  const code = await doctorCommand.run({ words, config, terminal: createTerminal(out, out), log: silentLog });
  return { code, text };
}

it('doctor finds nothing broken in an empty folder, and says what is merely worth knowing', async () => {
  const { code, text } = await examine({ GROOVELAKE_DATA_DIR: makeTempFolder() });
  expect(text).not.toContain('FAIL');
  expect(code).toBe(0);
  for (const line of [/^ok +node +v/m, /^note snapshot +none yet/m, /^note source +no Spotify key/m]) {
    expect(text).toMatch(line);
  }
});

it('doctor leaves a folder as it found it, and makes none', async () => {
  const dataDir = makeTempFolder();
  await examine({ GROOVELAKE_DATA_DIR: dataDir });
  expect(readdirSync(dataDir)).toEqual([]);
  const { code, text } = await examine({ GROOVELAKE_DATA_DIR: join(dataDir, 'not', 'there') });
  expect(text).toMatch(/^note folder +\S+ is not there yet/m);
  expect(code).toBe(0);
  expect(readdirSync(dataDir)).toEqual([]);
});

it('doctor names what is broken, looks at everything else all the same, and answers with 1', async () => {
  const dataDir = makeTempFolder();
  const newer = new DatabaseSync(join(dataDir, 'runs.sqlite'));
  newer.exec('pragma user_version = 99');
  newer.close();
  writeFileSync(
    join(dataDir, 'landing.sqlite'),
    'no database, but long enough to be taken for one '.repeat(30),
  );
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  const env = { GROOVELAKE_DATA_DIR: dataDir, PORT: String(port) };
  const { code, text } = await examine(env, ['--json']);
  const broken = (JSON.parse(text) as { name: string; state: string; message: string }[]).filter(
    ({ state }) => state === 'broken',
  );
  expect(code).toBe(1);
  expect(broken).toEqual([
    { name: 'runs', state: 'broken', message: expect.stringContaining('format 99') },
    { name: 'landing', state: 'broken', message: expect.stringContaining('landing.sqlite') },
    { name: 'port', state: 'broken', message: expect.stringContaining(`127.0.0.1:${port}`) },
  ]);
  chmodSync(dataDir, 0o700);
});

it('doctor says that a host beyond loopback has no key, and that a named source cannot be reached', async () => {
  const env = {
    GROOVELAKE_DATA_DIR: makeTempFolder(),
    HOST: '0.0.0.0',
    SPOTIFY_API_URL: 'http://127.0.0.1:9',
  };
  const { code, text } = await examine(env, ['--online']);
  expect(code).toBe(1);
  expect(text).toMatch(/^FAIL keys .*HOST is "0.0.0.0"/m);
  expect(text).toMatch(/^FAIL spotify +http:\/\/127.0.0.1:9 cannot be reached/m);
});

it("doctor takes a client's key for no way into the server", async () => {
  const dataDir = makeTempFolder();
  const text = async (key: string) =>
    (await examine({ GROOVELAKE_DATA_DIR: dataDir, GROOVELAKE_API_KEY: key })).text;
  expect(await text('a-key-of-many-characters')).toMatch(/^ok +keys +0 keys, GROOVELAKE_API_KEY$/m);
  expect(await text(`gl_1f0c52a9b7e4_${'0'.repeat(48)}`)).toMatch(
    /^note keys +0 keys: everybody on this machine is admin$/m,
  );
});

it('doctor does not take a server that only serves for one that goes on with runs', async () => {
  const env = { GROOVELAKE_DATA_DIR: makeTempFolder(), GROOVELAKE_ROLE: 'serve', PORT: '0' };
  const server = await startGroovelake(readConfig(env), { log: silentLog });
  onTestFinished(() => server.stop());
  expect((await examine(env)).text).toMatch(/^ok +runs +1 on record, 0 under way/m);
  const id = server.firstRun?.id ?? '';
  await server.runs.claimRun(id, { id: 'w', now: systemClock.now() - 400_000, leaseMs: 1_000 });
  expect((await examine(env)).text).toMatch(
    /^note runs +1 on record, 1 under way, in the data folder\. Run \S+ of REFRESH is RUNNING, but its worker/m,
  );
});

it('doctor notes webhooks that are told by plain http, and names no more of them than the origin', async () => {
  const about = { GROOVELAKE_DATA_DIR: makeTempFolder(), GROOVELAKE_WEBHOOK_SECRET: 'sixteen characters' };
  const told = async (urls: string) => (await examine({ ...about, GROOVELAKE_WEBHOOK_URLS: urls })).text;
  expect(await told('https://a.example/x,http://127.0.0.1:8080/x')).toMatch(/^ok +webhooks +2 addresses$/m);
  const text = await told('http://me:hidden@b.example/secret-path');
  expect(text).toMatch(/^note webhooks +http:\/\/b.example: by http .* and the password can be read/m);
  expect(text).not.toMatch(/hidden|secret-path/);
});

it('doctor says what webhooks never took, and why', async () => {
  const dataDir = makeTempFolder();
  const url = 'https://a.example/secret';
  const store = openSqliteDeliveries(join(dataDir, 'deliveries.sqlite'));
  const notice = { messageId: 'm', url, type: 'run.failed', body: '{}', tries: 10, createdAt: 1, nextAt: 1 };
  const lost = { ...notice, state: 'GIVEN_UP', lastError: 'HTTP 401' } as const;
  await store.enqueue(['a', 'b', 'c'].map((id) => ({ ...lost, id })));
  await store.close();
  const env = { GROOVELAKE_DATA_DIR: dataDir, GROOVELAKE_WEBHOOK_SECRET: 'sixteen characters' };
  const { text } = await examine({ ...env, GROOVELAKE_WEBHOOK_URLS: `${url},https://b.example/` });
  expect(text).toMatch(/^note webhooks +3 notices were given up for https:\/\/a\.example \(HTTP 401\)$/m);
  expect((await examine({ ...env, GROOVELAKE_WEBHOOK_URLS: 'https://b.example/' })).text).toMatch(
    /^ok +webhooks +1 addresses$/m,
  );
});

it('doctor does not take a folder whose snapshots are damaged for one without any', async () => {
  const dataDir = makeTempFolder();
  const publisher = await openPublisher(dataDir);
  const { relations } = await publisher.publish({ 'gold.tracks': 'select 1 as n' });
  await publisher.close();
  appendFileSync(join(dataDir, relations[0]?.files[0]?.path ?? ''), 'x');
  const { code, text } = await examine({ GROOVELAKE_DATA_DIR: dataDir });
  expect(text).toMatch(
    /^FAIL snapshot +damaged: gold\/tracks\/.* no snapshot is whole\. .*TRANSFORM --force/m,
  );
  expect(code).toBe(1);
});

it('doctor names an account whose file is damaged', async () => {
  const dataDir = makeTempFolder();
  const account = { spotifyAccountId: null, displayName: '', createdAt: 1 };
  for (const id of ['anna12345678', 'bert12345678']) await createAccount(dataDir, { ...account, id });
  const about = { GROOVELAKE_DATA_DIR: dataDir };
  expect((await examine(about)).text).toMatch(/^ok +accounts +2 whose listening is kept$/m);
  damageTable(join(dataDir, 'listening/bert12345678/listening.sqlite'), 'tokens');
  const { code, text } = await examine(about);
  expect(text).toMatch(/^FAIL accounts +".*bert12345678\/listening.sqlite" is damaged .* Restore it/m);
  expect(code).toBe(1);
});

it('doctor takes no account for damaged whose file another process holds just now', async () => {
  const dataDir = makeTempFolder();
  const id = 'anna12345678';
  await createAccount(dataDir, { id, spotifyAccountId: null, displayName: '', createdAt: 1 });
  const writer = new DatabaseSync(join(dataDir, 'listening', id, 'listening.sqlite'));
  onTestFinished(() => writer.close());
  writer.exec('pragma locking_mode = exclusive; begin immediate; create table lock (x)');
  const { code, text } = await examine({ GROOVELAKE_DATA_DIR: dataDir });
  expect(text).toMatch(
    /^note accounts +".*anna12345678\/listening.sqlite" cannot be read now: .* Try again/m,
  );
  expect(code).toBe(0);
});

it('doctor reads the schedules of the configuration as a start does, and names what they bring', async () => {
  const env = { GROOVELAKE_DATA_DIR: makeTempFolder() };
  const cron = await examine({ ...env, GROOVELAKE_REFRESH_CRON: '@daily' });
  expect(cron.text).toMatch(/^FAIL schedules GROOVELAKE_REFRESH_CRON has the cron "@daily"/m);
  expect(cron.code).toBe(1);
  const listed = await examine({
    ...env,
    GROOVELAKE_SCHEDULES: '[{"pipeline":"TRANSFORM","cron":"0 6 * *"}]',
  });
  expect(listed.text).toMatch(/^FAIL schedules GROOVELAKE_SCHEDULES has the cron "0 6 \* \*"/m);
  const good = await examine({ ...env, GROOVELAKE_REFRESH_CRON: '0 5 * * *' });
  expect(good.text).toMatch(
    /^ok +schedules of the configuration: REFRESH next at 20\d\d-\d\d-\d\dT05:00:00\.000Z$/m,
  );
});

it('doctor says of an address that is not this machine’s that HOST is to be another, not PORT', async () => {
  const { text } = await examine({ GROOVELAKE_DATA_DIR: makeTempFolder(), HOST: '203.0.113.1' });
  expect(text).toMatch(
    /^FAIL port +203\.0\.113\.1:0 cannot be listened on \(EADDRNOTAVAIL\): HOST is expected/m,
  );
});

it('doctor names the tables that other programs cannot read, since their Delta logs are damaged or short of an entry', async () => {
  const dataDir = makeTempFolder();
  const publisher = await openPublisher(dataDir);
  for (const n of [1, 2]) {
    await publisher.publish({ 'gold.tracks': `select ${n} as n`, 'gold.artists': `select ${n} as n` });
  }
  await publisher.close();
  const env = { GROOVELAKE_DATA_DIR: dataDir };
  expect((await examine(env)).text).toMatch(/^ok +tables +the Delta logs of 2 are whole/m);
  const logOf = (table: string, version = 0) =>
    join(dataDir, 'gold', table, '_delta_log', `0000000000000000000${version}.json`);
  copyFileSync(logOf('tracks'), logOf('tracks', 2));
  expect((await examine(env)).text).toMatch(
    /^note tables +other programs read other files .* of gold\.tracks:/m,
  );
  writeFileSync(logOf('tracks'), '{"commitInfo":');
  rmSync(logOf('artists'));
  const { code, text } = await examine(env);
  expect(code).toBe(1);
  expect(text).toMatch(/^FAIL +tables .*gold\.artists: version 0 is missing/m);
  expect(text).toMatch(/^FAIL +tables .*gold\.tracks: version 0 cannot be read/m);
});
