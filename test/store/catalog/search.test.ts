import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SearchArgs, searchNames } from '../../../src/store/catalog/search.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';

const LIMITS = { maxPageSize: 100 };
let opened: FixtureCatalog;

beforeAll(async () => {
  opened = await openFixtureCatalog({
    artists: [
      { artist_id: 'a1', name: 'Sigur Rós', popularity: 60 },
      { artist_id: 'a2', name: 'Rosalía', popularity: 90 },
      { artist_id: 'a3', name: '東京事変' },
      { artist_id: 'a4', name: 'فيروز' },
    ],
    albums: [{ album_id: 'b1', name: 'ROS', popularity: 1 }],
    tracks: [
      { track_id: 't1', name: 'Macrosound', popularity: 99 },
      { track_id: 't2', name: 'The Rose', popularity: 10 },
      { track_id: 't3', name: 'Rosé', popularity: 95 },
      { track_id: 't4', name: '100% (off)', popularity: null },
    ],
  });
});
afterAll(() => opened.close());

async function found(term: string, more: Partial<SearchArgs> = {}): Promise<string> {
  const { edges } = await searchNames(opened.catalog, { term, ...more }, LIMITS).page();
  return edges.map(({ node }) => node.id).join(' ');
}

describe('searchNames', () => {
  it('ranks exact, beginning, beginning of a word, elsewhere; then by popularity', async () => {
    expect(await found('ros')).toBe('b1 t3 a2 a1 t2 t1');
  });

  it('is blind to accents, case and blanks around and between', async () => {
    expect(await found('SIGUR  ros ')).toBe('a1');
    expect(await found('rosálía')).toBe('a2');
  });

  it('wants every word, in any order', async () => {
    expect(await found('rose the')).toBe('t2');
    expect(await found('rose queen')).toBe('');
  });

  it('finds names in any script, and signs literally', async () => {
    expect(await found('東京')).toBe('a3');
    expect(await found('فير')).toBe('a4');
    expect(await found('% (')).toBe('t4');
    expect(await found("' or 1=1 --")).toBe('');
  });

  it('searches the types asked for; all when the list is empty', async () => {
    expect(await found('ros', { types: ['ARTIST'] })).toBe('a2 a1');
    expect(await found('ros', { types: ['ALBUM', 'ALBUM'] })).toBe('b1');
    expect(await found('ros', { types: [] })).toBe('b1 t3 a2 a1 t2 t1');
  });

  it('pages, counts, and knows a cursor of another term', async () => {
    const first = searchNames(opened.catalog, { term: 'ros', first: 2 }, LIMITS);
    const page = await first.page();
    expect(page.hasNextPage).toBe(true);
    expect(await first.count()).toBe(6);
    expect(await found('ros', { first: 2, after: page.edges[1]?.cursor })).toBe('a2 a1');
    expect(() => searchNames(opened.catalog, { term: 'rose', after: page.edges[1]?.cursor }, LIMITS)).toThrow(
      /cursor/,
    );
  });

  it.each(['', '   ', 'x'.repeat(201)])('refuses the term "%s"', (term) => {
    expect(() => searchNames(opened.catalog, { term }, LIMITS)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field: 'term' }),
    );
  });
});
