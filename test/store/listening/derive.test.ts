import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { openDuckDb, quoteText } from '../../../src/store/duckdb.ts';
import { createAccount, listeningFolder, openAccount } from '../../../src/store/listening/accounts.ts';
import { derivePlays, findDerivedPlays } from '../../../src/store/listening/derive.ts';
import { createPlayWriter } from '../../../src/store/listening/landed-plays.ts';
import type { LandedPlay } from '../../../src/store/listening/listening-file.ts';
import { type Files, localFiles } from '../../../src/store/snapshots/files.ts';
import { createGoldFixture, type GoldFixtureRows } from '../../fixtures/gold.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { makePlay } from './listening-fixture.ts';

const NOON = Date.UTC(2024, 4, 1, 12);
const [A, B] = ['0'.repeat(22), '1'.repeat(22)];

/** Lands exports, and merges them as often as is asked. */
async function land(...exports: readonly (readonly LandedPlay[])[]) {
  return landBeside(null, exports);
}

/** The same over a catalogue; null for none. */
async function landBeside(catalogue: GoldFixtureRows | null, exports: readonly (readonly LandedPlay[])[]) {
  const gold = catalogue && (await createGoldFixture(catalogue));
  if (gold) onTestFinished(() => gold.remove());
  const dataDir = gold?.dataDir ?? makeTempFolder();
  await createAccount(dataDir, {
    id: 'sandbox',
    spotifyAccountId: null,
    displayName: '',
    createdAt: NOON,
  });
  const listening = await openAccount(dataDir, 'sandbox');
  onTestFinished(() => listening.close());
  const folder = listeningFolder(dataDir, 'sandbox');
  for (const [at, plays] of exports.entries()) {
    const batchId = `b${at + 1}`;
    listening.openBatch({ id: batchId, origin: 'EXPORT', runId: 'r1', openedAt: NOON + at });
    const writer = await createPlayWriter(await open(dataDir), localFiles, { folder, batchId });
    await writer.add(plays);
    listening.sealBatch(batchId, { at: NOON, files: await writer.finish(), note: {} });
  }
  const merge = async (version: string, files: Files = localFiles) => {
    const db = await open(dataDir);
    for (const statement of readFileSync('lakehouse/macros.sql', 'utf8').split(/;\s*$/m))
      if (statement.replace(/--.*$/gm, '').trim()) await db.run(statement);
    return derivePlays({
      files,
      db,
      folder,
      dataDir,
      listening,
      batches: listening.listBatches(),
      ends: { from: 0, to: Number.MAX_SAFE_INTEGER },
      manifest: gold?.manifest ?? null,
      sql: readFileSync('lakehouse/listening/plays.sql', 'utf8'),
      version,
      now: '2024-05-02T00:00:00.000Z',
    });
  };
  return { dataDir, folder, merge };
}

async function open(dataDir: string) {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 256,
    threads: 1,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp'),
    tempMaxMb: 64,
    clock: systemClock,
  });
  onTestFinished(() => db.close());
  return db;
}

/** Lands exports and answers with the merged plays. */
async function derive(...exports: readonly (readonly LandedPlay[])[]) {
  return deriveBeside(null, exports);
}

async function deriveBeside(catalogue: GoldFixtureRows | null, exports: readonly (readonly LandedPlay[])[]) {
  const { dataDir, folder, merge } = await landBeside(catalogue, exports);
  const facts = await merge('v1');
  expect(await findDerivedPlays(localFiles, folder)).toEqual(facts);
  const path = join(folder, 'derived', 'v1', 'plays.parquet');
  const db = await open(dataDir);
  const rows = await db.all<{ play_key: string; track_id: string | null; match_score: number | null }>(
    `select play_key, track_id, match_score from read_parquet(${quoteText(path)}) order by play_key`,
  );
  return { facts, rows };
}

it('what is made of plays lies in folders that are in their parents for good', async () => {
  const synced: string[] = [];
  const files: Files = {
    ...localFiles,
    syncFolder: (path) => {
      synced.push(path);
      return localFiles.syncFolder(path);
    },
  };
  const { dataDir, folder, merge } = await land([]);
  await merge('v1', files);
  expect(synced).toEqual(expect.arrayContaining([folder, join(folder, 'derived')]));
  synced.length = 0;
  await createPlayWriter(await open(dataDir), files, { folder: join(folder, 'other'), batchId: 'b1' });
  expect(synced).toEqual([folder, join(folder, 'other')]);
});

