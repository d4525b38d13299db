// Albums that are one release under several ids.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';
import { query } from '../execute.ts';

describe('market twins', () => {
  let twins: FixtureCatalog;
  beforeAll(async () => {
    const twin = { name: '2112', upc: '00731453462624', preferred_album_id: 'us', label: 'Mercury' };
    twins = await openFixtureCatalog({
      artists: [{ artist_id: 'rush' }],
      albums: [
        { album_id: 'us', popularity: 60, artists: ['rush'], ...twin },
        { album_id: 'de', popularity: 40, artists: ['rush'], ...twin },
        { album_id: 'other', popularity: 50, artists: ['rush'], label: 'Mercury' },
      ],
      tracks: [
        { track_id: 't-us', album_id: 'us', artists: ['rush'] },
        { track_id: 't-de', album_id: 'de', artists: ['rush'] },
      ],
    });
  });
  afterAll(() => twins?.close());

  it('say which of them is preferred', async () => {
    expect(
      await query(
        twins,
        '{ albums(where: { upc: { eq: "00731453462624" } }) { nodes { id isPreferred preferredAlbum { id isPreferred } } } album(id: "other") { upc preferredAlbum { id } } }',
      ),
    ).toEqual({
      albums: {
        nodes: [
          { id: 'us', isPreferred: true, preferredAlbum: { id: 'us', isPreferred: true } },
          { id: 'de', isPreferred: false, preferredAlbum: { id: 'us', isPreferred: true } },
        ],
      },
      album: { upc: null, preferredAlbum: { id: 'other' } },
    });
  });

  it('are one album in lists, under artists, of tracks and in statistics that ask for the preferred one', async () => {
    expect(
      await query(
        twins,
        `{ albums(where: { isPreferred: true }) { nodes { id } totalCount }
           twins: albums(where: { isPreferred: false }) { nodes { id } }
           artist(id: "rush") { albums(where: { isPreferred: true }) { nodes { id } } }
           tracks(where: { album: { isPreferred: true } }) { nodes { id } }
           all: albumStats(groupBy: [LABEL]) { nodes { count } }
           once: albumStats(groupBy: [LABEL], where: { isPreferred: true }) { nodes { count } } }`,
      ),
    ).toEqual({
      albums: { nodes: [{ id: 'us' }, { id: 'other' }], totalCount: 2 },
      twins: { nodes: [{ id: 'de' }] },
      artist: { albums: { nodes: [{ id: 'us' }, { id: 'other' }] } },
      tracks: { nodes: [{ id: 't-us' }] },
      all: { nodes: [{ count: 3 }] },
      once: { nodes: [{ count: 2 }] },
    });
  });
});
