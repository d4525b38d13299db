// Makes few bronze files of many: those of small published batches, of one kind and source, become one that holds all their rows as they
// are. The files it takes the place of go some time later, once they have been compared with it.
//
// Whatever it is interrupted at, each batch is read from one place (merged-bronze.ts): a merged file counts from its rename on, and whole.
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { GroovelakeError } from '../../errors.ts';
import { type DuckDb, quoteText } from '../../store/duckdb.ts';
import type { Batch } from '../../store/landing/landing-store.ts';
import { type Files, TEMPORARY } from '../../store/snapshots/files.ts';
import { chooseFiles } from '../../store/snapshots/relation-increment.ts';
import { FILE_ROWS, listBronzeFiles } from './bronze-files.ts';
import {
  FOOTER_KEY,
  type MergedBronze,
  type MergedFile,
  readFiles,
  readMergedBronze,
} from './merged-bronze.ts';

export interface BronzeMerge {
  /** Files that were written (would be, in a dry run), with how many they take the place of, and their documents. */
  readonly merged: readonly { readonly path: string; readonly files: number; readonly documents: number }[];
  /** Files that went, since a merged one has held their rows for long enough. */
  readonly removed: readonly string[];
  /** Files that are read no longer and wait for their time. */
  readonly waiting: readonly string[];
  /** Files that stay as they are, with what is wrong with them. */
  readonly kept: readonly { readonly path: string; readonly why: string }[];
}

export interface BronzeMergeParts {
  /** Keeps the order of rows (DuckDbOptions.keepsOrder), so that the documents of a batch stay together. */
  readonly db: DuckDb;
  readonly files: Files;
  readonly dataDir: string;
  /** Sealed ones that were in bronze a publish ago, oldest first: a backup copies bronze before it copies the landing store. */
  readonly batches: readonly Batch[];
  readonly now: number;
  /** What is read no longer stays for so long, for builds, backups and readers that are under way. */
  readonly graceMs: number;
  /** So many files of one kind and source are worth a merge; 32 unless stated. */
  readonly minFiles?: number;
  /** Says what would be done, and changes nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A merged file of half a full one is merged no more, and neither is a batch of as many documents. */
const SMALL_ROWS = FILE_ROWS / 2;
const MIN_FILES = 32;

/** One file of bronze that may become part of another. */
interface Piece {
  readonly path: string;
  readonly kind: string;
  readonly source: string;
  readonly batches: ReadonlyMap<string, number>;
  readonly rows: number;
}

/** Whoever calls this holds the publish lease. Repeating it changes nothing. */
export async function mergeBronze(parts: BronzeMergeParts): Promise<BronzeMerge> {
  const kept: { path: string; why: string }[] = [];
  // What is removed is read no longer: where batches are read from stays the same.
  const known = await readMergedBronze(parts.db, parts.dataDir);
  const { removed, waiting } = await removeReplaced(parts, known, kept);
  const merged: { path: string; files: number; documents: number }[] = [];
  for (const pieces of planMerges(parts, known)) {
    parts.signal?.throwIfAborted();
    const there = await leaveOutFaulty(parts, pieces, kept);
    if (there.length < 2) continue;
    const path = nameMerged(there);
    if (parts.dryRun !== true) await writeMerged(parts, path, there);
    merged.push({ path, files: there.length, documents: countRows(there) });
  }
  return { merged, removed, waiting, kept };
}

/** Which files become one, each list in the order of batches. */
function planMerges({ batches, minFiles = MIN_FILES }: BronzeMergeParts, merged: MergedBronze): Piece[][] {
  const own = batches.flatMap((batch) =>
    batch.counts.flatMap((count): Piece[] => {
      const { kind, source, documents } = count;
      if (documents === 0 || documents >= SMALL_ROWS || merged.find(kind, source, batch.id)) return [];
      const [path = ''] = listBronzeFiles({ ...batch, counts: [count] });
      return [{ path, kind, source, batches: new Map([[batch.id, documents]]), rows: documents }];
    }),
  );
  const placeOf = ({ kind, source }: Piece) => JSON.stringify([kind, source]);
  const old = Map.groupBy(
    merged.files.filter((file) => isRead(file, merged) && file.rows < SMALL_ROWS),
    placeOf,
  );
  return [...Map.groupBy(own, placeOf)].flatMap(([place, pieces]) => {
    if (pieces.length < Math.max(2, minFiles)) return [];
    // Merged ones join as small files of relations do: a row is rewritten a number of times that grows with the logarithm of all.
    const joining = chooseFiles(old.get(place) ?? [], () => false, countRows(pieces));
    return fillFiles([...joining, ...pieces]);
  });
}

function fillFiles(pieces: readonly Piece[]): Piece[][] {
  const filled: Piece[][] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const piece of pieces) {
    if (rows + piece.rows > FILE_ROWS) {
      filled.push([]);
      rows = 0;
    }
    filled.at(-1)?.push(piece);
    rows += piece.rows;
  }
  return filled.filter((each) => each.length > 1);
}

