// As what rows leave: a format, and what CSV is to be like. Read from an address as from the command line.
import { InvalidInputError } from '../../errors.ts';
import { CSV_DIALECTS, type DialectName } from './csv-dialect.ts';
import type { ExportFormat } from './export-format.ts';

export interface ExportForm {
  readonly format: ExportFormat;
  /** Of CSV. */
  readonly dialect: DialectName;
  /** CSV: writes a ' before each text that a spreadsheet would take for a formula. */
  readonly formulasAsText: boolean;
}

/** The parameters that say more of a form than its format does. */
export const FORM_PARAMETERS = ['formulas', 'dialect'] as const;

/** All values given for a parameter. */
export type GivenForm = (parameter: (typeof FORM_PARAMETERS)[number]) => readonly string[];

/**
 * The form that is asked for; null without a format, which is no table.
 *
 * @throws InvalidInputError for a value that a parameter does not take, for several, and for any where it is not CSV that is asked for
 */
export function readForm<F extends ExportFormat | null>(
  format: F,
  given: GivenForm,
): ExportForm | (F & null) {
  const dialect = readDialect(given('dialect'), format);
  const formulasAsText = readFormulas(given('formulas'), format);
  return format === null ? (format as F & null) : { format, dialect, formulasAsText };
}

function readDialect(given: readonly string[], format: ExportFormat | null): DialectName {
  if (given.length === 0) return 'plain';
  const said = given.join('" and "');
  const known = (Object.keys(CSV_DIALECTS) as DialectName[]).find((name) => name === said);
  if (known && format === 'csv') return known;
  const expected = known ? 'csv' : `one of ${Object.keys(CSV_DIALECTS).join(', ')}`;
  throw new InvalidInputError(
    known
      ? `"dialect" is of CSV, and the format is ${format ?? 'JSON'}; ask for csv, or leave the dialect out.`
      : `"dialect" is "${said}"; ${expected} is expected.`,
    { field: 'dialect', given: said, expected },
  );
}

function readFormulas(given: readonly string[], format: ExportFormat | null): boolean {
  if (given.length === 0) return false;
  const said = given.join('" and "');
  if (said !== 'text')
    throw new InvalidInputError(
      `"formulas" is "${said}"; "text" is expected, or nothing for values as they are.`,
      { field: 'formulas', given: said, expected: 'text' },
    );
  if (format !== 'csv')
    throw new InvalidInputError(
      `"formulas" is for csv; ${format ?? 'JSON'} tells texts by their type. Leave it out.`,
      { field: 'formulas', given: said, expected: 'the format csv' },
    );
  return true;
}
