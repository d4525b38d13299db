// What an import has read so far, and whether too much of it is malformed to go on.
import { InvalidInputError } from '../../errors.ts';
import type { CsvRow } from '../../sources/files/read-csv.ts';
import { kindOfReason, SHOWN_REASONS } from '../kind-of-reason.ts';

const SHOWN_EXAMPLES = 3;

export interface Tally {
  /** @throws InvalidInputError when it is one malformed row too many */
  add(row: CsvRow): void;
  /** @throws InvalidInputError when no row was well-formed */
  finish(): void;
  read(): number;
  rejected(): number;
  /** The most frequent reasons with their counts. */
  topReasons(): [string, number][];
}

/** @param path of the file, for messages @param maxRejects malformed rows that are accepted */
export function createTally(path: string, maxRejects: number): Tally {
  const reasons = new Map<string, number>();
  const examples: string[] = [];
  let read = 0;
  let rejected = 0;
  return {
    add: (row) => {
      read += 1;
      if (!('reason' in row)) return;
      rejected += 1;
      const kind = kindOfReason(row.reason);
      reasons.set(kind, (reasons.get(kind) ?? 0) + 1);
      if (examples.length < SHOWN_EXAMPLES) examples.push(`line ${row.line}: ${row.reason}`);
      if (rejected > maxRejects) {
        throw malformedFile(
          path,
          `has ${rejected} malformed rows among the first ${read}; at most ${maxRejects} are accepted (${examples.join('; ')}). ` +
            'Mend the file, or raise GROOVELAKE_IMPORT_MAX_REJECTS. Nothing of it was published',
        );
      }
    },
    finish: () => {
      if (rejected < read) return;
      const rows = read === 1 ? 'its only row' : `all its ${read} rows`;
      throw malformedFile(
        path,
        `has no row that can be read: ${rows} malformed (${examples.join('; ')}). Mend the file. Nothing of it was published`,
      );
    },
    read: () => read,
    rejected: () => rejected,
    topReasons: () => [...reasons].sort((a, b) => b[1] - a[1]).slice(0, SHOWN_REASONS),
  };
}

export function malformedFile(path: string, what: string): InvalidInputError {
  return new InvalidInputError(`"${path}" ${what}.`, {
    field: 'files',
    given: path,
    expected: 'a CSV file whose rows are well-formed',
  });
}
