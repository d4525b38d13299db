// Writes what new batches change of a relation: rows that are gone are taken out of the files that hold them, rows that are new go to
// a new file, and files that hold neither stay as they are (docs/decisions/0007).
import { join } from 'node:path';
import { SnapshotError } from '../../errors.ts';
import { type DuckDb, quoteName, quoteText } from '../duckdb.ts';
import { copyWithStats, type FileStats } from './delta-stats.ts';
import type { Files } from './files.ts';
import type { ManifestColumn, ManifestFile, ManifestRelation } from './manifest.ts';
import { hashRow, hasValue, isKeyed, parseContentHash, printContentHash } from './measure-file.ts';
import { type Patch, type Patching, planPatch, selectElsewhere, writePatched } from './patch-file.ts';
import {
  findChanged,
  type NewFile,
  type RelationSpec,
  sealFile,
  selectFiles,
  toCopy,
  type Written,
  writeRelation,
} from './relation-writer.ts';
import type { WrittenRelation } from './snapshot-store.ts';

export interface IncrementSpec extends RelationSpec {
  /**
   * The column by which rows are touched, whose values are in workTable('touched'): `select` answers with all rows of those values,
   * and they take the place of the parent's.
   */
  readonly touched: string;
  /** The parent has no row of a touched value: its files need not be read, and `select` does not read those of selectStale. */
  readonly isNew: boolean;
}

export interface IncrementAbout {
  readonly dataDir: string;
  readonly snapshotId: string;
  readonly parent: ManifestRelation;
  readonly signal?: AbortSignal;
}

/** What an update works with: values whose rows are touched, the parent's rows of them, and all their rows as they are now. */
type Work = 'touched' | 'stale' | 'made';
type Named = Pick<RelationSpec, 'layer' | 'name'>;

/** Each relation has tables of its own, so that several can be updated at a time. */
export function workTable(what: Work, { layer, name }: Named): string {
  return `work.${quoteName(`${what}_${layer}_${name}`)}`;
}

/** The parent's rows of touched values, as SQL. */
export function selectStale(updated: Named): string {
  return `select * exclude ("~hash", "~file") from ${workTable('stale', updated)}`;
}

/** Drops the tables that the update of a relation worked with, of which the parent had rows. */
export async function dropWork(db: DuckDb, updated: Named): Promise<void> {
  const works: Work[] = ['touched', 'stale', 'made'];
  await db.run(works.map((what) => `drop table ${workTable(what, updated)}`).join(';\n'));
}

/**
 * Writes a relation's new version from the parent's, and leaves the table `changed.<layer>_<name>`: rows that came (`is_new`) and rows
 * that went. Needs the schemas `work` and `changed`.
 *
 * @throws SnapshotError when a file that must be rewritten is not what was published
 */
export async function writeIncrement(
  files: Files,
  db: DuckDb,
  spec: IncrementSpec,
  about: IncrementAbout,
): Promise<Written> {
  const { parent, dataDir } = about;
  const columns = parent.columns.map(({ name }) => quoteName(name)).join(', ');
  const change = await measureChange(db, spec, about, takeChange(spec, about, columns));
  const measured = { isKeyed: change.isKeyed, present: null, presentChange: change.present };
  if (change.added === 0 && change.removed === 0)
    return { relation: { ...parent, layer: spec.layer, name: spec.name, measured }, newFiles: [] };

  const updating = { files, db, spec, about, columns };
  const rewriting = await chooseRewritten(updating, change);
  await verifyFiles(files, dataDir, [...(rewriting.patch?.files ?? []), ...rewriting.rewritten]);
  const { sum, rows } = parseContentHash(parent.contentHash);
  const after = {
    rows: rows + change.added - change.removed,
    sum: sum + change.addedSum - change.removedSum,
  };
  const written = await writeFiles(updating, rewriting, selectContent(updating, rewriting), after.rows);
  return {
    relation: {
      layer: spec.layer,
      name: spec.name,
      columns: parent.columns,
      files: [...rewriting.staying, ...written.map(({ file }) => file)],
      rows: after.rows,
      contentHash: printContentHash(after),
      measured,
    },
    newFiles: written.map((each) => each.new),
  };
}

