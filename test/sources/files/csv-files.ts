// CSV files of a known data set for tests.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATASETS } from '../../../src/sources/files/datasets.ts';
import type { CsvRow } from '../../../src/sources/files/read-csv.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

/** The columns of the first data set, spotify_songs.csv. */
export const COLUMNS = DATASETS[0]?.columns ?? [];
export const HEADER = COLUMNS.join(',');

/** A row in which every cell but the id is "0", or what `change` says, as it stands in the file. */
export function rowOf(id: string, change: Readonly<Record<string, string>> = {}): string {
  return COLUMNS.map((column) => change[column] ?? (column === 'track_id' ? id : '0')).join(',');
}

/** A file with these lines after the header. */
export function fileOf(...lines: readonly string[]): string {
  return writeCsv(`${[HEADER, ...lines].join('\n')}\n`);
}

export function writeCsv(content: string | Buffer, name = 'songs.csv'): string {
  const path = join(makeTempFolder(), name);
  writeFileSync(path, content);
  return path;
}

/** Writes a table as CSV, quoting every cell that needs it. */
export function stringify(table: readonly (readonly string[])[], end = '\n'): string {
  const quote = (cell: string) =>
    /[",\n\r]/.test(cell) || cell === '' ? `"${cell.replaceAll('"', '""')}"` : cell;
  return table.map((row) => row.map(quote).join(',') + end).join('');
}

/** The ids of rows, and "! reason" of those set aside. */
export function idsOf(rows: readonly CsvRow[]): string[] {
  return rows.map((row) => ('cells' in row ? (row.cells.track_id ?? '') : `! ${row.reason}`));
}
