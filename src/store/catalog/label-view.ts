// The label of each indexed track as a relation, so that a filter answers with vectors' labels rather than with ids.
import { join } from 'node:path';
import { type DuckDb, quoteText } from '../duckdb.ts';
import { findArtifact } from '../snapshots/artifact.ts';
import type { Manifest } from '../snapshots/manifest.ts';

export const LABELS_FILE = 'labels.parquet';

/**
 * Makes similarity.labels (track_id, label), empty when the snapshot has no index.
 *
 * @param dataDir absolute
 * @returns the folders it reads from
 */
export async function createLabelView(db: DuckDb, manifest: Manifest, dataDir: string): Promise<string[]> {
  await db.run('create schema similarity');
  const artifact = findArtifact(manifest, dataDir, 'similarity');
  if (!artifact?.files.some(({ path }) => path.endsWith(`/${LABELS_FILE}`))) {
    await db.run(
      'create view similarity.labels as select null::varchar as track_id, null::integer as label where false',
    );
    return [];
  }
  const path = join(artifact.folder, LABELS_FILE);
  await db.run(
    `create view similarity.labels as select track_id, label from read_parquet(${quoteText(path)}, hive_partitioning = false)`,
  );
  return [artifact.folder];
}
