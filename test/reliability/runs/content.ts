// What must be the same in two data folders whatever happened while their snapshots were made.
//
// Who fetched a row, and when, differs between any two runs, so the columns that say so are left out. Observations grow with every crawl
// that observes again; what they say (entity, measure, value, source) must agree, and each must come from a sealed document.
import { join } from 'node:path';
import { systemClock } from '../../../src/clock.ts';
import { openDuckDb, quoteName, quoteText } from '../../../src/store/duckdb.ts';
import type { Manifest, ManifestRelation } from '../../../src/store/snapshots/manifest.ts';
import { hashRow } from '../../../src/store/snapshots/measure-file.ts';
import { selectFiles } from '../../../src/store/snapshots/relation-writer.ts';

/** Which batch and run a row came from, and when; and the hash of its document, in which the sandbox names its port of that day. */
const STAMPS = ['batch_id', 'run_id', 'fetched_at', 'observed_at', 'content_hash'];

export interface Content {
  /** By layer.name: rows and a hash of them; of observations, of what they say. */
  readonly relations: Readonly<Record<string, string>>;
  /** Checks by name: failures. */
  readonly checks: Readonly<Record<string, number>>;
  /** Merged plays by account: rows and a hash of them. */
  readonly plays: Readonly<Record<string, string>>;
}

/** @param plays path of the merged plays by account */
export async function readContent(
  dataDir: string,
  manifest: Manifest,
  plays: Readonly<Record<string, string>> = {},
): Promise<Content> {
  return withDuckDb(dataDir, async (all) => {
    const hash = async (select: string, columns: readonly string[]) => {
      const named = columns.map((name) => ({ name, type: '' }));
      const [row] = await all<{ n: number; sum: string }>(
        `select count(*) as n, coalesce(sum(${hashRow(named)}::hugeint), 0)::varchar as sum from (${select})`,
      );
      return `${row?.n} rows, ${row?.sum}`;
    };
    const relations: Record<string, string> = {};
    for (const relation of manifest.relations) {
      const columns = relation.columns.map(({ name }) => name).filter((name) => !STAMPS.includes(name));
      const rows = selectFiles(dataDir, relation);
      const isGrowing = relation.name === 'observations';
      const select = isGrowing ? `select distinct ${columns.map(quoteName).join(', ')} from (${rows})` : rows;
      relations[`${relation.layer}.${relation.name}`] = await hash(select, columns);
    }
    const merged: Record<string, string> = {};
    for (const [account, path] of Object.entries(plays)) {
      const select = `select * exclude (batch_id) from read_parquet(${quoteText(path)})`;
      const columns = await all<{ column_name: string }>(`describe ${select}`);
      merged[account] = await hash(
        select,
        columns.map(({ column_name }) => column_name),
      );
    }
    const checks = Object.fromEntries(manifest.checks.map(({ name, failures }) => [name, failures]));
    return { relations, checks, plays: merged };
  });
}

export interface Observed {
  /** Observations of the snapshot. */
  readonly rows: number;
  /** Of them, those that no sealed document of the entity was fetched for. */
  readonly unfounded: number;
  /** Figures (entity, measure, instant, source) that are there twice. */
  readonly doubled: number;
  /** Of the observations of `before`, those that are gone. */
  readonly lost: number;
}

export function countObserved(dataDir: string, manifest: Manifest, before: Manifest): Promise<Observed> {
  return withDuckDb(dataDir, async (all) => {
    const rows = (of: Manifest) => selectFiles(dataDir, findObservations(of));
    const batches = manifest.batches.map(quoteText).join(', ');
    const bronze = quoteText(join(dataDir, 'bronze', '*', '*', '*.parquet'));
    const [counts] = await all<Observed>(
      `with now as (${rows(manifest)}), earlier as (${rows(before)}),
       fetched as (select id, kind, fetched_at from read_parquet(${bronze}) where batch_id in (${batches}))
       select (select count(*) from now) as rows,
         (select count(*) from now anti join fetched
           on observed_at = fetched_at and (entity_id = id or (entity = 'artist' and kind = 'ranking'))) as unfounded,
         (select count(*) - count(distinct (entity, entity_id, measure, observed_at, source)) from now) as doubled,
         (select count(*) from (from earlier except all from now)) as lost`,
    );
    if (!counts) throw new Error('no counts');
    return counts;
  });
}

function findObservations(manifest: Manifest): ManifestRelation {
  const found = manifest.relations.find(({ layer, name }) => layer === 'gold' && name === 'observations');
  if (!found) throw new Error('the snapshot has no gold.observations');
  return found;
}

async function withDuckDb<R>(
  dataDir: string,
  work: (all: <T>(sql: string) => Promise<T[]>) => Promise<R>,
): Promise<R> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 256,
    threads: 1,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp', 'content'),
    tempMaxMb: 100,
    clock: systemClock,
  });
  try {
    return await work((sql) => db.all(sql));
  } finally {
    await db.close();
  }
}
