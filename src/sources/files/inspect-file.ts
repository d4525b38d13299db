// A look at a file before any row is read: is it there, is it text, and what is in its header?
import type { FileAccess } from './file-access.ts';
import { invalidFile, unreadable } from './file-access.ts';
import { parseRecord } from './parse-record.ts';

/** Beginnings of files that are no text, and what to do with them. */
const SIGNATURES: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], 'is packed with gzip; a CSV file is expected. Unpack it first (gunzip)'],
  [
    [0x50, 0x4b, 0x03, 0x04],
    'is a ZIP archive or a workbook; a CSV file is expected. Unpack it or export it as CSV',
  ],
  [[0x42, 0x5a, 0x68], 'is packed with bzip2; a CSV file is expected. Unpack it first (bunzip2)'],
  [[0xfd, 0x37, 0x7a, 0x58], 'is packed with xz; a CSV file is expected. Unpack it first (unxz)'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is packed with zstd; a CSV file is expected. Unpack it first (unzstd)'],
  [[0x50, 0x41, 0x52, 0x31], 'is Parquet; a CSV file is expected. Export it as CSV'],
  [[0xff, 0xfe], 'is UTF-16; UTF-8 is expected. Save it as UTF-8'],
  [[0xfe, 0xff], 'is UTF-16; UTF-8 is expected. Save it as UTF-8'],
];
const OTHER_DELIMITERS = [
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'vertical bars'],
] as const;
/** Bytes in which a NUL is looked for before the first row. */
const LOOK_BYTES = 65_536;

/** Size in bytes and the cells of the header. @throws InvalidInputError */
export async function inspectFile(
  path: string,
  maxLineBytes: number,
  files: FileAccess,
): Promise<{ bytes: number; header: string[] }> {
  const found = await files.stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (found.isDirectory())
    throw invalidFile(path, 'is a folder; a CSV file is expected. Name the files in it');
  if (!found.isFile())
    throw invalidFile(path, 'is no regular file; a CSV file is expected. Save it to a file first');
  if (found.size === 0)
    throw invalidFile(path, 'is empty; a CSV file with a header is expected. Export it again');
  const start = await files.readStart(path, maxLineBytes + 4).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  requireText(path, start);
  return { bytes: found.size, header: readHeader(path, start, maxLineBytes) };
}

function requireText(path: string, start: Buffer): void {
  for (const [bytes, what] of SIGNATURES) {
    if (bytes.every((byte, at) => start[at] === byte)) throw invalidFile(path, what);
  }
  const nul = start.subarray(0, LOOK_BYTES).indexOf(0);
  if (nul >= 0)
    throw invalidFile(path, `is binary (byte ${nul + 1} is NUL); a CSV file is expected. Export it as CSV`);
}

function readHeader(path: string, start: Buffer, maxLineBytes: number): string[] {
  const end = start.indexOf(0x0a);
  if (end > maxLineBytes || (end < 0 && start.length > maxLineBytes)) {
    throw invalidFile(
      path,
      `has a first line of more than ${maxLineBytes} bytes; a header is expected. Check that it is a CSV file, ` +
        'or raise GROOVELAKE_IMPORT_MAX_LINE_BYTES',
    );
  }
  const text = decodeHeader(path, end < 0 ? start : start.subarray(0, end));
  if (text.includes('\r')) {
    throw invalidFile(
      path,
      'ends its lines with CR alone; LF or CR LF is expected. Save it with such line ends',
    );
  }
  if (text.trim() === '')
    throw invalidFile(path, 'begins with an empty line; a header is expected. Remove the line');
  requireCommas(path, text);
  const cells = parseRecord(text);
  if (cells === null)
    throw invalidFile(path, `has broken quotes in its header "${text.slice(0, 200)}". Mend the header`);
  return cells;
}

function decodeHeader(path: string, bytes: Buffer): string {
  try {
    // The decoder takes a byte order mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r$/, '');
  } catch (error) {
    throw invalidFile(path, 'has a header that is not UTF-8 (Latin-1 perhaps). Save it as UTF-8', error);
  }
}

function requireCommas(path: string, header: string): void {
  const count = (delimiter: string) => header.split(delimiter).length;
  const other = OTHER_DELIMITERS.find(([delimiter]) => count(delimiter) > Math.max(2, count(',')));
  if (other) throw invalidFile(path, `is separated by ${other[1]}; commas are expected. Save it with commas`);
}
