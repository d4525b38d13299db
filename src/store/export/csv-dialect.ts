// CSV for programs that do not take it as RFC 4180 has it.
import { InvalidInputError } from '../../errors.ts';
import type { ExportFormat } from './export-format.ts';

export interface CsvDialect {
  readonly delimiter: ',' | ';';
  /** In numbers of their own; lists and structs are JSON, whose numbers have a point. */
  readonly decimal: '.' | ',';
  /** Whether a byte order mark says that it is UTF-8. */
  readonly hasMark: boolean;
}

/**
 * Excel takes a file without a mark for one of the old encodings, and separators and numbers for those of its machine's language:
 * excel-semicolon is for those in which the decimal sign is a comma.
 */
export const CSV_DIALECTS = {
  plain: { delimiter: ',', decimal: '.', hasMark: false },
  excel: { delimiter: ',', decimal: '.', hasMark: true },
  'excel-semicolon': { delimiter: ';', decimal: ',', hasMark: true },
} as const satisfies Record<string, CsvDialect>;

export type DialectName = keyof typeof CSV_DIALECTS;

/** The dialect of that name, plain for none. @throws InvalidInputError for another name, or for a format that has no dialects */
export function readDialect(given: string | null | undefined, format: ExportFormat | null): DialectName {
  if (given === null || given === undefined) return 'plain';
  const known = (Object.keys(CSV_DIALECTS) as DialectName[]).find((name) => name === given);
  if (known && format === 'csv') return known;
  const expected = known ? 'csv' : `one of ${Object.keys(CSV_DIALECTS).join(', ')}`;
  throw new InvalidInputError(
    known
      ? `"dialect" is of CSV, and the format is ${format ?? 'JSON'}; ask for csv, or leave the dialect out.`
      : `"dialect" is "${given}"; ${expected} is expected.`,
    { field: 'dialect', given, expected },
  );
}