describe('derivePlays', () => {
  it('keeps the version before for whoever reads it, and no other', async () => {
    const { folder, merge } = await land([makePlay({})]);
    for (const version of ['v1', 'v2', 'v3']) await merge(version);
    expect(await localFiles.list(join(folder, 'derived'))).toEqual(['CURRENT', 'v2', 'v3']);
  });

  it('keeps what CURRENT names when an older version cannot be removed, which the next merge does', async () => {
    const { folder, merge } = await land([makePlay({})]);
    for (const version of ['v1', 'v2']) await merge(version);
    const files = {
      ...localFiles,
      remove: (path: string) =>
        path.endsWith('v1') ? Promise.reject(new Error('in use')) : localFiles.remove(path),
    };
    expect(await merge('v3', files)).toMatchObject({ version: 'v3', plays: 1 });
    expect(await localFiles.list(join(folder, 'derived'))).toEqual(['CURRENT', 'v1', 'v2', 'v3']);
    await merge('v4');
    expect(await localFiles.list(join(folder, 'derived'))).toEqual(['CURRENT', 'v3', 'v4']);
  });

  it('keeps what CURRENT names when only the sync of its folder failed', async () => {
    const { folder, merge } = await land([makePlay({})]);
    let moved = false;
    const files: Files = {
      ...localFiles,
      rename: async (from, to) => {
        await localFiles.rename(from, to);
        moved = to.endsWith('CURRENT');
      },
      syncFolder: (path) => (moved ? Promise.reject(new Error('EIO')) : localFiles.syncFolder(path)),
    };
    await expect(merge('v1', files)).rejects.toThrow('EIO');
    expect(await findDerivedPlays(localFiles, folder)).toMatchObject({ version: 'v1' });
    expect(await localFiles.list(join(folder, 'derived', 'v1'))).toEqual(['plays.parquet']);
  });

  it('removes what it made when CURRENT could not be moved', async () => {
    const { folder, merge } = await land([makePlay({})]);
    await merge('v1');
    const files = { ...localFiles, rename: () => Promise.reject(new Error('ENOSPC')) };
    await expect(merge('v2', files)).rejects.toThrow('ENOSPC');
    expect(await findDerivedPlays(localFiles, folder)).toMatchObject({ version: 'v1' });
    expect(await localFiles.find(join(folder, 'derived', 'v2'))).toBeNull();
  });
});

