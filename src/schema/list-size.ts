// The `first` of a plain list.
import { InvalidInputError } from '../errors.ts';

/** @throws InvalidInputError outside 1..max */
export function readListSize(first: number | null | undefined, fallback: number, max: number): number {
  const size = first ?? Math.min(fallback, max);
  if (size >= 1 && size <= max) return size;
  throw new InvalidInputError(`"first" is ${size}; a whole number from 1 to ${max} is expected.`, {
    field: 'first',
    given: String(size),
    expected: `a whole number from 1 to ${max}`,
  });
}
