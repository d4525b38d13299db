// Makes the merged plays of an account from what landed: an immutable Parquet file that CURRENT names once it is whole.
import { join } from 'node:path';
import { type DuckDb, quoteText } from '../duckdb.ts';
import { type Files, makeFolderDurably, replaceDurably } from '../snapshots/files.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { selectFiles } from '../snapshots/relation-writer.ts';
import { createViews, hasGold } from './create-views.ts';
import { HEARD_FORMAT, writeHeard } from './heard.ts';
import { LANDED_COLUMNS } from './landed-plays.ts';
import type { EndBounds, ListeningFile, PlayBatch } from './listening-file.ts';

/** What the derived plays are, as `derived/CURRENT` says it. */
export interface DerivedPlays {
  readonly format: 1;
  /** Folder under derived/. */
  readonly version: string;
  /** Snapshot whose names were matched; null when there was none. */
  readonly snapshotId: string | null;
  readonly madeAt: string;
  readonly plays: number;
  readonly sha256: string;
  /**
   * How what figures are made of is written (heard.ts); null where it could not be, so that each reader makes it. Left out by versions that
   * did not write it.
   */
  readonly heard?: number | null;
  /** Plays of the API that were read: those that can have ended. */
  readonly told: number;
  /** Batches that were read. */
  readonly seen: readonly string[];
  /** By batch: plays that count, and of them those whose names no track matched. */
  readonly batches: Readonly<Record<string, { readonly plays: number; readonly unresolved: number }>>;
}

export interface DeriveParts {
  readonly files: Files;
  /** A database of its own, in memory, with the lakehouse's macros. */
  readonly db: DuckDb;
  readonly folder: string;
  readonly dataDir: string;
  readonly listening: ListeningFile;
  /** Its sealed batches. */
  readonly batches: readonly PlayBatch[];
  /** Plays of the API that landed with other ends, before they were held to these, wait until theirs has come. */
  readonly ends: EndBounds;
  /** The served snapshot, whose names are matched. */
  readonly manifest: Manifest | null;
  /** Select of lakehouse/listening/plays.sql. */
  readonly sql: string;
  readonly version: string;
  readonly now: string;
  readonly signal?: AbortSignal;
  /** Is told why what figures are made of could not be written. */
  readonly onUnheard?: (error: unknown) => void;
}

/** Rows of a row group: small ones let a reader of one year skip the others, since rows lie by time. */
const ROW_GROUP_ROWS = 40_960;
const KEPT = 2;

/** Cost: grows with the number of plays (a million: some seconds, and memory as the database is allowed). */
export async function derivePlays(parts: DeriveParts): Promise<DerivedPlays> {
  const { files, db, folder, signal } = parts;
  await db.run('create table batch_order (batch_id varchar, place bigint)');
  await db.append(
    'batch_order',
    parts.batches.map(({ id }, place) => [id, place]),
  );
  await loadLanded(db, parts);
  await nameCatalogue(db, parts);
  const derived = join(folder, 'derived');
  const place = join(derived, parts.version);
  await makeFolderDurably(files, place);
  const path = join(place, 'plays.parquet');
  try {
    await db.run(
      `copy (select * from (${parts.sql}) order by ended_at, play_key) to ${quoteText(path)}
       (format parquet, compression zstd, row_group_size ${ROW_GROUP_ROWS})`,
      [],
      { signal },
    );
    const facts: DerivedPlays = {
      format: 1,
      version: parts.version,
      snapshotId: parts.manifest?.id ?? null,
      madeAt: parts.now,
      ...(await countPlays(db, path)),
      sha256: await files.hash(path),
      ...(await hear(parts, { place, plays: path })),
      told: parts.listening.countPlays(parts.ends),
      seen: parts.batches.map(({ id }) => id),
    };
    for (const name of await files.list(place)) await files.syncFile(join(place, name));
    await files.syncFolder(place);
    await files.syncFolder(derived);
    await replaceDurably(files, join(derived, 'CURRENT'), `${JSON.stringify(facts)}\n`);
    // What cannot be removed now is by the next merge: these plays are there.
    await sweep(files, derived, parts.version).catch(() => {});
    return facts;
  } catch (error) {
    // CURRENT may name it though the writing of it failed: its folder was not synced.
    const named = await findDerivedPlays(files, folder).catch(() => null);
    if (named?.version !== parts.version) await files.remove(place);
    throw error;
  }
}

