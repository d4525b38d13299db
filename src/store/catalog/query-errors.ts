// DuckDB compiles a regular expression when it meets the first row; what it says then is the caller's to mend.
import { InvalidInputError } from '../../errors.ts';

// The messages of RE2 (https://github.com/google/re2/blob/main/re2/parse.cc, kErrorStrings), as DuckDB passes them on.
const RE2_MESSAGE =
  /^Invalid Input Error: ((?:unexpected error|invalid escape sequence|invalid character class(?: range)?|missing \]|missing \)|unexpected \)|trailing \\|no argument for repetition operator|invalid repetition size|bad repetition operator|invalid perl operator|invalid UTF-8|invalid named capture group|pattern too large).*)/s;

/** The error a statement ended with, as an InvalidInputError where the caller's regular expression caused it. */
export function toCatalogError(error: unknown): unknown {
  const found = error instanceof Error ? RE2_MESSAGE.exec(error.message) : null;
  if (!found) return error;
  return new InvalidInputError(
    `The regular expression of "matches" is not valid: ${found[1]}. Expected RE2 syntax, which has no look-around and no back-references.`,
    { field: 'matches', expected: 'a regular expression in RE2 syntax' },
    { cause: error },
  );
}