/** One update of a relation. */
interface Updating {
  readonly files: Files;
  readonly db: DuckDb;
  readonly spec: IncrementSpec;
  readonly about: IncrementAbout;
  /** Names of its columns as a select list. */
  readonly columns: string;
}

/** What becomes of the parent's files. */
interface Rewriting {
  readonly patching: Patching;
  /** Files of which only columns are written anew; null where there are none. */
  readonly patch: Patch | null;
  /** Files whose rows, but for those that go, are written to the new file with those that came. */
  readonly rewritten: readonly ManifestFile[];
  readonly staying: readonly ManifestFile[];
}

/** Which of the parent's files are patched, which are written anew, and which stay. */
async function chooseRewritten({ db, spec, about }: Updating, change: Change): Promise<Rewriting> {
  const { parent, dataDir, signal } = about;
  const patching = { db, dataDir, spec, columns: parent.columns, changed: changedTable(spec), signal };
  const held = new Set(change.files);
  const mustGo = (file: ManifestFile) => held.has(join(dataDir, file.path));
  // Small ones are merged with what comes.
  const large = parent.files.filter((file) => mustGo(file) && file.rows > 2 * change.added);
  const patch = change.isKeyed ? await planPatch(patching, large, change.removed) : null;
  const others = patch ? parent.files.filter((file) => !patch.files.includes(file)) : parent.files;
  const rewritten = chooseFiles(
    others,
    mustGo,
    others.some(mustGo) ? change.added : change.added - (patch ? change.removed : 0),
  );
  return { patching, patch, rewritten, staying: others.filter((file) => !rewritten.includes(file)) };
}

/** The rows of the new file, as SQL: those that came and are in no patched file, and what is kept of the files that it takes the place of. */
function selectContent(
  { spec, about, columns }: Updating,
  { patching, patch, rewritten }: Rewriting,
): string {
  const { dataDir } = about;
  const came = patch
    ? selectElsewhere(patching, patch.files)
    : `select ${columns} from ${changedTable(spec)} where is_new`;
  if (rewritten.length === 0) return came;
  const rest = `select ${columns} from (${selectFiles(dataDir, { files: rewritten })})`;
  const replaced = findReplaced(spec);
  const kept =
    replaced === null
      ? [rest]
      : [
          `select ${columns} from ${workTable('stale', spec)} semi join ${workTable('made', spec)} using ("~hash") where "~file" in ${listPaths(dataDir, rewritten)}`,
          `${rest} where (${quoteName(replaced)} in (from ${workTable('touched', spec)})) is not true`,
        ];
  return [came, ...kept].join(' union all ');
}

interface NewManifestFile {
  readonly file: ManifestFile;
  readonly new: NewFile;
}

/** Writes the patched files and the new one, all or none of them. */
async function writeFiles(
  { files, db, spec, about }: Updating,
  { patching, patch, staying }: Rewriting,
  select: string,
  rows: number,
): Promise<NewManifestFile[]> {
  const { files: patched, columns } = patch ?? { files: [], columns: [] };
  const written: NewManifestFile[] = [];
  try {
    for (const file of patched) {
      const write = (to: string) => writePatched(patching, columns, file, to);
      const found = await writeFile(files, spec, about, file.rows, write);
      const patchOf = { path: file.path, columns };
      written.push({ file: found.file, new: { path: found.file.path, stats: found.stats, patchOf } });
    }
    const rowsElsewhere = rows - countRows(staying) - countRows(patched);
    if (rowsElsewhere > 0 || written.length === 0) {
      const write = (to: string) => copyWithStats(db, toCopy({ ...spec, select }, to), about.signal);
      const { file, stats } = await writeFile(files, spec, about, rowsElsewhere, write);
      written.push({ file, new: { path: file.path, stats } });
    }
    return written;
  } catch (error) {
    for (const { file } of written) await files.remove(join(about.dataDir, file.path));
    throw error;
  }
}

/** The column whose touched values the parent has rows of; null where nothing of the parent is in the way: what the select finds is what came. */
function findReplaced({ touched, isNew }: Pick<IncrementSpec, 'touched' | 'isNew'>): string | null {
  return isNew ? null : touched;
}

