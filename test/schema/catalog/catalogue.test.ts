import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';
import { execute, query } from '../execute.ts';

let opened: FixtureCatalog;

// Three bands of 5 albums with 4 tracks each; every track is by its band and a guest, and on one playlist.
beforeAll(async () => {
  const bands = ['rush', 'yes', 'camel'];
  const albums = bands.flatMap((band) =>
    Array.from({ length: 5 }, (_, at) => ({ band, album_id: `${band}-${at}` })),
  );
  const tracks = albums.flatMap(({ band, album_id }) =>
    Array.from({ length: 4 }, (_, at) => ({
      band,
      album_id,
      track_id: `${album_id}-${at}`,
      track_number: 4 - at,
    })),
  );
  opened = await openFixtureCatalog({
    artists: [
      ...bands.map((band, at) => ({
        artist_id: band,
        name: band,
        popularity: 50 + at,
        genres: ['prog', `${band} genre`],
      })),
      {
        artist_id: 'guest',
        name: 'Guest',
        images: [{ url: 'https://example.org/g.jpg', width: 64, height: 64 }],
      },
    ],
    albums: albums.map(({ band, album_id }, at) => ({
      album_id,
      artists: [band],
      popularity: at,
      release_date: '1976-03',
      album_type: 'album',
    })),
    tracks: tracks.map(({ band, ...track }, at) => ({
      ...track,
      artists: [band, 'guest'],
      popularity: at,
      energy: at / 100,
      key: at % 12,
      mode: 1,
    })),
    playlists: [
      {
        playlist_id: 'p',
        name: 'All',
        description: 'Everything',
        followers: 7,
        images: [{ url: 'https://example.org/p.jpg' }],
        tracks: tracks.map((t) => ({ track_id: t.track_id, genre: 'rock' })),
      },
    ],
    provenance: [
      {
        entity: 'track',
        entity_id: 'rush-0-0',
        source: 'spotify',
        kind: 'track',
        document_id: 'rush-0-0',
        batch_id: 'r-1',
        run_id: 'r',
        fetched_at: '2026-11-20T01:02:03Z',
        content_hash: 'abc',
      },
    ],
    documents: [
      {
        source: 'spotify',
        kind: 'track',
        id: 'rush-0-0',
        batch_id: 'r-1',
        body: '{"available_markets":["DE"]}',
      },
    ],
    observations: [
      {
        entity: 'artist',
        entity_id: 'rush',
        measure: 'followers',
        observed_at: '2026-11-20T00:00:00Z',
        value: 5e9,
        source: 'spotify',
      },
    ],
  });
});
afterAll(() => opened.close());

async function statementsOf(source: string): Promise<number> {
  const before = opened.open.statements;
  await query(opened, source);
  return opened.open.statements - before;
}

