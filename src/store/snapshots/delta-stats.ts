// Statistics of one file for Delta's log: with them a reader leaves out files that cannot hold what it looks for.
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
import type { DuckDb } from '../duckdb.ts';
import type { ManifestColumn } from './manifest.ts';

/** Delta's own default: statistics of the first columns only. */
const MAX_COLUMNS = 32;
/** Longer texts have no minimum and maximum: a shortened maximum would be below the real one. */
const MAX_TEXT = 64;

/** What there is to say of a file without looking into it. */
export function countOnly(rows: number): string {
  return JSON.stringify({ numRecords: rows });
}

/** What the engine says of a file that it wrote. */
export interface FileStats {
  readonly rows: number;
  /** min, max, null_count and others as the engine prints them, by column; a list or a struct is not among the columns. */
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/**
 * Runs a `copy ... to` with the option `return_stats`: the writer has counted and compared every value already, so that nothing is read
 * again for it.
 */
export async function copyWithStats(db: DuckDb, sql: string, signal?: AbortSignal): Promise<FileStats> {
  type Entry<Value> = { readonly key: string; readonly value: Value };
  const [written] = await db.all<{
    readonly count: number;
    readonly column_statistics: readonly Entry<readonly Entry<string>[]>[];
  }>(sql, [], { signal });
  const columns = (written?.column_statistics ?? []).map(
    ({ key, value }) => [unquoteName(key), new Map(value.map((each) => [each.key, each.value]))] as const,
  );
  return { rows: written?.count ?? 0, columns: new Map(columns) };
}

/**
 * The statistics as JSON: rows, and for each column of one value a row how many are null, and for types that Delta orders the least and
 * greatest. Timestamps are in milliseconds, the least rounded down and the greatest up, so that nothing lies outside.
 */
export function printStats({ rows, columns: found }: FileStats, columns: readonly ManifestColumn[]): string {
  const measured = columns.slice(0, MAX_COLUMNS).flatMap(({ name, type }) => {
    const stats = found.get(name);
    return stats ? [{ name, type, stats }] : [];
  });
  const boundsOf = (which: 'min' | 'max') =>
    toObject(measured.map(({ name, type, stats }) => [name, toBound(stats, which, type)]));
  return toObject([
    ['numRecords', String(rows)],
    ['minValues', boundsOf('min')],
    ['maxValues', boundsOf('max')],
    ['nullCount', toObject(measured.map(({ name, stats }) => [name, stats.get('null_count') ?? null]))],
  ]);
}

/** Statistics with those of some columns replaced. Numbers keep all their digits. @param own has no column but these */
export function replaceStats(before: string, columns: readonly string[], own: string): string {
  const [old, now] = [before, own].map(parseExactly);
  const parts = (['minValues', 'maxValues', 'nullCount'] as const).map((part) => {
    const kept = Object.entries(old?.[part] ?? {}).filter(([name]) => !columns.includes(name));
    return [part, { ...Object.fromEntries(kept), ...now?.[part] }];
  });
  return JSON.stringify({ ...old, ...Object.fromEntries(parts) });
}

type Stats = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function parseExactly(json: string): Stats {
  const keepDigits = (_: string, value: unknown, { source }: { readonly source: string }) =>
    typeof value === 'number' ? RAW.rawJSON(source) : value;
  return JSON.parse(json, keepDigits as (key: string, value: unknown) => unknown) as Stats;
}

/** https://github.com/tc39/proposal-json-parse-with-source, of which the types do not know yet. */
const RAW = JSON as unknown as { rawJSON(text: string): object };

/** The least or greatest value as JSON, numbers with all their digits; null for a type whose order Delta leaves open, or without one. */
function toBound(stats: ReadonlyMap<string, string>, which: 'min' | 'max', type: string): string | null {
  const text = stats.get(which);
  if (text === undefined) return null;
  if (type === 'TIMESTAMP WITH TIME ZONE') return toMilliseconds(text, which);
  if (type === 'VARCHAR') return text.length > MAX_TEXT ? null : JSON.stringify(text);
  if (type === 'DATE') return /^\d{4}-\d\d-\d\d$/.test(text) ? JSON.stringify(text) : null;
  if (type === 'DOUBLE' || type === 'FLOAT') {
    // One value that is no number leaves the order of the others unsaid, and JSON has no infinity.
    const isOrdered =
      stats.get('has_nan') !== 'true' && ['min', 'max'].every((each) => isNumber(stats.get(each)));
    return isOrdered ? text : null;
  }
  return /^((TINY|SMALL|BIG)INT|INTEGER|DECIMAL\(.*\))$/.test(type) ? text : null;
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && Number.isFinite(Number(text));
}

/** `2026-11-20 01:02:03.123456+00` as an instant in milliseconds; null for a year of more or fewer than four digits. */
function toMilliseconds(text: string, which: 'min' | 'max'): string | null {
  const [, day, time, fraction = ''] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text) ?? [];
  if (!day || !time) return null;
  const down = Date.parse(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  const isRounded = /[1-9]/.test(fraction.slice(3));
  return JSON.stringify(new Date(which === 'max' && isRounded ? down + 1 : down).toISOString());
}

/** `"a ""b"""` -> a "b" */
function unquoteName(quoted: string): string {
  return quoted.slice(1, -1).replaceAll('""', '"');
}

function toObject(entries: readonly (readonly [string, string | null])[]): string {
  const parts = entries.flatMap(([name, json]) => (json === null ? [] : [`${JSON.stringify(name)}:${json}`]));
  return `{${parts.join(',')}}`;
}
