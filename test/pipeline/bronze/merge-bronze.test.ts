import { existsSync, readdirSync } from 'node:fs';
import { cp, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listBronzeFiles, writeBronze } from '../../../src/pipeline/bronze/bronze-files.ts';
import { findShortfalls } from '../../../src/pipeline/bronze/bronze-shortfall.ts';
import { type BronzeMergeParts, mergeBronze } from '../../../src/pipeline/bronze/merge-bronze.ts';
import { FOOTER_KEY, readMergedBronze, selectBatches } from '../../../src/pipeline/bronze/merged-bronze.ts';
import { quoteText } from '../../../src/store/duckdb.ts';
import type { Batch } from '../../../src/store/landing/landing-store.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import { intercept } from '../../reliability/snapshots/points.ts';
import { openPublisher, type Publisher } from '../build/publish-harness.ts';
import { makeDocuments, seeded } from '../build/random-landing.ts';
import { compactAll, landEach, withDb } from './compaction-equality.ts';
import { expectSameAfterMerge } from './merge-equality.ts';

/** Compares whole builds, on a machine that may be busy. */
const MANY_BUILDS_MS = 240_000;
const LATER_MS = 3_600_000;

/** Each kind is a file more of every batch. */
const ofTwoKinds = (documents: ReturnType<typeof makeDocuments>) =>
  documents.filter(({ kind }) => kind === 'track' || kind === 'artist');

/** Sealed batches in bronze, as a publish leaves them. */
async function openWithBronze(batches = 6): Promise<Publisher> {
  const publisher = await openPublisher();
  onTestFinished(() => publisher.close());
  const random = seeded(3);
  const small = Array.from({ length: batches }, () => ofTwoKinds(makeDocuments(random, 40)));
  await landEach(publisher, small);
  await writeAll(publisher);
  return publisher;
}

async function writeAll({ landing, dataDir }: Publisher): Promise<void> {
  await withDb(async (db) => {
    const merged = await readMergedBronze(db, dataDir);
    for (const batch of await landing.listBatches({ sealed: true }))
      await writeBronze(db, landing, dataDir, { batches: [batch], merged });
  });
}

async function merge({ landing, dataDir }: Publisher, change: Partial<BronzeMergeParts> = {}) {
  const batches = await landing.listBatches({ sealed: true });
  const parts = { files: localFiles, dataDir, batches, now: Date.now(), graceMs: 60_000, minFiles: 2 };
  return withDb((db) => mergeBronze({ db, ...parts, ...change }));
}

const mergeLater = (publisher: Publisher, change: Partial<BronzeMergeParts> = {}) =>
  merge(publisher, { now: Date.now() + LATER_MS, ...change });

/** All that a build of these batches reads. */
function read({ landing, dataDir }: Publisher, choose = (_: Batch) => true): Promise<unknown> {
  return withDb(async (db) => {
    const batches = (await landing.listBatches({ sealed: true })).filter(choose);
    const select = selectBatches(dataDir, batches, await readMergedBronze(db, dataDir));
    return db.all(`select * from (${select}) order by batch_id, kind, source, id`);
  });
}

function listAll(dataDir: string): string[] {
  const paths = readdirSync(join(dataDir, 'bronze'), { recursive: true });
  return paths.map((path) => `bronze/${path}`).sort();
}

const isMerged = (path: string) => /merged-[0-9a-f]+\.parquet$/.test(path);

