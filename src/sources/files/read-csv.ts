// A CSV file as a stream of rows. A row that cannot be read is handed on with the reason, and costs no other row: quotes are read
// within records of at most a few lines, so that a stray one cannot swallow the rest of the file.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { InvalidInputError } from '../../errors.ts';
import { type Recognised, recogniseHeader } from './datasets.ts';

export type CsvRow =
  /** Row from 1, header not counted; cells as text under their column's key. */
  | { readonly row: number; readonly line: number; readonly cells: Readonly<Record<string, string>> }
  | { readonly row: number; readonly line: number; readonly text: string; readonly reason: string };

export interface CsvFile extends Recognised {
  readonly path: string;
  readonly bytes: number;
  /** Rows in the order of the file; `onBytes` hears how much has been read. */
  rows(onBytes?: (read: number) => void, signal?: AbortSignal): AsyncGenerator<CsvRow>;
}

/** Text of a rejected row that is kept. */
const MAX_TEXT = 2_000;
/** A quoted cell may hold line breaks; a record of more lines is taken for a stray quote. */
const MAX_RECORD_LINES = 20;

/**
 * Opens a file and recognises its data set.
 *
 * @throws InvalidInputError for what is missing, no file, empty, binary, packed, of another delimiter or header, or holds no row
 */
export async function openCsv(path: string, limits: { maxLineBytes: number }): Promise<CsvFile> {
  const bytes = await requireFile(path);
  const start = await readStart(path, limits.maxLineBytes);
  const header = readHeader(path, start, limits.maxLineBytes);
  const recognised = recogniseHeader(header, path);
  const file: CsvFile = {
    ...recognised,
    path,
    bytes,
    rows: (onBytes, signal) => readRows(path, recognised, limits.maxLineBytes, onBytes ?? (() => {}), signal),
  };
  for await (const _ of file.rows()) return file;
  throw invalid(path, 'holds a header and no row; at least one row is expected. Export it again');
}

async function requireFile(path: string): Promise<number> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    throw invalid(path, `${reason}; a CSV file is expected. Check the path`);
  });
  if (found.isDirectory()) throw invalid(path, 'is a folder; a CSV file is expected. Name the files in it');
  if (!found.isFile()) throw invalid(path, 'is no regular file; a CSV file is expected');
  if (found.size === 0) throw invalid(path, 'is empty; a CSV file with a header is expected');
  return found.size;
}

/** The first bytes, enough for a header. */
async function readStart(path: string, maxLineBytes: number): Promise<Buffer> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw invalid(
      path,
      `cannot be read (${error.code}); a readable CSV file is expected. Check the rights of this user`,
    );
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(maxLineBytes + 4), 0, maxLineBytes + 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function readHeader(path: string, start: Buffer, maxLineBytes: number): string[] {
  if ((start[0] === 0x1f && start[1] === 0x8b) || start.subarray(0, 2).toString('latin1') === 'PK') {
    throw invalid(path, 'is a packed file; a CSV file is expected. Unpack it first');
  }
  if (start[0] === 0xff && start[1] === 0xfe)
    throw invalid(path, 'is UTF-16; UTF-8 is expected. Save it as UTF-8');
  if (start.subarray(0, 65_536).includes(0))
    throw invalid(path, 'is binary (it holds a NUL byte); a CSV file is expected');
  const end = start.indexOf(0x0a);
  if (end < 0 && start.length > maxLineBytes) {
    throw invalid(path, `has a first line of more than ${maxLineBytes} bytes; a header is expected`);
  }
  const line = (end < 0 ? start : start.subarray(0, end))
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .replace(/\r$/, '');
  const cells = parseRecord(line);
  if (typeof cells === 'string')
    throw invalid(path, `has a header that is no CSV (${cells}); a header is expected`);
  const other = [';', '\t', '|'].find((delimiter) => cells.length === 1 && line.split(delimiter).length > 2);
  if (other) {
    const name = other === '\t' ? 'tabs' : `"${other}"`;
    throw invalid(path, `is separated by ${name}; commas are expected. Save it with commas`);
  }
  return cells;
}

async function* readRows(
  path: string,
  { keys }: Recognised,
  maxLineBytes: number,
  onBytes: (read: number) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<CsvRow> {
  let row = -1;
  for await (const record of cutRecords(readLines(path, maxLineBytes, onBytes, signal), keys.length)) {
    row += 1;
    // The header is the record before the first row.
    if (row === 0) continue;
    if ('reason' in record)
      yield { row, line: record.line, text: record.text.slice(0, MAX_TEXT), reason: record.reason };
    else yield { row, line: record.line, cells: toCells(keys, record.cells) };
  }
}

interface Line {
  readonly line: number;
  readonly text: string;
  /** Why the line cannot be read; null when it can. */
  readonly reason: string | null;
}

type CsvRecord =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly text: string; readonly reason: string };

