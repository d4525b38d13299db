import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { writeBronze } from '../../../src/pipeline/bronze/bronze-files.ts';
import { findShortfalls } from '../../../src/pipeline/bronze/bronze-shortfall.ts';
import { openDuckDb, quoteText } from '../../../src/store/duckdb.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const FILE = 'bronze/kind=artist/source=kworb/b.parquet';

/** A batch of two sources as it was written. */
async function open() {
  const dataDir = makeTempFolder();
  const landing = openSqliteLanding(':memory:');
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 128,
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
  await landing.openBatch({ id: 'b', source: 'test', runId: 'r', openedAt: 0 });
  const document = (source: string, id: string) =>
    ({ source, kind: 'artist', id, fetchedAt: 0, body: '{}' }) as const;
  await landing.land('b', [document('kworb', 'a'), document('kworb', 'b'), document('spotify', 'a')]);
  const batch = await landing.sealBatch('b', 1);
  const write = () => writeBronze(db, landing, dataDir, { batches: [batch] });
  await write();
  return { dataDir, db, batch, write, path: join(dataDir, FILE) };
}

describe('findShortfalls', () => {
  it('finds none where bronze holds every document', async () => {
    const { dataDir, db, batch } = await open();
    expect(await findShortfalls(db, dataDir, [batch])).toEqual([]);
  });

  it('names a file that has too few, whose removal brings the documents back', async () => {
    const { dataDir, db, batch, write, path } = await open();
    await db.run(`create table one as select * from read_parquet(${quoteText(path)}) limit 1`);
    await db.run(`copy one to ${quoteText(path)} (format parquet)`);
    const short = await findShortfalls(db, dataDir, [batch]);
    expect(short).toEqual([
      { batchId: 'b', kind: 'artist', source: 'kworb', landed: 2, held: 1, files: [FILE], canMend: true },
    ]);
    await rm(path);
    await write();
    expect(await findShortfalls(db, dataDir, [batch])).toEqual([]);
  });

  it('says where the bodies are gone from the landing store too', async () => {
    const { dataDir, db, batch, path } = await open();
    await rm(path);
    expect(await findShortfalls(db, dataDir, [{ ...batch, releasingSince: 5 }])).toMatchObject([
      { held: 0, canMend: false },
    ]);
  });
});
