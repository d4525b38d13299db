// Whether a snapshot serves nothing but the sandbox.
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { openDuckDb } from '../../store/duckdb.ts';
import type { Batch } from '../../store/landing/landing-store.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';
import { selectFiles } from '../../store/snapshots/relation-writer.ts';
import { mayHoldRealTracks } from './build-plan.ts';

const MEMORY_MB = 128;

/**
 * Reads silver.served_sources of a snapshot, where the manifest leaves open what it serves: by an engine of its own, since the one of the
 * build is opened for what this decides. False where nobody need know, so that most builds read nothing: no batch is of the sandbox, or none
 * that is new to the snapshot may hold real tracks. True for a file that cannot be read, so that everything is built anew.
 */
export async function servesSandboxAlone(
  { dataDir }: Pick<Config, 'dataDir'>,
  clock: Clock,
  { relations, batches: built }: Pick<Manifest, 'relations' | 'batches'>,
  batches: readonly Pick<Batch, 'id' | 'counts'>[],
): Promise<boolean> {
  const hasSandbox = batches.some(({ counts }) => counts.some(({ source }) => source === 'sandbox'));
  const served = relations.find(({ layer, name }) => layer === 'silver' && name === 'served_sources');
  const known = new Set(built);
  const mayLeave = mayHoldRealTracks(batches.filter(({ id }) => !known.has(id)));
  if (!hasSandbox || !mayLeave || served?.rows !== 1) return false;
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: MEMORY_MB,
    threads: 1,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp', 'plan'),
    tempMaxMb: MEMORY_MB,
    clock,
  });
  try {
    const rows = await db.all<{ source: string }>(`select source from (${selectFiles(dataDir, served)})`);
    return rows[0]?.source === 'sandbox';
  } catch {
    return true;
  } finally {
    await db.close();
  }
}
