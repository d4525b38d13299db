import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { CancelledError } from '../../src/errors.ts';
import { listBronzeFiles, writeBronze } from '../../src/pipeline/bronze-files.ts';
import { readFiles } from '../../src/pipeline/merged-bronze.ts';
import { openDuckDb } from '../../src/store/duckdb.ts';
import type { LandedDocument } from '../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../src/store/landing/sqlite.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

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
