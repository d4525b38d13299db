// Writes the rows of a select as a relation's Parquet file: under a name that no reader looks at, synced, then renamed.
import { join } from 'node:path';
import { type DuckDb, quoteName, quoteText } from '../duckdb.ts';
import { copyWithStats, type FileStats, printStats } from './delta-stats.ts';
import { type Files, makeFolderDurably } from './files.ts';
import type { LayerFolder, ManifestColumn, ManifestFile, ManifestRelation } from './manifest.ts';
import type { WrittenRelation } from './snapshot-store.ts';

export interface RelationSpec {
  readonly layer: LayerFolder;
  readonly name: string;
  readonly select: string;
  readonly orderBy?: string;
  readonly rowGroupRows?: number;
  /**
   * Statements that each choose a slice of the rows: after each the select is written to a file of its own. All slices together are the
   * relation. One file of everything unless stated.
   */
  readonly slices?: readonly string[];
}

/** Rows of a row group: small ones let a reader in popularity order stop early (BASELINES, Serving). */
const ROW_GROUP_ROWS = 20_480;
/** Against the default of 3, writing gold.tracks took 0.55 instead of 0.8 processor seconds, and 1 % more bytes; the dashboard 6 %. */
const ZSTD_LEVEL = 1;

/** A relation as it is in the candidate, and its files that are new and not yet named by any manifest. */
export interface Written {
  readonly relation: WrittenRelation;
  readonly newFiles: readonly NewFile[];
}

export interface NewFile {
  readonly path: string;
  /** For Delta's log, as JSON. */
  readonly stats: string;
}

/** Writes a relation. When its columns and content equal the parent's, the parent's files are named again and nothing is kept. */
export async function writeRelation(
  files: Files,
  db: DuckDb,
  spec: RelationSpec,
  about: { dataDir: string; snapshotId: string; parent: ManifestRelation | undefined; signal?: AbortSignal },
): Promise<Written> {
  const { layer, name, slices = [null] } = spec;
  const folder = join(about.dataDir, layer, name);
  await makeFolderDurably(files, folder);
  const parts = slices.map((choose, at) => ({
    choose,
    temporary: join(folder, `.${about.snapshotId}-${at}.part`),
  }));
  const newFiles: NewFile[] = [];
  const removeParts = async () => {
    for (const { temporary } of parts) await files.remove(temporary);
  };
  try {
    const written: (FileFacts & { temporary: string; stats: FileStats })[] = [];
    for (const { choose, temporary } of parts) {
      if (choose !== null) await db.run(choose, [], { signal: about.signal });
      const stats = await copyWithStats(db, toCopy(spec, temporary), about.signal);
      written.push({ temporary, stats, ...(await describeFile(db, temporary, about.signal)) });
    }
    const facts = addUp(written);
    const { parent } = about;
    if (parent && parent.contentHash === facts.contentHash && sameColumns(parent.columns, facts.columns)) {
      await removeParts();
      return { relation: { layer, name, ...facts, files: parent.files }, newFiles: [] };
    }
    const sealed: ManifestFile[] = [];
    for (const part of written) {
      const file = await sealFile(files, spec, about, part);
      sealed.push(file);
      newFiles.push({ path: file.path, stats: printStats(part.stats, part.columns) });
    }
    return { relation: { layer, name, ...facts, files: sealed }, newFiles };
  } catch (error) {
    await removeParts();
    for (const { path } of newFiles) await files.remove(join(about.dataDir, path));
    throw error;
  }
}

interface FileFacts extends ContentSum {
  readonly columns: readonly ManifestColumn[];
}

function addUp(parts: readonly FileFacts[]): Pick<WrittenRelation, 'rows' | 'columns' | 'contentHash'> {
  const rows = parts.reduce((total, part) => total + part.rows, 0);
  const sum = parts.reduce((total, part) => total + part.sum, 0n);
  return { rows, columns: parts[0]?.columns ?? [], contentHash: printContentHash({ rows, sum }) };
}

/** The statement that writes the rows of a relation to a file, and answers with their statistics. */
export function toCopy(spec: RelationSpec, path: string): string {
  const order = spec.orderBy ? ` order by ${spec.orderBy}` : '';
  return `copy (select * from (${spec.select})${order}) to ${quoteText(path)}
    (format parquet, compression zstd, compression_level ${ZSTD_LEVEL}, return_stats, row_group_size ${spec.rowGroupRows ?? ROW_GROUP_ROWS})`;
}

/** Makes a written file durable under the name that a manifest will have: synced, renamed, hashed. */
export async function sealFile(
  files: Files,
  { layer, name }: Pick<RelationSpec, 'layer' | 'name'>,
  about: { dataDir: string; snapshotId: string },
  { temporary, rows }: { temporary: string; rows: number },
): Promise<ManifestFile> {
  const folder = join(about.dataDir, layer, name);
  await files.syncFile(temporary);
  const sha256 = await files.hash(temporary);
  const path = `${layer}/${name}/${about.snapshotId}-${sha256.slice(0, 8)}.parquet`;
  const found = await files.find(temporary);
  await files.rename(temporary, join(about.dataDir, path));
  await files.syncFolder(folder);
  return { path, bytes: found?.bytes ?? 0, sha256, rows };
}

/** SQL that reads a relation's files. */
export function selectFiles(dataDir: string, relation: Pick<WrittenRelation, 'files'>): string {
  const paths = relation.files.map(({ path }) => quoteText(join(dataDir, path)));
  return `select * from read_parquet([${paths.join(', ')}], hive_partitioning = false)`;
}

async function describeFile(db: DuckDb, path: string, signal: AbortSignal | undefined): Promise<FileFacts> {
  const source = `read_parquet(${quoteText(path)}, hive_partitioning = false)`;
  const described = await db.all<{ column_name: string; column_type: string }>(
    `describe select * from ${source}`,
  );
  const columns = described.map((row) => ({ name: row.column_name, type: row.column_type }));
  const [content] = await db.all<{ n: number; sum: string }>(
    `select count(*) as n, coalesce(sum(${hashRow(columns)}::hugeint), 0)::varchar as sum from ${source}`,
    [],
    { signal },
  );
  return { rows: content?.n ?? 0, columns, sum: BigInt(content?.sum ?? 0) };
}

/**
 * SQL of one row's hash. It is the engine's own, five times quicker than an MD5 over the row as JSON, and may be another in another
 * version of the engine; so the version is part of a build's recipe, and hashes of two versions are never compared.
 */
export function hashRow(columns: readonly ManifestColumn[]): string {
  return `hash(${columns.map(({ name }) => quoteName(name)).join(', ')})`;
}

/** A sum of row hashes does not depend on the order of rows, and rows can be taken out of it again. */
export interface ContentSum {
  readonly rows: number;
  readonly sum: bigint;
}

export function printContentHash({ rows, sum }: ContentSum): string {
  return `${rows}-${sum}`;
}

export function parseContentHash(text: string): ContentSum {
  const [rows = '', sum = ''] = text.split('-');
  return { rows: Number(rows), sum: BigInt(sum) };
}

function sameColumns(a: readonly ManifestColumn[], b: readonly ManifestColumn[]): boolean {
  return (
    a.length === b.length &&
    a.every((column, at) => column.name === b[at]?.name && column.type === b[at]?.type)
  );
}
