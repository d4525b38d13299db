// Opens the files that a manifest names for reading: one view per relation, nothing else within reach.
import { join, resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { type DuckDb, hardenDuckDb, openDuckDb, quoteName, quoteText } from '../duckdb.ts';
import type { Manifest, ManifestRelation } from '../snapshots/manifest.ts';
import type { Catalog } from './catalog.ts';
import { toCatalogError } from './query-errors.ts';

export interface OpenCatalog {
  readonly manifest: Manifest;
  /** The snapshot as one request sees it; its statements end when `signal` aborts. */
  forRequest(signal: AbortSignal): Catalog;
  /** How many statements have been started since it was opened; tests prove batching with it. */
  readonly statements: number;
  /** How many statements are under way. */
  readonly active: number;
  close(): Promise<void>;
}

export interface OpenCatalogOptions {
  readonly manifest: Manifest;
  readonly dataDir: string;
  readonly config: Pick<
    Config,
    'serveMemoryMb' | 'serveThreads' | 'serveConnections' | 'tempMaxMb' | 'statementTimeoutMs'
  >;
  readonly clock: Clock;
  /** Where statements that outgrow their memory spill to. */
  readonly tempDir: string;
}

const LAYERS = ['silver', 'gold', 'warehouse'] as const;

/**
 * Opens a snapshot for serving: a DuckDB in memory with views gold.tracks and so on over exactly the manifest's files, locked
 * so that it reads nothing outside the data folder's layers.
 */
export async function openCatalog(options: OpenCatalogOptions): Promise<OpenCatalog> {
  const { manifest, config } = options;
  const dataDir = resolve(options.dataDir);
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: config.serveMemoryMb,
    threads: config.serveThreads,
    maxConnections: config.serveConnections,
    tempDir: options.tempDir,
    tempMaxMb: config.tempMaxMb,
    statementTimeoutMs: config.statementTimeoutMs,
    clock: options.clock,
  });
  try {
    await createViews(db, manifest, dataDir);
    await hardenDuckDb(
      db,
      ['bronze', ...LAYERS].map((layer) => join(dataDir, layer)),
    );
  } catch (error) {
    await db.close();
    throw error;
  }
  const opening = db.statements;
  return {
    manifest,
    forRequest: (signal) => ({
      manifest,
      dataDir,
      all: <T>(sql: string, params: Parameters<Catalog['all']>[1] = []) =>
        db.all<T>(sql, params, { signal }).catch((error) => {
          throw toCatalogError(error);
        }),
    }),
    get statements() {
      return db.statements - opening;
    },
    get active() {
      return db.active;
    },
    close: () => db.close(),
  };
}

async function createViews(db: DuckDb, manifest: Manifest, dataDir: string): Promise<void> {
  for (const layer of LAYERS) await db.run(`create schema ${layer}`);
  for (const relation of manifest.relations) {
    await db.run(
      `create view ${relation.layer}.${quoteName(relation.name)} as ${selectRelation(relation, dataDir)}`,
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
