import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { RelationSpec } from '../../../src/store/snapshots/relation-writer.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

/** Writes a relation of 50,000 rows. @returns how its columns are compressed, its bytes and its content hash */
async function write(spec: Partial<RelationSpec>) {
  const dataDir = makeTempFolder();
  const db = await openMemoryDb();
  try {
    const store = createSnapshotStore({ dataDir, clock: systemClock, random: seededRandomness(1) });
    const candidate = await store.beginCandidate();
    const select = `select i as id, 'track ' || i as name from range(50_000) t(i)`;
    const written = await candidate.writeRelation(db, { layer: 'gold', name: 'things', select, ...spec });
    const [file] = written.files;
    const found = await db.all<{ compression: string }>(
      `select distinct compression from parquet_metadata('${join(dataDir, file?.path ?? '')}')`,
    );
    return { ...file, contentHash: written.contentHash, codecs: found.map(({ compression }) => compression) };
  } finally {
    await db.close();
  }
}

describe('writeRelation', () => {
  it('compresses with snappy, which every reader of Parquet knows, or with zstd for less disk, and the content is the same', async () => {
    const usual = await write({});
    const small = await write({ compression: 'zstd' });
    expect(usual.codecs).toEqual(['SNAPPY']);
    expect(small.codecs).toEqual(['ZSTD']);
    expect(small.bytes).toBeLessThan(usual.bytes ?? 0);
    expect(small.contentHash).toBe(usual.contentHash);
  });
});
