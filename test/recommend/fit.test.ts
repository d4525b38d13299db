import { describe, expect, it } from 'vitest';
import { makeRows, openRows } from './rows.ts';

describe('the fit', () => {
  it('of the snapshot before is kept while the data has not drifted, and says whose it is', async () => {
    const first = await openRows(makeRows(800));
    const previousFit = first.similarity.facts.fit;
    const grown = makeRows(808);
    const kept = await openRows(grown, { build: { previousFit } });
    expect(kept.similarity.facts.fit).toEqual(previousFit);
    const drifted = grown.map((row) => ({ ...row, loudness: (row.loudness ?? 0) - 9 }));
    const fresh = await openRows(drifted, { build: { previousFit: { ...previousFit, snapshotId: 's0' } } });
    expect(fresh.similarity.facts.fit.snapshotId).toBe('s1');
  });
});
