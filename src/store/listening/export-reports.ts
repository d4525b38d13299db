// What became of the rows of each imported export, from what landed and what was merged.
import type { DerivedPlays } from './derive.ts';
import type { PlayBatch } from './listening-file.ts';

/** rows = plays + podcasts + audiobooks + duplicates + unresolved + rejected. */
export interface ExportReport {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly importedAt: number;
  readonly rows: number;
  readonly plays: number;
  readonly podcasts: number;
  readonly audiobooks: number;
  readonly duplicates: number;
  readonly unresolved: number;
  readonly rejected: number;
  /** How many rows, by file and reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Files that were not read to their end, with the reason; what the rest of them holds is in no count. */
  readonly unread: Readonly<Record<string, string>>;
}

/** What the import wrote down of an export. */
interface Tally {
  readonly name: string;
  readonly rows: number;
  readonly plays: number;
  readonly podcasts: number;
  readonly audiobooks: number;
  readonly rejected: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** Absent in what was imported before it was told. */
  readonly unread?: Readonly<Record<string, string>>;
}

/** One report per export that has been merged, in the order of import: before, nobody knows which of its plays are duplicates. */
export function reportExports(batches: readonly PlayBatch[], derived: DerivedPlays): ExportReport[] {
  return batches.flatMap((batch) => {
    if (batch.origin !== 'EXPORT' || batch.sealedAt === null || !derived.seen.includes(batch.id)) return [];
    const tally = batch.note as unknown as Tally;
    const { plays, unresolved } = derived.batches[batch.id] ?? { plays: 0, unresolved: 0 };
    return {
      unread: {},
      ...tally,
      importedAt: batch.sealedAt,
      plays: plays - unresolved,
      duplicates: tally.plays - plays,
      unresolved,
    };
  });
}
