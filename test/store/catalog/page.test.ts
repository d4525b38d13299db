import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import type { Track } from '../../../src/store/catalog/entities.ts';
import type { Connection, PageArgs } from '../../../src/store/catalog/page.ts';
import {
  listTracks,
  type TrackListArgs,
  tracksOfAlbum,
  tracksOfArtist,
  tracksOfPlaylist,
} from '../../../src/store/catalog/tracks.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';

const SEED = 7;
const LIMITS = { maxPageSize: 100 };
let opened: FixtureCatalog;

// 60 tracks with few distinct popularities, names and tempos, some of them missing: ties and nulls everywhere.
beforeAll(async () => {
  const random = seededRandomness(SEED);
  const pick = <T>(...values: readonly T[]) => values[Math.floor(random.next() * values.length)] as T;
  opened = await openFixtureCatalog({
    artists: [{ artist_id: 'a1', name: 'Å' }, { artist_id: 'a2' }, { artist_id: 'a3' }],
    albums: [{ album_id: 'b1' }, { album_id: 'b2' }],
    tracks: Array.from({ length: 60 }, (_, at) => ({
      track_id: `t${String(at).padStart(2, '0')}`,
      name: pick('Été', 'ete', 'Zoo', ''),
      popularity: pick(null, 10, 20, 30),
      tempo: pick(null, 0.1 + 0.2, 120.5),
      album_id: pick('b1', 'b2', null),
      disc_number: pick(1, 2),
      track_number: pick(1, 2, 3, null),
      artists: pick(['a1'], ['a1', 'a2'], []),
    })),
    playlists: [{ playlist_id: 'p1', tracks: ['t05', 't03', 't05', 't01'] }],
  });
});
afterAll(() => opened.close());

function idsOf(page: { edges: readonly { node: Track }[] }): string[] {
  return page.edges.map((edge) => edge.node.id);
}

async function walk(
  list: (page: PageArgs) => Connection<Track>,
  direction: 'forward' | 'backward',
  size: number,
) {
  const found: string[] = [];
  let cursor: string | undefined;
  for (;;) {
    const args = direction === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor };
    const page = await list(args).page();
    const ids = idsOf(page);
    if (direction === 'forward') found.push(...ids);
    else found.unshift(...ids);
    cursor = (direction === 'forward' ? page.edges.at(-1) : page.edges[0])?.cursor;
    if (!(direction === 'forward' ? page.hasNextPage : page.hasPreviousPage)) return found;
  }
}

describe('listTracks', () => {
  const orders: TrackListArgs['orderBy'][] = [
    undefined,
    [{ field: 'POPULARITY' }],
    [{ field: 'POPULARITY', direction: 'DESC', nulls: 'FIRST' }],
    [
      { field: 'TEMPO', nulls: 'FIRST' },
      { field: 'NAME', direction: 'DESC' },
    ],
    [
      { field: 'ARTIST_NAME', direction: 'DESC' },
      { field: 'ID', direction: 'DESC' },
    ],
    [
      { field: 'ALBUM_NAME' },
      { field: 'TRACK_NUMBER', direction: 'DESC', nulls: 'LAST' },
      { field: 'TEMPO' },
    ],
  ];

  it.each(
    orders.map((orderBy) => ({ orderBy })),
  )('gives every row once, forward and backward: $orderBy', async ({ orderBy }) => {
    const list = (page: PageArgs) => listTracks(opened.catalog, { ...page, orderBy }, LIMITS);
    const whole = idsOf(await list({ first: 100 }).page());
    expect(new Set(whole).size).toBe(60);
    for (const size of [1, 7, 60]) {
      expect(await walk(list, 'forward', size)).toEqual(whole);
      expect(await walk(list, 'backward', size)).toEqual(whole);
    }
  });

  it('orders by popularity, highest first, nulls last, then id', async () => {
    const { edges } = await listTracks(opened.catalog, { first: 100 }, LIMITS).page();
    const expected = edges
      .map(({ node }) => node)
      .sort((a, b) => (b.popularity ?? -1) - (a.popularity ?? -1) || (a.id < b.id ? -1 : 1));
    expect(edges.map(({ node }) => node.id)).toEqual(expected.map((track) => track.id));
  });

  it('orders names without regard to accents and case', async () => {
    const { edges } = await listTracks(
      opened.catalog,
      { first: 100, orderBy: [{ field: 'NAME' }] },
      LIMITS,
    ).page();
    const keys = edges.map(({ node }) => node.name.replace('Été', 'ete').toLowerCase());
    expect(keys).toEqual([...keys].sort());
  });

  it('gives 20 rows unless asked otherwise, within the largest page', async () => {
    expect((await listTracks(opened.catalog, {}, LIMITS).page()).edges).toHaveLength(20);
    expect((await listTracks(opened.catalog, {}, { maxPageSize: 5 }).page()).edges).toHaveLength(5);
  });

  it('gives what lies between two cursors', async () => {
    const { edges } = await listTracks(opened.catalog, { first: 10 }, LIMITS).page();
    const between = { after: edges[2]?.cursor, before: edges[6]?.cursor };
    const first = await listTracks(opened.catalog, { first: 2, ...between }, LIMITS).page();
    expect(idsOf(first)).toEqual(edges.slice(3, 5).map((e) => e.node.id));
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const last = await listTracks(opened.catalog, { last: 3, ...between }, LIMITS).page();
    expect(idsOf(last)).toEqual(edges.slice(3, 6).map((e) => e.node.id));
    expect(last).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  it('counts the whole list, whatever the page', async () => {
    const { edges } = await listTracks(opened.catalog, { first: 1 }, LIMITS).page();
    const rest = listTracks(opened.catalog, { first: 1, after: edges[0]?.cursor }, LIMITS);
    expect(await rest.count()).toBe(60);
    expect(
      await listTracks(opened.catalog, { where: { popularity: { isNull: false } } }, LIMITS).count(),
    ).toBeLessThan(60);
  });

  it('runs each statement once, and none before it is asked', async () => {
    const before = opened.open.statements;
    const list = listTracks(opened.catalog, {}, LIMITS);
    expect(opened.open.statements - before).toBe(0);
    await Promise.all([list.page(), list.page(), list.count(), list.count()]);
    expect(opened.open.statements - before).toBe(2);
  });

  it.each([
    [{ first: 0 }, 'first'],
    [{ first: -1 }, 'first'],
    [{ first: 101 }, 'first'],
    [{ last: 0 }, 'last'],
    [{ last: 101 }, 'last'],
    [{ first: 1, last: 1 }, 'last'],
    [{ after: '' }, 'after'],
    [{ after: 'nonsense' }, 'after'],
    [{ before: Buffer.from('{"a":1}').toString('base64url') }, 'before'],
    [
      { after: Buffer.from('["tracks POPULARITY.DESC.LAST ID.ASC.LAST",1,null]').toString('base64url') },
      'after',
    ],
    [
      { after: Buffer.from('["tracks POPULARITY.DESC.LAST ID.ASC.LAST","1","t"]').toString('base64url') },
      'after',
    ],
    [{ after: Buffer.from('["tracks POPULARITY.DESC.LAST ID.ASC.LAST",1]').toString('base64url') }, 'after'],
  ])('refuses %j', (args, field) => {
    expect(() => listTracks(opened.catalog, args, LIMITS)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field }),
    );
  });

  it('refuses a cursor of another order', async () => {
    const { edges } = await listTracks(opened.catalog, { first: 1 }, LIMITS).page();
    const asked = { after: edges[0]?.cursor, orderBy: [{ field: 'NAME' as const }] };
    expect(() => listTracks(opened.catalog, asked, LIMITS)).toThrow(/not of this list in this order/);
  });

  it('takes a cursor whose row has gone', async () => {
    const cursor = Buffer.from('["tracks POPULARITY.DESC.LAST ID.ASC.LAST",25,"gone"]').toString('base64url');
    const { edges } = await listTracks(opened.catalog, { first: 1, after: cursor }, LIMITS).page();
    expect(edges[0]?.node.popularity).toBe(20);
  });
});

