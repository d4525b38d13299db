import { describe, expect, it } from 'vitest';
// @ts-expect-error -- plain modules of the browser, checked by studio/tsconfig.json
import { groupDocuments, total, wordsOf } from '../../studio/format.js';

describe('how the studio writes', () => {
  it('names features in words', () => {
    expect(['durationMs', 'releaseYear', 'tempo'].map(wordsOf)).toEqual(['length', 'release year', 'tempo']);
  });

  it('lists documents of one source and run once, the latest first', () => {
    const of = (source: string, run: string | null, fetchedAt: string) => ({
      source,
      fetchedAt,
      run: run && { id: run },
    });
    const documents = [
      of('sandbox', 'a', '3'),
      of('sandbox', 'a', '2'),
      of('sandbox', 'b', '1'),
      of('kworb', null, '0'),
    ];
    expect(groupDocuments(documents)).toEqual([
      [documents[0], 2],
      [documents[2], 1],
      [documents[3], 1],
    ]);
  });

  it('shortens from a million on', () => {
    expect([999_999, 1_204_025, null].map(total)).toEqual(['999,999', '1.2M', '–']);
  });
});
