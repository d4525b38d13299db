// Which files an update can patch: rows of theirs have other values in some columns, and the same places. Then no more than these columns is
// encoded and compressed anew, and all others are taken as they lie (docs/decisions/0027).
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant } from '../../errors.ts';
import { type DuckDb, quoteName, quoteText } from '../duckdb.ts';
import { copyWithStats, type FileStats } from './delta-stats.ts';
import type { ManifestColumn, ManifestFile } from './manifest.ts';
import { type RelationSpec, ROW_GROUP_ROWS, toCopy } from './relation-writer.ts';
import { readGroups, replaceColumns } from './take-columns.ts';

/** What an update does to rows whose key stays. */
export interface Patch {
  /** Columns in which any of these rows has another value. */
  readonly columns: readonly string[];
  readonly files: readonly ManifestFile[];
}

export interface Patching {
  readonly db: DuckDb;
  readonly dataDir: string;
  readonly spec: Omit<RelationSpec, 'select'>;
  readonly columns: readonly ManifestColumn[];
  /** Table of rows that came (`is_new`) and went, with "~hash" and "~file". */
  readonly changed: string;
  readonly signal?: AbortSignal | undefined;
}

/** Of 1,000 rows a file written anew takes 9 ms, and a patch with the file of new rows beside it 12; of 20,000 it is 77 and 32. */
const WORTH_ROWS = 10_000;

/** Rows that the engine works on at a time. */
const CHUNK_ROWS = 2_048;

/** SQL of whether two rows have the same key. */
function sameKey({ spec }: Patching, a: string, b: string): string {
  const columns = spec.key?.columns ?? [];
  return columns
    .map((name) => `${a}.${quoteName(name)} is not distinct from ${b}.${quoteName(name)}`)
    .join(' and ');
}

/**
 * Chooses of files from which rows go those in which each of them has a successor, with the same values in what rows are ordered by and in
 * lists and structs.
 *
 * @param removed how many rows go
 */
export async function planPatch(
  patching: Patching,
  held: readonly ManifestFile[],
  removed: number,
): Promise<Patch | null> {
  const { db, dataDir, spec, columns, changed, signal } = patching;
  const files = held.filter(({ rows }) => rows >= WORTH_ROWS);
  if (!spec.key || files.length === 0) return null;
  const differs = columns.map(
    ({ name }, at) => `bool_or(a.${quoteName(name)} is distinct from b.${quoteName(name)}) as d${at}`,
  );
  const [found] = await db.all<{ pairs: number; [differs: `d${number}`]: boolean }>(
    `select count(*) as pairs, ${differs.join(', ')}
    from (from ${changed} where not is_new) a join (from ${changed} where is_new) b on ${sameKey(patching, 'a', 'b')}`,
    [],
    { signal },
  );
  if (!found || found.pairs !== removed) return null;
  const others = columns.filter((_, at) => found[`d${at}`]);
  // -0 and 0 have other hashes, and are not distinct.
  if (others.length === 0) return null;
  const isFlat = others.every(({ type }) => !/\]$|^(STRUCT|MAP|UNION)\b/.test(type));
  if (!isFlat || others.some(({ name }) => isOrderedBy(spec, name))) return null;
  const patched: ManifestFile[] = [];
  for (const file of files) if (await hasFullGroups(join(dataDir, file.path), file.rows)) patched.push(file);
  return patched.length > 0 ? { columns: others.map(({ name }) => name), files: patched } : null;
}

/**
 * Whether as many rows written anew, in this order, have the same row groups. Those of rows without an order may hold more, and of rows that are
 * less than a chunk of the engine above one group two threads make one group where one thread makes two.
 */
async function hasFullGroups(path: string, rows: number): Promise<boolean> {
  if (rows > ROW_GROUP_ROWS && rows < ROW_GROUP_ROWS + CHUNK_ROWS) return false;
  const groups = await readGroups(path);
  return groups.every((found, at) => found === Math.min(ROW_GROUP_ROWS, rows - at * ROW_GROUP_ROWS));
}

function isOrderedBy({ orderBy = '' }: Patching['spec'], column: string): boolean {
  return orderBy.split(',').some((term) => term.trim().split(' ')[0] === column);
}

/** Writes a file as it is now. @returns what its writer says of the columns that it wrote */
export async function writePatched(
  patching: Patching,
  columns: readonly string[],
  file: ManifestFile,
  to: string,
): Promise<FileStats> {
  const { db, dataDir, changed, signal } = patching;
  const { orderBy: _other, ...withoutOrder } = patching.spec;
  const from = join(dataDir, file.path);
  const values = `${to.replace(/\.part$/, '')}-values.part`;
  const select = columns.map(
    (name) => `if(b.is_new, b.${quoteName(name)}, a.${quoteName(name)}) as ${quoteName(name)}`,
  );
  const rows = `select ${select.join(', ')}, a.file_row_number
    from read_parquet(${quoteText(from)}, hive_partitioning = false, file_row_number = true) a
    left join (from ${changed} where is_new) b on ${sameKey(patching, 'a', 'b')}`;
  try {
    const ordered = `select * exclude (file_row_number) from (${rows}) order by file_row_number`;
    const stats = await copyWithStats(db, toCopy({ ...withoutOrder, select: ordered }, values), signal);
    invariant(stats.rows === file.rows, `a patch of "${file.path}" has its ${file.rows} rows`);
    await replaceColumns(from, values, to, signal);
    return stats;
  } finally {
    await rm(values, { force: true });
  }
}

/** SQL of rows that came in the place of none in these files. */
export function selectElsewhere(patching: Patching, files: readonly ManifestFile[]): string {
  const paths = files.map(({ path }) => quoteText(join(patching.dataDir, path))).join(', ');
  const names = patching.columns.map(({ name }) => `b.${quoteName(name)}`).join(', ');
  return `select ${names} from (from ${patching.changed} where is_new) b
    anti join (from ${patching.changed} where not is_new and "~file" in (${paths})) a on ${sameKey(patching, 'a', 'b')}`;
}