/** Joins lines into records: a line with an open quote takes the next ones, until the cells are right or too many lines are joined. */
async function* cutRecords(lines: AsyncIterable<Line>, width: number): AsyncGenerator<CsvRecord> {
  let held: Line[] = [];
  for await (const line of lines) {
    held.push(line);
    held = withoutBlank(held);
    for (let result = takeRecord(held, width, false); result; result = takeRecord(held, width, false)) {
      held = withoutBlank(held.slice(result.lines));
      yield result.record;
    }
  }
  for (let result = takeRecord(held, width, true); result; result = takeRecord(held, width, true)) {
    held = withoutBlank(held.slice(result.lines));
    yield result.record;
  }
}

/** Blank lines between records are none. */
function withoutBlank(held: Line[]): Line[] {
  const first = held.findIndex((line) => line.text.trim() !== '' || line.reason !== null);
  return first < 0 ? [] : held.slice(first);
}

/** The record at the beginning of the lines; null when more lines are needed. */
function takeRecord(
  held: readonly Line[],
  width: number,
  isEnd: boolean,
): { record: CsvRecord; lines: number } | null {
  const [first] = held;
  if (!first) return null;
  if (first.reason !== null)
    return { record: { line: first.line, text: first.text, reason: first.reason }, lines: 1 };
  let text = '';
  let reason = '';
  for (const [at, line] of held.entries()) {
    if (line.reason !== null) break;
    text = at === 0 ? line.text : `${text}\n${line.text}`;
    // An even number of quotes: no cell is open at the end of the line.
    if (countQuotes(text) % 2 === 1) {
      reason = 'a quote is opened and not closed';
      if (held.length < MAX_RECORD_LINES && !isEnd && at === held.length - 1) return null;
      continue;
    }
    const cells = parseRecord(text);
    if (typeof cells !== 'string' && cells.length === width)
      return { record: { line: first.line, cells }, lines: at + 1 };
    reason = typeof cells === 'string' ? cells : `it has ${cells.length} cells instead of ${width}`;
    break;
  }
  return { record: { line: first.line, text: first.text, reason }, lines: 1 };
}

function countQuotes(text: string): number {
  let n = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) n += 1;
  return n;
}

/** The cells of one record, or what is wrong with it. */
function parseRecord(text: string): string[] | string {
  if (!text.includes('"')) return text.split(',');
  try {
    const [cells = []] = parse(text, { relax_column_count: true, skip_empty_lines: false }) as string[][];
    return cells;
  } catch {
    return 'its quotes are broken';
  }
}

/** Lines as UTF-8 text, without holding more than one line of the stated length. */
async function* readLines(
  path: string,
  maxLineBytes: number,
  onBytes: (read: number) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  let read = 0;
  let isSkipping = false;
  const toLine = (bytes: Buffer): Line => {
    line += 1;
    const end = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
    if (isSkipping) return { line, text: '', reason: `the line has more than ${maxLineBytes} bytes` };
    if (bytes.includes(0)) return { line, text: '', reason: 'the line holds a NUL byte' };
    try {
      return { line, text: decoder.decode(bytes.subarray(0, end)), reason: null };
    } catch {
      return {
        line,
        text: bytes.toString('latin1'),
        reason: 'the line is not UTF-8 (Latin-1 perhaps); save the file as UTF-8',
      };
    }
  };
  for await (const chunk of createReadStream(path, {
    highWaterMark: 1 << 18,
    ...(signal ? { signal } : {}),
  })) {
    read += (chunk as Buffer).length;
    onBytes(read);
    rest = rest.length ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
    let start = 0;
    for (let end = rest.indexOf(0x0a, start); end >= 0; end = rest.indexOf(0x0a, start)) {
      const bytes = rest.subarray(start, end);
      if (bytes.length > maxLineBytes) isSkipping = true;
      yield toLine(bytes);
      isSkipping = false;
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > maxLineBytes) {
      isSkipping = true;
      rest = Buffer.alloc(0);
    }
  }
  if (rest.length > 0 || isSkipping) yield toLine(rest);
}

function toCells(keys: readonly (string | null)[], values: readonly string[]): Record<string, string> {
  const cells: Record<string, string> = {};
  for (const [at, key] of keys.entries()) if (key !== null) cells[key] = values[at] ?? '';
  return cells;
}

function invalid(path: string, what: string): InvalidInputError {
  return new InvalidInputError(`"${path}" ${what}.`, {
    field: 'files',
    given: path,
    expected: 'a CSV file of a known data set',
  });
}
