// The `first` of a plain list and what is like it, and how many values an argument may have.
import { InvalidInputError } from '../errors.ts';

/** @throws InvalidInputError outside 1..max */
export function readListSize(
  given: number | null | undefined,
  fallback: number,
  max: number,
  field = 'first',
): number {
  const size = given ?? Math.min(fallback, max);
  if (size >= 1 && size <= max) return size;
  throw new InvalidInputError(`"${field}" is ${size}; a whole number from 1 to ${max} is expected.`, {
    field,
    given: String(size),
    expected: `a whole number from 1 to ${max}`,
  });
}

/** Nobody asks for more of what a deployment has a handful of: sources, states, names of mutations. */
const MAX_VALUES = 100;

/** The values of an argument, each once; none for none. @throws InvalidInputError for more than 100 different ones */
export function readValues<T>(given: readonly T[] | null | undefined, field: string): T[] | undefined {
  if (given === null || given === undefined) return undefined;
  const values = [...new Set(given)];
  if (values.length <= MAX_VALUES) return values;
  throw new InvalidInputError(
    `"${field}" has ${values.length} different values; at most ${MAX_VALUES} are expected. Ask for some of them at a time.`,
    { field, given: `${values.length} values`, expected: `at most ${MAX_VALUES} values` },
  );
}