/** Statements that leave the changed rows. All that is prepared for them besides is what somebody reads. */
function takeChange(spec: IncrementSpec, { parent, dataDir }: IncrementAbout, columns: string): string[] {
  const hash = hashRow(parent.columns);
  const fresh = `select ${columns}, ${hash} as "~hash" from (${spec.select})`;
  const replaced = findReplaced(spec);
  if (replaced === null)
    return [
      `create or replace table ${changedTable(spec)} as select ${columns}, true as is_new, "~hash", null::varchar as "~file" from (${fresh})`,
      // In the same call, since nobody reads them any more.
      `drop table ${workTable('touched', spec)}`,
    ];
  // The condition holds for every value. With one the engine takes it that few are left and makes a Bloom filter of them: other rows are
  // left out before their wide columns are put together, which is a tenth to a fifth of the time.
  const values = `select * from ${workTable('touched', spec)} where hash(${quoteName(replaced)}) >= 0`;
  const [stale, made] = (['stale', 'made'] as const).map((what) => workTable(what, spec));
  return [
    `create or replace table ${stale} as
      select ${columns}, ${hash} as "~hash", "~file"
      from read_parquet(${listPaths(dataDir, parent.files)}, filename = '~file', hive_partitioning = false)
      where ${quoteName(replaced)} in (${values})`,
    `create or replace table ${made} as ${fresh}`,
    `create or replace table ${changedTable(spec)} as
      select ${columns}, true as is_new, "~hash", null as "~file" from ${made} anti join ${stale} using ("~hash")
      union all
      select ${columns}, false, "~hash", "~file" from ${stale} anti join ${made} using ("~hash")`,
  ];
}

/** Where all rows of what is touched are, once the relation has been updated; no others can share a key with them. */
export function freshRows(spec: Pick<IncrementSpec, 'layer' | 'name' | 'touched' | 'isNew'>): string {
  return findReplaced(spec) === null ? changedTable(spec) : workTable('made', spec);
}

/** Writes a relation whole, as a full build does, and leaves its table of changed rows beside it. */
export async function rewriteRelation(
  files: Files,
  db: DuckDb,
  spec: RelationSpec,
  about: IncrementAbout,
): Promise<Written> {
  const written = await writeRelation(files, db, spec, about);
  const { parent, dataDir } = about;
  const columns = parent.columns.map(({ name }) => quoteName(name)).join(', ');
  const side = (relation: Pick<WrittenRelation, 'files'>, isNew: boolean) =>
    `select ${columns}, ${isNew} as is_new, ${hashRow(parent.columns)} as "~hash", null as "~file" from (${selectFiles(dataDir, relation)})`;
  await db.run(
    `create or replace table ${changedTable(spec)} as ${
      written.newFiles.length === 0
        ? `${side(parent, true)} limit 0`
        : `with now as (${side(written.relation, true)}), before as (${side(parent, false)})
         select * from now anti join before using ("~hash") union all select * from before anti join now using ("~hash")`
    }`,
  );
  return written;
}

/** Leaves a relation as its parent is, with an empty table of changed rows. */
export async function keepRelation(db: DuckDb, spec: RelationSpec, about: IncrementAbout): Promise<Written> {
  const { parent } = about;
  const more = 'is_new boolean, "~hash" ubigint, "~file" varchar';
  await db.run(`create or replace table ${changedTable(spec)} (${declare(parent, more)})`);
  return { relation: { ...parent, layer: spec.layer, name: spec.name }, newFiles: [] };
}

/** The columns of a relation as a table declares them, and more. */
function declare({ columns }: ManifestRelation, more: string): string {
  return [...columns.map(({ name, type }) => `${quoteName(name)} ${type}`), more].join(', ');
}

function changedTable({ layer, name }: Named): string {
  return `changed.${quoteName(`${layer}_${name}`)}`;
}

interface Change {
  readonly added: number;
  readonly removed: number;
  readonly addedSum: bigint;
  readonly removedSum: bigint;
  /** Absolute paths of the files that hold removed rows. */
  readonly files: readonly string[];
  /** Whether the key tells all rows of what is touched apart; null where nobody asked. */
  readonly isKeyed: boolean | null;
  /** By column, in how many more rows it has a value now; null where nobody asked. */
  readonly present: readonly number[] | null;
}

