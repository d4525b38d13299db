import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { CancelledError } from '../../../src/errors.ts';
import { createApiKey } from '../../../src/store/access/api-keys.ts';
import { openSqliteAccess } from '../../../src/store/access/sqlite.ts';
import { createBackup } from '../../../src/store/backup/create-backup.ts';
import { restoreBackup } from '../../../src/store/backup/restore-backup.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { sha256 } from '../../../src/store/sha256.ts';
import { type Files, localFiles } from '../../../src/store/snapshots/files.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import { openPublisher } from '../../fixtures/published.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const signal = new AbortController().signal;
const openStore = (dataDir: string) =>
  createSnapshotStore({ dataDir, clock: systemClock, random: seededRandomness(5) });

/** What step listening leaves: a version of an account's plays, which CURRENT names, and none of before. */
function derive(dataDir: string, version: string): void {
  const derived = join(dataDir, 'listening/acc-1/derived');
  rmSync(derived, { recursive: true, force: true });
  mkdirSync(join(derived, version), { recursive: true });
  writeFileSync(join(derived, version, 'plays.parquet'), version);
  writeFileSync(join(derived, 'CURRENT'), JSON.stringify({ version, sha256: sha256(version) }));
}

/** A data folder in use: stores open, a batch landed and another under way, snapshots published. */
async function openFolder(snapshots = 2) {
  const dataDir = makeTempFolder();
  const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  const publisher = await openPublisher(dataDir);
  onTestFinished(async () => {
    await publisher.close();
    await landing.close();
    await runs.close();
  });
  const land = async (id: string) => {
    await landing.openBatch({ id, source: 'spotify', runId: 'r', openedAt: 1 });
    await landing.land(id, [
      { source: 'spotify', kind: 'artist', id: 'a', fetchedAt: 1, body: `{"batch":"${id}"}` },
    ]);
    await landing.sealBatch(id, 2);
  };
  await land('b1');
  mkdirSync(join(dataDir, 'bronze/kind=artist/source=spotify'), { recursive: true });
  writeFileSync(join(dataDir, 'bronze/kind=artist/source=spotify/b1.parquet'), 'PAR1');
  writeFileSync(join(dataDir, 'bronze/kind=artist/source=spotify/b2.parquet.part'), 'half');
  derive(dataDir, 'v1');
  const account = new DatabaseSync(join(dataDir, 'listening/acc-1/listening.sqlite'));
  account.exec(`pragma journal_mode = wal; create table plays (n); insert into plays values (42)`);
  onTestFinished(() => account.close());
  for (let n = 0; n < snapshots; n++) await publisher.publish({ 'gold.tracks': `select ${n} as n` });
  return { dataDir, publisher, land };
}

const back = (dataDir: string, folder: string) =>
  createBackup({ snapshots: openStore(dataDir), folder, clock: systemClock, usesMongo: false, signal });
const restore = (folder: string, dataDir: string) =>
  restoreBackup({ folder, snapshots: openStore(dataDir), signal });

