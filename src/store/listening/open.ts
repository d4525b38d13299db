// One account's plays, open for reading beside the catalogue of a snapshot: figures from plays in memory, the rest by a DuckDB of its own that
// sees nobody else's. Each is opened when it is first asked for.
import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { CancelledError, NotFoundError } from '../../errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { createColumnUnits } from '../catalog/column-units.ts';
import { toCatalogError } from '../catalog/query-errors.ts';
import { type DuckDb, hardenDuckDb, openDuckDb, type SqlParams } from '../duckdb.ts';
import { isTaken, localFiles } from '../snapshots/files.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { createViews } from './create-views.ts';
import type { DerivedPlays } from './derive.ts';
import { HEARD_FORMAT, readHeard } from './heard.ts';
import { type HeardInSpan, hearInSpan } from './heard-in-span.ts';
import { rehearse } from './rehearse.ts';
import type { Span } from './span.ts';

/** One account's plays within one request. */
export interface Listening extends Catalog {
  /**
   * A figure over the plays of a span, by its name. Remembered as long as the account is open on these plays and this snapshot: of the
   * same there is no other answer.
   *
   * @param compute must not change what it is handed
   */
  figure<T>(name: string, span: Span, compute: (heard: HeardInSpan) => T): Promise<T>;
}

export interface OpenListening {
  readonly derived: DerivedPlays;
  /** Answers about plays, figures and gold; statements end when the signal aborts. */
  forRequest(signal: AbortSignal): Listening;
  /** Reads what figures are made of and computes those of the last years, so that no question waits for it. */
  prepare(): Promise<void>;
  /** Whoever asks afterwards is answered no more, and nothing is opened any more. Waits for what is being read. */
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

export function openListening(options: OpenListeningOptions): OpenListening {
  const { derived, manifest } = options;
  const dataDir = resolve(options.dataDir);
  const version = join(resolve(options.folder), 'derived', derived.version);
  let isClosed = false;
  const tellGone = (cause?: unknown) =>
    new NotFoundError('listening of account', basename(options.folder), { cause });
  const checkOpen = () => {
    if (isClosed) throw tellGone();
  };
  /** What to throw for an error: that the account is gone, where its database was closed or its files removed meanwhile. */
  const explain = async (error: unknown) =>
    isClosed || !(await localFiles.find(options.folder)) ? tellGone(error) : error;
  const db = onceUnlessItFails(async () => {
    checkOpen();
    const opened = await openDb(options, { dataDir, version });
    if (isClosed) await opened.close();
    checkOpen();
    return opened;
  });
  const heard = onceUnlessItFails(async () => {
    checkOpen();
    return readHeard(version, {
      openDb: db.get,
      isWritten: derived.heard === HEARD_FORMAT,
      isOfSnapshot: derived.snapshotId === manifest.id,
    });
  });
  const hear = async () => {
    try {
      return await heard.get();
    } catch (error) {
      throw await explain(error);
    }
  };
  const findUnits = createColumnUnits(async (sql) => (await db.get()).all(sql), 'gold.tracks t');
  const spans = keepLast<HeardInSpan>(SPANS);
  const answers = keepLast<unknown>(ANSWERS, isShort);
  const forRequest = (signal: AbortSignal): Listening => ({
    manifest,
    dataDir,
    serving: null,
    columns: null,
    findUnits,
    all: async <T>(sql: string, params: SqlParams = []) => {
      checkOpen();
      try {
        return await (await db.get()).all<T>(sql, params, { signal });
      } catch (error) {
        throw toCatalogError(await explain(error));
      }
    },
    figure: async <T>(name: string, span: Span, compute: (heard: HeardInSpan) => T) => {
      checkOpen();
      const all = await hear();
      // Figures of one question are computed one after the other; others are let through between them.
      await setImmediate();
      checkOpen();
      if (signal.aborted) throw new CancelledError('The question was cancelled.', { cause: signal.reason });
      const key = `${span.from} ${span.to} ${span.timeZone}`;
      return answers.get(`${name} ${key}`, () => compute(spans.get(key, () => hearInSpan(all, span)))) as T;
    },
  });
  return {
    derived,
    forRequest,
    prepare: async () => {
      const { endedAt } = (await hear()).plays;
      if (endedAt.length === 0) return;
      const [first = 0, last = 0] = [endedAt[0], endedAt.at(-1)].map((at) =>
        new Date(at ?? 0).getUTCFullYear(),
      );
      // One year alone leaves its code half compiled.
      for (let year = Math.max(first, last - REHEARSED_YEARS + 1); year <= last; year++)
        await rehearse(forRequest(new AbortController().signal), year);
    },
    close: async () => {
      isClosed = true;
      const opened = await db.peek()?.catch(() => null);
      await opened?.close();
      // What was being read when it was closed finds the database closed, or opens none any more.
      await heard.peek()?.catch(() => {});
      heard.forget();
      spans.clear();
      answers.clear();
    },
  };
}

async function openDb(
  { folder, manifest, config, clock }: OpenListeningOptions,
  { dataDir, version }: { dataDir: string; version: string },
): Promise<DuckDb> {
  const tempDir = join(folder, 'tmp');
  // In the account's folder, which is not made anew: an account that was forgotten meanwhile would have one again.
  await mkdir(tempDir).catch((error: unknown) => {
    if (!isTaken(error)) throw error;
  });
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: config.listeningMemoryMb,
    threads: config.serveThreads,
    maxConnections: 4,
    tempDir,
    tempMaxMb: config.tempMaxMb,
    statementTimeoutMs: config.statementTimeoutMs,
    clock,
  });
  try {
    await createViews(db, { manifest, dataDir, plays: join(version, 'plays.parquet') });
    await hardenDuckDb(db, [version, join(dataDir, 'gold')]);
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Does it once, however many ask at a time; anew after a failure, or once it is forgotten. */
function onceUnlessItFails<T>(work: () => Promise<T>) {
  let doing: Promise<T> | null = null;
  return {
    get: (): Promise<T> => {
      doing ??= work().catch((error) => {
        doing = null;
        throw error;
      });
      return doing;
    },
    peek: () => doing,
    forget: () => {
      doing = null;
    },
  };
}

const REHEARSED_YEARS = 3;

/** Sums by track of a span take 24 bytes a track. */
const SPANS = 4;
const ANSWERS = 256;
/** A year by days is remembered, a list of all days ever is not. */
const isShort = (answer: unknown) => !Array.isArray(answer) || answer.length <= 400;

/** Values by key, those asked for last; never an error. */
function keepLast<T>(most: number, isKept: (value: T) => boolean = () => true) {
  const kept = new Map<string, T>();
  return {
    get: (key: string, make: () => T): T => {
      const value = kept.has(key) ? (kept.get(key) as T) : make();
      kept.delete(key);
      if (isKept(value)) kept.set(key, value);
      const [oldest] = kept.keys();
      if (kept.size > most && oldest !== undefined) kept.delete(oldest);
      return value;
    },
    clear: () => kept.clear(),
  };
}
