// Rows as text, rendered by the engine: one text per row, which JavaScript only joins.
import { type DuckDBListType, type DuckDBStructType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { type DuckDb, quoteName, type SqlColumn, type SqlParams } from '../duckdb.ts';
import { CSV_DIALECTS, type CsvDialect, type DialectName } from './csv-dialect.ts';

export interface RowText {
  readonly signal: AbortSignal;
  readonly columns: readonly SqlColumn[];
  /** A select, and its bound values. */
  readonly sql: string;
  readonly params: SqlParams;
  /** CSV: writes a ' before each text that a spreadsheet would take for a formula. False unless stated. */
  readonly formulasAsText?: boolean | undefined;
  /** Of CSV; plain unless stated. */
  readonly dialect?: DialectName | undefined;
}

/**
 * CSV as RFC 4180 has it, with a header and "\n" between rows. Null is nothing at all, an empty text is "". A value is quoted where
 * it must be and never changed, so that 007 stays 007, unless formulas are wanted as text. Timestamps are ISO 8601, with time zone in
 * UTC, without one as they are and without Z; lists and structs are JSON, bytes base64. A dialect may have other separators.
 */
export async function* writeCsv(db: DuckDb, text: RowText): AsyncGenerator<Uint8Array> {
  const isMarked = text.formulasAsText === true;
  const dialect = CSV_DIALECTS[text.dialect ?? 'plain'];
  const { delimiter, hasMark } = dialect;
  const titles = text.columns
    .map(({ name }) => (isMarked && FORMULA.test(name) ? `'${name}` : name))
    .map((title) => quoteCsv(title, delimiter));
  yield encode(`${hasMark ? '\ufeff' : ''}${titles.join(delimiter)}\n`);
  const cells = text.columns.map(({ name, type }) => toCsvCell(quoteName(name), type, isMarked, dialect));
  yield* writeLines(db, text, `concat(${cells.join(`, '${delimiter}', `)})`);
}

/**
 * JSON lines: one object a row, columns in order. Whole numbers and decimals are JSON numbers with all their digits; NaN and the
 * infinities, which JSON does not have, are null. Timestamps are as in CSV, dates YYYY-MM-DD, bytes base64.
 */
export async function* writeJsonLines(db: DuckDb, text: RowText): AsyncGenerator<Uint8Array> {
  yield* writeLines(db, text, toJsonLine(text));
}

/** All rows at once, each as its line of JSON: an error of the engine keeps what it says. */
export async function readJsonRows(db: DuckDb, text: RowText): Promise<string[]> {
  const { sql, params, signal } = text;
  const rows = await db.all<{ line: string }>(`select ${toJsonLine(text)} as line from (${sql}\n)`, params, {
    signal,
  });
  return rows.map(({ line }) => line);
}

/** All rows at once, their cells as in CSV without its quotes; null is null. */
export async function readCells(db: DuckDb, text: RowText): Promise<(string | null)[][]> {
  const { sql, params, signal, columns } = text;
  const cells = columns.map(({ name, type }, at) => `${toCsvText(quoteName(name), type)} as c${at}`);
  const rows = await db.all<Record<string, string | null>>(
    `select ${cells.join(', ')} from (${sql}\n)`,
    params,
    { signal },
  );
  return rows.map((row) => columns.map((_, at) => row[`c${at}`] ?? null));
}

function toJsonLine({ columns }: Pick<RowText, 'columns'>): string {
  const fields = columns.map(({ name, type }) => `${quoteName(name)} := ${toJson(quoteName(name), type)}`);
  return `to_json(struct_pack(${fields.join(', ')}))::varchar`;
}

async function* writeLines(
  db: DuckDb,
  { sql, params, signal }: RowText,
  line: string,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of db.stream(`select ${line} from (${sql}\n)`, params, { signal })) {
    yield encode(`${(chunk.column(0) as string[]).join('\n')}\n`);
  }
}

const encoder = new TextEncoder();

function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

function quoteCsv(text: string, delimiter: string): string {
  return text === '' || ['"', delimiter, '\r', '\n'].some((one) => text.includes(one))
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

/** What spreadsheets take for a formula, or cut off before they look for one. https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+@\t\r\n-]/;

/** Types whose text never holds a separator, a quote or the end of a line. */
const PLAIN_IN_CSV = new Set<DuckDBTypeId>([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.DATE,
]);

const FRACTIONAL = new Set<DuckDBTypeId>([DuckDBTypeId.FLOAT, DuckDBTypeId.DOUBLE, DuckDBTypeId.DECIMAL]);

function toCsvCell(
  value: string,
  type: DuckDBType,
  isMarked: boolean,
  { delimiter, decimal }: CsvDialect,
): string {
  const plain = toCsvText(value, type);
  if (FRACTIONAL.has(type.typeId) && decimal === ',') return `coalesce(replace(${plain}, '.', ','), '')`;
  if (PLAIN_IN_CSV.has(type.typeId) || ISO_FORMATS.has(type.typeId)) return `coalesce(${plain}, '')`;
  const text = isMarked
    ? `(case when regexp_matches(${plain}, '${FORMULA.source}') then '''' else '' end || ${plain})`
    : plain;
  return `case when ${value} is null then '' when ${text} = '' or regexp_matches(${text}, '["${delimiter}\\r\\n]')
    then '"' || replace(${text}, '"', '""') || '"' else ${text} end`;
}

function toCsvText(value: string, type: DuckDBType): string {
  if (isNested(type)) return `to_json(${toJson(value, type)})::varchar`;
  if (type.typeId === DuckDBTypeId.BLOB) return `to_base64(${value})`;
  return toIsoText(value, type) ?? `${value}::varchar`;
}

/** An expression of the same value in types that to_json renders without loss. */
function toJson(value: string, type: DuckDBType, depth = 0): string {
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

function isNested(type: DuckDBType): boolean {
  return (
    type.typeId === DuckDBTypeId.LIST ||
    type.typeId === DuckDBTypeId.STRUCT ||
    type.typeId === DuckDBTypeId.MAP ||
    type.typeId === DuckDBTypeId.ARRAY
  );
}

/** What strftime is told of each. The engine's time zone is UTC; a time without a zone is of no place that we know. */
const ISO_FORMATS: ReadonlyMap<DuckDBTypeId, string> = new Map([
  [DuckDBTypeId.TIMESTAMP_TZ, '%Y-%m-%dT%H:%M:%S.%fZ'],
  [DuckDBTypeId.TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%f'],
  [DuckDBTypeId.TIMESTAMP_S, '%Y-%m-%dT%H:%M:%S'],
  [DuckDBTypeId.TIMESTAMP_MS, '%Y-%m-%dT%H:%M:%S.%g'],
  [DuckDBTypeId.TIMESTAMP_NS, '%Y-%m-%dT%H:%M:%S.%n'],
]);

/** Null for what is no timestamp. */
function toIsoText(value: string, type: DuckDBType): string | null {
  const format = ISO_FORMATS.get(type.typeId);
  return format === undefined ? null : `strftime(${value}, '${format}')`;
}
