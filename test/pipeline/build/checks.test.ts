import { describe, expect, it } from 'vitest';
import { sayFound } from '../../../src/pipeline/build/checks.ts';

describe('sayFound', () => {
  it.each([
    ['2 rows of gold.tracks', 2, 'gold.tracks', [{ track_id: 'a' }]],
    ['1 row of gold.tracks', 1, 'gold.tracks', [{ track_id: 'a' }]],
    ['18 relations', 18, '*', [{ relation: 'gold.tracks', rows_before: 102, rows_now: 51 }]],
    ['1 relation', 1, '*', [{ relation: 'gold.tracks', rows_before: 102, rows_now: 51 }]],
    ['31 columns', 31, '*', [{ relation: 'gold.tracks', column: 'isrc', share_before: 1, share_now: 0 }]],
  ])('says "%s"', (said, failures, relation, sample) => {
    expect(sayFound({ failures, relation, sample })).toBe(said);
  });
});
