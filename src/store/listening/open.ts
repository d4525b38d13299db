// One account's plays, open for reading beside the catalogue of a snapshot: a DuckDB of its own that sees nobody else's.
import { join, resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { toCatalogError } from '../catalog/query-errors.ts';
import { type DuckDb, hardenDuckDb, openDuckDb, quoteName, quoteText, type SqlParams } from '../duckdb.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { selectFiles } from '../snapshots/relation-writer.ts';
import type { DerivedPlays } from './derive.ts';
import { createHeard } from './heard.ts';

/** One account's plays within one request. */
export interface Listening extends Catalog {
  /**
   * Runs a statement over me.heard and its tables (heard.ts), which whoever asks first makes. Short answers are remembered as long as
   * the account is open on these plays and this snapshot: of the same there is no other answer.
   */
  figures<T>(sql: string, params?: SqlParams): Promise<readonly T[]>;
  /** From the first play to the last, milliseconds since 1970; both 0 where there is none. */
  findExtent(): Promise<{ readonly from: number; readonly to: number }>;
}

export interface OpenListening {
  readonly derived: DerivedPlays;
  /** Runs statements over me.plays, figures and gold; they end when the signal aborts. */
  forRequest(signal: AbortSignal): Listening;
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
  const prepare = once(() => createHeard(db));
  const remembered = rememberAnswers();
  return {
    derived,
    forRequest: (signal) => {
      const all = <T>(sql: string, params: SqlParams = []) =>
        db.all<T>(sql, params, { signal }).catch((error) => {
          throw toCatalogError(error);
        });
      const figures = <T>(sql: string, params: SqlParams = []) =>
        remembered<T>(sql, params, async () => {
          await prepare().catch((error) => {
            throw toCatalogError(error);
          });
          return all<T>(sql, params);
        });
      return {
        manifest,
        dataDir,
        serving: null,
        columns: null,
        all,
        figures,
        findExtent: async () => {
          const [extent] = await figures<{ from: number; to: number }>(
            `select coalesce(epoch_ms(min(ended_at)), 0) as "from", coalesce(epoch_ms(max(ended_at)), 0) as "to" from me.heard`,
          );
          return extent ?? { from: 0, to: 0 };
        },
      };
    },
    close: () => db.close(),
  };
}

/** Does it once, however many ask at a time; anew after a failure. */
function once(work: () => Promise<void>): () => Promise<void> {
  let doing: Promise<void> | null = null;
  return () => {
    doing ??= work().catch((error) => {
      doing = null;
      throw error;
    });
    return doing;
  };
}

const REMEMBERED_ANSWERS = 256;
/** A year by days is remembered, a list of all days ever is not. */
const REMEMBERED_ROWS = 400;

/** Answers by statement and values, those asked for last; never an error. */
function rememberAnswers() {
  const answers = new Map<string, readonly unknown[]>();
  return async <T>(sql: string, params: SqlParams, ask: () => Promise<T[]>): Promise<readonly T[]> => {
    const key = [sql, ...params].join('\n');
    const known = answers.get(key) as readonly T[] | undefined;
    const rows = known ?? (await ask());
    answers.delete(key);
    if (rows.length <= REMEMBERED_ROWS) answers.set(key, rows);
    const [oldest] = answers.keys();
    if (answers.size > REMEMBERED_ANSWERS && oldest !== undefined) answers.delete(oldest);
    return rows;
  };
}

async function createViews(
  db: DuckDb,
  manifest: Manifest,
  { dataDir, version }: { dataDir: string; version: string },
): Promise<void> {
  await db.run('create schema me');
  await db.run('create schema gold');
  const plays = quoteText(join(version, 'plays.parquet'));
  await db.run(`create view me.plays as select * from read_parquet(${plays})`);
  await db.run(
    `create view me.numbered_plays as select * from read_parquet(${plays}, file_row_number = true)`,
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
