// Whether bronze holds what landed: the rows that its files say they have beside the documents of each batch.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDb, quoteText } from '../../store/duckdb.ts';
import type { Batch } from '../../store/landing/landing-store.ts';
import { listBronzeFiles } from './bronze-files.ts';
import { readMergedBronze } from './merged-bronze.ts';

export interface Shortfall {
  readonly batchId: string;
  readonly kind: string;
  readonly source: string;
  readonly landed: number;
  readonly held: number;
  /** Relative to the data folder; the documents are written again where these are not there. */
  readonly files: readonly string[];
  /** Whether the landing store has the bodies still, so that they can be. */
  readonly canMend: boolean;
}

/**
 * Documents that landed in a batch and that bronze does not hold. Cost: the footer of each file.
 *
 * @param batches sealed ones that were published: others have no files yet
 */
export async function findShortfalls(
  db: DuckDb,
  dataDir: string,
  batches: readonly Batch[],
): Promise<Shortfall[]> {
  const short: Shortfall[] = [];
  const merged = await readMergedBronze(db, dataDir);
  const hasBodies = new Set(
    batches.filter(({ releasingSince }) => releasingSince === null).map(({ id }) => id),
  );
  for (const batch of batches) {
    for (const count of batch.counts) {
      const { kind, source, documents: landed } = count;
      const file = merged.find(kind, source, batch.id);
      const files = listBronzeFiles({ ...batch, counts: [count] }, merged);
      const paths = files.map((path) => join(dataDir, path));
      const held = file ? (file.batches.get(batch.id) ?? 0) : await countRows(db, paths);
      // What other batches have in the file would have to be written again as well.
      const canMend = [batch.id, ...(file?.batches.keys() ?? [])].every((id) => hasBodies.has(id));
      if (held < landed) short.push({ batchId: batch.id, kind, source, landed, held, files, canMend });
    }
  }
  return short;
}

async function countRows(db: DuckDb, paths: readonly string[]): Promise<number> {
  const there = paths.filter((path) => existsSync(path));
  if (there.length === 0) return 0;
  const [sum] = await db.all<{ rows: number }>(
    `select coalesce(sum(num_rows), 0)::bigint as rows from parquet_file_metadata([${there.map(quoteText).join(', ')}])`,
  );
  return sum?.rows ?? 0;
}