/** Whether a batch is read from the file still. */
function isRead(file: MergedFile, merged: MergedBronze): boolean {
  return [...file.batches.keys()].some((id) => merged.find(file.kind, file.source, id) === file);
}

/** What does not hold all that landed is not merged: it is to be mended first, while the landing store may have its bodies. */
async function leaveOutFaulty(
  parts: BronzeMergeParts,
  pieces: readonly Piece[],
  kept: { path: string; why: string }[],
): Promise<Piece[]> {
  if ((await findFault(parts, pieces)) === null) return [...pieces];
  const there: Piece[] = [];
  for (const piece of pieces) {
    const why = await findFault(parts, [piece]);
    if (why === null) there.push(piece);
    else kept.push({ path: piece.path, why });
  }
  return there;
}

async function findFault(
  { db, dataDir }: BronzeMergeParts,
  pieces: readonly Piece[],
): Promise<string | null> {
  const paths = pieces.map(({ path }) => path);
  const held = await measure(db, dataDir, paths).catch(() => null);
  if (held === null) return 'it is missing or cannot be read';
  const batches = pieces.flatMap((piece) => [...piece.batches]);
  const isWhole = held.size === batches.length && batches.every(([id, rows]) => held.get(id)?.rows === rows);
  return isWhole ? null : 'it does not hold every document that landed';
}

/** The same batches have the same name: what died half way is written over by the next attempt. */
function nameMerged(pieces: readonly Piece[]): string {
  const [first] = pieces;
  const ids = pieces.flatMap(({ batches }) => [...batches.keys()]).sort();
  const hash = createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, 16);
  return `${dirname(first?.path ?? '')}/merged-${hash}.parquet`;
}

async function writeMerged(
  { db, files, dataDir, signal }: BronzeMergeParts,
  path: string,
  pieces: readonly Piece[],
): Promise<void> {
  const temporary = `${path}${TEMPORARY}`;
  const sources = pieces.map((piece) => piece.path);
  const held = Object.fromEntries(pieces.flatMap(({ batches }) => [...batches]));
  await db.run(
    `copy (${readFiles(dataDir, sources)}) to ${quoteText(join(dataDir, temporary))} (format parquet, compression zstd,
      compression_level 1, row_group_size 20_480, kv_metadata {${FOOTER_KEY}: ${quoteText(JSON.stringify(held))}})`,
    [],
    { signal },
  );
  try {
    const [before, after] = [await measure(db, dataDir, sources), await measure(db, dataDir, [temporary])];
    if (!isSame(before, after))
      throw new GroovelakeError(
        'STORE',
        `"${path}" would not hold what the files hold that it is made from. They stay.`,
      );
    await files.syncFile(join(dataDir, temporary));
    await files.rename(join(dataDir, temporary), join(dataDir, path));
    await files.syncFolder(dirname(join(dataDir, path)));
  } catch (error) {
    await files.remove(join(dataDir, temporary));
    throw error;
  }
}

/** A file that is read no longer, and those that hold its batches now; none: nobody ever read it. */
interface Replaced {
  readonly path: string;
  readonly by: readonly MergedFile[];
}

