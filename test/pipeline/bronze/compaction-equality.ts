// Builds the same batches with and without a compaction in between, and compares everything that is published.
import { tmpdir } from 'node:os';
import { expect } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import {
  type Compaction,
  type CompactionParts,
  compactLanding,
} from '../../../src/pipeline/bronze/compact-landing.ts';
import { type DuckDb, openDuckDb } from '../../../src/store/duckdb.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { contentOf } from '../build/incremental-equality.ts';
import { openPublisher, type Publisher } from '../build/publish-harness.ts';
import { makeDocuments, makeFirstBatch, seeded } from '../build/random-landing.ts';

export async function withDb<T>(work: (db: DuckDb) => Promise<T>): Promise<T> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 256,
    threads: 2,
    maxConnections: 1,
    tempDir: tmpdir(),
    tempMaxMb: 256,
    clock: systemClock,
  });
  return work(db).finally(() => db.close());
}

/** Compacts whatever is sealed, unless told otherwise. */
export async function compactAll(
  { landing, dataDir }: Publisher,
  change: Partial<CompactionParts> = {},
): Promise<Compaction> {
  const published = (await landing.listBatches({ sealed: true })).map(({ id }) => id);
  const parts = { landing, dataDir, published, before: 1_000, now: 2_000, ...change };
  return withDb((db) => compactLanding({ db, ...parts }));
}

export async function landEach(
  publisher: Publisher,
  batches: readonly ReturnType<typeof makeDocuments>[],
  from = 0,
): Promise<void> {
  for (const [at, documents] of batches.entries()) await publisher.addBatch(`batch-${from + at}`, documents);
}

/** Publishes and compacts in turn, then builds all of it anew, beside a folder that was never compacted. */
export async function expectSameAfterCompaction(seed: number): Promise<void> {
  const random = seeded(seed);
  const early = [makeFirstBatch(random), makeDocuments(random, 40), makeDocuments(random, 40)];
  const late = [makeDocuments(random, 30)];
  const compacted = await openPublisher();
  const untouched = await openPublisher();
  try {
    await landEach(compacted, early);
    await landEach(untouched, [...early, ...late]);
    await compacted.publish();
    expect((await compactAll(compacted)).moved).toHaveLength(early.length);
    await landEach(compacted, late, early.length);
    const newer = await compacted.publish();
    expect(newer.message).toContain('1 new of 4');
    await compactAll(compacted);
    const whole = await compacted.publish({ force: true });
    expect(whole.message).toContain('built anew');
    const expected = shown(await untouched.publish());
    expect([shown(newer), shown(whole)], `seed ${seed}`).toEqual([expected, expected]);
  } finally {
    await compacted.close();
    await untouched.close();
  }
}

function shown({ manifest }: { manifest: Manifest | null }) {
  if (!manifest) throw new Error('nothing was published');
  return contentOf(manifest);
}
