// The `first` of a plain list, and what is like it.
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
