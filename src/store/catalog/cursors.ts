// A cursor is a place in an ordered list: the order it was made for and the values the row had there. It says nothing of a
// snapshot, so it stays good on a later one.
import { InvalidInputError } from '../../errors.ts';

export type CursorValue = string | number | null;

/** The cursor of a row. @param order names the list and its order; a cursor only fits where it is the same */
export function writeCursor(order: string, values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([order, ...values])).toString('base64url');
}

/**
 * The values of a cursor.
 *
 * @param types what each value must be; each may also be null, but not the last, which is the id
 * @throws InvalidInputError for a text that is no cursor, or one of another list or order
 */
export function readCursor(
  cursor: string,
  about: {
    field: 'after' | 'before';
    order: string;
    types: readonly ('number' | 'text')[];
    /** The argument that decides which rows come in which order. */
    sameAs: string;
  },
): CursorValue[] {
  const [order, ...values] = parse(cursor);
  const fits =
    order === about.order &&
    values.length === about.types.length &&
    values.every((value, at) => isOfType(value, about.types[at])) &&
    values.at(-1) !== null;
  if (!fits) {
    throw new InvalidInputError(
      `The cursor "${shorten(cursor)}" is not of this list in this order; a cursor from pageInfo or edges of the same field with the same ${about.sameAs} is expected. Start again without "${about.field}".`,
      {
        field: about.field,
        given: shorten(cursor),
        expected: `a cursor of the same field with the same ${about.sameAs}`,
      },
    );
  }
  return values as CursorValue[];
}

function parse(cursor: string): unknown[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}

function isOfType(value: unknown, type: 'number' | 'text' | undefined): boolean {
  return value === null || typeof value === (type === 'text' ? 'string' : 'number');
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}...`;
}