describe('mergeBronze', () => {
  it(
    'leaves every build as it was: whole, of new batches, and whole again',
    () => expectSameAfterMerge(1),
    MANY_BUILDS_MS,
  );

  it('makes one file of many of a kind and source, with every row as it was', async () => {
    const publisher = await openWithBronze();
    const before = await read(publisher);
    const { merged, removed, waiting, kept } = await merge(publisher);
    expect([removed, waiting, kept]).toEqual([[], [], []]);
    expect(merged.length).toBeGreaterThan(1);
    expect(merged.every(({ files }) => files > 1)).toBe(true);
    expect(await read(publisher)).toEqual(before);
    const own = listAll(publisher.dataDir).filter((path) => path.endsWith('.parquet') && !isMerged(path));
    expect((await merge(publisher)).waiting.length).toBeGreaterThan(0);
    const later = await mergeLater(publisher);
    expect([later.merged, later.waiting, later.kept]).toEqual([[], [], []]);
    expect(later.removed.length).toBeGreaterThan(merged.length);
    const left = listAll(publisher.dataDir).filter((path) => own.includes(path));
    expect(left.length).toBe(own.length - later.removed.length);
    expect(await read(publisher)).toEqual(before);
    await writeAll(publisher);
    expect(listAll(publisher.dataDir).filter((path) => own.includes(path))).toEqual(left);
    expect(await mergeLater(publisher)).toEqual({ merged: [], removed: [], waiting: [], kept: [] });
  });

  it('takes a merged file into a larger one, which is asked from then on', async () => {
    const publisher = await openWithBronze(4);
    await merge(publisher);
    await mergeLater(publisher);
    const random = seeded(9);
    const more = Array.from({ length: 3 }, () => ofTwoKinds(makeDocuments(random, 60)));
    await landEach(publisher, more, 4);
    await writeAll(publisher);
    const before = await read(publisher);
    await merge(publisher);
    expect(await read(publisher)).toEqual(before);
    const { removed } = await mergeLater(publisher);
    expect(removed.some(isMerged)).toBe(true);
    expect(await read(publisher)).toEqual(before);
  });

  it('in a dry run says what it would do, and does nothing', async () => {
    const publisher = await openWithBronze();
    const said = await merge(publisher, { dryRun: true });
    expect(listAll(publisher.dataDir).some(isMerged)).toBe(false);
    expect(await merge(publisher)).toEqual(said);
    const before = listAll(publisher.dataDir);
    const later = await mergeLater(publisher, { dryRun: true });
    expect(later.removed.length).toBeGreaterThan(0);
    expect(listAll(publisher.dataDir)).toEqual(before);
    expect(await mergeLater(publisher)).toEqual(later);
  });

  it('leaves few files as they are', async () => {
    const publisher = await openWithBronze();
    expect((await merge(publisher, { minFiles: 16 })).merged).toEqual([]);
  });

  it(
    'loses and doubles nothing wherever it dies, and ends what it began the next time',
    async () => {
      const publisher = await openWithBronze(4);
      const bronze = join(publisher.dataDir, 'bronze');
      const saved = join(publisher.dataDir, 'saved');
      await cp(bronze, saved, { recursive: true });
      const expected = await read(publisher);
      const end = async (files = localFiles) => {
        await merge(publisher, { files });
        await mergeLater(publisher, { files });
      };
      const dieAt = async (point: number) => {
        const { files, count } = intercept(({ n, when }) => {
          if (2 * n - (when === 'before' ? 1 : 0) === point) throw new Error('died');
        });
        // A dead process cleans nothing up.
        const remove = async (path: string) => (isPart(path) ? undefined : files.remove(path));
        const outcome = await end({ ...files, remove }).then(
          () => 'ended',
          (error: Error) => error.message,
        );
        return { outcome, points: 2 * count() };
      };
      const { points } = await dieAt(0);
      expect(points).toBeGreaterThan(20);
      for (let point = 1; point <= points; point += 5) {
        await rm(bronze, { recursive: true });
        await cp(saved, bronze, { recursive: true });
        expect((await dieAt(point)).outcome, `point ${point}`).toBe('died');
        expect(await read(publisher), `point ${point}`).toEqual(expected);
        await end();
        expect(await read(publisher), `point ${point}, the next time`).toEqual(expected);
        expect(listAll(publisher.dataDir).filter(isPart)).toEqual([]);
      }
    },
    MANY_BUILDS_MS,
  );

  it('leaves a file that lacks documents, or cannot be read, to be mended', async () => {
    const publisher = await openWithBronze();
    const [one, two] = (await publisher.landing.listBatches({ sealed: true })).slice(1);
    const tracks = (batch: Batch | undefined) =>
      listBronzeFiles(batch as Batch).find((path) => path.includes('kind=track/')) ?? '';
    await truncate(join(publisher.dataDir, tracks(one)), 100);
    await rm(join(publisher.dataDir, tracks(two)));
    const { merged, kept } = await merge(publisher);
    expect(kept.map(({ path }) => path).sort()).toEqual([tracks(one), tracks(two)].sort());
    expect(merged.some(({ path }) => path.includes('kind=track/'))).toBe(true);
    expect((await mergeLater(publisher)).removed).not.toContain(tracks(one));
    await rm(join(publisher.dataDir, tracks(one)));
    await writeAll(publisher);
    const mended = await openWithBronze();
    expect(await read(publisher)).toEqual(await read(mended));
  });

  it('removes no file whose rows the merged one does not hold any more', async () => {
    const publisher = await openWithBronze();
    const { dataDir } = publisher;
    const { merged } = await merge(publisher);
    const harmed = merged[0]?.path ?? '';
    const path = quoteText(join(dataDir, harmed));
    await withDb(async (db) => {
      const file = (await readMergedBronze(db, dataDir)).files.find((each) => each.path === harmed);
      const held = JSON.stringify(Object.fromEntries(file?.batches ?? []));
      await db.run(`create table rest as select * from read_parquet(${path}) offset 1`);
      await db.run(`copy rest to ${path} (format parquet, kv_metadata {${FOOTER_KEY}: ${quoteText(held)}})`);
    });
    const { removed, kept } = await mergeLater(publisher);
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatchObject({ why: 'the merged file does not hold the same rows' });
    expect(removed.length).toBeGreaterThan(0);
    expect(existsSync(join(dataDir, kept[0]?.path ?? ''))).toBe(true);
  });
});