/** Takes the change and looks at it, in one call into the engine. */
async function measureChange(
  db: DuckDb,
  spec: IncrementSpec,
  { parent, signal }: IncrementAbout,
  take: readonly string[],
): Promise<Change> {
  const { key, countsValues = false } = spec;
  const counted = countsValues ? parent.columns : [];
  const allCame = findReplaced(spec) === null;
  const selects = [
    ...(allCame ? ALL_CAME : CAME_AND_WENT),
    // Where all rows came they are all rows of what is touched.
    ...(key
      ? [
          allCame
            ? `${isKeyed(key)} as is_keyed`
            : `(select ${isKeyed(key)} from ${freshRows(spec)}) as is_keyed`,
        ]
      : []),
    ...counted.map((column, at) => `${countValues(column, allCame)} as c${at}`),
  ];
  const [row] = await db.all<{
    added: number;
    removed?: number;
    added_sum: string;
    removed_sum?: string;
    files?: string[] | null;
    is_keyed?: boolean;
    [count: `c${number}`]: number;
  }>([...take, `select ${selects.join(', ')} from ${changedTable(spec)}`].join(';\n'), [], { signal });
  return {
    added: row?.added ?? 0,
    removed: row?.removed ?? 0,
    addedSum: BigInt(row?.added_sum ?? 0),
    removedSum: BigInt(row?.removed_sum ?? 0),
    files: row?.files ?? [],
    isKeyed: row?.is_keyed ?? null,
    present: countsValues ? counted.map((_, at) => row?.[`c${at}`] ?? 0) : null,
  };
}

const ALL_CAME: readonly string[] = [
  'count(*) as added',
  `coalesce(sum("~hash"::hugeint), 0)::varchar as added_sum`,
];
const CAME_AND_WENT: readonly string[] = [
  'count(*) filter (where is_new) as added',
  'count(*) filter (where not is_new) as removed',
  `coalesce(sum("~hash"::hugeint) filter (where is_new), 0)::varchar as added_sum`,
  `coalesce(sum("~hash"::hugeint) filter (where not is_new), 0)::varchar as removed_sum`,
  `list(distinct "~file") filter (where not is_new) as files`,
];

/** In how many more rows a column has a value; quicker where all of them came. */
function countValues(column: ManifestColumn, allCame: boolean): string {
  const has = hasValue(column);
  return allCame ? `count_if(${has})` : `sum(if(${has}, if(is_new, 1, -1), 0))`;
}

/**
 * The files that must be rewritten because rows go from them, and small ones that are merged on the way: a file joins as long as it has
 * no more than twice the rows that are being written anyway. So sizes grow in steps, a relation has few files however many batches
 * came, and a row is rewritten a number of times that grows with the logarithm of the relation.
 */
export function chooseFiles<File extends Pick<ManifestFile, 'rows'>>(
  files: readonly File[],
  mustGo: (file: File) => boolean,
  added: number,
): File[] {
  const chosen = files.filter(mustGo);
  let rows = added + countRows(chosen);
  for (const file of files.filter((other) => !mustGo(other)).sort((a, b) => a.rows - b.rows)) {
    if (file.rows > 2 * rows) break;
    chosen.push(file);
    rows += file.rows;
  }
  return chosen;
}

/** What is read to be written again is looked at first: a flipped bit must not get a new hash. */
async function verifyFiles(files: Files, dataDir: string, named: readonly ManifestFile[]): Promise<void> {
  const changed = await findChanged(files, dataDir, named);
  if (changed)
    throw new SnapshotError(
      `"${changed.path}" is not what was published. Run TRANSFORM with --force to build everything anew from bronze.`,
    );
}

/** @param write writes the file, and says what its writer says */
async function writeFile(
  files: Files,
  spec: RelationSpec,
  about: IncrementAbout,
  rows: number,
  write: (to: string) => Promise<FileStats>,
): Promise<{ file: ManifestFile; stats: FileStats }> {
  const temporary = join(about.dataDir, spec.layer, spec.name, `.${about.snapshotId}.part`);
  try {
    const stats = await write(temporary);
    return { file: await sealFile(files, spec, about, { temporary, rows }), stats };
  } catch (error) {
    await files.remove(temporary);
    throw error;
  }
}

function countRows(files: readonly Pick<ManifestFile, 'rows'>[]): number {
  return files.reduce((sum, file) => sum + file.rows, 0);
}

function listPaths(dataDir: string, files: readonly ManifestFile[]): string {
  return `[${files.map(({ path }) => quoteText(join(dataDir, path))).join(', ')}]`;
}