describe('nested lists', () => {
  it('page each parent on its own, in one statement', async () => {
    const before = opened.open.statements;
    const list = tracksOfArtist({ first: 3 }, LIMITS);
    const pages = await list.page.load(opened.catalog, ['a2', 'a3', 'a1']);
    expect(opened.open.statements - before).toBe(1);
    expect(pages.map((page) => page.edges.length)).toEqual([3, 0, 3]);
    for (const [at, id] of ['a2', 'a1'].entries()) {
      const alone = listTracks(
        opened.catalog,
        { first: 3, where: { artists: { some: { id: { eq: id } } } } },
        LIMITS,
      );
      expect(pages[at * 2]).toEqual(await alone.page());
    }
  });

  it('go on after a cursor, under every parent', async () => {
    const whole = await tracksOfArtist({ first: 100 }, LIMITS).page.load(opened.catalog, ['a1', 'a2']);
    const cursor = whole[0]?.edges[4]?.cursor;
    const rest = await tracksOfArtist({ first: 100, after: cursor }, LIMITS).page.load(opened.catalog, [
      'a1',
    ]);
    expect(rest[0]?.edges).toEqual(whole[0]?.edges.slice(5));
  });

  it('count each parent under the filter, in one statement', async () => {
    const where = { popularity: { gt: 15 } };
    const before = opened.open.statements;
    const counts = await tracksOfArtist({ where }, LIMITS).count.load(opened.catalog, ['a3', 'a1']);
    expect(opened.open.statements - before).toBe(1);
    const alone = listTracks(
      opened.catalog,
      { where: { ...where, artists: { some: { id: { eq: 'a1' } } } } },
      LIMITS,
    );
    expect(counts).toEqual([0, await alone.count()]);
  });

  it('order the tracks of an album by disc, number and id', async () => {
    const [page] = await tracksOfAlbum({ first: 100 }, LIMITS).page.load(opened.catalog, ['b1']);
    const places = (page?.edges ?? []).map(({ node }) =>
      [node.discNumber ?? 99, node.trackNumber ?? 99, node.id].join(' '),
    );
    expect(places.length).toBeGreaterThan(5);
    expect(places).toEqual([...places].sort());
  });

  it('give the tracks of a playlist in its order, each once', async () => {
    const list = tracksOfPlaylist({}, LIMITS);
    const [page] = await list.page.load(opened.catalog, ['p1']);
    expect(page?.edges.map((edge) => edge.node.id)).toEqual(['t05', 't03', 't01']);
    expect(await list.count.load(opened.catalog, ['p1'])).toEqual([3]);
  });
});
