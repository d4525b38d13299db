import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { CancelledError } from '../../../src/errors.ts';
import { listBronzeFiles, writeBronze } from '../../../src/pipeline/bronze/bronze-files.ts';
import { readFiles } from '../../../src/pipeline/bronze/merged-bronze.ts';
import { type DuckDb, openDuckDb } from '../../../src/store/duckdb.ts';
import type { LandedDocument } from '../../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { type Files, localFiles } from '../../../src/store/snapshots/files.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { interceptFiles } from '../../store/snapshots/fault-files.ts';

const document = (source: string, n: number): LandedDocument => ({
  source,
  kind: 'artist',
  id: String(n).padStart(6, '0'),
  fetchedAt: 0,
  body: '{}',
});

async function openParts() {
  const dataDir = makeTempFolder();
  const landing = openSqliteLanding(':memory:');
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 512,
    threads: 1,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp'),
    tempMaxMb: 64,
    clock: systemClock,
  });
  onTestFinished(async () => {
    await db.close();
    await landing.close();
  });
  return { dataDir, landing, db };
}

/** A sealed batch with one document of each kind. */
async function openKinds(kinds: readonly LandedDocument['kind'][]) {
  const parts = await openParts();
  await parts.landing.openBatch({ id: 'b', source: 'test', runId: 'r', openedAt: 0 });
  await parts.landing.land(
    'b',
    kinds.map((kind) => ({ ...document('spotify', 0), kind })),
  );
  return { ...parts, batch: await parts.landing.sealBatch('b', 1) };
}

/** Writes one batch, and reads back what its files hold, by source. */
async function writeAndRead(documents: readonly LandedDocument[]) {
  const { dataDir, landing, db } = await openParts();
  await landing.openBatch({ id: 'b', source: 'test', runId: 'r', openedAt: 0 });
  await landing.land('b', documents);
  const batch = await landing.sealBatch('b', 1);
  const written = await writeBronze(db, landing, dataDir, { batches: [batch] });
  const files = listBronzeFiles(batch);
  const select = readFiles(dataDir, files);
  const bodies = await db.all<{ id: string; body: string; at: number; hash: string }>(
    `select id, body, epoch_ms(fetched_at) as at, content_hash as hash from (${select}) order by id limit 10`,
  );
  const rows = await db.all<{ source: string; documents: number; ids: number }>(
    `select source, count(*) as documents, count(distinct id) as ids
     from (${select}) group by source order by source`,
  );
  return { written, rows, bodies, files, missing: files.filter((path) => !existsSync(join(dataDir, path))) };
}

