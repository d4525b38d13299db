// Where a row of gold came from, down to the landed document.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText } from '../duckdb.ts';
import { type Listing, type NestedField, nestedList } from './listing.ts';
import { textList } from './sql-fragment.ts';

export interface Provenance {
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly fetchedAt: string;
  readonly runId: string;
  /** SHA-256 of the body, lower-case hexadecimal. */
  readonly contentHash: string;
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
  readonly content_hash: string;
}

/** The documents behind entities of one kind, most lately fetched first. */
export function provenanceOf(entity: 'artist' | 'album' | 'track'): NestedField<readonly Provenance[]> {
  const listing: Listing<ProvenanceRow, Provenance> = {
    name: 'provenance',
    from: `(select * from gold.provenance where entity = '${entity}') p`,
    columns: 'p.source, p.kind, p.document_id, p.batch_id, p.run_id, p.fetched_at, p.content_hash',
    toEntity: (row) => ({
      source: row.source,
      fetchedAt: row.fetched_at,
      runId: row.run_id,
      contentHash: row.content_hash,
      document: { source: row.source, kind: row.kind, batchId: row.batch_id, id: row.document_id },
    }),
  };
  return nestedList(`${entity} provenance`, listing, 'p.entity_id', 'p.fetched_at desc, p.source, p.kind');
}

/**
 * The bodies of landed documents, unchanged: parsed where they are JSON, null where bronze no longer has them. One statement
 * for the documents of all parents; a parent's id is `documentKey` of its place.
 */
export const bodyOfDocument: NestedField<unknown> = {
  key: 'Provenance.raw',
  load: async (catalog, keys) => {
    const places = keys.map((key) => readKey(key));
    const files = await findFiles(catalog.dataDir, places);
    if (files.length === 0) return keys.map(() => null);
    const rows = await catalog.all<DocumentRow>(
      `select source, kind, batch_id, id, body
       from read_parquet([${files.map(quoteText).join(', ')}], hive_partitioning = false)
       where batch_id in (select unnest(?)) and id in (select unnest(?))`,
      [textList(places.map((place) => place.batchId)), textList(places.map((place) => place.id))],
    );
    const bodies = new Map(rows.map((row) => [documentKey({ ...row, batchId: row.batch_id }), row.body]));
    return keys.map((key) => parseBody(bodies.get(key)));
  },
};

/** A document's place as one text. */
export function documentKey({ source, kind, batchId, id }: DocumentPlace): string {
  return JSON.stringify([source, kind, batchId, id]);
}

interface DocumentRow {
  readonly source: string;
  readonly kind: string;
  readonly batch_id: string;
  readonly id: string;
  readonly body: string;
}

function readKey(key: string): DocumentPlace {
  const [source = '', kind = '', batchId = '', id = ''] = JSON.parse(key) as string[];
  return { source, kind, batchId, id };
}

/** The bronze files that are there: a large batch lies in several, <batch>.parquet, <batch>-2.parquet, ..., and small ones in merged-<hash>.parquet. */
async function findFiles(dataDir: string, places: readonly DocumentPlace[]): Promise<string[]> {
  const folders = Map.groupBy(places, ({ kind, source }) =>
    join(dataDir, 'bronze', `kind=${kind}`, `source=${source}`),
  );
  const found = await Promise.all(
    [...folders].map(async ([folder, inFolder]) => {
      const batches = new Set(inFolder.map((place) => place.batchId));
      const names = await readdir(folder).catch(() => []);
      return names
        .filter((name) => /^merged-.*\.parquet$/.test(name) || batches.has(toBatchId(name, batches)))
        .map((name) => join(folder, name));
    }),
  );
  return found.flat();
}

function toBatchId(fileName: string, batches: ReadonlySet<string>): string {
  const stem = fileName.replace(/\.parquet$/, '');
  return batches.has(stem) ? stem : stem.replace(/-\d+$/, '');
}

function parseBody(body: string | undefined): unknown {
  if (body === undefined) return null;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
