// Writes the rows of a select as a relation's Parquet file: under a name that no reader looks at, synced, then renamed.
import { join } from 'node:path';
import { type DuckDb, quoteText } from '../duckdb.ts';
import { copyWithStats, type FileStats } from './delta-stats.ts';
import { type Files, hashReadable, makeFolderDurably } from './files.ts';
import type { LayerFolder, ManifestColumn, ManifestFile, ManifestRelation } from './manifest.ts';
import { type FileFacts, measureFile, printContentHash, type RelationKey } from './measure-file.ts';
import type { WrittenRelation } from './snapshot-store.ts';
import { type TakenColumn, takeColumns } from './take-columns.ts';

export interface RelationSpec {
  readonly layer: LayerFolder;
  readonly name: string;
  readonly select: string;
  readonly orderBy?: string;
  /** Snappy unless stated. */
  readonly compression?: Compression;
  /** Counts in how many rows each column has a value. */
  readonly countsValues?: boolean;
  /** Looks whether these columns tell all rows apart; those of `certain` must not be null. */
  readonly key?: RelationKey;
  /**
   * Statements that choose a slice of the rows: after those of each the select is written to a file of its own. All slices together are
   * the relation. One file of everything unless stated.
   */
  readonly slices?: readonly (readonly string[])[];
  /**
   * The select says no more than this: all rows of a relation of the same build, some of its columns. They are taken from its files as they
   * lie there.
   */
  readonly columnsOf?: { readonly files: readonly ManifestFile[]; readonly columns: readonly TakenColumn[] };
}

/** Rows of a row group: small ones let a reader in popularity order stop early. */
export const ROW_GROUP_ROWS = 20_480;

export type Compression = 'snappy' | 'zstd' | 'uncompressed';

/** Against zstd's default of 3, writing gold.tracks took 0.55 instead of 0.8 processor seconds, and 1 % more bytes; the dashboard 6 %. */
const COMPRESSIONS: Readonly<Record<Compression, string>> = {
  snappy: 'compression snappy',
  zstd: 'compression zstd, compression_level 1',
  uncompressed: 'compression uncompressed',
};

/** A relation as it is in the candidate, and its files that are new and not yet named by any manifest. */
export interface Written {
  readonly relation: WrittenRelation;
  readonly newFiles: readonly NewFile[];
}

export interface NewFile {
  readonly path: string;
  /** For Delta's log. */
  readonly stats: FileStats;
  /** The file that it is but for some columns; `stats` are of these. */
  readonly patchOf?: PatchedFile;
}

export interface PatchedFile {
  readonly path: string;
  readonly columns: readonly string[];
}

export interface WriteAbout {
  readonly dataDir: string;
  readonly snapshotId: string;
  readonly parent: ManifestRelation | undefined;
  readonly signal?: AbortSignal;
  /** Of files that are new in this build. */
  readonly findStats?: (path: string) => FileStats | undefined;
}

/**
 * Writes a relation. When its columns and content equal the parent's, and the parent's files are what was published, these are named again
 * and nothing is kept.
 */
export async function writeRelation(
  files: Files,
  db: DuckDb,
  spec: RelationSpec,
  about: WriteAbout,
): Promise<Written> {
  const { layer, name } = spec;
  const folder = join(about.dataDir, layer, name);
  await makeFolderDurably(files, folder);
  const parts = planParts(db, spec, about).map((write, at) => ({
    write,
    temporary: join(folder, `.${about.snapshotId}-${at}.part`),
  }));
  const newFiles: NewFile[] = [];
  const removeParts = async () => {
    for (const { temporary } of parts) await files.remove(temporary);
  };
  try {
    const written: (FileFacts & DurableFile & { stats: FileStats })[] = [];
    for (const { write, temporary } of parts) {
      const stats = await write(temporary);
      // The disk and the engine are busy with the file at the same time, and nobody is any more when it is taken away after a failure.
      const both = [
        makeDurable(files, temporary),
        measureFile(db, temporary, { ...spec, stats }, about.signal),
      ] as const;
      await Promise.allSettled(both);
      const [durable, facts] = await Promise.all(both);
      written.push({ stats, ...facts, ...durable });
    }
    const facts = addUp(written);
    const { parent } = about;
    const isSame = parent?.contentHash === facts.contentHash && sameColumns(parent.columns, facts.columns);
    // What is damaged is not named again: this is how it is healed.
    if (parent && isSame && (await findChanged(files, about.dataDir, parent.files)) === null) {
      await removeParts();
      return { relation: { layer, name, ...facts, files: parent.files }, newFiles: [] };
    }
    const sealed: ManifestFile[] = [];
    for (const part of written) {
      const file = await nameFile(files, spec, about, part);
      sealed.push(file);
      newFiles.push({ path: file.path, stats: part.stats });
    }
    return { relation: { layer, name, ...facts, files: sealed }, newFiles };
  } catch (error) {
    await removeParts();
    for (const { path } of newFiles) await files.remove(join(about.dataDir, path));
    throw error;
  }
}

