import { describe, expect, it } from 'vitest';
import { sayFound as sayFoundThere } from '../../src/pipeline/build/checks.ts';
// @ts-expect-error -- plain modules of the browser, checked by studio/tsconfig.json
import { groupDocuments, megabytes, minuteOf, sayFound, total, wordsOf } from '../../studio/format.js';

describe('how the studio writes', () => {
  it('names features in words', () => {
    expect(['durationMs', 'releaseYear', 'tempo'].map(wordsOf)).toEqual(['length', 'release year', 'tempo']);
  });

  it('says what a check found in the words of the command line', () => {
    const find = (failures: number, relation: string, sample: Record<string, unknown>[] | null) => {
      const found = { failures, relation, sample };
      expect(sayFound(found)).toBe(sayFoundThere({ ...found, sample: sample ?? [] }));
      return sayFound(found);
    };
    expect([
      find(1, 'gold.tracks', [{ id: 'a' }]),
      find(31, '*', [{ relation: 'gold.tracks', column: 'name' }]),
      find(2, '*', [{ relation: 'gold.tracks' }]),
      find(1, '*', null),
    ]).toEqual(['1 row of gold.tracks', '31 columns', '2 relations', '1 relation']);
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

  it('tells instants to the minute and sizes in megabytes', () => {
    expect(minuteOf('2026-11-20T22:15:07.123Z')).toBe('2026-11-20 22:15 UTC');
    expect([0, 149_999, 62_612_345].map(megabytes)).toEqual(['0.0 MB', '0.1 MB', '62.6 MB']);
  });

  it('shortens from a million on', () => {
    expect([999_999, 1_204_025, null].map(total)).toEqual(['999,999', '1.2M', '–']);
  });
});
