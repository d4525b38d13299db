// One record of a CSV file, as RFC 4180 has it: a cell with a comma, a quote or a line break stands in quotes.
import { parse } from 'csv-parse/sync';

/** The cells, or null when the quotes are broken: one within an unquoted cell, after a closing one, or never closed. */
export function parseRecord(text: string): string[] | null {
  if (!text.includes('"')) return text.split(',');
  try {
    const records = parse(text, { record_delimiter: '\n', relax_column_count: true }) as string[][];
    return records.length === 1 ? (records[0] ?? null) : null;
  } catch {
    return null;
  }
}