describe('listening.plays', () => {
  it('counts a short row that an extended row covers once', async () => {
    const extended = makePlay({ endedAt: NOON + 31_000, trackId: A });
    const short = makePlay({ origin: 'SHORT', endedAt: NOON });
    const { rows } = await derive([extended, short]);
    expect(rows.map((row) => row.play_key)).toEqual([extended.key]);
  });

  it('keeps a second short row of the same minute that no extended row covers', async () => {
    const { rows } = await derive([
      makePlay({ endedAt: NOON + 31_000, trackId: A, msPlayed: 900 }),
      makePlay({ origin: 'SHORT', endedAt: NOON, msPlayed: 900 }),
      makePlay({ origin: 'SHORT', endedAt: NOON, msPlayed: 900 }),
    ]);
    expect(rows).toHaveLength(2);
  });

  it.each([
    ['at its end', NOON],
    ['at its begin', NOON - 180_000],
    ['half a minute after its end', NOON + 30_000],
  ])('knows a play of the API that an export has, told %s', async (_when, endedAt) => {
    const extended = makePlay({ trackId: A });
    const { rows } = await derive([extended, makePlay({ origin: 'RECENT', trackId: A, endedAt })]);
    expect(rows.map((row) => row.play_key)).toEqual([extended.key]);
  });

  it('knows a play of the API under another id of the same names: the track was re-linked', async () => {
    const { rows } = await derive([makePlay({ trackId: A }), makePlay({ origin: 'RECENT', trackId: B })]);
    expect(rows).toHaveLength(1);
  });

  it('keeps a play of the API of another track, or of another time', async () => {
    const { rows } = await derive([
      makePlay({ trackId: A }),
      makePlay({ origin: 'RECENT', trackId: B, trackName: 'Subdivisions' }),
      makePlay({ origin: 'RECENT', trackId: A, endedAt: NOON + 400_000 }),
    ]);
    expect(rows).toHaveLength(3);
  });

  it('keeps the second of two plays of a track in a row when the export has the first', async () => {
    const about = { trackId: A, msPlayed: 50_000 };
    const first = makePlay({ ...about, endedAt: NOON });
    const told = [0, 50_000].map((ms) => makePlay({ origin: 'RECENT', ...about, endedAt: NOON + ms }));
    const { rows } = await derive([first, ...told]);
    expect(rows.map((row) => row.play_key)).toEqual([first.key, told[1]?.key]);
  });

  it.each([
    ['ends', 0],
    ['begins', -50_000],
  ])('knows each of many plays of a track in a row by their %s, and a track between them', async (_what, shift) => {
    const ends = Array.from({ length: 5 }, (_, n) => NOON + n * 50_000);
    const about = { trackId: A, msPlayed: 50_000 };
    const exported = ends.map((endedAt) => makePlay({ ...about, endedAt }));
    const other = makePlay({ trackId: B, trackName: 'Subdivisions', endedAt: NOON + 900_000 });
    const told = ends.map((endedAt) => makePlay({ origin: 'RECENT', ...about, endedAt: endedAt + shift }));
    const { rows } = await derive([...exported, other, ...told]);
    expect(rows.map((row) => row.play_key)).toEqual([...exported, other].map(({ key }) => key));
  });

  it('takes equal rows of one short export for as many plays, and of two exports for the same', async () => {
    const short = () => makePlay({ origin: 'SHORT', endedAt: NOON, msPlayed: 900, key: 'same' });
    const { rows } = await derive([short(), short()], [short()]);
    expect(rows.map((row) => row.play_key)).toEqual(['same', 'same-2']);
    expect((await derive([short()], [short(), short()])).facts.batches).toMatchObject({
      b1: { plays: 1 },
      b2: { plays: 1 },
    });
  });

  it('takes an extended row for the same whatever key it landed under, unless the kind of device differs', async () => {
    const row = (key: string, platform: string) => makePlay({ trackId: A, key, platform });
    const { rows } = await derive([row('a', 'ios')], [row('b', 'ios'), row('c', 'android')]);
    expect(rows.map((each) => each.play_key)).toEqual(['a', 'c']);
  });

  it.each([
    ['Dancing With Myself', 'Dancing'],
    ['Long Live', 'Long'],
    ['Mono', 'Mono No Aware'],
    ['Live and Let Die', 'Live'],
    ['Stay With Me', 'Stay'],
  ])('does not take "%s" for "%s"', async (trackName, other) => {
    const { rows } = await derive([
      makePlay({ trackId: A, trackName: other }),
      makePlay({ origin: 'SHORT', trackName, endedAt: NOON + 3_600_000 }),
    ]);
    expect(rows[1]).toMatchObject({ track_id: null });
  });

  it.each([
    'Limelight (Acoustic)',
    'Limelight [Live] - 2011 Remaster',
    'Limelight - Remix',
    'Limelight (feat. Somebody)',
    'Limelight – Radio Edit',
  ])('takes "%s" for "Limelight" where nothing is nearer', async (trackName) => {
    const { rows } = await derive([
      makePlay({ trackId: A }),
      makePlay({ origin: 'SHORT', trackName, endedAt: NOON + 3_600_000 }),
    ]);
    expect(rows[1]).toMatchObject({ track_id: A, match_score: 0.75 });
  });

  it.each([
    ['the same names', 'Limelight', 'Rush', A, 1],
    ['other accents, case and punctuation', 'LIMELIGHT!', 'rush', A, 0.9],
    ['what an edition adds to the name', 'Limelight - 2011 Remaster', 'Rush', A, 0.75],
    ['another artist', 'Limelight', 'Yes', null, null],
  ])('finds the track of a play without id by %s', async (_what, trackName, artistName, id, score) => {
    const { rows, facts } = await derive([
      makePlay({ trackId: A }),
      makePlay({ origin: 'SHORT', trackName, artistName, endedAt: NOON + 3_600_000 }),
    ]);
    expect(rows[1]).toMatchObject({ track_id: id, match_score: score });
    expect(facts.batches).toEqual({ b1: { plays: 2, unresolved: id === null ? 1 : 0 } });
  });

  describe('beside a catalogue in which songs differ by punctuation, accents or case only', () => {
    const catalogue: GoldFixtureRows = {
      artists: [{ artist_id: 'x', name: 'X' }],
      tracks: [
        { track_id: A, name: 'Why?', popularity: 90, artists: ['x'] },
        { track_id: B, name: 'Why', popularity: 10, artists: ['x'] },
      ],
    };
    const short = (trackName: string, artistName = 'X') =>
      makePlay({ origin: 'SHORT', trackName, artistName, endedAt: NOON + 3_600_000 });
    const OWN = '2'.repeat(22);
    const own = (trackName: string) => makePlay({ trackId: OWN, trackName, artistName: 'X' });

    it.each([
      ['Why', 'X', B, 1],
      ['Why?', 'X', A, 1],
      ['WHY', 'X', A, 0.9],
      ['Why', 'x', A, 0.9],
      ['Why - Live', 'X', A, 0.75],
    ])('takes "%s" by "%s" for the song of exactly that name before a more popular one', async (...of) => {
      const [trackName, artistName, id, score] = of;
      const { rows } = await deriveBeside(catalogue, [[short(trackName, artistName)]]);
      expect(rows).toMatchObject([{ track_id: id, match_score: score }]);
    });

    it.each([
      ['the same names of its own before those of the catalogue', 'Why', 'Why', OWN, 1],
      ['the same names of the catalogue before nearly the same of its own', 'WHY', 'Why', B, 1],
      ['nearly the same names of its own before those of the catalogue', 'WHY', 'why', OWN, 0.9],
      ['nearly the same names of the catalogue before bare ones of its own', 'Why - Live', 'why', A, 0.9],
    ])('takes %s', async (_what, ownName, trackName, id, score) => {
      const { rows } = await deriveBeside(catalogue, [[own(ownName), short(trackName)]]);
      expect(rows[1]).toMatchObject({ track_id: id, match_score: score });
    });
  });
});
