// Builds the lakehouse from bronze rows in an in-memory DuckDB, without stores, files or runs.
import { tmpdir } from 'node:os';
import { systemClock } from '../../src/clock.ts';
import { showCheckFacts } from '../../src/pipeline/build/check-facts.ts';
import { type Lakehouse, readLakehouse } from '../../src/pipeline/build/relations.ts';
import { type DuckDb, nameValue, openDuckDb } from '../../src/store/duckdb.ts';
import type { BatchCount } from '../../src/store/landing/landing-store.ts';
import type { ManifestColumn } from '../../src/store/snapshots/manifest.ts';

export interface BronzeRow {
  readonly source: string;
  readonly kind: string;
  readonly id: string;
  readonly batch_id?: string;
  readonly fetched_at?: string;
  readonly body: unknown;
}

export const lakehouse: Lakehouse = readLakehouse();

/** An empty database with the macros and an empty bronze.documents. */
export async function openEmptyBuild(): Promise<DuckDb> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 1_024,
    threads: 2,
    maxConnections: 2,
    tempDir: tmpdir(),
    tempMaxMb: 1_024,
    clock: systemClock,
  });
  await db.run('create schema bronze');
  await db.run(`create table bronze.documents (source varchar, kind varchar, id varchar, batch_id varchar, run_id varchar,
    fetched_at timestamptz, content_hash varchar, body varchar)`);
  for (const statement of lakehouse.macros.split(/;\s*$/m)) {
    if (statement.replace(/--.*$/gm, '').trim()) await db.run(statement);
  }
  await db.run(nameValue('keep_sandbox', false));
  for (const layer of ['staging', 'silver', 'gold', 'warehouse']) await db.run(`create schema ${layer}`);
  return db;
}

/** Adds documents to bronze, with hashes as landing makes them. */
export async function addDocuments(db: DuckDb, rows: readonly BronzeRow[]): Promise<void> {
  for (const row of rows) {
    const body = typeof row.body === 'string' ? row.body : JSON.stringify(row.body);
    await db.run(`insert into bronze.documents values (?, ?, ?, ?, 'run-1', ?::timestamptz, sha256(?), ?)`, [
      row.source,
      row.kind,
      row.id,
      row.batch_id ?? 'batch-1',
      row.fetched_at ?? '2026-11-01T00:00:00Z',
      body,
      body,
    ]);
  }
}

/** What checks compare with: nothing before, and now what has been built. */
export async function showFacts(db: DuckDb): Promise<void> {
  const rows = async ({ layer, name }: { layer: string; name: string }) =>
    (await db.all<{ n: number }>(`select count(*) as n from ${layer}."${name}"`))[0]?.n ?? 0;
  const relations = [];
  for (const { layer, name } of lakehouse.relations)
    if (layer !== 'staging') relations.push({ layer, name, rows: await rows({ layer, name }) });
  await showCheckFacts(db, {
    relations,
    documents: await db.all<BatchCount>(
      'select source, kind, count(*)::integer as documents from bronze.documents group by all',
    ),
    coverage: [],
    previous: null,
    better: [],
    dataDir: '',
    limits: { maxLossPercent: 20, maxCoverageDrop: 20, maxAgeHours: 1_000_000 },
    acceptLoss: false,
    now: Date.UTC(2026, 10, 2),
  });
}

export interface PublishedRelation {
  readonly layer: string;
  readonly name: string;
  readonly columns: readonly ManifestColumn[];
}

/** What a lakehouse without documents has: bronze.documents and the published relations, by layer and name. */
export async function listPublished(): Promise<PublishedRelation[]> {
  const db = await openEmptyBuild();
  try {
    await buildAll(db);
    const rows = await db.all<{ layer: string; relation: string; name: string; type: string }>(
      `select schema_name as layer, table_name as relation, column_name as name, data_type as type from duckdb_columns()
       where schema_name in ('bronze', 'silver', 'gold', 'warehouse')
       order by list_position(['bronze', 'silver', 'gold', 'warehouse'], schema_name), table_name, column_index`,
    );
    return [...Map.groupBy(rows, ({ layer, relation }) => `${layer}.${relation}`).values()].map(
      (columns) => ({
        layer: columns[0]?.layer ?? '',
        name: columns[0]?.relation ?? '',
        columns: columns.map(({ name, type }) => ({ name, type })),
      }),
    );
  } finally {
    await db.close();
  }
}

/** Builds every relation as a table, in order. */
export async function buildAll(db: DuckDb): Promise<void> {
  for (const { layer, name, sql } of lakehouse.relations) {
    await db.run(`create or replace table ${layer}."${name}" as ${sql}`);
  }
  await showFacts(db);
}
