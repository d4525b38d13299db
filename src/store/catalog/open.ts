// Opens the files that a manifest names for reading: one view per relation, nothing else within reach.
import { join, resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { NO_COLUMNS, type OpenColumns } from '../columns/open.ts';
import { hardenDuckDb, openDuckDb } from '../duckdb.ts';
import { NO_SERVING, type OpenServing } from '../serving/open.ts';
import { LAYER_FOLDERS, type Manifest } from '../snapshots/manifest.ts';
import { createRelationViews } from '../snapshots/relation-views.ts';
import type { Catalog } from './catalog.ts';
import { createColumnUnits } from './column-units.ts';
import { createLabelView } from './label-view.ts';
import { toCatalogError } from './query-errors.ts';

export interface OpenCatalog {
  readonly manifest: Manifest;
  /** The snapshot as one request sees it; its statements end when `signal` aborts. */
  forRequest(signal: AbortSignal): Catalog;
  /** How many statements requests have started since it was opened; tests prove batching with it. */
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
    | 'serveMemoryMb'
    | 'serveThreads'
    | 'serveConnections'
    | 'requestConnections'
    | 'tempMaxMb'
    | 'statementTimeoutMs'
  >;
  readonly clock: Clock;
  /** Where statements that outgrow their memory spill to. */
  readonly tempDir: string;
  /** The snapshot's serving index; DuckDB alone unless given. Closed with the catalogue. */
  readonly serving?: OpenServing;
  /** The snapshot's columns in memory; DuckDB alone unless given. Closed with the catalogue. */
  readonly columns?: OpenColumns;
}

/**
 * Opens a snapshot for serving: a DuckDB in memory with views gold.tracks and so on over exactly the manifest's files, locked
 * so that it reads nothing outside the data folder's layers.
 */
export async function openCatalog(options: OpenCatalogOptions): Promise<OpenCatalog> {
  const { manifest, config, serving = NO_SERVING, columns = NO_COLUMNS } = options;
  const dataDir = resolve(options.dataDir);
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: config.serveMemoryMb,
    threads: config.serveThreads,
    maxConnections: config.serveConnections,
    maxPerSignal: config.requestConnections,
    tempDir: options.tempDir,
    tempMaxMb: config.tempMaxMb,
    statementTimeoutMs: config.statementTimeoutMs,
    clock: options.clock,
  });
  try {
    await createRelationViews(db, manifest, dataDir);
    const labels = await createLabelView(db, manifest, dataDir);
    const layers = ['bronze', ...LAYER_FOLDERS].map((layer) => join(dataDir, layer));
    await hardenDuckDb(db, [...layers, ...labels]);
  } catch (error) {
    await Promise.all([db.close(), serving.close(), columns.close()]);
    throw error;
  }
  let ownStatements = db.statements;
  const findUnits = createColumnUnits((sql) => {
    ownStatements += 1;
    return db.all(sql);
  }, 'gold.tracks t');
  return {
    manifest,
    forRequest: (signal) => ({
      manifest,
      dataDir,
      serving: serving.current(),
      findUnits: (columns) =>
        findUnits(columns).catch((error) => {
          throw toCatalogError(error);
        }),
      get columns() {
        return columns.current();
      },
      all: <T>(sql: string, params: Parameters<Catalog['all']>[1] = []) =>
        db.all<T>(sql, params, { signal }).catch((error) => {
          throw toCatalogError(error);
        }),
    }),
    get statements() {
      return db.statements - ownStatements;
    },
    get active() {
      return db.active;
    },
    close: async () => {
      await Promise.all([db.close(), serving.close(), columns.close()]);
    },
  };
}
