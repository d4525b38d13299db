// Builds the same batches in several publishes and in one, and compares everything that is published.
import { expect } from 'vitest';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { hashRow, printContentHash } from '../../../src/store/snapshots/measure-file.ts';
import { selectFiles } from '../../../src/store/snapshots/relation-writer.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { openPublisher } from './publish-harness.ts';
import { makeDocuments, makeFirstBatch, seeded } from './random-landing.ts';

/** What must not depend on how a snapshot was built. */
export function contentOf(manifest: Manifest) {
  return {
    relations: manifest.relations.map(({ layer, name, rows, contentHash }) => [
      `${layer}.${name}`,
      rows,
      contentHash,
    ]),
    coverage: manifest.coverage,
    checks: manifest.checks.map(({ name, passed, failures }) => [name, passed, failures]),
  };
}

/** The content hash of each relation as its files have it: a build of new batches adds and subtracts, and reads no file again. */
async function readHashes(dataDir: string, { relations }: Manifest): Promise<string[]> {
  const db = await openMemoryDb();
  const hashes: string[] = [];
  for (const relation of relations) {
    const [found] = await db.all<{ rows: number; sum: string }>(
      `select count(*) as rows, coalesce(sum(${hashRow(relation.columns)}::hugeint), 0)::varchar as sum
       from (${selectFiles(dataDir, relation)})`,
    );
    hashes.push(printContentHash({ rows: found?.rows ?? 0, sum: BigInt(found?.sum ?? 0) }));
  }
  await db.close();
  return hashes;
}

/** @returns how many of the publishes took in new batches only */
export async function expectEqualBuilds(seed: number, batches: number, documents: number): Promise<number> {
  const random = seeded(seed);
  const landed = [
    makeFirstBatch(random),
    ...Array.from({ length: batches }, () => makeDocuments(random, documents)),
  ];
  const order = landed
    .map((_, at) => at)
    .slice(1)
    .sort(() => random() - 0.5);
  const bySteps = await openPublisher();
  const atOnce = await openPublisher();
  try {
    let incremental = 0;
    let last: Manifest | null = null;
    for (const at of [0, ...order]) {
      await bySteps.addBatch(`batch-${at}`, landed[at] ?? []);
      const { manifest, message } = await bySteps.publish();
      if (/ new of /.test(message)) incremental += 1;
      expect((await bySteps.publish()).manifest).toBeNull();
      last = manifest;
    }
    for (const [at, given] of landed.entries()) await atOnce.addBatch(`batch-${at}`, given);
    const { manifest: whole } = await atOnce.publish();
    if (!last || !whole) throw new Error(`seed ${seed}: nothing was published`);
    expect(contentOf(last), `seed ${seed}`).toEqual(contentOf(whole));
    expect(await readHashes(bySteps.dataDir, last), `seed ${seed}`).toEqual(
      last.relations.map(({ contentHash }) => contentHash),
    );
    return incremental;
  } finally {
    await bySteps.close();
    await atOnce.close();
  }
}
