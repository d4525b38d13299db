// Connecting an account through the server, against the sandbox as if it were Spotify.
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import type { Access } from '../../src/http/access.ts';
import { createLoginDesk } from '../../src/server/login-desk.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import { createAccount, listAccounts } from '../../src/store/listening/accounts.ts';
import { startSandboxSpotify } from '../fixtures/sandbox-spotify.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { createVirtualClock } from '../fixtures/virtual-clock.ts';

const OPERATOR: Access = { scope: 'operate', actor: 'key:abc operator' };
const READER: Access = { scope: 'read', actor: 'key:def reader' };
const PORT = 4000;

async function open(changes: Readonly<Record<string, string>> = {}) {
  const dataDir = makeTempFolder();
  const clock = createVirtualClock();
  const random = seededRandomness(5);
  const { sandbox, env, visit } = await startSandboxSpotify(clock);
  const config = readConfig({ ...env, GROOVELAKE_DATA_DIR: dataDir, ...changes });
  const accessStore = openSqliteAccess(join(dataDir, 'access.sqlite'));
  onTestFinished(() => accessStore.close());
  const desk = createLoginDesk({ config, accessStore, clock, random });
  const connect = async (access: Access) =>
    desk.finish(access, await visit((await desk.begin(access, PORT)).url));
  const audited = async () =>
    (await accessStore.listAudit({ first: 10 })).map(({ actor, action, outcome }) => [
      actor,
      action,
      outcome,
    ]);
  return { dataDir, clock, sandbox, desk, accessStore, visit, connect, audited };
}

describe('createLoginDesk', () => {
  it('connects an account and makes the key that sees it, once', async () => {
    const { dataDir, accessStore, connect, audited } = await open();
    expect(await accessStore.hasKeys()).toBe(false);
    const first = await connect(OPERATOR);
    expect(first).toEqual({
      accountId: expect.stringMatching(/^[0-9a-f]{12}$/),
      displayName: 'Sandbox Listener',
      loginEnds: '2027-05-21',
      key: expect.stringMatching(/^gl_[0-9a-f]{12}_[0-9a-f]+$/),
    });
    expect(await accessStore.listKeys()).toMatchObject([{ scope: 'read', accountId: first.accountId }]);
    expect(await connect(OPERATOR)).toMatchObject({ accountId: first.accountId, key: null });
    expect(await listAccounts(dataDir)).toHaveLength(1);
    expect(await audited()).toEqual([
      [OPERATOR.actor, 'connectAccount', 'done'],
      [OPERATOR.actor, 'connectAccount', 'done'],
    ]);
  });

  it('lets the key of an account log in again, and connect nobody else', async () => {
    const { dataDir, connect, desk } = await open();
    await expect(desk.check(READER, PORT)).rejects.toThrow(/needs a key of scope operate/);
    await expect(desk.begin(READER, PORT)).rejects.toThrow(/needs a key of scope operate/);
    await expect(desk.check(OPERATOR, PORT)).resolves.toBeUndefined();
    await createAccount(dataDir, {
      id: 'bbbbbbbbbbbb',
      spotifyAccountId: 'another-person',
      displayName: '',
      createdAt: 1,
    });
    await expect(connect({ ...READER, accountId: 'bbbbbbbbbbbb' })).rejects.toThrow(
      /account is "bbbbbbbbbbbb", but somebody else is connected to it/,
    );
    const { accountId } = await connect(OPERATOR);
    expect(await connect({ ...READER, accountId })).toMatchObject({ accountId, key: null });
  });

  it('lets nobody finish what another key began, however often he tries', async () => {
    const { dataDir, desk, visit, accessStore } = await open();
    const other: Access = { ...OPERATOR, actor: 'key:xyz other' };
    const answer = await visit((await desk.begin(OPERATOR, PORT)).url);
    await expect(desk.finish(other, answer)).rejects.toThrow(/begun with another key/);
    for (const access of [other, OPERATOR])
      await expect(desk.finish(access, answer)).rejects.toThrow(/not begun here/);
    expect(await listAccounts(dataDir)).toEqual([]);
    expect(await accessStore.listKeys()).toEqual([]);
  });

  it('says clearly why nobody was connected', async () => {
    const { clock, sandbox, desk, visit, connect, audited } = await open();
    sandbox.set({ login: 'deny' });
    await expect(connect(OPERATOR)).rejects.toThrow(/did not agree \(access_denied\)\. Begin again/);
    sandbox.set({ login: 'approve' });
    await expect(
      desk.finish(OPERATOR, new URLSearchParams({ code: 'x', state: 'invented' })),
    ).rejects.toThrow(/not begun here, or more than ten minutes ago/);
    const { url } = await desk.begin(OPERATOR, PORT);
    const late = await visit(url);
    clock.step(11 * 60_000);
    await expect(desk.finish(OPERATOR, late)).rejects.toThrow(/more than ten minutes ago/);
    const others = await visit((await desk.begin(OPERATOR, PORT)).url);
    await expect(desk.finish({ ...OPERATOR, actor: 'key:xyz other' }, others)).rejects.toThrow(
      /begun with another key/,
    );
    const spoilt = await visit((await desk.begin(OPERATOR, PORT)).url);
    spoilt.set('code', 'spoilt');
    await expect(desk.finish(OPERATOR, spoilt)).rejects.toThrow(
      /gave no tokens .*Invalid authorization code/,
    );
    sandbox.set({ user: 'unlisted' });
    await expect(connect(OPERATOR)).rejects.toThrow(/may not be registered|allow/i);
    expect(new Set((await audited()).map(([, , outcome]) => outcome))).toEqual(
      new Set(['INVALID_INPUT', 'EXTRACT']),
    );
  });

  it.each([
    [{ HOST: '0.0.0.0' }, /Set GROOVELAKE_PUBLIC_URL to the https address/],
    [{ GROOVELAKE_PUBLIC_URL: 'http://lake.example' }, /an https address is expected/],
    [{ GROOVELAKE_TOKEN_KEY: '' }, /GROOVELAKE_TOKEN_KEY is not set/],
    [{ SPOTIFY_CLIENT_ID: '', SPOTIFY_CLIENT_SECRET: '' }, /SPOTIFY_CLIENT_ID is not set/],
  ])('refuses to begin where it cannot end: %j', async (env, message) => {
    const { desk } = await open(env);
    await expect(desk.check(OPERATOR, PORT)).rejects.toThrow(message);
    await expect(desk.begin(OPERATOR, PORT)).rejects.toThrow(message);
  });

  it.each([
    [{}, 'http://127.0.0.1:4000/callback'],
    [{ HOST: '::1' }, 'http://[::1]:4000/callback'],
    [{ HOST: '0.0.0.0', GROOVELAKE_PUBLIC_URL: 'https://lake.example' }, 'https://lake.example/callback'],
  ])('has Spotify send the browser back where it takes it: %j', async (env, redirect) => {
    const { desk } = await open(env);
    const { url, state } = await desk.begin(OPERATOR, PORT);
    const query = new URL(url).searchParams;
    expect(query.get('redirect_uri')).toBe(redirect);
    expect(query.get('state')).toBe(state);
    expect(query.get('code_challenge_method')).toBe('S256');
  });
});
