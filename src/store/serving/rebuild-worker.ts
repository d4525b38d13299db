// A worker thread that builds the serving index of a published snapshot anew.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../clock.ts';
import { openDuckDb } from '../duckdb.ts';
import { createRelationViews } from '../snapshots/relation-views.ts';
import { buildServing } from './build.ts';
import type { RebuildJob } from './open.ts';

const { manifest, dataDir, folder, tempDir, memoryMb, tempMaxMb } = workerData as RebuildJob;
const stop = new AbortController();
parentPort?.once('message', () => stop.abort());
const db = await openDuckDb({
  path: ':memory:',
  memoryMb,
  threads: 1,
  maxConnections: 2,
  tempDir,
  tempMaxMb,
  clock: systemClock,
});
try {
  await createRelationViews(db, manifest, dataDir);
  await buildServing(db, folder, { snapshotId: manifest.id, signal: stop.signal });
} finally {
  await db.close();
  parentPort?.close();
}
