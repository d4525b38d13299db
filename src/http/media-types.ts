// Which of the formats a client would take.
import { InvalidInputError } from '../errors.ts';
import { type ExportForm, FORM_PARAMETERS, readForm } from '../store/export/export-form.ts';
import { EXPORT_FORMATS, type ExportFormat, findExportFormat } from '../store/export/export-format.ts';

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

/** Of an address that asks for a table. */
export const TABLE_PARAMETERS = ['format', ...FORM_PARAMETERS] as const;

const ASKS_FOR_TABLE = new RegExp(`[?&](?:${TABLE_PARAMETERS.join('|')})\\b`);

/**
 * As what table a query is to be answered; null for none. The parameters of an address are for clients that cannot say what they accept,
 * and go before it.
 *
 * @throws InvalidInputError for a word that none of them has, or for one of them several times
 */
export function readTableForm(accept: string | undefined, url = ''): ExportForm | null {
  const accepted = findTableFormat(accept);
  if (!ASKS_FOR_TABLE.test(url)) return readForm(accepted, () => []);
  const search = new URLSearchParams(url.split(/\?(.*)/s)[1]);
  const named = search.getAll('format');
  const format = named.length === 0 ? accepted : readFormat(named.join('" and "'));
  return readForm(format, (parameter) => search.getAll(parameter));
}

function readFormat(given: string): ExportFormat {
  const format = findExportFormat(given);
  if (format) return format;
  const expected = `one of ${EXPORT_FORMATS.join(', ')}, or none for JSON,`;
  throw new InvalidInputError(`"format" is "${given}"; ${expected} is expected.`, {
    field: 'format',
    given,
    expected,
  });
}
