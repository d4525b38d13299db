// A CSV file of a known data set as a stream of rows. A row that cannot be read is handed on with the reason, and costs no other row.
import { createHash } from 'node:crypto';
import { type CsvRecord, createRecordCutter } from './cut-records.ts';
import { type Recognised, recogniseHeader } from './datasets.ts';
import { type FileAccess, invalidFile, nodeFiles, type Reading, readChunks } from './file-access.ts';
import { inspectFile } from './inspect-file.ts';
import { type Line, readLines } from './read-lines.ts';

export type CsvRow =
  /** Row from 1, header not counted; cells as text under their column's key. */
  | { readonly row: number; readonly line: number; readonly cells: Readonly<Record<string, string>> }
  /** The beginning of the line as it stands, and why it is no row. */
  | { readonly row: number; readonly line: number; readonly text: string; readonly reason: string };

export interface CsvFile extends Recognised {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the file's bytes, lower-case hexadecimal. */
  hash(reading?: Reading): Promise<string>;
  /** Rows in the order of the file. */
  rows(reading?: Reading): AsyncGenerator<CsvRow>;
}

export interface CsvLimits {
  /** Longest line in bytes, and longest record in characters. */
  readonly maxLineBytes: number;
}

/** Text of a rejected row that is kept. */
const MAX_TEXT = 2_000;

/**
 * Opens a file and recognises its data set.
 *
 * @throws InvalidInputError for what is missing, no file, empty, binary, packed, of another delimiter or header, or holds no row
 */
export async function openCsv(
  path: string,
  limits: CsvLimits,
  files: FileAccess = nodeFiles,
): Promise<CsvFile> {
  const { bytes, header } = await inspectFile(path, limits.maxLineBytes, files);
  const recognised = recogniseHeader(header, path);
  const file: CsvFile = {
    ...recognised,
    path,
    bytes,
    hash: (reading) => hashChunks(readChunks(path, files, reading)),
    rows: (reading) => readRows(readChunks(path, files, reading), recognised, limits),
  };
  for await (const _ of file.rows()) return file;
  throw invalidFile(path, 'holds a header and no row; at least one row is expected. Export it again');
}

async function hashChunks(chunks: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

async function* readRows(
  chunks: AsyncIterable<Buffer>,
  { keys }: Recognised,
  { maxLineBytes }: CsvLimits,
): AsyncGenerator<CsvRow> {
  const cutter = createRecordCutter(keys.length, maxLineBytes);
  let row = 0;
  for await (const lines of readLines(chunks, maxLineBytes)) {
    for (const record of cutAll(cutter, lines)) yield toRow(++row, record, keys);
  }
  for (const record of cutter.end()) yield toRow(++row, record, keys);
}

function* cutAll(cutter: { push(line: Line): CsvRecord[] }, lines: readonly Line[]): Generator<CsvRecord> {
  // The first line is the header.
  for (const line of lines) if (line.number > 1) yield* cutter.push(line);
}

function toRow(row: number, record: CsvRecord, keys: readonly (string | null)[]): CsvRow {
  const { line } = record;
  if ('reason' in record) return { row, line, text: record.text.slice(0, MAX_TEXT), reason: record.reason };
  return { row, line, cells: toCells(keys, record.cells) };
}

function toCells(keys: readonly (string | null)[], values: readonly string[]): Record<string, string> {
  const entries: [string, string][] = [];
  for (const [at, key] of keys.entries()) if (key !== null) entries.push([key, values[at] ?? '']);
  // Not by assignment, since a column may be called "__proto__".
  return Object.fromEntries(entries);
}