describe('a single entity', () => {
  it('is answered whole', async () => {
    const answer = await query(
      opened,
      `{ track(id: "rush-0-1") { id name uri popularity durationMs isExplicit trackNumber releaseDate releaseYear isPreferred source
           audioFeatures { energy tempo key keyName mode provider }
           album { name albumType releaseDate artists { name } }
           artists { name genres { name artistCount trackCount } images { url width } followers streams trackCount albumCount }
           genres { name } playlists { name trackCount description ownerName followers externalUrl images { url } genres subgenres } provenance { source } } }`,
    );
    expect(answer).toEqual({
      track: {
        id: 'rush-0-1',
        name: 'rush-0-1',
        uri: null,
        popularity: 1,
        durationMs: null,
        isExplicit: null,
        trackNumber: 3,
        releaseDate: '1976-03',
        releaseYear: 1976,
        isPreferred: true,
        source: 'test',
        audioFeatures: {
          energy: 0.01,
          tempo: null,
          key: 1,
          keyName: 'C#/Db',
          mode: 'MAJOR',
          provider: 'test',
        },
        album: { name: 'rush-0', albumType: 'ALBUM', releaseDate: '1976-03', artists: [{ name: 'rush' }] },
        artists: [
          {
            name: 'rush',
            genres: [
              { name: 'prog', artistCount: 3, trackCount: 60 },
              { name: 'rush genre', artistCount: 1, trackCount: 20 },
            ],
            images: [],
            followers: null,
            streams: null,
            trackCount: 20,
            albumCount: 5,
          },
          {
            name: 'Guest',
            genres: [],
            images: [{ url: 'https://example.org/g.jpg', width: 64 }],
            followers: null,
            streams: null,
            trackCount: 60,
            albumCount: 0,
          },
        ],
        genres: [{ name: 'prog' }, { name: 'rush genre' }],
        playlists: [
          {
            name: 'All',
            trackCount: 60,
            description: 'Everything',
            ownerName: null,
            followers: 7,
            externalUrl: null,
            images: [{ url: 'https://example.org/p.jpg' }],
            genres: ['rock'],
            subgenres: [],
          },
        ],
        provenance: [],
      },
    });
  });

  it('is null where there is none of that id', async () => {
    const answer = await query(
      opened,
      '{ artist(id: "x") { id } album(id: "x") { id } track(id: "x") { id } genre(name: "x") { name } playlist(id: "x") { id } }',
    );
    expect(answer).toEqual({ artist: null, album: null, track: null, genre: null, playlist: null });
  });

  it('tells where it came from, down to the document, and how its figures changed', async () => {
    const answer = await query(
      opened,
      `{ track(id: "rush-0-0") { provenance { source kind documentId batchId contentHash fetchedAt raw run { id } } }
         artist(id: "rush") { history(measure: FOLLOWERS) { observedAt value source } } }`,
      { runs: [{ id: 'r' }] },
    );
    expect(answer).toEqual({
      track: {
        provenance: [
          {
            source: 'spotify',
            kind: 'track',
            documentId: 'rush-0-0',
            batchId: 'r-1',
            contentHash: 'abc',
            fetchedAt: '2026-11-20T01:02:03.000Z',
            raw: { available_markets: ['DE'] },
            run: { id: 'r' },
          },
        ],
      },
      artist: { history: [{ observedAt: '2026-11-20T00:00:00.000Z', value: 5e9, source: 'spotify' }] },
    });
  });

  it('does not lead from a track to the run of somebody who played it', async () => {
    const answer = await query(opened, '{ track(id: "rush-0-0") { provenance { source run { id } } } }', {
      runs: [{ id: 'r' }],
      mayReadRun: () => false,
    });
    expect(answer).toEqual({ track: { provenance: [{ source: 'spotify', run: null }] } });
  });
});

