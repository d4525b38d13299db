// Which of the formats a client would take.
import { InvalidInputError } from '../errors.ts';
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
export function findTableFormat(accept: string | undefined): ExportFormat | null {
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

/**
 * The table format that the parameter `format` of an address names, for clients that cannot say what they accept; null without one.
 *
 * @throws InvalidInputError for another one, or several
 */
export function readAddressFormat(url = ''): ExportFormat | null {
  if (!url.includes('format=')) return null;
  const [given, ...others] = new URLSearchParams(url.split(/\?(.*)/s)[1]).getAll('format');
  const format = others.length === 0 ? findExportFormat(given ?? '') : null;
  if (format || given === undefined) return format;
  const expected = `one of ${EXPORT_FORMATS.join(', ')}`;
  const all = [given, ...others].join('" and "');
  throw new InvalidInputError(
    `"format" is "${all}"; ${expected} is expected, or none at all: the answer is JSON then.`,
    { field: 'format', given: all, expected },
  );
}
