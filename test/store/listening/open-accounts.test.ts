import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { emptyFolder, listeningFolder, removeFolder } from '../../../src/store/listening/accounts.ts';
import { createOpenAccounts } from '../../../src/store/listening/open-accounts.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { createVirtualClock, settle } from '../../fixtures/virtual-clock.ts';
import { makePlay, openListeningFixture } from './listening-fixture.ts';

const IDLE_MS = 600_000;
/** Another snapshot than that of the merge. */
const NEXT = '20261121-120000-0001';

async function openAccounts(env: Readonly<Record<string, string>> = {}) {
  const { dataDir, manifest, accountId, derived } = await openListeningFixture([makePlay({})]);
  const clock = createVirtualClock();
  const accounts = createOpenAccounts({ dataDir, config: readConfig(env), clock });
  onTestFinished(() => accounts.close());
  const acquire = async (of: Manifest = manifest) => {
    const { listening, release } = await accounts.acquire(accountId, of);
    const asked = listening.forRequest(new AbortController().signal);
    const countPlays = () =>
      asked.figure('count', { from: null, to: null, timeZone: 'UTC' }, ({ plays }) => plays.count);
    return { listening, release, countPlays, one: () => asked.all('select 1 as one') };
  };
  const version = join(listeningFolder(dataDir, accountId), 'derived', derived.version);
  return { dataDir, manifest, accountId, clock, accounts, acquire, version };
}

describe('an account that is open', () => {
  it('stays open while it is asked now and then', async () => {
    const { clock, acquire } = await openAccounts();
    const first = await acquire();
    first.release();
    await clock.advance(IDLE_MS - 60_000);
    (await acquire()).release();
    await clock.advance(IDLE_MS - 60_000);
    expect((await acquire()).listening).toBe(first.listening);
    expect(await first.one()).toEqual([{ one: 1 }]);
  });

  it('is closed when nobody has asked for a while, and opened again by who asks', async () => {
    const { clock, acquire } = await openAccounts();
    const first = await acquire();
    await clock.advance(2 * IDLE_MS);
    expect(await first.countPlays()).toBe(1);
    first.release();
    await clock.advance(10_000);
    await expect.poll(() => first.countPlays().catch(() => 'closed')).toBe('closed');
    expect(await (await acquire()).countPlays()).toBe(1);
  });

  it('is closed within ten seconds when it was forgotten, whoever reads it', async () => {
    const { dataDir, manifest, accountId, clock, accounts, acquire } = await openAccounts();
    const { countPlays, one, release } = await acquire();
    expect([await countPlays(), await one()]).toEqual([1, [{ one: 1 }]]);
    await emptyFolder(dataDir, accountId);
    await removeFolder(dataDir, accountId);
    await clock.advance(10_000);
    await expect.poll(() => countPlays().catch(({ code }) => code)).toBe('NOT_FOUND');
    await expect(one()).rejects.toThrow(`There is no listening of account "${accountId}"`);
    release();
    await expect(accounts.acquire(accountId, manifest)).rejects.toThrow(/no listening/);
  });

  it('is closed too where another snapshot has taken its place meanwhile', async () => {
    const { dataDir, manifest, accountId, clock, acquire } = await openAccounts();
    const before = await acquire();
    await acquire({ ...manifest, id: NEXT });
    expect(await before.countPlays()).toBe(1);
    await emptyFolder(dataDir, accountId);
    await removeFolder(dataDir, accountId);
    await clock.advance(10_000);
    await expect.poll(() => before.countPlays().catch(({ code }) => code)).toBe('NOT_FOUND');
  });
});

