// What an export held, so that its report adds up: rows read = plays + podcasts + audiobooks + duplicates + unresolved + rejected.
import type { ExportRow } from '../../sources/exports/read-export.ts';
import type { ExportNote } from '../../store/listening/export-reports.ts';
import { kindOfReason } from '../kind-of-reason.ts';

/** The note while it is written. */
export type ExportTally = { -readonly [Key in keyof ExportNote]: ExportNote[Key] } & {
  readonly reasons: Record<string, number>;
  readonly unread: Record<string, string>;
  /** Digests of the user names that older exports carry; in memory only. */
  readonly users: Set<string>;
};

const MOST_REASONS = 50;

export function emptyTally(name: string): ExportTally {
  return {
    name,
    rows: 0,
    plays: 0,
    podcasts: 0,
    audiobooks: 0,
    rejected: 0,
    reasons: {},
    unread: {},
    users: new Set(),
  };
}

export function tallyRow(tally: ExportTally, row: ExportRow, file: string): void {
  if (row.kind === 'UNREAD') {
    tally.unread[file] = row.reason;
    return;
  }
  tally.rows += 1;
  if (row.kind === 'REJECTED') {
    tally.rejected += 1;
    const reason = `${file}: ${kindOfReason(row.reason)}`;
    if (reason in tally.reasons || Object.keys(tally.reasons).length < MOST_REASONS)
      tally.reasons[reason] = (tally.reasons[reason] ?? 0) + 1;
    return;
  }
  if (row.user !== null) tally.users.add(row.user);
  if (row.kind === 'PLAY') tally.plays += 1;
  else if (row.kind === 'PODCAST') tally.podcasts += 1;
  else tally.audiobooks += 1;
}

/** The report of one export in one line. @param merged plays of this export that count, and those whose track is unknown */
export function describeTally(
  tally: ExportNote,
  merged: { readonly plays: number; readonly unresolved: number },
): string {
  const resolved = merged.plays - merged.unresolved;
  const duplicates = tally.plays - merged.plays;
  const unread = Object.keys(tally.unread).map((file) => `; "${file}" was not read to its end`);
  return (
    `"${tally.name}": ${tally.rows} rows read = ${resolved} plays + ${tally.podcasts} podcasts + ${tally.audiobooks} audiobooks + ` +
    `${duplicates} duplicates + ${merged.unresolved} unresolved + ${tally.rejected} rejected${unread.join('')}`
  );
}