/** Writes what figures are made of; nothing where there is no catalogue yet. The plays are merged without it: readers can make it themselves. */
async function hear(
  { db, dataDir, manifest, signal, onUnheard }: DeriveParts,
  { place, plays }: { place: string; plays: string },
): Promise<Required<Pick<DerivedPlays, 'heard'>>> {
  if (!manifest || !hasGold(manifest)) return { heard: null };
  try {
    await createViews(db, { manifest, dataDir, plays });
    await writeHeard(db, place, signal);
    return { heard: HEARD_FORMAT };
  } catch (error) {
    if (signal?.aborted) throw error;
    onUnheard?.(error);
    return { heard: null };
  }
}

/** What CURRENT names; null when nothing has been derived yet. */
export async function findDerivedPlays(files: Files, folder: string): Promise<DerivedPlays | null> {
  const path = join(folder, 'derived', 'CURRENT');
  return (await files.find(path)) ? (JSON.parse(await files.read(path)) as DerivedPlays) : null;
}

/** Whether the merged plays hold everything that has landed and can have ended, and nothing else. */
export function holdsAllLanded(
  derived: DerivedPlays | null,
  listening: ListeningFile,
  ends: EndBounds,
): boolean {
  const sealed = listening.listBatches().filter(({ sealedAt }) => sealedAt !== null);
  const told = derived?.told ?? 0;
  const seen = derived?.seen ?? [];
  return told === listening.countPlays(ends) && seen.join() === sealed.map(({ id }) => id).join();
}

async function loadLanded(db: DuckDb, { listening, batches, folder, ends }: DeriveParts): Promise<void> {
  await db.run('create schema landed');
  // The appender takes tables of the default schema; the relation is named as the SQL reads it.
  await db.run(`create table recent_plays (${LANDED_COLUMNS})`);
  await db.append('recent_plays', listening.readPlays(ends));
  const files = batches.flatMap((batch) => batch.files).map((file) => quoteText(join(folder, file)));
  const exported = files.length > 0 ? `union all select * from read_parquet([${files.join(', ')}])` : '';
  await db.run(
    `create view landed.plays as select * from (select * from recent_plays ${exported}) join batch_order using (batch_id)`,
  );
}

async function nameCatalogue(db: DuckDb, { manifest, dataDir }: DeriveParts): Promise<void> {
  const gold = (name: string) => {
    const relation = manifest?.relations.find((r) => r.layer === 'gold' && r.name === name);
    return relation && relation.files.length > 0 ? `(${selectFiles(dataDir, relation)})` : null;
  };
  const [tracks, links, artists] = [gold('tracks'), gold('track_artists'), gold('artists')];
  await db.run('create schema catalogue');
  await db.run(
    tracks && links && artists
      ? `create view catalogue.names as
         select t.track_id, t.name as track_name, a.name as artist_name, plain_key(t.name) as track_key,
           plain_key(a.name) as artist_key, t.popularity
         from ${tracks} t join ${links} l using (track_id) join ${artists} a using (artist_id)
         where t.name <> '' and a.name <> ''`
      : `create view catalogue.names as
         select ''::varchar as track_id, '' as track_name, '' as artist_name, '' as track_key, '' as artist_key,
           0::integer as popularity where false`,
  );
}

async function countPlays(db: DuckDb, path: string): Promise<Pick<DerivedPlays, 'plays' | 'batches'>> {
  const rows = await db.all<{ batch_id: string; plays: number; unresolved: number }>(
    `select batch_id, count(*) as plays, count(*) filter (track_id is null) as unresolved
     from read_parquet(${quoteText(path)}) group by batch_id`,
  );
  return {
    plays: rows.reduce((sum, { plays }) => sum + plays, 0),
    batches: Object.fromEntries(
      rows.map(({ batch_id, plays, unresolved }) => [batch_id, { plays, unresolved }]),
    ),
  };
}

/** The version before stays for whoever reads it still; older ones go. */
async function sweep(files: Files, derived: string, version: string): Promise<void> {
  const versions = (await files.list(derived)).filter((name) => name !== 'CURRENT' && name !== version);
  for (const old of versions.slice(0, Math.max(0, versions.length - (KEPT - 1))))
    await files.remove(join(derived, old));
}
