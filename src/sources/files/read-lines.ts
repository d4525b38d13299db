// A file as lines of UTF-8 text, holding no more than one chunk and one line of the stated length.
import { isUtf8 } from 'node:buffer';

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** What ended it; nothing at the end of a file that does not end with a line break. */
  readonly end: '\n' | '\r\n' | '';
  /** Why the line cannot be read; null when it can. Then `text` is what can be shown of it. */
  readonly reason: string | null;
}

/** Of an unreadable line only so much is kept. */
const MAX_SHOWN_BYTES = 2_000;
const NEWLINE = 0x0a;

/** The lines that end in each chunk, together, since a step of an iterator for every line would cost more than the line. */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxLineBytes: number,
): AsyncGenerator<readonly Line[]> {
  let number = 0;
  // The beginning of a line that has not ended yet: its pieces, cut down to what is shown once it is too long.
  let pieces: Buffer[] = [];
  let length = 0;
  const hold = (piece: Buffer) => {
    length += piece.length;
    if (length > maxLineBytes + 1) pieces = [showStart([...pieces, piece])];
    else pieces.push(piece);
  };
  const finish = (hasBreak: boolean): Line => {
    number += 1;
    const line = toLine(number, pieces, length, hasBreak, maxLineBytes);
    pieces = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      hold(chunk.subarray(start, end));
      lines.push(finish(true));
      start = end + 1;
    }
    // A copy: what is held must not keep the chunk.
    if (start < chunk.length) hold(Buffer.from(chunk.subarray(start)));
    yield lines;
  }
  if (length > 0) yield [finish(false)];
}

function toLine(
  number: number,
  pieces: readonly Buffer[],
  length: number,
  hasBreak: boolean,
  maxLineBytes: number,
): Line {
  const [only = Buffer.alloc(0)] = pieces;
  const whole = pieces.length > 1 ? Buffer.concat(pieces) : only;
  const isCrLf = hasBreak && length <= maxLineBytes + 1 && whole.at(-1) === 0x0d;
  const bytes = isCrLf ? whole.subarray(0, -1) : whole;
  const end = isCrLf ? '\r\n' : hasBreak ? '\n' : '';
  const reason = findFault(bytes, isCrLf ? length - 1 : length, maxLineBytes);
  if (reason === null) return { number, text: bytes.toString('utf8'), end, reason };
  return { number, text: showStart([bytes]).toString('latin1'), end, reason };
}

function findFault(bytes: Buffer, length: number, maxLineBytes: number): string | null {
  if (length > maxLineBytes) return `the line has ${length} bytes; at most ${maxLineBytes} are read`;
  const nul = bytes.indexOf(0);
  if (nul >= 0) return `the line holds a NUL (byte ${nul + 1})`;
  if (isUtf8(bytes)) return null;
  const at = findInvalidByte(bytes);
  const hex = (bytes[at] ?? 0).toString(16).toUpperCase();
  return `the line is not UTF-8: its byte ${at + 1} is 0x${hex} (Latin-1 perhaps); save the file as UTF-8`;
}

/** Index of the byte at which the first character that is none begins. */
function findInvalidByte(bytes: Buffer): number {
  // The longest prefix of whole characters: no character has more than four bytes.
  let good = 0;
  for (let at = 0; at < bytes.length; at = good) {
    const size = [1, 2, 3, 4].find((n) => at + n <= bytes.length && isUtf8(bytes.subarray(at, at + n)));
    if (size === undefined) return at;
    good = at + size;
  }
  return good;
}

function showStart(pieces: readonly Buffer[]): Buffer {
  return Buffer.concat(pieces, Math.min(MAX_SHOWN_BYTES, sumLengths(pieces)));
}

function sumLengths(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
