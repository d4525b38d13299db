// A person's account, from the login to the second poll, against the sandbox as if it were Spotify.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { type Config, readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { type Connector, createConnector } from '../../../src/pipeline/listening/connect-account.ts';
import { listeningStep } from '../../../src/pipeline/listening/listening.ts';
import { playsStep } from '../../../src/pipeline/listening/plays.ts';
import { executeRun } from '../../../src/pipeline/runs/execute-run.ts';
import type { Step } from '../../../src/pipeline/step.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import {
  createAccount,
  emptyFolder,
  listAccountIds,
  listAccounts,
  listeningFolder,
  openAccount,
  removeFolder,
} from '../../../src/store/listening/accounts.ts';
import { findDerivedPlays } from '../../../src/store/listening/derive.ts';
import type { LandedPlay } from '../../../src/store/listening/listening-file.ts';
import { listLogins } from '../../../src/store/listening/logins.ts';
import type { Run } from '../../../src/store/runs/run-store.ts';
import { listSources } from '../../../src/store/runs/source-states.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import { CALLBACK, startSandboxSpotify } from '../../fixtures/sandbox-spotify.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

const DAY_MS = 86_400_000;

const AN_API_PLAY: Omit<LandedPlay, 'key' | 'endedAt'> = {
  origin: 'RECENT',
  msPlayed: 180_000,
  trackId: 'a'.repeat(22),
  trackName: 'Limelight',
  artistName: 'Rush',
  albumName: null,
  platform: null,
  country: null,
  reasonStart: null,
  reasonEnd: null,
  isShuffle: null,
  isSkipped: null,
  isOffline: null,
  isIncognito: null,
};

async function openPerson() {
  const dataDir = makeTempFolder();
  const clock = createVirtualClock();
  const random = seededRandomness(5);
  const { sandbox, env, visit } = await startSandboxSpotify(clock);
  const config = readConfig({ ...env, GROOVELAKE_DATA_DIR: dataDir });
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  const landing = openSqliteLanding(':memory:');
  onTestFinished(async () => {
    await landing.close();
    await runs.close();
  });
  const connector = createConnector({ config, clock, random });
  const poll = async (
    steps: readonly Step[] = [playsStep, listeningStep],
    change: Partial<Config> = {},
  ): Promise<Run> => {
    const { run } = await runs.createRun(
      { pipeline: 'HISTORY', trigger: 'SCHEDULE', parameters: {}, createdAt: clock.now() },
      ['plays', 'listening'],
    );
    const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 1e9 });
    if (!claimed) throw new Error('not claimed');
    const snapshots = createSnapshotStore({ dataDir, clock, random });
    const parts = {
      config: { ...config, ...change },
      clock,
      random,
      log: silentLog,
      runs,
      landing,
      snapshots,
    };
    const ended = await executeRun(claimed, { ...parts, steps });
    if (!ended) throw new Error('overtaken');
    return ended;
  };
  const events = async ({ id }: Run) =>
    (await runs.listEvents(id, { after: 0, first: 100 })).map((e) => e.type);
  const calls = (family: string) =>
    sandbox.requests.entries.filter((entry) => entry.family === family).length;
  const login = async (into?: Parameters<Connector['begin']>[1]) =>
    connector.finish(await visit(connector.begin(CALLBACK, into)));
  return { dataDir, clock, sandbox, config, random, runs, connector, visit, poll, events, calls, login };
}

