// The part of a file that a client asks for by Range (RFC 9110, 14): readers of Parquet take the footer first, then the columns they want.

export interface ByteRange {
  readonly first: number;
  /** The last byte that belongs to it. */
  readonly last: number;
}

/**
 * Reads a Range.
 *
 * @param length bytes of the file
 * @returns null for the whole file: where nothing is asked for, several ranges, or something in other units, as a server may pass over them;
 *   'BEYOND' where the file has no such bytes
 */
export function readByteRange(header: string | undefined, length: number): ByteRange | 'BEYOND' | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return null;
  if (from === '') {
    const count = Math.min(Number(to), length);
    return count === 0 ? 'BEYOND' : { first: length - count, last: length - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return null;
  if (first >= length) return 'BEYOND';
  return { first, last: Math.min(to === '' ? length : Number(to), length - 1) };
}