describe('createBackup and restoreBackup', () => {
  it('end with the reason for which they are to stop, and leave nothing', async () => {
    const { dataDir } = await openFolder();
    const folder = join(makeTempFolder(), 'backup');
    await back(dataDir, folder);
    const enough = new CancelledError('enough');
    const stopping = { signal: AbortSignal.abort(enough), clock: systemClock, usesMongo: false };
    const another = join(makeTempFolder(), 'another');
    await expect(createBackup({ snapshots: openStore(dataDir), folder: another, ...stopping })).rejects.toBe(
      enough,
    );
    await expect(restoreBackup({ folder, snapshots: openStore(another), ...stopping })).rejects.toBe(enough);
    expect(existsSync(another) ? readdirSync(another) : []).toEqual([]);
  });

  it('bring back the snapshot, bronze, landing and runs as they were', async () => {
    const { dataDir, publisher } = await openFolder(12);
    const folder = join(makeTempFolder(), 'backup');
    const list = await back(dataDir, folder);
    const current = await openStore(dataDir).readCurrent();
    expect(list.snapshotId).toBe(current?.manifest.id);
    expect(list.files.map(({ path }) => path)).not.toContainEqual(expect.stringMatching(/\.part$/));
    const restored = join(makeTempFolder(), 'data');
    expect(await restore(folder, restored)).toEqual(list);
    expect(await openStore(restored).readCurrent()).toEqual({ manifest: current?.manifest, warnings: [] });
    const landing = openSqliteLanding(join(restored, 'landing.sqlite'));
    expect(
      (await landing.findDocument({ source: 'spotify', kind: 'artist', id: 'a', batchId: 'b1' }))?.body,
    ).toBe('{"batch":"b1"}');
    await landing.close();
    await openSqliteRuns(join(restored, 'runs.sqlite')).close();
    expect(readFileSync(join(restored, 'bronze/kind=artist/source=spotify/b1.parquet'), 'utf8')).toBe('PAR1');
    const account = new DatabaseSync(join(restored, 'listening/acc-1/listening.sqlite'));
    expect(account.prepare('select n from plays').get()).toEqual({ n: 42 });
    account.close();
    expect(readFileSync(join(restored, 'listening/acc-1/derived/v1/plays.parquet'), 'utf8')).toBe('v1');
    // The log is whole from its checkpoint on, and ends with what is served.
    const log = readdirSync(join(restored, 'gold/tracks/_delta_log'));
    expect(log.filter((name) => /^\d/.test(name))).toEqual([
      '00000000000000000010.checkpoint.parquet',
      '00000000000000000010.json',
      '00000000000000000011.json',
    ]);
    const again = await openPublisher(restored);
    expect((await again.publish({ 'gold.tracks': 'select 99 as n' })).relations[0]?.deltaVersion).toBe(12);
    await again.close();
    expect((await publisher.store.readCurrent())?.warnings).toEqual([]);
  });

  it('take bronze whole while its files are merged into another', async () => {
    const { dataDir } = await openFolder();
    const bronze = join(dataDir, 'bronze/kind=artist/source=spotify');
    const merged = 'merged-0123456789abcdef.parquet';
    // Once it has been listed, b1 is held by another file, and goes.
    const list = async (path: string) => {
      const names = await localFiles.list(path);
      if (path === bronze && names.includes('b1.parquet'))
        renameSync(join(bronze, 'b1.parquet'), join(bronze, merged));
      return names;
    };
    const { files } = await createBackup({
      snapshots: openStore(dataDir),
      folder: join(makeTempFolder(), 'backup'),
      clock: systemClock,
      usesMongo: false,
      signal,
      files: { ...localFiles, list },
    });
    const copied = files.map(({ path }) => path).filter((path) => path.startsWith('bronze/'));
    expect(copied).toEqual([`bronze/kind=artist/source=spotify/${merged}`]);
  });

  it('take one snapshot whole while others are published and batches land', async () => {
    const { dataDir, publisher, land } = await openFolder();
    const folder = join(makeTempFolder(), 'backup');
    let isOver = false;
    const writing = (async () => {
      for (let n = 100; !isOver || n < 103; n++) {
        await publisher.publish({ 'gold.tracks': `select ${n} as n`, 'gold.artists': `select ${n} as n` });
        await land(`b${n}`);
      }
    })();
    await back(dataDir, folder);
    isOver = true;
    await writing;
    const restored = join(makeTempFolder(), 'data');
    await restore(folder, restored);
    const current = await openStore(restored).readCurrent();
    expect(current?.warnings).toEqual([]);
    const ns = new Set<number>();
    for (const { files } of current?.manifest.relations ?? [])
      for (const { n } of await publisher.db.all<{ n: number }>(
        `select n from read_parquet('${join(restored, files[0]?.path ?? '')}')`,
      ))
        ns.add(n);
    expect(ns.size).toBe(1);
  });

  it.each([
    ['built anew', (path: string) => writeFileSync(path, 'another'), []],
    ['gone', (path: string) => rmSync(path), []],
    ['as published', () => {}, ['serving']],
  ])('leave a serving index that is %s for the restored server to build', async (_what, change, kept) => {
    const { dataDir, publisher } = await openFolder();
    const candidate = await publisher.store.beginCandidate();
    await candidate.writeRelation(publisher.db, { layer: 'gold', name: 'tracks', select: 'select 7 as n' });
    const path = join(await candidate.openArtifact('serving'), 'serving.sqlite');
    writeFileSync(path, 'published');
    await candidate.addArtifact('serving');
    const facts = { runId: null, batches: [], recipe: '', checks: [], coverage: [], lineage: [] };
    const { id } = await candidate.publish(facts);
    change(path);
    const folder = join(makeTempFolder(), 'backup');
    await back(dataDir, folder);
    const restored = join(makeTempFolder(), 'data');
    await restore(folder, restored);
    const current = await openStore(restored).readCurrent();
    expect([current?.manifest.id, current?.warnings]).toEqual([id, []]);
    const artifacts = join(restored, 'artifacts', id);
    expect(existsSync(artifacts) ? readdirSync(artifacts) : []).toEqual(kept);
  });

  it('bring back the keys, what was revoked and the audit log, so that nobody comes in who could not before', async () => {
    const { dataDir } = await openFolder();
    const access = openSqliteAccess(join(dataDir, 'access.sqlite'));
    const about = { now: 1, random: seededRandomness(1) };
    const given = { scope: 'read', createdBy: 'test' } as const;
    const { key } = await createApiKey(access, { ...given, name: 'kept' }, about);
    const { key: revoked } = await createApiKey(access, { ...given, name: 'revoked' }, about);
    await access.revokeKey(revoked.id, 2);
    await access.beginAudit({ at: 3, actor: 'test', scope: 'admin', action: 'createApiKey', input: {} });
    const folder = join(makeTempFolder(), 'backup');
    await back(dataDir, folder);
    await access.close();
    const restored = join(makeTempFolder(), 'data');
    await restore(folder, restored);
    const found = openSqliteAccess(join(restored, 'access.sqlite'));
    expect(await found.hasKeys()).toBe(true);
    expect(await found.findKey(key.id)).toEqual(key);
    expect((await found.findKey(revoked.id))?.revokedAt).toBe(2);
    expect(await found.countAudit()).toBe(1);
    await found.close();
  });

  it('open nobody else what people listen to, nor what runs, keys and the audit log say, whatever the folder of before was', async () => {
    const { dataDir } = await openFolder();
    await openSqliteAccess(join(dataDir, 'access.sqlite')).close();
    for (const name of ['listening', 'listening/acc-1', 'runs.sqlite']) chmodSync(join(dataDir, name), 0o755);
    const folder = join(makeTempFolder(), 'backup');
    await back(dataDir, folder);
    const restored = join(makeTempFolder(), 'data');
    await restore(folder, restored);
    const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect(modeOf(folder)).toBe('700');
    for (const copy of [folder, restored]) {
      for (const name of ['listening', 'listening/acc-1', 'listening/acc-1/derived'])
        expect([name, modeOf(join(copy, name))]).toEqual([name, '700']);
      for (const name of [
        'runs.sqlite',
        'landing.sqlite',
        'access.sqlite',
        'listening/acc-1/listening.sqlite',
      ])
        expect([name, modeOf(join(copy, name))]).toEqual([name, '600']);
    }
    // The catalogue is for other programs too.
    expect(modeOf(join(restored, 'gold/tracks'))).toBe(modeOf(join(dataDir, 'gold/tracks')));
  });

  it('take one version of the plays whole while another is made', async () => {
    const { dataDir } = await openFolder();
    const folder = join(makeTempFolder(), 'backup');
    let made = 0;
    const files: Files = {
      ...localFiles,
      // Another version is there after each of the first looks into the folder, and the one of before is swept.
      list: async (path) => {
        const names = await localFiles.list(path);
        if (path.includes('/acc-1/derived') && made < 2) derive(dataDir, `w${++made}`);
        return names;
      },
    };
    await createBackup({
      snapshots: openStore(dataDir),
      folder,
      clock: systemClock,
      usesMongo: false,
      signal,
      files,
    });
    expect(made).toBe(2);
    const restored = join(makeTempFolder(), 'data');
    await restore(folder, restored);
    const derived = join(restored, 'listening/acc-1/derived');
    const { version } = JSON.parse(readFileSync(join(derived, 'CURRENT'), 'utf8')) as { version: string };
    expect(readFileSync(join(derived, version, 'plays.parquet'), 'utf8')).toBe(version);
    expect(readdirSync(derived)).toEqual(['CURRENT', version]);
  });

  it('work before anything was published', async () => {
    const dataDir = makeTempFolder();
    const folder = join(makeTempFolder(), 'backup');
    expect(await back(dataDir, folder)).toMatchObject({ snapshotId: null, files: [] });
    expect(await restore(folder, join(makeTempFolder(), 'data'))).toMatchObject({ snapshotId: null });
  });

  it('leave MongoDB to its own tools, and say so', async () => {
    const { dataDir } = await openFolder();
    const list = await createBackup({
      snapshots: openStore(dataDir),
      folder: join(makeTempFolder(), 'backup'),
      clock: systemClock,
      usesMongo: true,
      signal,
    });
    expect(list.without).toEqual(['mongodb']);
    expect(list.files.map(({ path }) => path)).not.toContainEqual(expect.stringMatching(/^(runs|landing)/));
  });

  it('touch no folder that holds something', async () => {
    const { dataDir } = await openFolder();
    const folder = makeTempFolder();
    writeFileSync(join(folder, 'mine'), 'x');
    await expect(back(dataDir, folder)).rejects.toThrow(/is not empty.*for a backup/);
    expect(readdirSync(folder)).toEqual(['mine']);
    const good = join(makeTempFolder(), 'backup');
    await back(dataDir, good);
    await expect(restore(good, folder)).rejects.toThrow(/is not empty.*for a restore/);
    await expect(restore(good, dataDir)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(readdirSync(folder)).toEqual(['mine']);
  });

  it('are not made of a folder that is not there', async () => {
    const folder = join(makeTempFolder(), 'backup');
    const missing = join(makeTempFolder(), 'mistyped');
    await expect(back(missing, folder)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(`There is no data folder at "${missing}"`),
    });
    expect([existsSync(missing), existsSync(folder)]).toEqual([false, false]);
  });

  it('refuse a backup that is unfinished, damaged, short of a file, newer, or that names files outside it', async () => {
    const { dataDir } = await openFolder();
    const folder = join(makeTempFolder(), 'backup');
    const list = await back(dataDir, folder);
    const listPath = join(folder, 'backup.json');
    const text = readFileSync(listPath, 'utf8');
    const target = join(makeTempFolder(), 'data');
    const refused = async (message: RegExp) => {
      await expect(restore(folder, target)).rejects.toThrow(message);
      expect(readdirSync(join(target, '..')).includes('data') ? readdirSync(target) : []).toEqual([]);
    };
    rmSync(listPath);
    await refused(/it has no backup.json, which is written last/);
    writeFileSync(listPath, text.slice(0, 50));
    await refused(/its backup.json is damaged/);
    writeFileSync(listPath, text.replace('"format": 1', '"format": 2'));
    await refused(/format 2; this version reads up to 1/);
    writeFileSync(listPath, text.replace(list.files[0]?.path ?? '', '../../outside'));
    await refused(/is no path within it/);
    writeFileSync(listPath, text.replace(list.files[0]?.path ?? '', '/etc/outside'));
    await refused(/is no path within it/);
    writeFileSync(listPath, text);
    for (const { path } of list.files) {
      const whole = readFileSync(join(folder, path));
      const flipped = Buffer.from(whole);
      flipped[Math.floor(flipped.length / 2)] = (flipped[Math.floor(flipped.length / 2)] ?? 0) ^ 1;
      writeFileSync(join(folder, path), flipped);
      await refused(/is not what was backed up/);
      writeFileSync(join(folder, path), whole);
    }
    rmSync(join(folder, list.files[0]?.path ?? ''));
    await refused(/a file of it is missing/);
  });

  it('note that CURRENT is damaged, and which snapshot was taken in its place', async () => {
    const { dataDir } = await openFolder();
    writeFileSync(join(dataDir, 'CURRENT'), '{"snapshotId":"20261126-0101","manif');
    const list = await back(dataDir, join(makeTempFolder(), 'backup'));
    expect(list.snapshotId).not.toBeNull();
    expect(list.warnings).toEqual([
      'CURRENT is damaged',
      expect.stringMatching(/^CURRENT cannot be used; serving the newest whole snapshot/),
    ]);
  });

  it("leave an account's plays out whose pointer is damaged, say so, and copy the rest", async () => {
    const { dataDir } = await openFolder();
    writeFileSync(join(dataDir, 'listening/acc-1/derived/CURRENT'), '{"version":');
    const folder = join(makeTempFolder(), 'backup');
    const list = await back(dataDir, folder);
    expect(list.warnings).toEqual([expect.stringMatching(/acc-1\/derived\/CURRENT" is damaged/)]);
    const paths = list.files.map(({ path }) => path);
    expect(paths).toContain('listening/acc-1/listening.sqlite');
    expect(paths).not.toContainEqual(expect.stringContaining('/derived/'));
    await restore(folder, join(makeTempFolder(), 'data'));
  });

  it.each([
    [
      'are gone with their folder',
      (derived: string) => rmSync(join(derived, 'v1'), { recursive: true }),
      /is missing/,
    ],
    ['are gone', (derived: string) => rmSync(join(derived, 'v1/plays.parquet')), /is missing/],
    ['are rotten', (derived: string) => writeFileSync(join(derived, 'v1/plays.parquet'), 'v2'), /is damaged/],
  ])("leave an account's plays out that %s, and say so", async (_title, spoil, message) => {
    const { dataDir } = await openFolder();
    const derived = join(dataDir, 'listening/acc-1/derived');
    writeFileSync(join(derived, 'v1/heard-plays.bin'), 'x');
    spoil(derived);
    const folder = join(makeTempFolder(), 'backup');
    const list = await back(dataDir, folder);
    expect(list.warnings).toEqual([expect.stringMatching(/acc-1\/derived\/v1\/plays\.parquet"/)]);
    expect(list.warnings?.[0]).toMatch(message);
    expect(list.files.map(({ path }) => path)).not.toContainEqual(expect.stringContaining('/derived/'));
    expect(existsSync(join(folder, 'listening/acc-1/derived'))).toBe(false);
    await restore(folder, join(makeTempFolder(), 'data'));
  });

  it("leave an account's plays out that are replaced again and again, and say so", async () => {
    const { dataDir } = await openFolder();
    let made = 0;
    const files: Files = {
      ...localFiles,
      // Whoever has read CURRENT finds that what it names was swept.
      read: async (path) => {
        const text = await localFiles.read(path);
        if (path.includes('/acc-1/derived')) derive(dataDir, `w${++made}`);
        return text;
      },
    };
    const folder = join(makeTempFolder(), 'backup');
    const snapshots = openStore(dataDir);
    const list = await createBackup({
      snapshots,
      folder,
      clock: systemClock,
      usesMongo: false,
      signal,
      files,
    });
    expect(list.warnings).toEqual([expect.stringMatching(/replaced 3 times/)]);
    await restore(folder, join(makeTempFolder(), 'data'));
  });

  it('bring back a file of any name, and make no backup of one that could not be put back', async () => {
    const { dataDir } = await openFolder();
    const bronze = join(dataDir, 'bronze/kind=artist/source=spotify');
    writeFileSync(join(bronze, 'a (1) ü.parquet'), 'x');
    const folder = join(makeTempFolder(), 'backup');
    await back(dataDir, folder);
    const restored = join(makeTempFolder(), 'data');
    await restore(folder, restored);
    expect(readdirSync(join(restored, 'bronze/kind=artist/source=spotify'))).toContain('a (1) ü.parquet');
    writeFileSync(join(bronze, 'a\\b.parquet'), 'x');
    await expect(back(dataDir, join(makeTempFolder(), 'backup'))).rejects.toThrow(/could not be put back/);
  });

  it('give up a backup of a file that is not what was published', async () => {
    const { dataDir } = await openFolder();
    const store = openStore(dataDir);
    const manifest = (await store.readCurrent())?.manifest;
    const path = join(dataDir, manifest?.relations[0]?.files[0]?.path ?? '');
    const bytes = readFileSync(path);
    // Damaged while it is copied: what is damaged before is not current any more.
    const lookAtCurrent = async () => ({ manifest: manifest ?? null, warnings: [], damagedId: null });
    const lying = { ...store, lookAtCurrent };
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const folder = join(makeTempFolder(), 'backup');
    await expect(
      createBackup({ snapshots: lying, folder, clock: systemClock, usesMongo: false, signal }),
    ).rejects.toMatchObject({ code: 'SNAPSHOT' });
    await expect(restore(folder, join(makeTempFolder(), 'data'))).rejects.toThrow(/no whole backup/);
    expect(existsSync(folder)).toBe(false);
  });

  it('bring back into a new file system, which has a folder of its own, and leave that where they fail', async () => {
    const { dataDir } = await openFolder();
    const folder = join(makeTempFolder(), 'backup');
    const list = await back(dataDir, folder);
    const volume = makeTempFolder();
    mkdirSync(join(volume, 'lost+found'));
    const path = join(folder, list.files[0]?.path ?? '');
    renameSync(path, `${path}.away`);
    await expect(restore(folder, volume)).rejects.toThrow(/a file of it is missing/);
    expect(readdirSync(volume)).toEqual(['lost+found']);
    renameSync(`${path}.away`, path);
    await restore(folder, volume);
    expect(readdirSync(volume)).toEqual(expect.arrayContaining(['lost+found', 'snapshots', 'runs.sqlite']));
  });
});
