// Builds the same batches with and without merges of bronze in between, and compares everything that is published.
import { expect } from 'vitest';
import { mergeBronze } from '../../../src/pipeline/bronze/merge-bronze.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { contentOf } from '../build/incremental-equality.ts';
import { openPublisher, type Publisher } from '../build/publish-harness.ts';
import { makeDocuments, makeFirstBatch, seeded } from '../build/random-landing.ts';
import { landEach, withDb } from './compaction-equality.ts';

/** Merges what is published, twice: so that what was replaced goes, too. @returns files that came, and that went */
async function mergeAll({ landing, dataDir }: Publisher): Promise<[came: number, went: number]> {
  const batches = await landing.listBatches({ sealed: true });
  const parts = { files: localFiles, dataDir, batches, graceMs: 1_000, minFiles: 2 };
  return withDb(async (db) => {
    const { merged } = await mergeBronze({ db, ...parts, now: Date.now() });
    const { removed } = await mergeBronze({ db, ...parts, now: Date.now() + 60_000 });
    return [merged.length, removed.length];
  });
}

export async function expectSameAfterMerge(seed: number): Promise<void> {
  const random = seeded(seed);
  const early = [makeFirstBatch(random), ...Array.from({ length: 3 }, () => makeDocuments(random, 25))];
  const late = [makeDocuments(random, 25), makeDocuments(random, 25)];
  const merging = await openPublisher();
  const untouched = await openPublisher();
  try {
    await landEach(merging, early);
    await landEach(untouched, [...early, ...late]);
    const first = shown(await merging.publish());
    const [came, went] = await mergeAll(merging);
    expect([came > 0, went > came], `seed ${seed}`).toEqual([true, true]);
    expect(shown(await merging.publish({ force: true })), `seed ${seed}`).toEqual(first);
    await landEach(merging, late, early.length);
    const newer = await merging.publish();
    expect(newer.message).toContain('2 new of 6');
    await mergeAll(merging);
    const whole = await merging.publish({ force: true });
    const expected = shown(await untouched.publish());
    expect([shown(newer), shown(whole)], `seed ${seed}`).toEqual([expected, expected]);
  } finally {
    await merging.close();
    await untouched.close();
  }
}

function shown({ manifest }: { manifest: Manifest | null }) {
  if (!manifest) throw new Error('nothing was published');
  return contentOf(manifest);
}