describe('writeBronze', () => {
  it('writes every document of a batch to the files that are listed, where two sources share a page', async () => {
    // The first source ends within a page, and the second one has more than a file holds.
    const documents = [
      ...Array.from({ length: 500 }, (_, n) => document('kworb', n)),
      ...Array.from({ length: 200_000 }, (_, n) => document('spotify', n)),
    ];
    expect(await writeAndRead(documents)).toMatchObject({
      written: 200_500,
      missing: [],
      rows: [
        { source: 'kworb', documents: 500, ids: 500 },
        { source: 'spotify', documents: 200_000, ids: 200_000 },
      ],
    });
  }, 180_000);

  it('keeps bodies as they landed, whatever characters are in them', async () => {
    const bodies = ['{"name":"Beyoncé"}', '', '\u001e', 'a\u001eb\u001ec', '🎸 音楽', 'a\u0000b', '\n', '{}'];
    const documents = bodies.map((body, n) => ({
      ...document('spotify', n),
      fetchedAt: 1_700_000_000_000 + n,
      body,
    }));
    const found = await writeAndRead(documents);
    expect(found).toMatchObject({ written: 8, missing: [] });
    expect(found.bodies).toEqual(
      documents.map(({ id, body, fetchedAt }) => ({
        id,
        body,
        at: fetchedAt,
        hash: createHash('sha256').update(body).digest('hex'),
      })),
    );
  });

  it('tells of each kind once its files are there, small kinds before large ones', async () => {
    const { db, landing, dataDir } = await openParts();
    const many = (kind: LandedDocument['kind'], count: number) =>
      Array.from({ length: count }, (_, n) => ({ ...document('spotify', n), kind }));
    await landing.openBatch({ id: 'b', source: 'test', runId: 'r', openedAt: 0 });
    await landing.land('b', [
      ...many('album', 1),
      ...many('artist', 100_001),
      ...many('audio_features', 100_002),
      ...many('track', 2),
    ]);
    const batch = await landing.sealBatch('b', 1);
    const told: [string, boolean][] = [];
    const onKind = async (kind: string) => {
      const files = listBronzeFiles({
        ...batch,
        counts: batch.counts.filter((count) => count.kind === kind),
      });
      told.push([kind, files.every((path) => existsSync(join(dataDir, path)))]);
    };
    await writeBronze(db, landing, dataDir, { batches: [batch], onKind });
    const expected = ['track', 'album', 'audio_features', 'artist'].map((kind) => [kind, true]);
    expect(told).toEqual(expected);
    told.length = 0;
    // All of them are there already.
    expect(await writeBronze(db, landing, dataDir, { batches: [batch], onKind })).toBe(0);
    expect(told).toEqual(expected);
  }, 180_000);

  it('reads on while small files wait to be written', async () => {
    const { db, landing, dataDir, batch } = await openKinds(['album', 'artist', 'track']);
    const hasReadAll = Promise.withResolvers<void>();
    let read = 0;
    const readJoined = landing.readJoined.bind(landing);
    Object.assign(landing, {
      readJoined: (...given: Parameters<typeof readJoined>) => {
        if (++read === 3) hasReadAll.resolve();
        return readJoined(...given);
      },
    });
    const run: DuckDb['run'] = async (sql, ...given) => {
      if (sql.startsWith('copy')) await hasReadAll.promise;
      return db.run(sql, ...given);
    };
    expect(await writeBronze({ ...db, run }, landing, dataDir, { batches: [batch] })).toBe(3);
  });

  it('writes the next file while one is not yet on disk, which has no name until then', async () => {
    const { db, landing, dataDir, batch } = await openKinds(['album', 'artist']);
    const [first = ''] = listBronzeFiles(batch);
    const hasNext = Promise.withResolvers<boolean>();
    const files: Files = {
      ...localFiles,
      syncFile: async (path) => {
        expect(await hasNext.promise).toBe(true);
        await localFiles.syncFile(path);
      },
    };
    let copies = 0;
    const run: DuckDb['run'] = async (sql, ...given) => {
      await db.run(sql, ...given);
      if (sql.startsWith('copy') && ++copies === 2) hasNext.resolve(!existsSync(join(dataDir, first)));
    };
    expect(await writeBronze({ ...db, run }, landing, dataDir, { batches: [batch], files })).toBe(2);
    expect(existsSync(join(dataDir, first))).toBe(true);
  });

  it('syncs each new folder into its parent before a file in it has its name, and asks no more of folders that are there', async () => {
    const { db, landing, dataDir, batch } = await openKinds(['artist']);
    const callsOf = async (id: string) => {
      const files = interceptFiles(() => {});
      await writeBronze(db, landing, dataDir, { batches: [{ ...batch, id }], files });
      return files.calls.filter((call) => !call.startsWith('find '));
    };
    const root = dataDir.split('/').slice(-2).join('/');
    const base = dataDir.split('/').at(-1);
    const file = [
      'syncFile source=spotify/b.parquet.part',
      'rename source=spotify/b.parquet.part',
      'syncFolder kind=artist/source=spotify',
    ];
    expect(await callsOf('b')).toEqual([
      `makeFolder ${base}/bronze`,
      `syncFolder ${root}`,
      'makeFolder bronze/kind=artist',
      `syncFolder ${base}/bronze`,
      'makeFolder kind=artist/source=spotify',
      'syncFolder bronze/kind=artist',
      ...file,
    ]);
    rmSync(join(dataDir, 'bronze/kind=artist/source=spotify/b.parquet'));
    expect(await callsOf('b')).toEqual(file);
  });

  it('says what went wrong with a file that could not be written, and tells of no kind after it', async () => {
    const { db, landing, dataDir, batch } = await openKinds(['album', 'artist', 'track']);
    let copies = 0;
    const run: DuckDb['run'] = async (sql, ...given) => {
      if (sql.startsWith('copy') && ++copies === 2) throw new Error('no such luck');
      return db.run(sql, ...given);
    };
    const told: string[] = [];
    const onKind = async (kind: string) => {
      told.push(kind);
    };
    const work = writeBronze({ ...db, run }, landing, dataDir, { batches: [batch], onKind });
    await expect(work).rejects.toThrow('no such luck');
    expect(told).toEqual(['album']);
  });

  it('writes no further file once one could not be named or told of', async () => {
    const { db, landing, dataDir, batch } = await openKinds(['album', 'artist', 'audio_features', 'track']);
    const hasFailed = Promise.withResolvers<void>();
    const copies: string[] = [];
    const run: DuckDb['run'] = async (sql, ...given) => {
      if (sql.startsWith('copy') && copies.push(sql) === 2) await hasFailed.promise;
      return db.run(sql, ...given);
    };
    const onKind = async () => {
      setImmediate(hasFailed.resolve);
      throw new Error('nobody to tell');
    };
    await expect(writeBronze({ ...db, run }, landing, dataDir, { batches: [batch], onKind })).rejects.toThrow(
      'nobody to tell',
    );
    expect(copies).toHaveLength(2);
  });

  it('stops within a batch', async () => {
    const { db, landing, dataDir } = await openParts();
    await landing.openBatch({ id: 'b', source: 'test', runId: 'r', openedAt: 0 });
    await landing.land(
      'b',
      Array.from({ length: 10_000 }, (_, n) => document('spotify', n)),
    );
    const batch = await landing.sealBatch('b', 1);
    const stop = new AbortController();
    let written = 0;
    const work = writeBronze(db, landing, dataDir, {
      batches: [batch],
      signal: stop.signal,
      onProgress: (count) => {
        written = count;
        stop.abort(new CancelledError('enough'));
      },
    });
    await expect(work).rejects.toThrow('enough');
    expect(written).toBeLessThan(10_000);
  });
});
