// Writes the rows of a select as a relation's Parquet file: under a name that no reader looks at, synced, then renamed.
import { join } from 'node:path';
import { type DuckDb, quoteName, quoteText } from '../duckdb.ts';
import { type Files, makeFolderDurably } from './files.ts';
import type { LayerFolder, ManifestColumn, ManifestFile, ManifestRelation } from './manifest.ts';
import type { WrittenRelation } from './snapshot-store.ts';

export interface RelationSpec {
  readonly layer: LayerFolder;
  readonly name: string;
  readonly select: string;
  readonly orderBy?: string;
  readonly rowGroupRows?: number;
}

/** Rows of a row group: small ones let a reader in popularity order stop early (BASELINES, Serving). */
const ROW_GROUP_ROWS = 20_480;
/** Against the default of 3, writing gold.tracks took 0.55 instead of 0.8 processor seconds, and 1 % more bytes; the dashboard 6 %. */
const ZSTD_LEVEL = 1;

/**
 * Writes a relation. When its columns and content equal the parent's, the parent's files are named again and nothing is kept.
 *
 * @returns the relation, and the path of a file that is new and not yet named by any manifest
 */
export async function writeRelation(
  files: Files,
  db: DuckDb,
  spec: RelationSpec,
  about: { dataDir: string; snapshotId: string; parent: ManifestRelation | undefined; signal?: AbortSignal },
): Promise<{ relation: WrittenRelation; newFile: string | null }> {
  const { layer, name } = spec;
  const folder = join(about.dataDir, layer, name);
  await makeFolderDurably(files, folder);
  const temporary = join(folder, `.${about.snapshotId}.part`);
  try {
    await db.run(toCopy(spec, temporary), [], { signal: about.signal });
    const facts = await describeFile(db, temporary, about.signal);
    const { parent } = about;
    if (parent && parent.contentHash === facts.contentHash && sameColumns(parent.columns, facts.columns)) {
      await files.remove(temporary);
      const { files: kept } = parent;
      return { relation: { layer, name, ...facts, files: kept }, newFile: null };
    }
    const file = await sealFile(files, spec, about, { temporary, rows: facts.rows });
    return { relation: { layer, name, ...facts, files: [file] }, newFile: file.path };
  } catch (error) {
    await files.remove(temporary);
    throw error;
  }
}

/** The statement that writes the rows of a relation to a file. */
export function toCopy(spec: RelationSpec, path: string): string {
  const order = spec.orderBy ? ` order by ${spec.orderBy}` : '';
  return `copy (select * from (${spec.select})${order}) to ${quoteText(path)}
    (format parquet, compression zstd, compression_level ${ZSTD_LEVEL}, row_group_size ${spec.rowGroupRows ?? ROW_GROUP_ROWS})`;
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

async function describeFile(
  db: DuckDb,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ rows: number; columns: ManifestColumn[]; contentHash: string }> {
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
  const rows = content?.n ?? 0;
  return { rows, columns, contentHash: printContentHash({ rows, sum: BigInt(content?.sum ?? 0) }) };
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