describe('a connection', () => {
  it('pages forward and backward', async () => {
    const page = (args: string) =>
      query(
        opened,
        `{ tracks(${args}) { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }`,
      ) as Promise<{
        tracks: {
          nodes: { id: string }[];
          pageInfo: { startCursor: string; endCursor: string };
          totalCount: number;
        };
      }>;
    const first = await page('first: 2');
    expect(first.tracks).toMatchObject({
      nodes: [{ id: 'camel-4-3' }, { id: 'camel-4-2' }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
      totalCount: 60,
    });
    const second = await page(`first: 2, after: "${first.tracks.pageInfo.endCursor}"`);
    expect(second.tracks.nodes).toEqual([{ id: 'camel-4-1' }, { id: 'camel-4-0' }]);
    const back = await page(`last: 2, before: "${second.tracks.pageInfo.startCursor}"`);
    expect(back.tracks).toMatchObject({
      nodes: first.tracks.nodes,
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
  });

  it('has no cursors on an empty page', async () => {
    expect(
      await query(
        opened,
        '{ albums(where: { name: { eq: "none" } }) { nodes { id } edges { cursor } pageInfo { startCursor endCursor hasNextPage } totalCount } }',
      ),
    ).toEqual({
      albums: {
        nodes: [],
        edges: [],
        pageInfo: { startCursor: null, endCursor: null, hasNextPage: false },
        totalCount: 0,
      },
    });
  });

  it('takes filters and orders from variables', async () => {
    const answer = await query(
      opened,
      'query ($where: ArtistFilter, $orderBy: [ArtistOrder!]) { artists(where: $where, orderBy: $orderBy) { nodes { name } } }',
      {
        variables: {
          where: { albums: { some: { tracks: { some: { energy: { gte: 0.2 } } } } } },
          orderBy: [{ field: 'NAME', direction: 'ASC' }],
        },
      },
    );
    expect(answer).toEqual({ artists: { nodes: [{ name: 'camel' }, { name: 'yes' }] } });
  });

  it('reads rows and total only when asked, each once', async () => {
    expect(await statementsOf('{ tracks { totalCount } }')).toBe(1);
    expect(await statementsOf('{ tracks { nodes { id } edges { cursor } pageInfo { hasNextPage } } }')).toBe(
      1,
    );
    // Rows and total of a search are the same hits, which are looked for once.
    const total = await statementsOf('{ search(term: "rush") { totalCount } }');
    expect(
      await statementsOf('{ search(term: "rush") { edges { cursor } pageInfo { hasNextPage } totalCount } }'),
    ).toBe(total);
  });
});

describe('nested lists', () => {
  const nested = (artists: number, albums: number, tracks: number) => `{
    artists(first: ${artists}) { nodes { name genres { name }
      albums(first: ${albums}) { totalCount nodes { name artists { name }
        tracks(first: ${tracks}) { nodes { name artists { name } album { name } playlists { name } genres { name } } } } } } } }`;

  it('are narrowed and ordered as their twins at the root are', async () => {
    const answer = await query(
      opened,
      '{ album(id: "yes-0") { tracks(where: { popularity: { gte: 22 } }, orderBy: [{ field: POPULARITY }]) { nodes { id } } } }',
    );
    expect(answer).toEqual({ album: { tracks: { nodes: [{ id: 'yes-0-2' }, { id: 'yes-0-3' }] } } });
    expect(
      await query(
        opened,
        `{ playlist(id: "p") { tracks(where: { artists: { some: { id: { eq: "yes" } } } }, orderBy: [{ field: ENERGY, direction: DESC }], first: 1) { nodes { id } totalCount } }
           genre(name: "prog") { artists(where: { popularity: { lt: 52 } }, orderBy: [{ field: NAME, direction: DESC }]) { nodes { id } totalCount } trackCount tracks(first: 2) { nodes { id } totalCount } }
           genres(where: { name: { contains: "genre" }, trackCount: { gte: 20 } }, orderBy: [{ field: NAME }], first: 2) { nodes { name } totalCount }
           playlists(where: { genre: { eq: "rock" } }, orderBy: [{ field: TRACK_COUNT, direction: DESC }]) { nodes { id } }
           none: playlists(where: { not: { trackCount: { gte: 60 } } }) { nodes { id } } }`,
      ),
    ).toEqual({
      playlist: { tracks: { nodes: [{ id: 'yes-4-3' }], totalCount: 20 } },
      genre: {
        artists: { nodes: [{ id: 'yes' }, { id: 'rush' }], totalCount: 2 },
        trackCount: 60,
        tracks: { nodes: [{ id: 'camel-4-3' }, { id: 'camel-4-2' }], totalCount: 60 },
      },
      genres: { nodes: [{ name: 'camel genre' }, { name: 'rush genre' }], totalCount: 3 },
      playlists: { nodes: [{ id: 'p' }] },
      none: { nodes: [] },
    });
  });

  it('cost one statement per level, whatever their length', async () => {
    const few = await statementsOf(nested(1, 1, 1));
    expect(few).toBe(10);
    expect(await statementsOf(nested(4, 5, 4))).toBe(few);
  });

  it('share a statement under equal arguments only', async () => {
    expect(
      await statementsOf(
        '{ artists { nodes { a: tracks(first: 1) { nodes { id } } b: tracks(first: 1) { nodes { name } } } } }',
      ),
    ).toBe(2);
    expect(
      await statementsOf(
        '{ artists { nodes { a: tracks(first: 1) { nodes { id } } b: tracks(first: 2) { nodes { id } } } } }',
      ),
    ).toBe(3);
  });

  it('come in their own order', async () => {
    expect(await query(opened, '{ album(id: "yes-0") { tracks { nodes { id } } } }')).toEqual({
      album: {
        tracks: { nodes: [{ id: 'yes-0-3' }, { id: 'yes-0-2' }, { id: 'yes-0-1' }, { id: 'yes-0-0' }] },
      },
    });
    expect(
      await query(
        opened,
        '{ playlist(id: "p") { tracks(first: 2) { nodes { id } totalCount } } genre(name: "PROG") { artists { nodes { id } } } }',
      ),
    ).toEqual({
      playlist: { tracks: { nodes: [{ id: 'rush-0-0' }, { id: 'rush-0-1' }], totalCount: 60 } },
      genre: { artists: { nodes: [{ id: 'camel' }, { id: 'yes' }, { id: 'rush' }] } },
    });
    expect(await query(opened, '{ genres(first: 1) { nodes { name } } playlists { nodes { id } } }')).toEqual(
      {
        genres: { nodes: [{ name: 'prog' }] },
        playlists: { nodes: [{ id: 'p' }] },
      },
    );
  });

  it.each([
    ['artist(id: "rush") { albums', 'rush-4 rush-3 rush-2 rush-1 rush-0'],
    [
      'artist(id: "rush") { tracks(where: { album: { id: { eq: "rush-1" } } }, ARGS)',
      'rush-1-3 rush-1-2 rush-1-1 rush-1-0',
    ],
    ['album(id: "yes-0") { tracks', 'yes-0-3 yes-0-2 yes-0-1 yes-0-0'],
    ['genre(name: "prog") { artists', 'camel yes rush'],
    [
      'genre(name: "yes genre") { tracks(where: { album: { id: { eq: "yes-3" } } }, ARGS)',
      'yes-3-3 yes-3-2 yes-3-1 yes-3-0',
    ],
    ['playlist(id: "p") { tracks(ARGS)', ''],
  ])('page backward: %s', async (list, ids) => {
    const page = async (args: string) => {
      const field = list.includes('ARGS') ? list.replace('ARGS', args) : `${list}(${args})`;
      const answer = await query(
        opened,
        `{ parent: ${field} { nodes { id } pageInfo { hasPreviousPage hasNextPage startCursor } } } }`,
      );
      const [connection] = Object.values(answer.parent as object) as {
        nodes: { id: string }[];
        pageInfo: { hasPreviousPage: boolean; hasNextPage: boolean; startCursor: string };
      }[];
      return {
        ids: connection?.nodes.map(({ id }) => id) ?? [],
        ...(connection?.pageInfo as NonNullable<typeof connection>['pageInfo']),
      };
    };
    const all = (await page('first: 100')).ids;
    if (ids) expect(all.join(' ')).toBe(ids);
    const end = await page('last: 2');
    expect(end).toMatchObject({ ids: all.slice(-2), hasPreviousPage: true, hasNextPage: false });
    const before = await page(`last: 1, before: "${end.startCursor}"`);
    expect(before).toMatchObject({ ids: [all.at(-3)], hasPreviousPage: all.length > 3, hasNextPage: true });
  });
});

describe('search', () => {
  const term =
    '{ search(term: "RUSH-0", first: 2) { nodes { score node { __typename ... on Album { id } ... on Track { name } } } } }';

  it('finds across types, the best match first', async () => {
    expect(await query(opened, term)).toEqual({
      search: {
        nodes: [
          { score: 1, node: { __typename: 'Album', id: 'rush-0' } },
          { score: 0.803, node: { __typename: 'Track', name: 'rush-0-3' } },
        ],
      },
    });
  });

  it('costs as many statements for one hit as for all, and one more per type found', async () => {
    const search = (first: number, fields: string) =>
      statementsOf(`{ search(term: "rush", first: ${first}) { nodes { ${fields} } } }`);
    const found = await search(100, 'score');
    expect(found).toBeLessThan(20);
    expect(await search(1, 'score')).toBeLessThanOrEqual(found);
    expect(await search(100, 'node { __typename }')).toBe(found + 3);
  });
});

describe('what cannot be used', () => {
  it('makes its own root field null and leaves the others', async () => {
    const { data, errors } = await execute(
      opened,
      '{ tracks(first: 0) { nodes { id } } artists(first: 1) { nodes { id } } }',
    );
    expect(data).toEqual({ tracks: null, artists: { nodes: [{ id: 'camel' }] } });
    expect(errors?.map(({ path, message }) => [path, message])).toEqual([
      [['tracks'], '"first" is 0; a whole number from 1 to 100 is expected. Read further rows with "after".'],
    ]);
  });
});