describe('GROOVELAKE_MAX_OPEN_ACCOUNTS', () => {
  it('closes the account that nobody asked for longest, and one that is read when it is let go', async () => {
    const { dataDir, manifest, accountId, clock, accounts } = await openAccounts({
      GROOVELAKE_MAX_OPEN_ACCOUNTS: '2',
    });
    const others = ['another1', 'another2'];
    for (const other of others)
      await cp(listeningFolder(dataDir, accountId), listeningFolder(dataDir, other), { recursive: true });
    const ask = async (id: string) => {
      await clock.advance(1_000);
      const { listening, release } = await accounts.acquire(id, manifest);
      const asked = listening.forRequest(new AbortController().signal);
      const countPlays = () =>
        asked
          .figure('count', { from: null, to: null, timeZone: 'UTC' }, ({ plays }) => plays.count)
          .catch(() => 'closed');
      return { listening, release, countPlays };
    };
    const [first, second] = [await ask(accountId), await ask('another1')];
    first.release();
    second.release();
    // Asked for again, it is no more the one that nobody asked for longest.
    const again = await ask(accountId);
    expect(again.listening).toBe(first.listening);
    const third = await ask('another2');
    await expect.poll(second.countPlays).toBe('closed');
    // Two are open, and both are read: the older makes room, and is read to the end.
    const fourth = await ask('another1');
    expect(fourth.listening).not.toBe(second.listening);
    expect(await again.countPlays()).toBe(1);
    again.release();
    await expect.poll(again.countPlays).toBe('closed');
    expect([await third.countPlays(), await fourth.countPlays()]).toEqual([1, 1]);
  });
});

describe('another snapshot', () => {
  it('keeps no account open that nobody asks for, however often one is published', async () => {
    const { dataDir, manifest, accountId, clock, accounts, acquire } = await openAccounts();
    (await acquire()).release();
    let count = 0;
    /** Of another snapshot than that of the merge an account has a database, and a folder to spill to. */
    const isFollowed = async () => {
      const folder = listeningFolder(dataDir, accountId);
      await rm(join(folder, 'tmp'), { recursive: true, force: true });
      count += 1;
      await accounts.follow({ ...manifest, id: `${NEXT}-${count}` });
      return (await localFiles.list(folder)).includes('tmp');
    };
    await clock.advance(IDLE_MS / 2);
    expect(await isFollowed()).toBe(true);
    await clock.advance(IDLE_MS / 2);
    await expect.poll(isFollowed, { timeout: 10_000 }).toBe(false);
  });

  it('finds what figures are made of in memory, for the accounts that are open', async () => {
    const { manifest, accounts, acquire, version } = await openAccounts();
    (await acquire()).release();
    const next = { ...manifest, id: NEXT };
    await accounts.follow(next);
    await rm(version, { recursive: true });
    expect(await (await acquire(next)).countPlays()).toBe(1);
  });
});

describe('making accounts ready', () => {
  it('goes on with the snapshot that was published meanwhile', async () => {
    const { dataDir, manifest, accountId, accounts, version } = await openAccounts();
    const folder = listeningFolder(dataDir, accountId);
    await cp(folder, listeningFolder(dataDir, 'another1'), { recursive: true });
    const next = { ...manifest, id: NEXT };
    const warming = accounts.warm(manifest);
    await settle();
    await accounts.follow(next);
    await warming;
    for (const id of ['another1', accountId]) {
      await rm(version.replace(accountId, id), { recursive: true });
      const { listening } = await accounts.acquire(id, next);
      const asked = listening.forRequest(new AbortController().signal);
      const count = asked.figure(
        'count',
        { from: null, to: null, timeZone: 'UTC' },
        ({ plays }) => plays.count,
      );
      expect(await count).toBe(1);
    }
  });
});

describe('close', () => {
  it('lets what is made ready in the background open no account that it has not begun with', async () => {
    const { dataDir, manifest, accountId, accounts } = await openAccounts();
    const folder = listeningFolder(dataDir, accountId);
    const [first, second] = ['another1', 'another2'].map((id) => listeningFolder(dataDir, id)) as [
      string,
      string,
    ];
    for (const other of [first, second]) await cp(folder, other, { recursive: true });
    // Of another snapshot than that of the merge, an account is read by a database of its own, which has a folder to spill to.
    const warming = accounts.warm({ ...manifest, id: NEXT });
    await settle();
    await accounts.close();
    await warming;
    for (const each of [second, folder]) expect(await localFiles.list(each)).not.toContain('tmp');
    await expect(accounts.acquire(accountId, manifest)).rejects.toThrow('The server is stopping');
  });
});
