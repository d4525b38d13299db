// One account's plays, open for reading beside the catalogue of a snapshot: a DuckDB of its own that sees nobody else's.
import { join, resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { toCatalogError } from '../catalog/query-errors.ts';
import { type DuckDb, hardenDuckDb, openDuckDb, quoteName, quoteText } from '../duckdb.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { selectFiles } from '../snapshots/relation-writer.ts';
import type { DerivedPlays } from './derive.ts';

export interface OpenListening {
  readonly derived: DerivedPlays;
  /** Runs statements over me.plays and gold; they end when the signal aborts. */
  forRequest(signal: AbortSignal): Catalog;
  close(): Promise<void>;
}

export interface OpenListeningOptions {
  readonly folder: string;
  readonly derived: DerivedPlays;
  readonly manifest: Manifest;
  readonly dataDir: string;
  readonly config: Pick<Config, 'listeningMemoryMb' | 'serveThreads' | 'tempMaxMb' | 'statementTimeoutMs'>;
  readonly clock: Clock;
}

/** What questions about listening are answered with, of gold. */
const GOLD = ['tracks', 'artists', 'albums', 'track_artists', 'track_genres', 'audio_features'];

export async function openListening(options: OpenListeningOptions): Promise<OpenListening> {
  const { derived, manifest, config } = options;
  const dataDir = resolve(options.dataDir);
  const version = join(resolve(options.folder), 'derived', derived.version);
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: config.listeningMemoryMb,
    threads: config.serveThreads,
    maxConnections: 4,
    tempDir: join(options.folder, 'tmp'),
    tempMaxMb: config.tempMaxMb,
    statementTimeoutMs: config.statementTimeoutMs,
    clock: options.clock,
  });
  try {
    await createViews(db, manifest, { dataDir, version });
    await hardenDuckDb(db, [version, join(dataDir, 'gold')]);
  } catch (error) {
    await db.close();
    throw error;
  }
  return {
    derived,
    forRequest: (signal) => ({
      manifest,
      dataDir,
      serving: null,
      columns: null,
      all: <T>(sql: string, params: Parameters<Catalog['all']>[1] = []) =>
        db.all<T>(sql, params, { signal }).catch((error) => {
          throw toCatalogError(error);
        }),
    }),
    close: () => db.close(),
  };
}

async function createViews(
  db: DuckDb,
  manifest: Manifest,
  { dataDir, version }: { dataDir: string; version: string },
): Promise<void> {
  await db.run('create schema me');
  await db.run('create schema gold');
  await db.run(
    `create view me.plays as select * from read_parquet(${quoteText(join(version, 'plays.parquet'))})`,
  );
  for (const relation of manifest.relations) {
    if (relation.layer !== 'gold' || !GOLD.includes(relation.name)) continue;
    const nothing = relation.columns
      .map(({ name, type }) => `null::${type} as ${quoteName(name)}`)
      .join(', ');
    const select =
      relation.files.length > 0 ? selectFiles(dataDir, relation) : `select ${nothing} where false`;
    await db.run(`create view gold.${quoteName(relation.name)} as ${select}`);
  }
}
