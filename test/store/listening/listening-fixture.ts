// An account with plays over a small catalogue, merged and open for reading: as an import leaves it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { openDuckDb } from '../../../src/store/duckdb.ts';
import { createAccount, listeningFolder, openAccount } from '../../../src/store/listening/accounts.ts';
import { type DerivedPlays, derivePlays } from '../../../src/store/listening/derive.ts';
import { createPlayWriter } from '../../../src/store/listening/landed-plays.ts';
import type { LandedPlay } from '../../../src/store/listening/listening-file.ts';
import { type Listening, type OpenListening, openListening } from '../../../src/store/listening/open.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { createGoldFixture, type GoldFixtureRows } from '../../fixtures/gold.ts';

export interface ListeningFixture {
  readonly dataDir: string;
  readonly manifest: Manifest;
  readonly accountId: string;
  readonly derived: DerivedPlays;
  /** What statistics are asked of. */
  readonly listening: Listening;
  readonly open: OpenListening;
}

let count = 0;

/** A play of three minutes of an extended export, apart from what is said. */
export function makePlay(about: Partial<LandedPlay>): LandedPlay {
  count += 1;
  return {
    key: `k${String(count).padStart(6, '0')}`,
    origin: 'EXTENDED',
    endedAt: Date.UTC(2024, 4, 1, 12),
    msPlayed: 180_000,
    trackId: null,
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
    ...about,
  };
}

/** Closed and removed when the test ends. */
export async function openListeningFixture(
  plays: readonly LandedPlay[],
  rows: GoldFixtureRows = {},
  accountId = 'sandbox',
): Promise<ListeningFixture> {
  const { dataDir, manifest, remove } = await createGoldFixture(rows);
  const folder = listeningFolder(dataDir, accountId);
  await createAccount(dataDir, {
    id: accountId,
    spotifyAccountId: null,
    displayName: 'Somebody',
    createdAt: 1,
  });
  const file = await openAccount(dataDir, accountId);
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 256,
    threads: 1,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp'),
    tempMaxMb: 64,
    clock: systemClock,
  });
  try {
    const writer = await createPlayWriter(db, localFiles, { folder, batchId: 'b1' });
    file.openBatch({ id: 'b1', origin: 'EXPORT', runId: 'r1', openedAt: 1 });
    await writer.add(plays);
    const note = {
      name: 'export',
      rows: plays.length,
      plays: plays.length,
      podcasts: 0,
      audiobooks: 0,
      rejected: 0,
      reasons: {},
    };
    file.sealBatch('b1', { at: 2, files: await writer.finish(), note });
    for (const statement of readFileSync('lakehouse/macros.sql', 'utf8').split(/;\s*$/m))
      if (statement.replace(/--.*$/gm, '').trim()) await db.run(statement);
    const derived = await derivePlays({
      files: localFiles,
      db,
      folder,
      dataDir,
      listening: file,
      batches: file.listBatches(),
      ends: { from: 0, to: Number.MAX_SAFE_INTEGER },
      manifest,
      sql: readFileSync('lakehouse/listening/plays.sql', 'utf8'),
      version: 'v1',
      now: '2024-05-02T00:00:00.000Z',
    });
    const open = openListening({
      folder,
      derived,
      manifest,
      dataDir,
      config: readConfig({}),
      clock: systemClock,
    });
    onTestFinished(async () => {
      await open.close();
      await remove();
    });
    return {
      dataDir,
      manifest,
      accountId,
      derived,
      listening: open.forRequest(new AbortController().signal),
      open,
    };
  } finally {
    file.close();
    await db.close();
  }
}
