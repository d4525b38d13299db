// Rows as JSON, rendered by the engine, which loses no digit on the way.
import { type DuckDBListType, type DuckDBStructType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { type DuckDb, quoteName, type SqlColumn, type SqlParams } from './duckdb.ts';

export interface JsonRows {
  readonly signal: AbortSignal;
  readonly columns: readonly SqlColumn[];
  /** A select, and its bound values. */
  readonly sql: string;
  readonly params: SqlParams;
}

/** All rows at once, each as its line of JSON: an error of the engine keeps what it says. */
export async function readJsonRows(db: DuckDb, rows: JsonRows): Promise<string[]> {
  const { sql, params, signal } = rows;
  const lines = await db.all<{ line: string }>(`select ${toJsonLine(rows)} as line from (${sql}\n)`, params, {
    signal,
  });
  return lines.map(({ line }) => line);
}

/** SQL of a row with these columns as an object. */
export function toJsonLine({ columns }: Pick<JsonRows, 'columns'>): string {
  const fields = columns.map(({ name, type }) => `${quoteName(name)} := ${toJson(quoteName(name), type)}`);
  return `to_json(struct_pack(${fields.join(', ')}))::varchar`;
}

/** An expression of the same value in types that to_json renders without loss. */
export function toJson(value: string, type: DuckDBType, depth = 0): string {
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL:
      // Up to 18 digits wide, to_json goes through a double.
      return `${value}::decimal(38, ${(type as { scale?: number }).scale ?? 0})`;
    case DuckDBTypeId.DOUBLE:
      return `case when isfinite(${value}) then ${value} end`;
    case DuckDBTypeId.FLOAT:
      // 0.1 and not 0.10000000149011612.
      return `case when isfinite(${value}) then ${value}::varchar::double end`;
    case DuckDBTypeId.BLOB:
      return `to_base64(${value})`;
    case DuckDBTypeId.LIST: {
      const item = `x${depth}`;
      return `list_transform(${value}, lambda ${item}: ${toJson(item, (type as DuckDBListType).valueType, depth + 1)})`;
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      const fields = entryNames.map((name, at) => {
        const field = `(${value}).${quoteName(name)}`;
        return `${quoteName(name)} := ${toJson(field, entryTypes[at] as DuckDBType, depth)}`;
      });
      return `case when ${value} is not null then struct_pack(${fields.join(', ')}) end`;
    }
    default:
      return toIsoText(value, type) ?? value;
  }
}

export function isNested(type: DuckDBType): boolean {
  return (
    type.typeId === DuckDBTypeId.LIST ||
    type.typeId === DuckDBTypeId.STRUCT ||
    type.typeId === DuckDBTypeId.MAP ||
    type.typeId === DuckDBTypeId.ARRAY
  );
}

/** What strftime is told of each. The engine's time zone is UTC; a time without a zone is of no place that we know. */
export const ISO_FORMATS: ReadonlyMap<DuckDBTypeId, string> = new Map([
  [DuckDBTypeId.TIMESTAMP_TZ, '%Y-%m-%dT%H:%M:%S.%fZ'],
  [DuckDBTypeId.TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%f'],
  [DuckDBTypeId.TIMESTAMP_S, '%Y-%m-%dT%H:%M:%S'],
  [DuckDBTypeId.TIMESTAMP_MS, '%Y-%m-%dT%H:%M:%S.%g'],
  [DuckDBTypeId.TIMESTAMP_NS, '%Y-%m-%dT%H:%M:%S.%n'],
]);

/** Null for what is no timestamp. */
export function toIsoText(value: string, type: DuckDBType): string | null {
  const format = ISO_FORMATS.get(type.typeId);
  return format === undefined ? null : `strftime(${value}, '${format}')`;
}
