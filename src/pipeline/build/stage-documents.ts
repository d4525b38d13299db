// Types the documents of a build once, for silver to read: in a build of two statements at a time some while others are on their way to bronze.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledError } from '../../errors.ts';
import { type DuckDb, quoteName, quoteText } from '../../store/duckdb.ts';
import type { StepContext } from '../step.ts';
import { explainFailure } from './build-failure.ts';
import type { BuildSession } from './build-session.ts';
import type { RelationSql } from './relations.ts';

/** A writer holds a row group per thread: of rows of forty texts, the default of 122,880 would be most of a build's memory. */
const ROW_GROUP_ROWS = 20_480;
/** A column with more values in a row group goes without a dictionary; a fifth of the rows is the engine's own limit. */
const DICTIONARY_VALUES = 1_000;

/** Writes relations of lakehouse/staging, each once. */
export interface Staging {
  /** Begins to write a relation while other things go on, one after the other. What fails has not been begun, and is found again by `write`. */
  begin(relation: RelationSql): void;
  /** Writes a relation, or waits until it is, and lets silver read it. */
  write(relation: RelationSql): Promise<void>;
  /** Interrupts what is under way, and waits for the end of it. */
  stop(reason?: unknown): Promise<void>;
}

/**
 * Relations go into files of this build that nobody else reads: quick to write, quick to read again, and not held in memory. They go with
 * the build, and are not compressed: that took 0.2 processor seconds of 171,000 tracks, for a quarter of the bytes.
 *
 * @param kinds of which there are documents
 */
export function openStaging(db: DuckDb, folder: string, kinds: ReadonlySet<string>): Staging {
  const begun = new Map<string, Promise<void>>();
  let stopped = new AbortController();
  let last = Promise.resolve();
  const write = (relation: RelationSql): Promise<void> => {
    const known = begun.get(relation.name);
    if (known) return known;
    return keep(relation, show(relation, stopped.signal));
  };
  const show = (relation: RelationSql, signal: AbortSignal) =>
    hasNoDocuments(relation, kinds) ? showEmpty(db, relation) : stage(db, relation, folder, signal);
  const keep = (relation: RelationSql, staged: Promise<void>): Promise<void> => {
    const work = staged.catch((error: unknown) => {
      begun.delete(relation.name);
      throw error;
    });
    begun.set(relation.name, work);
    return work;
  };
  return {
    begin: (relation) => {
      if (begun.has(relation.name)) return;
      const { signal } = stopped;
      const staged = last.then(() => show(relation, signal));
      last = keep(relation, staged).catch(() => {});
    },
    write,
    stop: async (reason = new CancelledError('The build is over.')) => {
      stopped.abort(reason);
      await Promise.allSettled(begun.values());
      stopped = new AbortController();
    },
  };
}

async function stage(db: DuckDb, relation: RelationSql, folder: string, signal: AbortSignal): Promise<void> {
  const path = quoteText(join(folder, `${relation.name}.parquet`));
  const options = `format parquet, compression uncompressed, row_group_size ${ROW_GROUP_ROWS}, dictionary_size_limit ${DICTIONARY_VALUES}`;
  await mkdir(folder, { recursive: true });
  await db.run(`copy (${relation.sql}) to ${path} (${options})`, [], { signal });
  await db.run(
    `create or replace view staging.${quoteName(relation.name)} as select * from read_parquet(${path}, hive_partitioning = false)`,
  );
}

/** Writes a relation of staging for silver, or waits for what the step before has begun. */
export function stageRelation(
  context: StepContext,
  { staging }: BuildSession,
  relation: RelationSql,
): Promise<void> {
  return explainFailure(context, relation, () => staging.write(relation));
}

/** Interrupts what is typed when a step is to stop, as long as the step goes on. */
export function stopWithStep({ signal }: StepContext, { staging }: BuildSession): Disposable {
  signal.throwIfAborted();
  const onAbort = () => staging.stop(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', onAbort) };
}

/** Begins with every relation of which all documents have landed. @param isThere whether all documents of a kind are in bronze */
export function beginStaging(session: BuildSession, isThere: (kind: string) => boolean): void {
  for (const relation of session.lakehouse.relations.filter(({ layer }) => layer === 'staging')) {
    const kinds = findKinds(relation.sql);
    if (kinds.length > 0 && kinds.every(isThere)) session.staging.begin(relation);
  }
}

/** Kinds of documents that a select asks for; none where it does not say. */
export function findKinds(sql: string): string[] {
  return [...new Set([...sql.matchAll(/\bkind = '(\w+)'/g)].map(([, kind]) => kind ?? ''))].sort();
}

/** Whether no document of the kinds that a relation asks for is read; false for one that does not say what it asks for, or of what columns. */
function hasNoDocuments({ sql, columns }: RelationSql, kinds: ReadonlySet<string>): boolean {
  const asked = findKinds(sql);
  return columns !== '' && asked.length > 0 && !asked.some((kind) => kinds.has(kind));
}

/** A relation of no rows, which costs nobody who reads it anything: to plan its own select took as long as to type a thousand documents. */
async function showEmpty(db: DuckDb, { name, columns }: RelationSql): Promise<void> {
  const none = `staging.${quoteName(`no_${name}`)}`;
  await db.run(
    `create or replace table ${none} (${columns});
     create or replace view staging.${quoteName(name)} as select * from ${none} where false`,
  );
}
