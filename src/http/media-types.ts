// Which of the formats a client would take.
import { InvalidInputError } from '../errors.ts';
import { type DialectName, readDialect } from '../store/export/csv-dialect.ts';
import { EXPORT_FORMATS, type ExportFormat, findExportFormat } from '../store/export/export-format.ts';
import { FORMULAS, readFormulas } from '../store/export/formulas.ts';

const TABLES: Readonly<Record<string, ExportFormat>> = {
  'text/csv': 'csv',
  'application/x-ndjson': 'jsonl',
  'application/ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
  'application/x-jsonlines': 'jsonl',
  'application/vnd.apache.parquet': 'parquet',
  'application/vnd.apache.arrow.stream': 'arrow',
};

/** What clients of GraphQL mostly send. */
const TABLES_OF_NONE: ReadonlySet<string> = new Set([
  '*/*',
  'application/json',
  'application/graphql-response+json',
]);

/** The table format that Accept puts before GraphQL's own types and pages; null for none. */
function findTableFormat(accept: string | undefined): ExportFormat | null {
  if (accept === undefined || TABLES_OF_NONE.has(accept)) return null;
  const ranges = accept
    .split(',')
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weight = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
      return { type, weight: Number.isFinite(weight) ? weight : 0 };
    })
    .filter(({ weight }) => weight > 0)
    .sort((x, y) => y.weight - x.weight);
  const [best] = ranges;
  return (best && TABLES[best.type]) ?? null;
}

export interface TableForm {
  readonly format: ExportFormat;
  readonly dialect: DialectName;
  readonly formulasAsText: boolean;
}

/**
 * As what table a query is to be answered; null for none. The parameters of an address are for clients that cannot say what they accept,
 * and go before it.
 *
 * @throws InvalidInputError for a word that none of them has, or for one of them several times
 */
export function readTableForm(accept: string | undefined, url = ''): TableForm | null {
  const accepted = findTableFormat(accept);
  if (!/[?&](?:format|dialect|formulas)\b/.test(url))
    return accepted && { format: accepted, dialect: 'plain', formulasAsText: false };
  const search = new URLSearchParams(url.split(/\?(.*)/s)[1]);
  const named = readOnce(search, 'format');
  const format = named === null ? accepted : findExportFormat(named);
  if (named !== null && !format) throw notExpected('format', named);
  const dialect = readDialect(readOnce(search, 'dialect'), format);
  const formulasAsText = readFormulas(search.getAll(FORMULAS), format);
  return format && { format, dialect, formulasAsText };
}

function readOnce(search: URLSearchParams, name: string): string | null {
  const given = search.getAll(name);
  if (given.length > 1) throw notExpected(name, given.join('" and "'));
  return given[0] ?? null;
}

function notExpected(field: string, given: string): InvalidInputError {
  const expected =
    field === 'format' ? `one of ${EXPORT_FORMATS.join(', ')}, or none for JSON,` : 'one value';
  return new InvalidInputError(`"${field}" is "${given}"; ${expected} is expected.`, {
    field,
    given,
    expected,
  });
}
