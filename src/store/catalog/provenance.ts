// Where a row of gold came from, down to the landed document.
import { join } from 'node:path';
import { quoteText } from '../duckdb.ts';
import type { Catalog } from './catalog.ts';
import { type Listing, type NestedField, nestedList } from './listing.ts';

export interface Provenance {
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly fetchedAt: string;
  readonly runId: string;
  readonly document: DocumentPlace;
}

export interface DocumentPlace {
  readonly source: string;
  readonly kind: string;
  readonly batchId: string;
  readonly id: string;
}

interface ProvenanceRow {
  readonly source: string;
  readonly kind: string;
  readonly document_id: string;
  readonly batch_id: string;
  readonly run_id: string;
  readonly fetched_at: string;
}

/** The documents behind entities of one kind, most lately fetched first. */
export function provenanceOf(entity: 'artist' | 'album' | 'track'): NestedField<readonly Provenance[]> {
  const listing: Listing<ProvenanceRow, Provenance> = {
    name: 'provenance',
    from: `(select * from gold.provenance where entity = '${entity}') p`,
    columns: 'p.source, p.kind, p.document_id, p.batch_id, p.run_id, p.fetched_at',
    toEntity: (row) => ({
      source: row.source,
      fetchedAt: row.fetched_at,
      runId: row.run_id,
      document: { source: row.source, kind: row.kind, batchId: row.batch_id, id: row.document_id },
    }),
  };
  return nestedList(`${entity} provenance`, listing, 'p.entity_id', 'p.fetched_at desc, p.source, p.kind');
}

/** A landed document's body, unchanged; null when bronze no longer has it. */
export async function readDocument(catalog: Catalog, place: DocumentPlace): Promise<unknown> {
  // A large batch lies in several files: <batch>.parquet, <batch>-2.parquet, ...
  const files = join(
    catalog.dataDir,
    'bronze',
    `kind=${place.kind}`,
    `source=${place.source}`,
    `${place.batchId}*.parquet`,
  );
  const rows = await catalog.all<{ body: string }>(
    `select body from read_parquet(${quoteText(files)}, hive_partitioning = false) where batch_id = ? and id = ? limit 1`,
    [place.batchId, place.id],
  );
  const [row] = rows;
  if (!row) return null;
  try {
    return JSON.parse(row.body);
  } catch {
    return row.body;
  }
}
