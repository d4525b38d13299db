import { describe, expect, it } from 'vitest';
import type { TrackFilter } from '../../../src/store/catalog/filters.ts';
import { compileQuickTracks } from '../../../src/store/catalog/quick-filter.ts';

describe('the work of a filter, for one row', () => {
  it.each<[string, TrackFilter, number]>([
    ['nothing', {}, 0],
    ['nothing, put together', { and: [{}, { or: [{}] }] }, 0],
    ['a number', { energy: { gte: 0.5 } }, 1],
    ['whether a track stands for its recording', { isPreferred: false }, 1],
    ['two comparisons', { energy: { gte: 0.5, lt: 0.9 } }, 2],
    ['a name', { name: { contains: 'x' } }, 8],
    ['one of many', { key: { in: [1, 2, 3] } }, 8],
    ['a market', { market: 'DE' }, 24],
    ['a link', { artists: { some: { id: { eq: 'a' } } } }, 8],
    ['what is in and, or and not', { and: [{ or: [{ key: { eq: 1 } }, { not: { key: { eq: 2 } } }] }] }, 3],
    ['not nothing', { not: {} }, 1],
    ['none of nothing', { or: [] }, 1],
  ])('counts %s', (_name, where, work) => {
    expect(compileQuickTracks(where)?.work).toBe(work);
  });

  it('is bounded: what takes more is no quick filter', () => {
    const numbers = (count: number) => ({
      or: Array.from({ length: count }, (_, at) => ({ key: { eq: at } })),
    });
    expect(compileQuickTracks(numbers(64))?.work).toBe(64);
    expect(compileQuickTracks(numbers(65))).toBeNull();
    expect(compileQuickTracks({ and: [numbers(40), numbers(40)] })).toBeNull();
    expect(compileQuickTracks({ not: { or: [numbers(65)] } })).toBeNull();
  });
});

describe('the values of a filter', () => {
  const oneOf = (count: number) => ({ popularity: { in: Array.from({ length: count }, (_, at) => at) } });

  it('are a thousand at most: what has more is no quick filter', () => {
    expect(compileQuickTracks(oneOf(1_000))?.params).toHaveLength(1_000);
    for (const count of [1_001, 33_000, 200_000]) expect(compileQuickTracks(oneOf(count))).toBeNull();
    expect(compileQuickTracks({ and: [oneOf(600), oneOf(600)] })).toBeNull();
  });
});
