import { describe, expect, it } from 'vitest';
import type { DerivedPlays } from '../../../src/store/listening/derive.ts';
import { reportExports } from '../../../src/store/listening/export-reports.ts';
import type { PlayBatch } from '../../../src/store/listening/listening-file.ts';

const note = { name: 'e.zip', rows: 9, plays: 7, podcasts: 1, audiobooks: 0, rejected: 1, reasons: {} };
const batch = (id: string, sealedAt: number | null): PlayBatch => {
  return { id, origin: 'EXPORT', runId: 'r', openedAt: 1, sealedAt, files: [], note };
};
const derived = { seen: ['old'], batches: { old: { plays: 5, unresolved: 2 } } } as unknown as DerivedPlays;

describe('reportExports(batches, derived)', () => {
  it('adds up, and waits for the merge with an export whose duplicates nobody knows yet', () => {
    const reports = reportExports([batch('old', 2), batch('landed', 3), batch('open', null)], derived);
    expect(reports).toEqual([
      expect.objectContaining({ importedAt: 2, rows: 9, plays: 3, duplicates: 2, unresolved: 2 }),
    ]);
  });

  it('names the files that were not read to their end, of imports that noted them', () => {
    const unread = { 'a.json': 'the file ends in the middle' };
    const told = { ...batch('old', 2), note: { ...note, unread } };
    expect(reportExports([told], derived)).toMatchObject([{ unread }]);
    expect(reportExports([batch('old', 2)], derived)).toMatchObject([{ unread: {} }]);
  });

  it('calls all plays of a merged export duplicates where none of them counts', () => {
    const nothing = { ...derived, batches: {} };
    expect(reportExports([batch('old', 2)], nothing)).toMatchObject([{ plays: 0, duplicates: 7 }]);
  });
});
