// The relations of a snapshot as views: gold.tracks and so on, over exactly the files that its manifest names.
import { join } from 'node:path';
import { type DuckDb, quoteName, quoteText } from '../duckdb.ts';
import { LAYER_FOLDERS, type Manifest, type ManifestRelation } from './manifest.ts';

/**
 * @param dataDir absolute
 * @param database the one they are made in, by its SQL name; the engine's own unless stated
 */
export async function createRelationViews(
  db: DuckDb,
  manifest: Manifest,
  dataDir: string,
  database?: string,
): Promise<void> {
  const prefix = database ? `${database}.` : '';
  for (const layer of LAYER_FOLDERS) await db.run(`create schema ${prefix}${layer}`);
  for (const relation of manifest.relations) {
    await db.run(
      `create view ${prefix}${relation.layer}.${quoteName(relation.name)} as ${selectRelation(relation, dataDir)}`,
    );
  }
}

function selectRelation(relation: ManifestRelation, dataDir: string): string {
  if (relation.files.length === 0) {
    const columns = relation.columns.map(({ name, type }) => `null::${type} as ${quoteName(name)}`);
    return `select ${columns.join(', ')} where false`;
  }
  const files = relation.files.map((file) => quoteText(join(dataDir, file.path)));
  return `select * from read_parquet([${files.join(', ')}], hive_partitioning = false)`;
}
