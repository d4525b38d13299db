import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listBronzeFiles, writeBronze } from '../../../src/pipeline/bronze/bronze-files.ts';
import type { Batch, StoredDocument } from '../../../src/store/landing/landing-store.ts';
import { openPublisher, type Publisher } from '../build/publish-harness.ts';
import { makeDocuments, makeFirstBatch, seeded } from '../build/random-landing.ts';
import { compactAll, expectSameAfterCompaction, landEach, withDb } from './compaction-equality.ts';

/** Compares whole builds, on a machine that may be busy. */
const MANY_BUILDS_MS = 240_000;

async function open(env: Record<string, string> = {}): Promise<Publisher> {
  const publisher = await openPublisher(env);
  onTestFinished(() => publisher.close());
  return publisher;
}

/** Batches that are sealed and in bronze, as a publish leaves them. */
async function openWithBronze(...batches: ReturnType<typeof makeDocuments>[]): Promise<Publisher> {
  const publisher = await open();
  await landEach(publisher, batches);
  const { landing, dataDir } = publisher;
  await withDb(async (db) => {
    for (const batch of await landing.listBatches({ sealed: true }))
      await writeBronze(db, landing, dataDir, { batches: [batch] });
  });
  return publisher;
}

async function getBatch(publisher: Publisher, id: string): Promise<Batch> {
  const batch = await publisher.landing.findBatch(id);
  if (!batch) throw new Error(`no batch ${id}`);
  return batch;
}

describe('compactLanding', () => {
  it(
    'leaves every rebuild as it was: whole, of new batches, and whole again',
    () => expectSameAfterCompaction(1),
    MANY_BUILDS_MS,
  );

  it('keeps when each document was fetched, so that freshness goes by the same times', async () => {
    const documents = makeDocuments(seeded(4), 60).filter(({ kind }) => kind === 'track');
    const publisher = await openWithBronze(documents);
    const ids = documents.map(({ id }) => id);
    const before = await publisher.landing.findLatestFetches('spotify', 'track', ids);
    expect(before.size).toBeGreaterThan(0);
    await compactAll(publisher);
    expect(await publisher.landing.findLatestFetches('spotify', 'track', ids)).toEqual(before);
  });

  it('in a dry run proves and says what would go, and lets nothing go', async () => {
    const publisher = await openWithBronze(makeFirstBatch(seeded(5)));
    const said = await compactAll(publisher, { dryRun: true });
    expect(said.moved).toHaveLength(1);
    expect(await publisher.landing.findBatch('batch-0')).toMatchObject({
      releasingSince: null,
      isReleased: false,
    });
    expect(await compactAll(publisher)).toEqual(said);
    expect(await compactAll(publisher)).toEqual({ moved: [], kept: [] });
  });

  it('leaves what is too young, or not published yet', async () => {
    const publisher = await openWithBronze(makeFirstBatch(seeded(6)), makeDocuments(seeded(7), 20));
    expect((await compactAll(publisher, { before: 2 })).moved.map(({ batchId }) => batchId)).toEqual([
      'batch-0',
    ]);
    expect((await compactAll(publisher, { published: ['batch-0'] })).moved).toEqual([]);
  });

  it.each([
    ['missing', (path: string) => rm(path), /is missing/],
    ['cut short', (path: string) => truncate(path, 100), /cannot be read/],
  ])('keeps the bodies of a batch whose bronze file is %s, and says why', async (_name, harm, why) => {
    const publisher = await openWithBronze(makeFirstBatch(seeded(8)), makeDocuments(seeded(9), 20));
    const batch = await getBatch(publisher, 'batch-1');
    await harm(join(publisher.dataDir, listBronzeFiles(batch)[0] ?? ''));
    const { moved, kept } = await compactAll(publisher);
    expect(moved.map(({ batchId }) => batchId)).toEqual(['batch-0']);
    expect(kept).toMatchObject([{ batchId: 'batch-1', why: expect.stringMatching(why) }]);
  });

  it('keeps the bodies of a batch whose bronze file holds another body, or one document less', async () => {
    for (const change of ["replace(body, '{', '{ ') as body", 'body']) {
      const publisher = await openWithBronze(makeFirstBatch(seeded(10)));
      const batch = await getBatch(publisher, 'batch-0');
      const path = join(publisher.dataDir, listBronzeFiles(batch)[0] ?? '');
      await withDb(async (db) => {
        await db.run(`create table b as select * exclude (body), ${change} from read_parquet('${path}')`);
        if (change === 'body') await db.run('delete from b where id = (select min(id) from b)');
        await db.run(`copy b to '${path}' (format parquet)`);
      });
      expect(await compactAll(publisher)).toMatchObject({
        moved: [],
        kept: [{ why: expect.stringMatching(/is not what landed|do not hold what was sealed/) }],
      });
    }
  });

  it('refuses a build whose bronze was lost after the bodies had gone, and names what to restore', async () => {
    const publisher = await openWithBronze(makeFirstBatch(seeded(11)));
    await compactAll(publisher);
    const batch = await getBatch(publisher, 'batch-0');
    const tracks = batch.counts.filter(({ kind }) => kind === 'track');
    await rm(join(publisher.dataDir, listBronzeFiles({ ...batch, counts: tracks })[0] ?? ''));
    await expect(publisher.publish()).rejects.toThrow(/"batch-0" have left the landing store.*Restore/);
    const pages: StoredDocument[] = [];
    const reading = async () => {
      for await (const page of publisher.landing.readBatch('batch-0', 'track')) pages.push(...page);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'RUN_STATE' });
    expect(pages).toEqual([]);
  });
});

describe('step publish', () => {
  it.each([
    ['where a life is set', '1', true],
    ['never where none is set', '0', false],
  ])(
    'lets bodies go %s, a publish after the one that brought them',
    async (_name, days, isReleased) => {
      const publisher = await open({ GROOVELAKE_KEEP_LANDED_DAYS: days });
      await landEach(publisher, [makeFirstBatch(seeded(12))]);
      await publisher.publish();
      expect(await getBatch(publisher, 'batch-0')).toMatchObject({ isReleased: false });
      await landEach(publisher, [makeDocuments(seeded(13), 10)], 1);
      await publisher.publish();
      expect(await getBatch(publisher, 'batch-0')).toMatchObject({ isReleased });
      expect(await getBatch(publisher, 'batch-1')).toMatchObject({ isReleased: false });
    },
    MANY_BUILDS_MS,
  );
});
