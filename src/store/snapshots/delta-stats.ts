// Statistics of one file for Delta's log: with them a reader leaves out files that cannot hold what it looks for.
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
import { type DuckDb, quoteName, quoteText } from '../duckdb.ts';
import type { ManifestColumn } from './manifest.ts';

/** Delta's own default: statistics of the first columns only. */
const MAX_COLUMNS = 32;
/** Longer texts have no minimum and maximum: a shortened maximum would be below the real one. */
const MAX_TEXT = 64;

/** What there is to say of a file without looking into it. */
export function countOnly(rows: number): string {
  return JSON.stringify({ numRecords: rows });
}

/**
 * The statistics of a Parquet file, as JSON: rows, and for each column of a simple type its least and greatest value and how many are
 * null. Timestamps are in milliseconds, the least rounded down and the greatest up, so that nothing lies outside.
 */
export async function measureFile(
  db: DuckDb,
  path: string,
  columns: readonly ManifestColumn[],
): Promise<string> {
  const measured = columns.slice(0, MAX_COLUMNS).filter(({ type }) => !type.startsWith('STRUCT('));
  const list = measured.flatMap(({ name, type }, at) => {
    const value = quoteName(name);
    const bounds = toBounds(value, type);
    return [
      `count(*) - count(${value}) as nulls${at}`,
      ...(bounds ? [`(${bounds.min})::varchar as min${at}`, `(${bounds.max})::varchar as max${at}`] : []),
    ];
  });
  const [row = {}] = await db.all<Record<string, string | number | null>>(
    `select ${['count(*) as n', ...list].join(', ')} from read_parquet(${quoteText(path)}, hive_partitioning = false)`,
  );
  const valuesOf = (which: 'min' | 'max') =>
    toObject(measured.map(({ name, type }, at) => [name, toJson(row[`${which}${at}`], type)]));
  return toObject([
    ['numRecords', String(row.n)],
    ['minValues', valuesOf('min')],
    ['maxValues', valuesOf('max')],
    ['nullCount', toObject(measured.map(({ name }, at) => [name, String(row[`nulls${at}`])]))],
  ]);
}

/** SQL of the least and the greatest value; null for a type whose order Delta leaves open, or that has none. */
function toBounds(value: string, type: string): { min: string; max: string } | null {
  if (type === 'TIMESTAMP WITH TIME ZONE') {
    const down = (at: string) => `date_trunc('millisecond', ${at})`;
    const up = `${down(`max(${value})`)} + if(${down(`max(${value})`)} = max(${value}), interval 0 milliseconds, interval 1 milliseconds)`;
    const print = (at: string) => `strftime(${at}, '%Y-%m-%dT%H:%M:%S.%gZ')`;
    return { min: print(down(`min(${value})`)), max: print(up) };
  }
  if (type === 'DOUBLE' || type === 'FLOAT') {
    // One value that is no number leaves the order of the others unsaid.
    const finite = `bool_and(isfinite(${value}))`;
    return { min: `if(${finite}, min(${value}), null)`, max: `if(${finite}, max(${value}), null)` };
  }
  const isOrdered = /^(VARCHAR|DATE|(TINY|SMALL|BIG)INT|INTEGER|DECIMAL\(.*\))$/.test(type);
  return isOrdered ? { min: `min(${value})`, max: `max(${value})` } : null;
}

/** The text of a value as JSON, numbers with all their digits; null where there is nothing to say. */
function toJson(text: string | number | null | undefined, type: string): string | null {
  if (text === null || text === undefined) return null;
  const isText = type === 'VARCHAR' || type === 'DATE' || type.startsWith('TIMESTAMP');
  if (!isText) return String(text);
  return String(text).length > MAX_TEXT ? null : JSON.stringify(text);
}

function toObject(entries: readonly (readonly [string, string | null])[]): string {
  const parts = entries.flatMap(([name, json]) => (json === null ? [] : [`${JSON.stringify(name)}:${json}`]));
  return `{${parts.join(',')}}`;
}
