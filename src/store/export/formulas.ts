// formulas=text: what a spreadsheet would take for a formula reaches it as text.
import { InvalidInputError } from '../../errors.ts';
import type { ExportFormat } from './export-format.ts';

/** The name of the parameter, in addresses and on the command line. */
export const FORMULAS = 'formulas';

/** Whether formulas are wanted as text. @throws InvalidInputError for another value than "text", or where it is not CSV that is asked for */
export function readFormulas(given: readonly string[], format: ExportFormat | null): boolean {
  if (given.length === 0) return false;
  const said = given.join(' and ');
  if (said !== 'text')
    throw new InvalidInputError(
      `"${FORMULAS}" is "${said}"; "text" is expected, or nothing for values as they are.`,
      { field: FORMULAS, given: said, expected: 'text' },
    );
  if (format !== 'csv')
    throw new InvalidInputError(
      `"${FORMULAS}" is for csv; ${format ?? 'JSON'} tells texts by their type. Leave it out.`,
      { field: FORMULAS, given: said, expected: 'the format csv' },
    );
  return true;
}
