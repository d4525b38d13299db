// What there is to know of a written file, in one pass over it: its content hash, where its columns have values, whether its key is one.
import { type DuckDb, quoteName, quoteText } from '../duckdb.ts';
import type { FileStats } from './delta-stats.ts';
import type { ManifestColumn } from './manifest.ts';

export interface RelationKey {
  readonly columns: readonly string[];
  /** Those of them that must not be null. */
  readonly certain: readonly string[];
}

/** A sum of row hashes does not depend on the order of rows, and rows can be taken out of it again. */
export interface ContentSum {
  readonly rows: number;
  readonly sum: bigint;
}

export interface FileFacts extends ContentSum {
  readonly columns: readonly ManifestColumn[];
  /** In how many rows each column has a value (hasValue); null where nobody asked. */
  readonly present: readonly number[] | null;
  /**
   * Whether the key is certainly unique and not null. False may be two keys of one hash, for which a check has to look closer. Null where
   * nobody asked.
   */
  readonly isKeyed: boolean | null;
}

export interface Asked {
  readonly countsValues?: boolean;
  readonly key?: RelationKey;
  /** What the writer of the file says of it: what that answers is not counted again. */
  readonly stats?: FileStats;
}

/** Reads a file once, whatever is asked: each further pass over a wide relation would decode its columns again. */
export async function measureFile(
  db: DuckDb,
  path: string,
  { countsValues = false, key, stats }: Asked,
  signal?: AbortSignal,
): Promise<FileFacts> {
  const source = `read_parquet(${quoteText(path)}, hive_partitioning = false)`;
  const described = await db.all<{ column_name: string; column_type: string }>(
    `describe select * from ${source}`,
  );
  const columns = described.map((row) => ({ name: row.column_name, type: row.column_type }));
  const known = columns.map((column) => (stats ? knowPresent(stats, column) : null));
  const [found] = await db.all<{ n: number; sum: string; is_keyed?: boolean; [count: `c${number}`]: number }>(
    `select ${[
      'count(*) as n',
      `coalesce(sum(${hashRow(columns)}::hugeint), 0)::varchar as sum`,
      ...(countsValues
        ? columns.flatMap((column, at) =>
            known[at] === null ? [`count_if(${hasValue(column)}) as c${at}`] : [],
          )
        : []),
      ...(key ? [`${isKeyed(key)} as is_keyed`] : []),
    ].join(', ')} from ${source}`,
    [],
    { signal },
  );
  const rows = found?.n ?? 0;
  return {
    rows,
    columns,
    sum: BigInt(found?.sum ?? 0),
    present: countsValues ? known.map((present, at) => present ?? found?.[`c${at}`] ?? 0) : null,
    isKeyed: found?.is_keyed ?? null,
  };
}

/** In how many rows a column has a value, as far as statistics tell: of a text only where none is empty, of a list not at all. */
function knowPresent({ rows, columns }: FileStats, { name, type }: ManifestColumn): number | null {
  const stats = columns.get(name);
  // Of a type without statistics (INTERVAL) the writer says that there are no values, and no nulls.
  if (stats?.get('num_values') !== String(rows)) return null;
  const present = rows - Number(stats.get('null_count'));
  return type !== 'VARCHAR' || present === 0 || stats.get('min') ? present : null;
}

/** SQL of whether a column has a value in a row; an empty name or list is none. */
export function hasValue({ name, type }: ManifestColumn): string {
  const column = quoteName(name);
  if (type === 'VARCHAR') return `${column} <> ''`;
  return type.endsWith('[]') ? `len(${column}) > 0` : `${column} is not null`;
}

/**
 * SQL of one row's hash. It is the engine's own, five times quicker than an MD5 over the row as JSON, and may be another in another
 * version of the engine; so the version is part of a build's recipe, and hashes of two versions are never compared.
 */
export function hashRow(columns: readonly ManifestColumn[]): string {
  return `hash(${columns.map(({ name }) => quoteName(name)).join(', ')})`;
}

export function printContentHash({ rows, sum }: ContentSum): string {
  return `${rows}-${sum}`;
}

export function parseContentHash(text: string): ContentSum {
  const [rows = '', sum = ''] = text.split('-');
  return { rows: Number(rows), sum: BigInt(sum) };
}

/** SQL of whether a key certainly tells all rows apart, and is not null where it must not be. Not so may be two keys of one hash. */
export function isKeyed({ columns, certain }: RelationKey): string {
  const isCertain = certain.map((name) => ` and count(*) = count(${quoteName(name)})`).join('');
  return `count(*) = count(distinct hash(${columns.map(quoteName).join(', ')}))${isCertain}`;
}
