// A publish whose rows carry a number, so that a mixture of two snapshots shows; small enough to be done hundreds of times.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { type DuckDb, openDuckDb } from '../../../src/store/duckdb.ts';
import type { Files } from '../../../src/store/snapshots/files.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import type { SnapshotStore } from '../../../src/store/snapshots/snapshot-store.ts';

let opened = 0;

export function openStore(dataDir: string, files?: Files): SnapshotStore {
  opened += 1;
  return createSnapshotStore({
    dataDir,
    clock: systemClock,
    random: seededRandomness(process.pid * 1_000 + opened),
    ...(files ? { files } : {}),
  });
}

export function openBuilder(dataDir: string): Promise<DuckDb> {
  return openDuckDb({
    path: ':memory:',
    memoryMb: 256,
    threads: 1,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp', 'test'),
    tempMaxMb: 64,
    clock: systemClock,
  });
}

/** Publishes gold.tracks, gold.artists and an artifact, all of which say `n`. */
export async function publish(db: DuckDb, store: SnapshotStore, n: number): Promise<Manifest> {
  const candidate = await store.beginCandidate();
  try {
    for (const name of ['tracks', 'artists']) {
      await candidate.writeRelation(db, {
        layer: 'gold',
        name,
        select: `select i as id, ${n} as n from range(5) t(i)`,
        orderBy: 'id',
      });
    }
    const folder = await candidate.openArtifact('similarity');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'index.json'), JSON.stringify({ n }));
    await candidate.addArtifact('similarity');
    return await candidate.publish({
      runId: null,
      batches: [],
      recipe: '',
      checks: [],
      coverage: [],
      lineage: [],
    });
  } finally {
    await candidate.discard();
  }
}

/** The n of every row and artifact that a reader of the current snapshot sees, each once; none before the first publish. */
export async function readNs(db: DuckDb, store: SnapshotStore): Promise<number[]> {
  const current = await store.readCurrent();
  const ns = new Set<number>();
  for (const { files } of current?.manifest.relations ?? []) {
    const paths = files.map(({ path }) => `'${join(store.dataDir, path)}'`);
    const rows = await db.all<{ n: number }>(`select distinct n from read_parquet([${paths.join(', ')}])`);
    for (const { n } of rows) ns.add(n);
  }
  for (const { files } of current?.manifest.artifacts ?? []) {
    const [file] = await db.all<{ n: number }>(
      `select n from read_json('${join(store.dataDir, files[0]?.path ?? '')}')`,
    );
    ns.add(file?.n ?? -1);
  }
  return [...ns];
}
