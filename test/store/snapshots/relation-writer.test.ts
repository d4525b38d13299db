import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import type { DuckDb } from '../../../src/store/duckdb.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import { type RelationSpec, selectFiles } from '../../../src/store/snapshots/relation-writer.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { openPublisher } from '../../fixtures/published.ts';
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

  describe('of columns of another relation', () => {
    /** Writes one, and of it another. @returns how the second is written, and what is in it */
    async function writeBoth(isParents: boolean) {
      const dataDir = makeTempFolder();
      const db = await openMemoryDb();
      onTestFinished(() => db.close());
      const store = createSnapshotStore({ dataDir, clock: systemClock, random: seededRandomness(1) });
      const wide = {
        layer: 'gold' as const,
        name: 'wide',
        select: `select i as id, 'track ' || i as name, i % 7 as other from range(50_000) t(i)`,
      };
      const none = { runId: null, batches: [], recipe: 'r', checks: [], coverage: [], lineage: [] };
      if (isParents) {
        const before = await store.beginCandidate();
        await before.writeRelation(db, wide);
        await before.publish(none);
      }
      const candidate = await store.beginCandidate();
      const { files } = await candidate.writeRelation(db, wide);
      const asked: string[] = [];
      const all: DuckDb['all'] = (sql, ...more) => {
        asked.push(sql);
        return db.all(sql, ...more);
      };
      const some = await candidate.writeRelation(
        { ...db, all },
        {
          layer: 'gold',
          name: 'some',
          select: `select name as title, id from (${selectFiles(dataDir, { files })})`,
          columnsOf: {
            files,
            columns: [
              { from: 'name', name: 'title' },
              { from: 'id', name: 'id' },
            ],
          },
        },
      );
      const { relations } = await candidate.publish(none);
      const [log = ''] = (await readdir(join(dataDir, 'gold/some/_delta_log'))).filter((file) =>
        file.endsWith('.json'),
      );
      const commits = (await readFile(join(dataDir, 'gold/some/_delta_log', log), 'utf8')).trim().split('\n');
      const added = commits.flatMap((line) => (JSON.parse(line) as { add?: { stats: string } }).add ?? []);
      return {
        copies: asked.filter((sql) => sql.startsWith('copy')).length,
        contentHash: some.contentHash,
        columns: relations.find(({ name }) => name === 'some')?.columns,
        stats: JSON.parse(added[0]?.stats ?? '{}') as unknown,
      };
    }

    it('takes them from its files as they lie there, with what their writer said of them', async () => {
      const taken = await writeBoth(false);
      expect(taken.copies).toBe(0);
      expect(taken.columns).toEqual([
        { name: 'title', type: 'VARCHAR' },
        { name: 'id', type: 'BIGINT' },
      ]);
      expect(taken.stats).toEqual({
        numRecords: 50_000,
        minValues: { title: 'track 0', id: 0 },
        maxValues: { title: 'track 9999', id: 49_999 },
        nullCount: { title: 0, id: 0 },
      });
    });

    it('selects them where its files are the parent’s, whose writer nobody has heard, and they are the same', async () => {
      const selected = await writeBoth(true);
      expect(selected.copies).toBe(1);
      const { copies: _, ...taken } = await writeBoth(false);
      expect(selected).toMatchObject(taken);
    });
  });

  it('names no file again that the disk cannot read, and such a snapshot is damaged', async () => {
    const dataDir = makeTempFolder();
    let broken = '-';
    const hash = async (path: string) => {
      if (path.endsWith(broken)) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
      return localFiles.hash(path);
    };
    const publisher = await openPublisher(dataDir, { ...localFiles, hash });
    onTestFinished(() => publisher.close());
    const publish = async () =>
      (await publisher.publish({ 'gold.things': 'select 1 as id' })).relations[0]?.files[0]?.path;
    broken = (await publish()) ?? '';
    expect(await publisher.store.lookAtCurrent()).toMatchObject({
      manifest: null,
      warnings: [
        `${broken} cannot be read`,
        expect.any(String),
        expect.stringContaining('no snapshot is whole'),
      ],
    });
    expect(await publish()).not.toBe(broken);
    expect((await publisher.store.lookAtCurrent()).warnings).toEqual([]);
  });
});
