// What a reason to set something aside says of many alike, for counting: by this process while it reads a file, by DuckDB of all that is in
// silver.rejects.
import { quoteText } from '../store/duckdb.ts';

/** Reasons that an event names. */
export const SHOWN_REASONS = 5;

/** What differs from one to the next, and what stands in its place. Patterns and replacements that DuckDB (RE2) and JavaScript read alike. */
const RULES: readonly (readonly [RegExp, string])[] = [
  // A name holds whatever somebody typed, and behind it stands what the search said: other names, or a whole sentence.
  [/^name ".*?" (is that of (?:several artists|no artist)|could not be searched for).*$/s, 'name $1'],
  [/^([^"]+) ".*" (is not|cannot be) /s, '$1 $2 '],
  [
    /^(ts|endTime|spotify_track_uri) .* (is no time|is no track|lies in the future|lies before 2006)$/s,
    '$1 $2',
  ],
  [/^its play of .* ms is /s, 'its play is '],
  [/^(popularity|duration_ms|key|mode) .* is /s, '$1 is '],
  [/: its byte \d+ is 0x[0-9A-F]{2}| \(byte \d+\)/s, ''],
  [/has \d+ bytes/s, 'is long'],
];

export function kindOfReason(reason: string): string {
  return RULES.reduce((kind, [pattern, instead]) => kind.replace(pattern, instead), reason);
}

/** The same of a column, as an expression. */
export function kindOfReasonSql(column: string): string {
  return RULES.reduce(
    (kind, [{ source }, instead]) =>
      `regexp_replace(${kind}, ${quoteText(source)}, ${quoteText(instead.replaceAll('$', '\\'))}, 's')`,
    column,
  );
}