/** A host that answers every request so, until the test ends. @returns its address */
async function startHost(answer: (response: ServerResponse) => unknown): Promise<string> {
  const server = createServer((_request, response) => void answer(response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('logging in', () => {
  it('connects the account of whoever agrees, and again the same one', async () => {
    const { dataDir, login } = await openPerson();
    const account = await login();
    expect(account).toMatchObject({ spotifyAccountId: 'sandbox-account', displayName: 'Sandbox Listener' });
    expect((await login()).id).toBe(account.id);
    expect(await listAccounts(dataDir)).toHaveLength(1);
  });

  const imported = (id: string) => ({ id, spotifyAccountId: null, displayName: '', createdAt: 1 });

  it('connects the account that was imported, where it is the only one and that was asked for', async () => {
    const { dataDir, login } = await openPerson();
    await createAccount(dataDir, imported('sandbox'));
    await createAccount(dataDir, imported('aaaaaaaaaaaa'));
    expect((await login('ONLY')).id).toBe('aaaaaaaaaaaa');
    expect((await login()).id).toBe('aaaaaaaaaaaa');
    expect(await listAccountIds(dataDir)).toEqual(['aaaaaaaaaaaa', 'sandbox']);
  });

  it('connects an account that an earlier version kept with "" for an id, where it is asked for', async () => {
    const { dataDir, login } = await openPerson();
    await createAccount(dataDir, { ...imported('aaaaaaaaaaaa'), spotifyAccountId: '' });
    expect((await login({ accountId: 'aaaaaaaaaaaa' })).spotifyAccountId).toBe('sandbox-account');
    await emptyFolder(dataDir, 'aaaaaaaaaaaa');
    await removeFolder(dataDir, 'aaaaaaaaaaaa');
    await createAccount(dataDir, { ...imported('bbbbbbbbbbbb'), spotifyAccountId: '' });
    expect((await login('ONLY')).id).toBe('bbbbbbbbbbbb');
  });

  it('makes a new account unless that was asked for, or where there are several', async () => {
    const { dataDir, login } = await openPerson();
    await createAccount(dataDir, imported('aaaaaaaaaaaa'));
    const { id } = await login();
    expect(id).not.toBe('aaaaaaaaaaaa');
    await emptyFolder(dataDir, id);
    await removeFolder(dataDir, id);
    await createAccount(dataDir, imported('bbbbbbbbbbbb'));
    expect(['aaaaaaaaaaaa', 'bbbbbbbbbbbb']).not.toContain((await login('ONLY')).id);
  });

  it('connects the account that is named, unless it is another person’s or the person has another', async () => {
    const { dataDir, login } = await openPerson();
    for (const id of ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']) await createAccount(dataDir, imported(id));
    await createAccount(dataDir, { ...imported('cccccccccccc'), spotifyAccountId: 'somebody else' });
    await expect(login({ accountId: 'cccccccccccc' })).rejects.toThrow(/somebody else is connected to it/);
    expect((await login({ accountId: 'bbbbbbbbbbbb' })).id).toBe('bbbbbbbbbbbb');
    await expect(login({ accountId: 'aaaaaaaaaaaa' })).rejects.toThrow(/is account "bbbbbbbbbbbb"/);
    await expect(login({ accountId: 'dddddddddddd' })).rejects.toThrow(/no account "dddddddddddd"/);
  });

  it('keeps the tokens encrypted, and opens them with no other key', async () => {
    const { dataDir, login, poll } = await openPerson();
    const { id } = await login();
    await poll();
    const file = await openAccount(dataDir, id);
    const sealed = file.findTokens()?.sealed ?? '';
    file.close();
    expect(sealed).toMatch(/^v1\./);
    const { unseal } = await import('../../../src/store/listening/sealed-tokens.ts');
    const tokens = unseal(sealed, 'a secret for tests only') as { accessToken: string; refreshToken: string };
    expect(() => unseal(sealed, 'another secret of tests')).toThrow(/another GROOVELAKE_TOKEN_KEY/);
    const written = readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
      .map((name) => join(dataDir, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, 'latin1'))
      .join('');
    expect(written).not.toContain(tokens.accessToken);
    expect(written).not.toContain(tokens.refreshToken);
  });

  it('refuses who did not agree, a state that was not begun here, and the same answer again', async () => {
    const { sandbox, connector, visit } = await openPerson();
    sandbox.set({ login: 'deny' });
    await expect(connector.finish(await visit(connector.begin(CALLBACK)))).rejects.toThrow(/access_denied/);
    sandbox.set({ login: 'approve' });
    await expect(connector.finish(new URLSearchParams({ code: 'x', state: 'y' }))).rejects.toThrow(
      /not begun here/,
    );
    const answer = await visit(connector.begin(CALLBACK));
    await connector.finish(answer);
    await expect(connector.finish(answer)).rejects.toThrow(/not begun here/);
  });

  it('is refused where Spotify gives no id of the person: two of them would be one account', async () => {
    const { dataDir, config, clock, random, visit } = await openPerson();
    const spotifyApiUrl = await startHost((response) => response.end('{"display_name":"P"}'));
    const connector = createConnector({ config: { ...config, spotifyApiUrl }, clock, random });
    await expect(connector.finish(await visit(connector.begin(CALLBACK)))).rejects.toThrow(
      /answered \/me without an id of the person/,
    );
    expect(await listAccounts(dataDir)).toEqual([]);
  });

  it.each([
    429, 503,
  ])('waits for nothing that Spotify asks for while a browser waits (%i)', async (status) => {
    const { dataDir, sandbox, login } = await openPerson();
    const answer = { kind: 'status', status, headers: { 'retry-after': '30' } } as const;
    sandbox.requests.add({ family: 'me', nth: 1, answer });
    await expect(login()).rejects.toMatchObject({ code: 'SOURCE_DEFERRED', family: 'me' });
    expect(await listAccounts(dataDir)).toEqual([]);
  });

  it.each([
    429, 503,
  ])('asks once more who it is after the few seconds that Spotify asks for (%i)', async (status) => {
    const { sandbox, config, clock, random, visit, calls } = await openPerson();
    const waits: number[] = [];
    const sleep = async (ms: number) => {
      waits.push(ms);
      clock.step(ms);
    };
    const connector = createConnector({ config, clock: { ...clock, sleep }, random });
    const login = async () => connector.finish(await visit(connector.begin(CALLBACK)));
    const answer = { kind: 'status', status, headers: { 'retry-after': '2' } } as const;
    sandbox.requests.add({ family: 'me', nth: 1, answer });
    expect(await login()).toMatchObject({ spotifyAccountId: 'sandbox-account' });
    sandbox.requests.add({ family: 'me', answer });
    await expect(login()).rejects.toMatchObject({ code: 'SOURCE_DEFERRED' });
    expect([waits, calls('me')]).toEqual([[2_000, 2_000], 4]);
  });

  it('is refused without a key for the tokens', async () => {
    const { config, clock, random } = await openPerson();
    const connector = createConnector({ config: { ...config, tokenKey: undefined }, clock, random });
    expect(() => connector.begin(CALLBACK)).toThrow(/GROOVELAKE_TOKEN_KEY is not set/);
  });
});

describe('polling', () => {
  it('lands the last plays, then nothing with one request, then what is new', async () => {
    const { dataDir, clock, sandbox, login, poll } = await openPerson();
    const { id } = await login();
    expect((await poll()).status).toBe('SUCCEEDED');
    const plays = async () => (await findDerivedPlays(localFiles, listeningFolder(dataDir, id)))?.plays ?? 0;
    expect(await plays()).toBe(50);
    const before = sandbox.requests.entries.length;
    expect((await poll()).status).toBe('SKIPPED');
    expect(sandbox.requests.entries.length).toBe(before + 1);
    await clock.advance(2 * 3_600_000);
    await poll();
    expect(await plays()).toBeGreaterThan(50);
  });

  it('notes what may be asked under a digest of the account, not its id', async () => {
    const { runs, login, poll } = await openPerson();
    const { id } = await login();
    await poll();
    const states = await runs.listSourceStates('spotify');
    expect(states).toMatchObject([
      { key: 'family:me', value: { key: expect.stringMatching(/^account [0-9a-f]{24}$/), requests: 1 } },
    ]);
    expect(JSON.stringify(states)).not.toContain(id);
  });

  it('merges what an attempt landed that died, though nothing is new', async () => {
    const { dataDir, login, poll } = await openPerson();
    const { id } = await login();
    const dying: Step = {
      name: 'plays',
      run: async (context) => {
        await playsStep.run(context);
        throw new Error('died');
      },
    };
    expect((await poll([dying, listeningStep])).status).toBe('FAILED');
    expect((await poll()).status).toBe('SUCCEEDED');
    const derived = await findDerivedPlays(localFiles, listeningFolder(dataDir, id));
    expect(derived?.plays).toBe(50);
    expect((await poll()).status).toBe('SKIPPED');
  });

  it('says when plays may have been missed', async () => {
    const { clock, login, poll, events } = await openPerson();
    await login();
    await poll();
    await clock.advance(3 * DAY_MS);
    const run = await poll();
    expect(run.status).toBe('PARTIAL');
    expect(await events(run)).toContain('plays.gap');
  });

  it.each([
    'always',
    'never',
  ] as const)('goes on over hours with refresh tokens that rotate %s', async (rotation) => {
    const { clock, sandbox, login, poll, calls } = await openPerson();
    sandbox.set({ rotation });
    await login();
    for (let hour = 0; hour < 4; hour++) {
      expect((await poll()).error).toBeNull();
      await clock.advance(3_600_000);
    }
    expect(calls('token')).toBeGreaterThanOrEqual(4);
  });

  it('announces the end of the login, and asks to log in again when it is over', async () => {
    const { dataDir, config, runs, clock, login, poll, events } = await openPerson();
    const { id } = await login();
    const sources = async () => listSources(runs, config, clock.now(), await listLogins(dataDir));
    const day = new Date(clock.now() + 182 * DAY_MS).toISOString().slice(0, 10);
    expect((await sources()).find(({ name }) => name === 'spotify')?.message).toBe(
      `Account ${id}: log in again by ${day} with "groovelake login" or at /auth/spotify, when Spotify ends this login.`,
    );
    expect(await events(await poll())).not.toContain('account.ends');
    await clock.advance(170 * DAY_MS);
    expect(await events(await poll())).toContain('account.ends');
    await clock.advance(20 * DAY_MS);
    const run = await poll();
    expect((await sources()).find(({ name }) => name === 'spotify')?.message).toMatch(/the login has ended/);
    expect(run).toMatchObject({ status: 'PARTIAL', error: null });
    expect(await events(run)).toContain('account.ends');
  });

  it('asks for nothing with a login that has ended, does the rest, and goes on when there is another', async () => {
    const { runs, clock, login, poll, events, calls } = await openPerson();
    const { id } = await login();
    await poll();
    await clock.advance(190 * DAY_MS);
    const before = calls('token');
    const polls: Run[] = [];
    for (let n = 0; n < 4; n++) {
      polls.push(await poll());
      await clock.advance(1_800_000);
    }
    expect(polls.map(({ status }) => status)).toEqual(['PARTIAL', 'PARTIAL', 'PARTIAL', 'PARTIAL']);
    expect(calls('token') - before).toBe(1);
    const told = await Promise.all(polls.map(async (run) => (await events(run)).includes('account.ends')));
    expect(told).toEqual([true, false, false, false]);
    for (const run of polls) {
      expect(await runs.listSteps([run.id])).toMatchObject([{ status: 'PARTIAL' }, { status: 'SKIPPED' }]);
      expect(
        (await runs.listEvents(run.id, { after: 0, first: 100 })).map(({ message }) => message),
      ).toContain(
        `plays PARTIAL: Account ${id}: the login has ended; log in again with "groovelake login" or at /auth/spotify.`,
      );
    }
    expect((await login()).id).toBe(id);
    expect((await poll()).status).toBe('PARTIAL');
    expect((await poll()).status).toBe('SKIPPED');
  });

  it('goes on with a login that holds longer than the day it was to end, until it is refused', async () => {
    const { clock, login, poll, events } = await openPerson();
    // From the first of March on six months are 184 days.
    await clock.advance(101 * DAY_MS);
    await login();
    await poll();
    await clock.advance(183 * DAY_MS);
    expect(await events(await poll())).toContain('plays.gap');
    expect((await poll()).status).toBe('SKIPPED');
    await clock.advance(2 * DAY_MS);
    const { status, error } = await poll();
    expect([status, error]).toEqual(['PARTIAL', null]);
  });

  it('goes on as somebody who logs in while the login before is refused', async () => {
    const { clock, login, poll } = await openPerson();
    await login();
    await clock.advance(DAY_MS);
    const spotifyAccountsUrl = await startHost(async (response) => {
      await login();
      response.writeHead(400).end('{"error":"invalid_grant"}');
    });
    expect((await poll(undefined, { spotifyAccountsUrl })).status).toBe('SUCCEEDED');
    expect((await poll()).status).toBe('SKIPPED');
  });

  it('takes an end from before the login for that of the login before', async () => {
    const { dataDir, clock, login, poll } = await openPerson();
    const { id } = await login();
    const file = await openAccount(dataDir, id);
    file.saveLoginEnd(clock.now() - 1);
    file.close();
    expect((await poll()).status).toBe('SUCCEEDED');
  });

  it('asks for a new login when a token is refused that was renewed just now, and does the rest', async () => {
    const { runs, login, poll, events } = await openPerson();
    const { id } = await login();
    await poll();
    const spotifyApiUrl = await startHost((response) => response.writeHead(401).end('{}'));
    for (let n = 0; n < 2; n++) {
      const run = await poll(undefined, { spotifyApiUrl });
      expect([run.status, run.error]).toEqual(['PARTIAL', null]);
      expect(await runs.listSteps([run.id])).toMatchObject([{ status: 'PARTIAL' }, { status: 'SKIPPED' }]);
      const told = (await runs.listEvents(run.id, { after: 0, first: 100 })).map(({ message }) => message);
      const advice = new RegExp(`Account ${id}: .*status 401.*Log in again with "groovelake login"`);
      expect(told).toContainEqual(expect.stringMatching(advice));
      expect(told.join()).not.toMatch(/SPOTIFY_CLIENT_ID/);
    }
    expect(await events(await poll())).not.toContain('account.ends');
  });

  it('leaves out plays of the future that landed before they were refused, until their time has come', async () => {
    const { dataDir, clock, runs, login, poll, events } = await openPerson();
    const { id } = await login();
    await poll();
    const plays = async () => (await findDerivedPlays(localFiles, listeningFolder(dataDir, id)))?.plays;
    const before = await plays();
    const file = await openAccount(dataDir, id);
    const ends = [clock.now() + 3 * DAY_MS, Date.UTC(1970, 0, 2)];
    file.addPlays(
      'recent',
      ends.map((endedAt) => ({ ...AN_API_PLAY, key: `recent ${endedAt}`, endedAt })),
    );
    file.close();
    expect((await poll()).status).toBe('SKIPPED');
    expect(await plays()).toBe(before);
    await clock.advance(3 * DAY_MS);
    const run = await poll();
    expect(await events(run)).toContain('plays.waiting');
    const [landed] = await runs.listSteps([run.id]);
    expect(await plays()).toBe((before ?? 0) + (landed?.rowsOut ?? 0) + 1);
  });

  it('says what the owner must do when the person is not on the list of the app', async () => {
    const { sandbox, login, poll } = await openPerson();
    await login();
    sandbox.set({ user: 'unlisted' });
    const run = await poll();
    expect(run.status).toBe('FAILED');
    expect(run.error?.message).toMatch(/registered|list/i);
  });

  it('asks everybody, though the login of one has ended, and says whose', async () => {
    const { dataDir, login, poll, events } = await openPerson();
    const { id } = await login();
    // Sorted before the other one; its tokens are sealed with another key.
    const broken = '000000000000';
    await createAccount(dataDir, { id: broken, spotifyAccountId: 'x', displayName: 'Bert', createdAt: 1 });
    const file = await openAccount(dataDir, broken);
    file.replaceTokens('v1.AAAA.AAAA.AAAA', 0);
    file.close();
    const run = await poll();
    expect(run).toMatchObject({ status: 'PARTIAL', error: null });
    expect(await events(run)).toContain('account.failed');
    const derived = await findDerivedPlays(localFiles, listeningFolder(dataDir, id));
    expect(derived?.plays).toBe(50);
  });

  it('goes on without an account that is forgotten meanwhile, and nothing of it comes back', async () => {
    const { dataDir, login, poll } = await openPerson();
    const { id } = await login();
    const forgetting: Step = {
      name: 'plays',
      run: async (context) => {
        const result = await playsStep.run(context);
        await emptyFolder(dataDir, id);
        await removeFolder(dataDir, id);
        return result;
      },
    };
    expect((await poll([forgetting, listeningStep])).status).toBe('SUCCEEDED');
    expect(await listAccountIds(dataDir)).toEqual([]);
  });

  it('is skipped while nobody is connected', async () => {
    const { poll } = await openPerson();
    expect((await poll()).status).toBe('SKIPPED');
  });
});