/** How each file of a relation is written: what writes it to a path. */
function planParts(
  db: DuckDb,
  spec: RelationSpec,
  { dataDir, signal, findStats }: WriteAbout,
): ((to: string) => Promise<FileStats>)[] {
  const { slices = [[]], columnsOf } = spec;
  const known = columnsOf?.files.flatMap(({ path }) => {
    const stats = findStats?.(path);
    return stats && stats.rows > 0 ? [{ path, stats }] : [];
  });
  // Of a file that is the parent's nobody knows any more what its writer said, and of no rows there is nothing to take.
  if (columnsOf && known?.length === columnsOf.files.length) {
    return known.map(({ path, stats }) => async (to) => {
      await takeColumns(join(dataDir, path), to, columnsOf.columns, signal);
      return takeStats(stats, columnsOf.columns);
    });
  }
  return slices.map((choose) => async (to) => {
    for (const statement of choose) await db.run(statement, [], { signal });
    return copyWithStats(db, toCopy(spec, to), signal);
  });
}

function takeStats({ rows, columns: found }: FileStats, columns: readonly TakenColumn[]): FileStats {
  const taken = columns.flatMap(({ from, name }) => {
    const stats = found.get(from);
    return stats ? [[name, stats] as const] : [];
  });
  return { rows, columns: new Map(taken) };
}

function addUp(
  parts: readonly FileFacts[],
): Pick<WrittenRelation, 'rows' | 'columns' | 'contentHash' | 'measured'> {
  const [first] = parts;
  const rows = parts.reduce((total, part) => total + part.rows, 0);
  const sum = parts.reduce((total, part) => total + part.sum, 0n);
  const measured = {
    present:
      first?.present?.map((_, at) => parts.reduce((total, { present }) => total + (present?.[at] ?? 0), 0)) ??
      null,
    // Whether a key is in two slices nobody has looked.
    isKeyed: parts.length === 1 ? (first?.isKeyed ?? null) : null,
  };
  return { rows, columns: first?.columns ?? [], contentHash: printContentHash({ rows, sum }), measured };
}

/** The statement that writes the rows of a relation to a file, and answers with their statistics. */
export function toCopy(spec: RelationSpec, path: string): string {
  const order = spec.orderBy ? ` order by ${spec.orderBy}` : '';
  return `copy (select * from (${spec.select})${order}) to ${quoteText(path)}
    (format parquet, ${COMPRESSIONS[spec.compression ?? 'snappy']}, return_stats, row_group_size ${ROW_GROUP_ROWS})`;
}

/** A written file whose bytes the disk has, still under a name that no reader looks at. */
interface DurableFile {
  readonly temporary: string;
  readonly bytes: number;
  readonly sha256: string;
}

async function makeDurable(files: Files, temporary: string): Promise<DurableFile> {
  return { temporary, ...(await files.seal(temporary)) };
}

/** Gives a durable file the name that a manifest will have. */
async function nameFile(
  files: Files,
  { layer, name }: Pick<RelationSpec, 'layer' | 'name'>,
  about: { dataDir: string; snapshotId: string },
  { temporary, bytes, sha256, rows }: DurableFile & { rows: number },
): Promise<ManifestFile> {
  const path = `${layer}/${name}/${about.snapshotId}-${sha256.slice(0, 8)}.parquet`;
  await files.rename(temporary, join(about.dataDir, path));
  await files.syncFolder(join(about.dataDir, layer, name));
  return { path, bytes, sha256, rows };
}

/** Makes a written file durable under the name that a manifest will have: synced, hashed, renamed. */
export async function sealFile(
  files: Files,
  spec: Pick<RelationSpec, 'layer' | 'name'>,
  about: { dataDir: string; snapshotId: string },
  { temporary, rows }: { temporary: string; rows: number },
): Promise<ManifestFile> {
  return nameFile(files, spec, about, { ...(await makeDurable(files, temporary)), rows });
}

/** SQL that reads a relation's files. */
export function selectFiles(dataDir: string, relation: Pick<WrittenRelation, 'files'>): string {
  const paths = relation.files.map(({ path }) => quoteText(join(dataDir, path)));
  return `select * from read_parquet([${paths.join(', ')}], hive_partitioning = false)`;
}

/** The first of these files that is not what was published, to the bit, or that the disk cannot read; null when all are. */
export async function findChanged(
  files: Files,
  dataDir: string,
  named: readonly ManifestFile[],
): Promise<ManifestFile | null> {
  for (const file of named) {
    const path = join(dataDir, file.path);
    if (!(await files.find(path)) || (await hashReadable(files, path)) !== file.sha256) return file;
  }
  return null;
}

function sameColumns(a: readonly ManifestColumn[], b: readonly ManifestColumn[]): boolean {
  return (
    a.length === b.length &&
    a.every((column, at) => column.name === b[at]?.name && column.type === b[at]?.type)
  );
}
