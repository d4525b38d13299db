// What a group says of the entity that it is about.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';
import { query } from '../execute.ts';

let opened: FixtureCatalog;
beforeAll(async () => {
  opened = await openFixtureCatalog({
    artists: [{ artist_id: 'a1', name: 'Rush', genres: ['prog'] }],
    albums: [{ album_id: 'b1', name: '2112', artists: ['a1'] }],
    tracks: [
      { track_id: 't1', album_id: 'b1', artists: ['a1'] },
      { track_id: 't2', album_id: 'b1', artists: ['a1'] },
      { track_id: 't3' },
    ],
    playlists: [
      { playlist_id: 'p1', name: 'Rock', tracks: ['t1', 't2'] },
      { playlist_id: 'p2', name: 'Rock', tracks: ['t1'] },
    ],
  });
});
afterAll(() => opened.close());

describe('StatsGroup.playlist', () => {
  it('tells playlists of one name apart, and is null for the tracks of none', async () => {
    const { trackStats } = await query(
      opened,
      '{ trackStats(groupBy: [PLAYLIST]) { nodes { group { label playlist { id name } } count } } }',
    );
    const nodes = (trackStats as { nodes: { group: { playlist: { id: string } | null } }[] }).nodes;
    expect(nodes).toHaveLength(3);
    for (const node of [
      { group: { label: 'Rock', playlist: { id: 'p1', name: 'Rock' } }, count: 2 },
      { group: { label: 'Rock', playlist: { id: 'p2', name: 'Rock' } }, count: 1 },
      { group: { label: '(none)', playlist: null }, count: 1 },
    ])
      expect(nodes).toContainEqual(node);
  });

  it('is null of groups that are by something else', async () => {
    expect(
      await query(opened, '{ trackStats(groupBy: [MODE]) { nodes { group { playlist { id } } } } }'),
    ).toEqual({ trackStats: { nodes: [{ group: { playlist: null } }] } });
  });
});

describe('the group of an artist, album or genre', () => {
  it('says what trackStats says of the same group: a name where it is about an entity', async () => {
    const stats = 'count group { label keys { dimension value } artist { id } album { id } genre { name } }';
    const own = await query(
      opened,
      `{ artist(id: "a1") { stats { ${stats} } } album(id: "b1") { stats { ${stats} } } genre(name: "prog") { stats { ${stats} } } }`,
    );
    const among = async (dimension: string, label: string) => {
      const { trackStats } = await query(
        opened,
        `{ trackStats(groupBy: [${dimension}]) { nodes { ${stats} } } }`,
      );
      const { nodes } = trackStats as { nodes: { group: { label: string } }[] };
      return { stats: nodes.find(({ group }) => group.label === label) };
    };
    expect(own).toEqual({
      artist: await among('ARTIST', 'Rush'),
      album: await among('ALBUM', '2112'),
      genre: await among('GENRE', 'prog'),
    });
  });
});
