// Lines joined into records. A cell in quotes may hold line breaks, but a stray quote must not swallow the rows after it, so that an
// open quote is believed only while nothing speaks against it; where something does, its line alone is set aside.
import { parseRecord } from './parse-record.ts';
import type { Line } from './read-lines.ts';

export type CsvRecord =
  /** `line` is the number of its first line. */
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly text: string; readonly reason: string };

export interface RecordCutter {
  /** Takes the next line and gives the records that are certain by now. */
  push(line: Line): CsvRecord[];
  /** The file is over: gives what is left. */
  end(): CsvRecord[];
}

/** No quoted cell has more lines: an open quote that takes longer to close is a stray one. */
const MAX_RECORD_LINES = 1_000;

interface Held extends Line {
  /** Whether it holds an odd number of quotes, and so opens or closes a quoted cell. */
  readonly isOdd: boolean;
  /** Whether it is a row by itself. Asked of lines within an open quote only. */
  isRow?: boolean;
}

type Taken = { readonly record: CsvRecord; readonly lines: number } | 'more';

/** @param width cells of a record @param maxLength characters of a record */
export function createRecordCutter(width: number, maxLength: number): RecordCutter {
  let held: Held[] = [];
  const drain = (isEnd: boolean): CsvRecord[] => {
    const records: CsvRecord[] = [];
    for (;;) {
      held = held.slice(countBlank(held));
      if (held.length === 0) return records;
      const taken = take(held, { width, maxLength, isEnd });
      if (taken === 'more') return records;
      records.push(taken.record);
      held = held.slice(taken.lines);
    }
  };
  return {
    push: (line) => {
      held.push({ ...line, isOdd: line.text.includes('"') && line.text.split('"').length % 2 === 0 });
      return drain(false);
    },
    end: () => drain(true),
  };
}

/** Blank lines between records are none. */
function countBlank(held: readonly Held[]): number {
  const first = held.findIndex((line) => line.text.trim() !== '' || line.reason !== null);
  return first < 0 ? held.length : first;
}

interface Limits {
  readonly width: number;
  readonly maxLength: number;
  readonly isEnd: boolean;
}

/** The record at the beginning of the lines. */
function take(held: readonly Held[], limits: Limits): Taken {
  const [first] = held;
  if (!first) return 'more';
  if (first.reason !== null) return reject(first, first.reason);
  const lines = countLines(held, limits);
  if (lines === 'more') return 'more';
  if (lines === null) return reject(first, `a quote is opened and not closed${endOf(first)}`);
  const taken = held.slice(0, lines);
  const cells = parseRecord(join(taken));
  if (cells?.length === limits.width && !areSeveralRows(taken, limits.width))
    return { record: { line: first.number, cells }, lines };
  if (lines > 1) return reject(first, 'a quote is opened and the next one makes no row of it');
  if (cells === null) return reject(first, `its quotes are broken${endOf(first)}`);
  return reject(first, `it has ${cells.length} cells instead of ${limits.width}${endOf(first)}`);
}

/** How many lines until every quoted cell is closed; null when the open quote is a stray one. */
function countLines(held: readonly Held[], { width, maxLength, isEnd }: Limits): number | 'more' | null {
  let isOpen = false;
  let length = 0;
  for (const [at, line] of held.entries()) {
    length += line.text.length;
    if (line.reason !== null || length > maxLength || at >= MAX_RECORD_LINES) return null;
    // A whole row within a quoted cell: the quote was never meant to be closed behind it.
    if (isOpen && isRow(line, width)) return null;
    isOpen = isOpen !== line.isOdd;
    if (!isOpen) return at + 1;
  }
  return isEnd ? null : 'more';
}

function isRow(line: Held, width: number): boolean {
  line.isRow ??= !line.isOdd && parseRecord(line.text)?.length === width;
  return line.isRow;
}

/**
 * Whether lines that make one record of the right width are rows with a stray quote each: with quotes read as letters, every one has
 * cells enough. Stray quotes in the same column of two rows look so.
 */
function areSeveralRows(lines: readonly Held[], width: number): boolean {
  return lines.length > 1 && lines.every((line) => line.text.split(',').length >= width);
}

function join(lines: readonly Held[]): string {
  return lines.map(({ text, end }, at) => (at === lines.length - 1 ? text : text + end)).join('');
}

function reject(first: Held, reason: string): Taken {
  return { record: { line: first.number, text: first.text, reason }, lines: 1 };
}

function endOf(line: Line): string {
  return line.end === '' ? '; the file may have been cut off here' : '';
}
