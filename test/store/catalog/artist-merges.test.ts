// Artists that are asked for by an id that they have left behind, of both engines.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findArtistsByIds, listArtists } from '../../../src/store/catalog/artists.ts';
import type { ArtistFilter } from '../../../src/store/catalog/filters.ts';
import { listTracks } from '../../../src/store/catalog/tracks.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const LIMITS = { maxPageSize: 100 };
let engines: TwoEngines;
beforeAll(async () => {
  engines = await openTwoEngines({
    // Yes is known by its name only.
    artists: [{ artist_id: 'rush' }, { artist_id: 'camel' }, { artist_id: 'nYes' }],
    artist_merges: [
      { named_id: 'nRush', artist_id: 'rush' },
      { named_id: 'nRUSH', artist_id: 'rush' },
      { named_id: 'nCamel', artist_id: 'camel' },
    ],
    tracks: ['rush', 'camel', 'nYes'].map((id) => ({ track_id: `t-${id}`, artists: [id] })),
  });
});
afterAll(() => engines?.close());

describe.each(['withIndex', 'duckDbAlone'] as const)('an id that was left behind: %s', (engine) => {
  const find = async (ids: string[]) =>
    (await findArtistsByIds(engines[engine], ids)).map((artist) => artist?.id ?? null);
  const list = async (where: ArtistFilter) => {
    const { edges } = await listArtists(engines[engine], { where }, LIMITS).page();
    return edges.map(({ node }) => node.id).sort();
  };

  it('leads to the artist, who says the id of now', async () => {
    expect(await find(['nRush', 'nobody', 'rush', 'nYes', 'nRUSH', 'n', 'nCamel'])).toEqual([
      'rush',
      null,
      'rush',
      'nYes',
      'rush',
      null,
      'camel',
    ]);
  });

  it.each<[string, ArtistFilter, string[]]>([
    ['eq', { id: { eq: 'nRush' } }, ['rush']],
    ['eq of an artist that is known by its name only', { id: { eq: 'nYes' } }, ['nYes']],
    ['eq of nobody', { id: { eq: 'nNobody' } }, []],
    ['ne', { id: { ne: 'nRush' } }, ['camel', 'nYes']],
    ['ne of nobody', { id: { ne: 'nNobody' } }, ['camel', 'nYes', 'rush']],
    [
      'in, beside ids of now',
      { id: { in: ['nRush', 'nYes', 'camel', 'nNobody'] } },
      ['camel', 'nYes', 'rush'],
    ],
    ['in, both ids of one', { id: { in: ['nRush', 'rush'] } }, ['rush']],
    ['not', { not: { id: { in: ['nRush', 'nCamel'] } } }, ['nYes']],
    ['all comparisons', { id: { in: ['nRush', 'nCamel'], ne: 'rush' } }, ['camel']],
  ])('is the artist in a filter: %s', async (_what, where, ids) => {
    expect(await list(where)).toEqual(ids);
  });

  it('is the artist in a filter of tracks', async () => {
    for (const id of ['nRush', 'rush']) {
      const where = { artists: { some: { id: { eq: id } } } };
      const { edges } = await listTracks(engines[engine], { where }, LIMITS).page();
      expect(edges.map(({ node }) => node.id)).toEqual(['t-rush']);
    }
  });
});

describe('the serving index', () => {
  it('knows ids that were left behind', async () => {
    const before = engines.duckDbStatements();
    await findArtistsByIds(engines.withIndex, ['nRush', 'nNobody']);
    await listArtists(engines.withIndex, { where: { id: { in: ['nRush', 'camel'] } } }, LIMITS).page();
    await listTracks(
      engines.withIndex,
      { where: { artists: { some: { id: { eq: 'nRush' } } } } },
      LIMITS,
    ).page();
    expect(engines.duckDbStatements() - before).toBe(0);
  });
});

describe('a filter of many ids that were made from names', () => {
  const named = (count: number) => ({
    or: Array.from({ length: count }, (_, at) => ({ id: { eq: `n${at}` } })),
  });

  it('is refused where each takes a condition of its own, as relations are', () => {
    expect(() => listArtists(engines.duckDbAlone, { where: named(46) }, LIMITS)).toThrow(
      /more than 500 parts.*artist's id made from a name/,
    );
    expect(() => listArtists(engines.duckDbAlone, { where: named(45) }, LIMITS)).not.toThrow();
  });
});
