// What became of the rows of each imported export, from what landed and what was merged.
import type { DerivedPlays } from './derive.ts';
import type { PlayBatch } from './listening-file.ts';

/** What the import wrote down of an export. */
export interface ExportNote {
  readonly name: string;
  readonly rows: number;
  readonly plays: number;
  readonly podcasts: number;
  readonly audiobooks: number;
  readonly rejected: number;
  /** How many rows, by file and reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Files that were not read to their end, with the reason; what the rest of them holds is in no count. */
  readonly unread: Readonly<Record<string, string>>;
}

/** rows = plays + podcasts + audiobooks + duplicates + unresolved + rejected. */
export interface ExportReport extends ExportNote {
  /** Milliseconds since 1970. */
  readonly importedAt: number;
  readonly duplicates: number;
  readonly unresolved: number;
}

/** One of before files were told that were not read to their end names none. */
export function readExportNote({ note }: Pick<PlayBatch, 'note'>): ExportNote {
  return { unread: {}, ...(note as unknown as Omit<ExportNote, 'unread'>) };
}

/** One report per export that has been merged, in the order of import: before, nobody knows which of its plays are duplicates. */
export function reportExports(batches: readonly PlayBatch[], derived: DerivedPlays): ExportReport[] {
  return batches.flatMap((batch) => {
    if (batch.origin !== 'EXPORT' || batch.sealedAt === null || !derived.seen.includes(batch.id)) return [];
    const note = readExportNote(batch);
    const { plays, unresolved } = derived.batches[batch.id] ?? { plays: 0, unresolved: 0 };
    return {
      ...note,
      importedAt: batch.sealedAt,
      plays: plays - unresolved,
      duplicates: note.plays - plays,
      unresolved,
    };
  });
}
