// Rows as text, rendered by the engine: one text per row, which JavaScript only joins.
import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { type DuckDb, quoteName } from '../duckdb.ts';
import { ISO_FORMATS, isNested, type JsonRows, toIsoText, toJson, toJsonLine } from '../json-rows.ts';
import { CSV_DIALECTS, type CsvDialect } from './csv-dialect.ts';
import type { ExportForm } from './export-form.ts';

/** Rows to be rendered, as JSON or otherwise. */
type RowText = JsonRows;

/**
 * CSV as RFC 4180 has it, with a header and "\n" between rows. Null is nothing at all, an empty text is "". A value is quoted where
 * it must be and never changed, so that 007 stays 007, unless formulas are wanted as text. Timestamps are ISO 8601, with time zone in
 * UTC, without one as they are and without Z; lists and structs are JSON, bytes base64. A dialect may have other separators.
 */
export async function* writeCsv(db: DuckDb, text: RowText, form: ExportForm): AsyncGenerator<Uint8Array> {
  const isMarked = form.formulasAsText;
  const dialect = CSV_DIALECTS[form.dialect];
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