const isPart = (path: string) => path.endsWith('.part');

describe('beside merged files', () => {
  it('a batch is read alone where others are not wanted: after a rollback, or when one is gone', async () => {
    const publisher = await openWithBronze();
    const isOdd = ({ id }: Batch) => Number(id.at(-1)) % 2 === 1;
    const before = await read(publisher, isOdd);
    await merge(publisher);
    await mergeLater(publisher);
    expect(await read(publisher, isOdd)).toEqual(before);
  });

  it('no document is said to be missing, and bodies may leave the landing store', async () => {
    const publisher = await openWithBronze();
    await merge(publisher);
    await mergeLater(publisher);
    const batches = await publisher.landing.listBatches({ sealed: true });
    const find = () => withDb((db) => findShortfalls(db, publisher.dataDir, batches));
    expect(await find()).toEqual([]);
    expect((await compactAll(publisher)).kept).toEqual([]);
    expect(
      (await publisher.landing.listBatches({ sealed: true })).every(({ isReleased }) => isReleased),
    ).toBe(true);
  });

  it('what is missing with a merged file is mended where all its batches have their bodies', async () => {
    const publisher = await openWithBronze();
    const { merged } = await merge(publisher);
    await mergeLater(publisher);
    const path = merged.find((each) => each.path.includes('kind=track/'))?.path ?? '';
    const before = await read(publisher);
    await rm(join(publisher.dataDir, path));
    const batches = await publisher.landing.listBatches({ sealed: true });
    const short = await withDb((db) => findShortfalls(db, publisher.dataDir, batches));
    expect(short.length).toBeGreaterThan(1);
    expect(short.every(({ held, canMend }) => held === 0 && canMend)).toBe(true);
    await writeAll(publisher);
    expect(await read(publisher)).toEqual(before);
    expect(existsSync(join(publisher.dataDir, path))).toBe(false);
  });
});
