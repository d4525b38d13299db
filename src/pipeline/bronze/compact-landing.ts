// Bodies that landed are there twice: in the landing store and, verbatim, in bronze. After a stated time those of the landing store go, once
// bronze has been proved to hold them to the byte; keys, times and hashes stay, and every rebuild reads bronze as it always does.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { DuckDb } from '../../store/duckdb.ts';
import { hashLine } from '../../store/landing/batch-hash.ts';
import { type Batch, KEPT_BODIES, type LandingStore } from '../../store/landing/landing-store.ts';
import { listBronzeFiles } from './bronze-files.ts';
import { type MergedBronze, readMergedBronze, selectBatches } from './merged-bronze.ts';

export interface Compaction {
  /** Batches whose bodies went (would go, in a dry run), oldest first, with their documents. */
  readonly moved: readonly { readonly batchId: string; readonly documents: number }[];
  /** Batches that stay as they are, with what bronze lacks of them. */
  readonly kept: readonly { readonly batchId: string; readonly why: string }[];
}

export interface CompactionParts {
  readonly db: DuckDb;
  readonly landing: LandingStore;
  readonly dataDir: string;
  /**
   * Batches that were in bronze a publish ago: a backup copies bronze first and the landing store last, and must not miss in the one what has
   * left the other meanwhile.
   */
  readonly published: readonly string[];
  /** Batches sealed before this instant, in milliseconds since 1970. */
  readonly before: number;
  readonly now: number;
  /** Proves and changes nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/** A batch that died half way in an earlier compaction is gone on with. Repeating it changes nothing. */
export async function compactLanding(parts: CompactionParts): Promise<Compaction> {
  const { db, landing, dataDir, before, now, dryRun = false, signal } = parts;
  const published = new Set(parts.published);
  const merged = await readMergedBronze(db, dataDir);
  const moved: { batchId: string; documents: number }[] = [];
  const kept: { batchId: string; why: string }[] = [];
  for (const batch of await landing.listBatches({ sealed: true })) {
    signal?.throwIfAborted();
    const isDue = (batch.sealedAt ?? now) < before && published.has(batch.id);
    if (batch.isReleased || !isDue || countBodies(batch) === 0) continue;
    const why = await findLoss(db, dataDir, batch, merged);
    if (why !== null) kept.push({ batchId: batch.id, why });
    else {
      if (!dryRun) await landing.releaseBodies(batch.id, now);
      moved.push({ batchId: batch.id, documents: countBodies(batch) });
    }
  }
  return { moved, kept };
}

function countBodies({ counts }: Batch): number {
  return counts
    .filter(({ kind }) => !KEPT_BODIES.includes(kind))
    .reduce((sum, { documents }) => sum + documents, 0);
}

/**
 * What bronze lacks of a batch, or null: its files hold every document that was sealed, each body has the hash it landed with, and all
 * together give the hash of the seal.
 */
async function findLoss(
  db: DuckDb,
  dataDir: string,
  batch: Batch,
  merged: MergedBronze,
): Promise<string | null> {
  const files = listBronzeFiles(batch, merged);
  for (const file of files) if (!(await isThere(join(dataDir, file)))) return `"${file}" is missing`;
  const hash = createHash('sha256');
  const sql = `select source, kind, id, content_hash, sha256(body) = content_hash as is_whole
    from (${selectBatches(dataDir, [batch], merged)}) order by kind, source, id`;
  try {
    for await (const chunk of db.stream(sql)) {
      const [sources, kinds, ids, hashes, wholes] = [0, 1, 2, 3, 4].map((at) => chunk.column(at));
      for (let row = 0; row < chunk.rowCount; row++) {
        if (wholes?.[row] !== true) return `the body of ${kinds?.[row]} "${ids?.[row]}" is not what landed`;
        hash.update(
          hashLine(String(sources?.[row]), String(kinds?.[row]), String(ids?.[row]), String(hashes?.[row])),
        );
      }
    }
  } catch (error) {
    return `its files cannot be read (${messageOf(error)})`;
  }
  return hash.digest('hex') === batch.contentHash ? null : 'its files do not hold what was sealed';
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