/** Removes files of batches that a merged one holds, merged ones that a larger one holds, and what died half way. */
async function removeReplaced(
  parts: BronzeMergeParts,
  merged: MergedBronze,
  kept: { path: string; why: string }[],
): Promise<Pick<BronzeMerge, 'removed' | 'waiting'>> {
  const { files, dataDir, now, graceMs, dryRun = false } = parts;
  const [removed, waiting]: [string[], string[]] = [[], []];
  const due: Replaced[] = [];
  for (const replaced of await listReplaced(parts, merged)) {
    const times = await Promise.all(
      [replaced, ...replaced.by].map(async ({ path }) => (await files.find(join(dataDir, path)))?.modifiedAt),
    );
    if (times[0] === undefined) continue;
    if (now - Math.max(...times.map((time) => time ?? now)) < graceMs) waiting.push(replaced.path);
    else due.push(replaced);
  }
  // All that one file holds is compared at once: there may be thousands.
  for (const alike of Map.groupBy(due, ({ by }) => by.map(({ path }) => path).join()).values()) {
    parts.signal?.throwIfAborted();
    const lost = new Set(await findLost(parts, alike));
    for (const { path } of alike) {
      if (lost.has(path)) {
        kept.push({ path, why: 'the merged file does not hold the same rows' });
        continue;
      }
      if (!dryRun) await files.remove(join(dataDir, path));
      removed.push(path);
    }
  }
  return { removed, waiting };
}

async function listReplaced(
  { files, dataDir, batches }: BronzeMergeParts,
  merged: MergedBronze,
): Promise<Replaced[]> {
  const own = batches.flatMap((batch) =>
    batch.counts.flatMap((count) => {
      const file = merged.find(count.kind, count.source, batch.id);
      return file ? listBronzeFiles({ ...batch, counts: [count] }).map((path) => ({ path, by: [file] })) : [];
    }),
  );
  const old = merged.files
    .filter((file) => !isRead(file, merged))
    .map((file) => {
      const by = [...file.batches.keys()].map((id) => merged.find(file.kind, file.source, id));
      return { path: file.path, by: [...new Set(by)].filter((each) => each !== null) };
    });
  const halves: Replaced[] = [];
  for (const folder of new Set(merged.files.map(({ path }) => dirname(path))))
    for (const name of await files.list(join(dataDir, folder)))
      if (name.startsWith('merged-') && name.endsWith(TEMPORARY))
        halves.push({ path: `${folder}/${name}`, by: [] });
  return [...own, ...old, ...halves];
}

/** Those of them whose rows are not all in what replaced them: a bit may have flipped since it was written. */
async function findLost({ db, dataDir }: BronzeMergeParts, alike: readonly Replaced[]): Promise<string[]> {
  const by = alike[0]?.by.map(({ path }) => path) ?? [];
  if (by.length === 0) return [];
  const isHeld = async (paths: readonly string[]) => {
    const own = await measure(db, dataDir, paths).catch(() => null);
    const theirs = own && (await measure(db, dataDir, by, [...own.keys()]).catch(() => null));
    return own !== null && theirs !== null && isSame(own, theirs);
  };
  const paths = alike.map(({ path }) => path);
  if (await isHeld(paths)) return [];
  const lost: string[] = [];
  for (const path of paths) if (!(await isHeld([path]))) lost.push(path);
  return lost;
}

/** Rows, and the sum of their hashes, of each batch in these files. */
type Content = ReadonlyMap<string, { readonly rows: number; readonly sum: string }>;

async function measure(
  db: DuckDb,
  dataDir: string,
  paths: readonly string[],
  batches?: readonly string[],
): Promise<Content> {
  const only = batches ? ` where batch_id in (${batches.map(quoteText).join(', ')})` : '';
  const rows = await db.all<{ id: string; rows: number; sum: string }>(
    `select batch_id as id, count(*) as rows,
       sum(hash(source, kind, id, batch_id, run_id, fetched_at, content_hash, body)::hugeint)::varchar as sum
     from (${readFiles(dataDir, paths)})${only} group by batch_id`,
  );
  return new Map(rows.map(({ id, ...content }) => [id, content]));
}

function isSame(a: Content, b: Content): boolean {
  return (
    a.size === b.size &&
    [...a].every(([id, { rows, sum }]) => b.get(id)?.rows === rows && b.get(id)?.sum === sum)
  );
}

function countRows(pieces: readonly Pick<Piece, 'rows'>[]): number {
  return pieces.reduce((sum, { rows }) => sum + rows, 0);
}
