// Both engines are asked the same random questions; whole answers must be equal, order, cursors and nulls included.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Randomness, seededRandomness } from '../../../src/clock.ts';
import { albumsOfArtist, findAlbumsByIds, listAlbums } from '../../../src/store/catalog/albums.ts';
import {
  artistsOfAlbum,
  artistsOfGenre,
  artistsOfTrack,
  findArtistsByIds,
  listArtists,
} from '../../../src/store/catalog/artists.ts';
import type { Catalog } from '../../../src/store/catalog/catalog.ts';
import type { TrackFilter } from '../../../src/store/catalog/filters.ts';
import {
  findGenresByNames,
  genresOfArtist,
  genresOfTrack,
  listGenres,
} from '../../../src/store/catalog/genres.ts';
import type { NestedConnection } from '../../../src/store/catalog/listing.ts';
import { marketsOfAlbum, marketsOfTrack } from '../../../src/store/catalog/markets.ts';
import type { Connection, PageArgs } from '../../../src/store/catalog/page.ts';
import { findPlaylistsByIds, listPlaylists, playlistsOfTrack } from '../../../src/store/catalog/playlists.ts';
import {
  findTracksByIds,
  isPreferredTrack,
  listTracks,
  tracksOfAlbum,
  tracksOfArtist,
  tracksOfGenre,
  tracksOfPlaylist,
} from '../../../src/store/catalog/tracks.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

// Each opens two engines or servers, which takes its time where eight suites share two cores.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const SEED = 20_261_126;
const LIMITS = { maxPageSize: 100 };
const TRACKS = 400;
const NAMES = [
  'Été',
  'ete',
  'Beyoncé',
  'AC/DC',
  'İstanbul',
  '宇多田ヒカル',
  '$',
  '',
  'ZOO',
  'zoo %_',
  "O'Neil",
  'ΣΑΣ',
  '\u212Aelvin',
];

let engines: TwoEngines;
beforeAll(async () => {
  const { pick, some } = createDice(seededRandomness(SEED));
  const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
  const number = () => pick(null, 0, 0.1 + 0.2, 0.5, 1);
  engines = await openTwoEngines({
    artists: ids('a', 30).map((artist_id) => ({
      artist_id,
      name: pick(...NAMES),
      popularity: pick(null, 10, 50, 50),
      followers: pick(null, 3_000_000_000, 5),
      streams: pick(null, 2 ** 40, 2 ** 40 - 1),
      monthly_listeners: pick(null, 7),
      images: pick(
        [],
        [
          { url: 'x', width: 64, height: null },
          { url: 'y', width: 640 },
        ],
      ),
      genres: some(['rock', 'Rock', 'art pop', 'Zydeco', 'Électro', '美'], 2),
    })),
    market_sets: ['DE', 'FR', 'JP'].flatMap((market) => [
      { market_set_id: 'all', market },
      ...(market === 'FR' ? [{ market_set_id: 'one', market }] : []),
    ]),
    artist_merges: ids('n', 5).map((named_id, at) => ({ named_id, artist_id: `a${at}` })),
    albums: ids('b', 40).map((album_id, at) => ({
      album_id,
      market_set_id: ['all', 'one', null][at % 3] ?? null,
      name: pick(...NAMES),
      popularity: pick(null, 1, 2),
      album_type: pick(null, 'album', 'single', 'ep'),
      release_date: pick(null, '1997', '1997-05', '2001-01-01'),
      total_tracks: pick(null, 3, 12),
      preferred_album_id: pick(album_id, album_id, 'b0'),
      artists: some(ids('a', 30), 3),
    })),
    tracks: ids('t', TRACKS).map((track_id, at) => ({
      track_id,
      // Every fifth is the recording of the track before it.
      recording_id: at % 5 === 1 ? `t${at - 1}` : track_id,
      market_set_id: ['all', 'one', null, 'not told'][at % 4] ?? null,
      name: pick(...NAMES),
      album_id: pick(null, ...ids('b', 40)),
      popularity: pick(null, 10, 20, 30, 90),
      duration_ms: pick(null, 1_000, 200_000),
      is_explicit: pick(null, true, false),
      disc_number: pick(null, 1, 2),
      track_number: pick(null, 1, 2, 3),
      energy: number(),
      tempo: number(),
      key: pick(null, 0, 11),
      mode: pick(null, 0, 1),
      artists: some(ids('a', 30), 3),
      genres: some(['rock', 'techno'], 1),
    })),
    playlists: ids('p', 5).map((playlist_id) => ({
      playlist_id,
      name: pick('Top', 'top', 'Ärger'),
      description: pick(null, 'Of ours'),
      owner_name: pick(null, 'Somebody'),
      followers: pick(null, 0, 3_000_000_000),
      images: pick([], [{ url: 'x', width: 64, height: null }]),
      tracks: some(ids('t', TRACKS), 60).map((track_id) => ({
        track_id,
        genre: pick('pop', 'edm', 'Rock', 'Électro'),
        subgenre: pick('dance pop', 'big room', 'Zydeco'),
      })),
    })),
  });
});
afterAll(() => engines?.close());

describe('artists and albums of which nobody knows how popular they are', () => {
  let unknown: TwoEngines;
  beforeAll(async () => {
    const names = ['Delta', 'alpha', 'Écho', 'Bravo'];
    unknown = await openTwoEngines({
      artists: names.map((name, at) => ({ artist_id: `a${at}`, name, genres: ['pop'] })),
      albums: names.map((name, at) => ({ album_id: `b${at}`, name, artists: ['a0'] })),
      // Bravo has three, Écho and Delta two each, alpha none.
      tracks: [0, 0, 2, 2, 3, 3, 3].map((at, n) => ({
        track_id: `t${n}`,
        artists: [`a${at}`],
        album_id: `b${at}`,
      })),
    });
  });
  afterAll(() => unknown?.close());

  it.each(['withIndex', 'duckDbAlone'] as const)('come by their tracks, then by name: %s', async (engine) => {
    const catalog = unknown[engine];
    const before = unknown.duckDbStatements();
    const asked = [undefined, [{ field: 'POPULARITY' as const, direction: 'DESC' as const }]];
    const lists = asked.flatMap((orderBy) => [
      listArtists(catalog, { orderBy }, LIMITS).page(),
      listAlbums(catalog, { orderBy }, LIMITS).page(),
    ]);
    const nested = [
      albumsOfArtist({}, LIMITS).page.load(catalog, ['a0']),
      artistsOfGenre({}, LIMITS).page.load(catalog, ['pop']),
    ];
    const pages = [...(await Promise.all(lists)), ...(await Promise.all(nested)).flat()];
    for (const { edges } of pages)
      expect(edges.map(({ node }) => node.name)).toEqual(['Bravo', 'Delta', 'Écho', 'alpha']);
    expect(unknown.duckDbStatements() - before).toBe(0);
  });
});

describe('the two engines', () => {
  it('give the same pages, cursors and counts at the root', async () => {
    const dice = createDice(seededRandomness(SEED + 1));
    for (let round = 0; round < 24; round++) {
      const where = dice.pick(undefined, randomFilter(dice, 2));
      const orderBy = dice.pick(
        undefined,
        [{ field: 'ID' as const, direction: dice.pick('ASC', 'DESC') as 'ASC' | 'DESC' }],
        [{ field: 'NAME' as const, direction: dice.pick('ASC', 'DESC') as 'ASC' | 'DESC' }],
        [
          { field: 'POPULARITY' as const, direction: 'ASC' as const, nulls: 'FIRST' as const },
          { field: 'ID' as const, direction: 'DESC' as const },
        ],
        [{ field: 'ENERGY' as const }],
        [{ field: 'DISC_NUMBER' as const }, { field: 'TRACK_NUMBER' as const }],
        [{ field: 'RELEASE_DATE' as const, direction: 'DESC' as const }],
      );
      const list = (catalog: Catalog, page: PageArgs) =>
        listTracks(catalog, { where, orderBy, ...page }, LIMITS);
      await compareWalk(list, dice, JSON.stringify({ round, where, orderBy }));
    }
  });

  it('give the same artists, albums, genres and playlists', async () => {
    const dice = createDice(seededRandomness(SEED + 2));
    for (const orderBy of [
      undefined,
      [{ field: 'NAME' as const }],
      [{ field: 'POPULARITY' as const }],
      [{ field: 'POPULARITY' as const, direction: 'DESC' as const }],
    ]) {
      const where = { name: { contains: dice.pick('e', 'zoo', 'é') }, popularity: { gte: 1 } };
      await compareWalk((c, page) => listArtists(c, { ...page, orderBy, where }, LIMITS), dice, 'artists');
      for (const where of [
        { streams: { gte: 2 ** 40 } },
        { monthlyListeners: { isNull: false }, albumCount: { lte: 3 } },
      ])
        await compareWalk((c, page) => listArtists(c, { ...page, orderBy, where }, LIMITS), dice, 'artists');
      await compareWalk((c, page) => listAlbums(c, { ...page, orderBy, where }, LIMITS), dice, 'albums');
      await compareWalk(
        (c, page) => listAlbums(c, { ...page, orderBy, where: { albumType: 'ALBUM' } }, LIMITS),
        dice,
        'albums',
      );
      for (const isPreferred of [true, false])
        await compareWalk(
          (c, page) => listAlbums(c, { ...page, orderBy, where: { isPreferred } }, LIMITS),
          dice,
          'albums',
        );
    }
    await compareWalk((c, page) => listGenres(c, page, LIMITS), dice, 'genres');
    await compareWalk(
      (c, page) => listGenres(c, { ...page, orderBy: [{ field: 'NAME', direction: 'DESC' }] }, LIMITS),
      dice,
      'genres',
    );
    for (const catalog of [engines.withIndex, engines.duckDbAlone]) {
      const list = listGenres(catalog, { orderBy: [{ field: 'NAME' }] }, LIMITS);
      const { edges } = await list.page();
      expect(edges.map(({ node }) => node.name)).toEqual([
        'art pop',
        'Électro',
        'Rock',
        'rock',
        'techno',
        'Zydeco',
        '美',
      ]);
    }
    for (const where of [
      { name: { startsWith: 'R' } },
      { or: [{ artistCount: { gt: 3 } }, { trackCount: { isNull: true } }], not: { name: { eq: '美' } } },
    ])
      await compareWalk((c, page) => listGenres(c, { ...page, where }, LIMITS), dice, 'genres');
    for (const orderBy of [
      undefined,
      [{ field: 'NAME' as const, direction: 'DESC' as const }],
      [{ field: 'FOLLOWERS' as const }],
      [{ field: 'TRACK_COUNT' as const, direction: 'DESC' as const }],
    ])
      for (const where of [
        undefined,
        { name: { eq: 'TOP' }, trackCount: { gte: 1 } },
        { followers: { isNull: false }, id: { ne: 'p2' } },
        { genre: { eq: 'pop' }, subgenre: { eq: 'big room' } },
      ])
        await compareWalk(
          (c, page) => listPlaylists(c, { ...page, where, orderBy }, LIMITS),
          dice,
          'playlists',
        );
  });

  it('give the same rows by key', async () => {
    const both = async <T>(find: (catalog: Catalog) => Promise<T>) =>
      expect(await find(engines.withIndex)).toEqual(await find(engines.duckDbAlone));
    await both((c) => findTracksByIds(c, ['t3', 'gone', 't0', 't3', 'T3', "' or 1=1 --"]));
    await both((c) => findArtistsByIds(c, ['a1', 'n1', 'n9', 'a29', 'nobody']));
    await both((c) => findAlbumsByIds(c, ['b39', 'b0']));
    await both((c) => findPlaylistsByIds(c, ['p1', 'p0', 'p9']));
    await both((c) => findGenresByNames(c, ['ROCK', 'rock', 'Rock', '美', 'Art Pop', 'none']));
  });

  it('give the same lists under parents', async () => {
    const dice = createDice(seededRandomness(SEED + 3));
    const tracks = ['t0', 't1', 't2', 'gone', 't399'];
    for (const field of [artistsOfTrack, genresOfTrack, playlistsOfTrack]) {
      expect(await field.load(engines.withIndex, tracks)).toEqual(
        await field.load(engines.duckDbAlone, tracks),
      );
    }
    for (const [field, parents] of [
      [artistsOfAlbum, ['b1', 'b2', 'gone']],
      [genresOfArtist, ['a1', 'a2', 'gone']],
    ] as const) {
      expect(await field.load(engines.withIndex, parents)).toEqual(
        await field.load(engines.duckDbAlone, parents),
      );
    }
    for (let round = 0; round < 4; round++) {
      const where = dice.pick(undefined, randomFilter(dice, 1));
      const page = { first: dice.pick(1, 3, 20) };
      const fields: [string, (args: PageArgs) => NestedConnection<unknown>, string[]][] = [
        ['Artist.tracks', (args) => tracksOfArtist({ ...args, where }, LIMITS), ['a0', 'a1', 'gone', 'a7']],
        ['Album.tracks', (args) => tracksOfAlbum({ ...args, where }, LIMITS), ['b1', 'b2', 'gone', 'b39']],
        ['Playlist.tracks', (args) => tracksOfPlaylist({ ...args, where }, LIMITS), ['p0', 'p1', 'gone']],
        [
          'Playlist.tracks by energy',
          (args) => tracksOfPlaylist({ ...args, where, orderBy: [{ field: 'ENERGY' }] }, LIMITS),
          ['p0', 'p1'],
        ],
        ['Artist.albums', (args) => albumsOfArtist(args, LIMITS), ['a0', 'a1', 'a2']],
        [
          'Artist.albums, each once',
          (args) => albumsOfArtist({ ...args, where: { isPreferred: true } }, LIMITS),
          ['a0', 'a1', 'a2'],
        ],
        [
          'Genre.tracks',
          (args) => tracksOfGenre({ ...args, where }, LIMITS),
          ['rock', 'techno', 'gone', 'Rock'],
        ],
        ['Genre.artists', (args) => artistsOfGenre(args, LIMITS), ['rock', 'Rock', 'gone']],
        [
          'Genre.artists of a popularity, by followers',
          (args) =>
            artistsOfGenre(
              { ...args, where: { popularity: { gte: 50 } }, orderBy: [{ field: 'FOLLOWERS' }] },
              LIMITS,
            ),
          ['rock', 'Rock'],
        ],
        [
          'Genre.artists of a name',
          (args) => artistsOfGenre({ ...args, where: { name: { contains: 'zoo' } } }, LIMITS),
          ['rock', 'Rock'],
        ],
      ];
      for (const [name, connect, parents] of fields) await compareNested(name, connect, page, parents, where);
    }
  });

  it('leave to DuckDB what the index cannot say, and nothing else', async () => {
    const ask = async (where: TrackFilter) => {
      const before = engines.duckDbStatements();
      await listTracks(engines.withIndex, { where }, LIMITS).page();
      return engines.duckDbStatements() - before;
    };
    expect(await ask({ energy: { gte: 0.1 }, name: { contains: 'zoo' } })).toBe(0);
    expect(await ask({ artists: { some: { id: { eq: 'a1' } } } })).toBe(0);
    expect(await ask({ isPreferred: true, popularity: { gte: 20 } })).toBe(0);
    expect(await ask({ market: 'FR', not: { market: 'DE' } })).toBe(0);
    expect(await ask({ recordingId: { eq: 't5' } })).toBe(1);
    expect(await ask({ name: { contains: 'é' } })).toBe(1);
    expect(await ask({ artists: { some: { popularity: { gte: 1 } } } })).toBe(1);
    expect(await ask({ name: { matches: '^z' } })).toBe(1);
    const before = engines.duckDbStatements();
    const catalog = engines.withIndex;
    await tracksOfGenre({ where: { energy: { gte: 0.1 } } }, LIMITS).page.load(catalog, ['rock', 'techno']);
    await tracksOfGenre({}, LIMITS).count.load(catalog, ['rock', 'techno']);
    await listAlbums(catalog, { where: { isPreferred: true } }, LIMITS).page();
    await listPlaylists(catalog, { where: { name: { eq: 'top' }, trackCount: { gt: 0 } } }, LIMITS).page();
    await listGenres(
      catalog,
      { where: { name: { startsWith: 'r' }, artistCount: { gt: 0 } } },
      LIMITS,
    ).page();
    expect(engines.duckDbStatements() - before).toBe(0);
    await listPlaylists(catalog, { where: { genre: { eq: 'pop' } } }, LIMITS).page();
    expect(engines.duckDbStatements() - before).toBe(1);
  });

  it('count what lies under parents that may have very much by what their rows say, link by link nowhere', async () => {
    const asked: string[] = [];
    const serving = engines.index.observed((sql, _params, run) => {
      asked.push(sql);
      return run();
    });
    const catalog = { ...engines.withIndex, serving };
    const lists = {
      rock: [tracksOfGenre({}, LIMITS), artistsOfGenre({}, LIMITS)],
      a1: [tracksOfArtist({}, LIMITS), albumsOfArtist({}, LIMITS)],
      p1: [tracksOfPlaylist({}, LIMITS)],
    };
    for (const [id, connections] of Object.entries(lists))
      for (const { count } of connections) {
        const counts = await count.load(catalog, [id, 'gone']);
        expect(counts, count.key).toEqual(await count.load(engines.duckDbAlone, [id, 'gone']));
        expect(counts[0], count.key).toBeGreaterThan(0);
      }
    expect(asked).toHaveLength(2 * 5);
    expect(asked.filter((sql) => sql.includes('count(*)'))).toEqual([]);
  });

  it('know the recording of a track, and which track stands for it', async () => {
    for (const catalog of [engines.withIndex, engines.duckDbAlone]) {
      const of = async (ids: string[]) =>
        (await findTracksByIds(catalog, ids)).map((track) => track?.recordingId);
      expect(await of(['t5', 't6', 't7'])).toEqual(['t5', 't5', 't7']);
      const same = await listTracks(catalog, { where: { recordingId: { eq: 't5' } } }, LIMITS).page();
      expect(same.edges.map(({ node }) => node.id).sort()).toEqual(['t5', 't6']);
      const [first] = same.edges;
      const preferred = await listTracks(
        catalog,
        { where: { recordingId: { eq: 't5' }, isPreferred: true } },
        LIMITS,
      ).page();
      expect(preferred.edges.map(({ node }) => node.id)).toEqual([first?.node.id]);
    }
  });

  it('tell of each track whether it stands for its recording, and the index for a page at once', async () => {
    const ids = [...Array.from({ length: 40 }, (_, at) => `t${at}`), 'gone'];
    const told = await isPreferredTrack.load(engines.duckDbAlone, ids);
    // Of every five tracks two are one recording.
    expect(told.slice(0, 40).filter((is) => is)).toHaveLength(32);
    expect(told.at(-1)).toBe(false);
    expect(await isPreferredTrack.load(engines.withIndex, ids)).toEqual(told);
    expect(isPreferredTrack.findNow?.(engines.withIndex, ids)).toEqual(told);
  });

  it('tell where a track or album may be played, and the index without DuckDB', async () => {
    const ids = ['t0', 't1', 't2', 't3', 't4', 'gone'];
    const told = await marketsOfTrack.load(engines.duckDbAlone, ids);
    expect(told).toEqual([['DE', 'FR', 'JP'], ['FR'], null, null, ['DE', 'FR', 'JP'], null]);
    const before = engines.duckDbStatements();
    expect(await marketsOfTrack.load(engines.withIndex, ids)).toEqual(told);
    expect(await marketsOfAlbum.load(engines.withIndex, ['b0', 'b1', 'b2'])).toEqual([
      ['DE', 'FR', 'JP'],
      ['FR'],
      null,
    ]);
    expect(engines.duckDbStatements()).toBe(before);
    expect(await marketsOfAlbum.load(engines.duckDbAlone, ['b1', 'b2'])).toEqual([['FR'], null]);
  });

  it('refuse the same input', () => {
    for (const catalog of [engines.withIndex, engines.duckDbAlone]) {
      for (const market of ['de', 'DEU', '', "D'"])
        expect(() => listAlbums(catalog, { where: { not: { market } } }, LIMITS)).toThrow(
          `"where.not.market" is "${market}"; an ISO 3166-1 alpha-2 country in capitals, e.g. DE, is expected.`,
        );
      expect(() => listTracks(catalog, { where: { energy: { between: [1, 0] } } }, LIMITS)).toThrow(
        /between/,
      );
      expect(() => listTracks(catalog, { after: 'nonsense' }, LIMITS)).toThrow(/cursor/);
    }
  });

  it('take a cursor of a playlist in which the row stands elsewhere', async () => {
    const moved = await openTwoEngines({
      tracks: ['t1', 't2', 't3'].map((track_id) => ({ track_id })),
      playlists: [
        { playlist_id: 'p1', tracks: ['t1', 't2', 't3'] },
        { playlist_id: 'p2', tracks: ['t3', 't1', 't2'] },
        { playlist_id: 'p3', tracks: ['t2', 't3'] },
      ],
    });
    const parents = ['p1', 'p2', 'p3'];
    const pages = (catalog: Catalog, args: PageArgs) =>
      tracksOfPlaylist(args, LIMITS).page.load(catalog, parents);
    const [first] = await pages(moved.withIndex, { first: 2 });
    for (const edge of first?.edges ?? [])
      for (const args of [{ after: edge.cursor }, { last: 2, before: edge.cursor }])
        expect(await pages(moved.withIndex, args)).toEqual(await pages(moved.duckDbAlone, args));
    await moved.close();
  });

  it('take a cursor whose row has gone or changed', async () => {
    for (const place of ['25,"gone"', '90,"t0"', 'null,"t0"']) {
      const after = Buffer.from(`["tracks POPULARITY.DESC.LAST ID.ASC.LAST",${place}]`).toString('base64url');
      const pages = [engines.withIndex, engines.duckDbAlone].map((c) =>
        listTracks(c, { after }, LIMITS).page(),
      );
      expect(await pages[0]).toEqual(await pages[1]);
    }
  });
});

async function compareNested(
  name: string,
  connect: (args: PageArgs) => NestedConnection<unknown>,
  page: PageArgs,
  parents: string[],
  where: unknown,
): Promise<void> {
  const label = JSON.stringify({ name, page, where });
  const quick = await connect(page).page.load(engines.withIndex, parents);
  expect(quick, label).toEqual(await connect(page).page.load(engines.duckDbAlone, parents));
  expect(await connect(page).count.load(engines.withIndex, parents), label).toEqual(
    await connect(page).count.load(engines.duckDbAlone, parents),
  );
  const after = quick[0]?.edges.at(-1)?.cursor;
  if (!after) return;
  for (const next of [
    { ...page, after },
    { last: 2, before: after },
  ]) {
    expect(await connect(next).page.load(engines.withIndex, parents), label).toEqual(
      await connect(next).page.load(engines.duckDbAlone, parents),
    );
  }
}

/** Walks both lists a few pages on, forward or backward, and counts them. */
async function compareWalk<T>(
  list: (catalog: Catalog, page: PageArgs) => Connection<T>,
  { pick }: Dice,
  label: string,
): Promise<void> {
  const isForward = pick(true, true, false);
  const size = pick(1, 7, 50);
  let page: PageArgs = isForward ? { first: size } : { last: size };
  for (let at = 0; at < 3; at++) {
    const quick = await list(engines.withIndex, page).page();
    expect(quick, label).toEqual(await list(engines.duckDbAlone, page).page());
    const cursor = (isForward ? quick.edges.at(-1) : quick.edges[0])?.cursor;
    if (!cursor) break;
    page = isForward ? { first: size, after: cursor } : { last: size, before: cursor };
  }
  expect(await list(engines.withIndex, {}).count(), label).toBe(await list(engines.duckDbAlone, {}).count());
}

function randomFilter(dice: Dice, depth: number): TrackFilter {
  const { pick, some } = dice;
  const value = () => pick(0, 0.1 + 0.2, 0.5, 1);
  const parts: (() => TrackFilter)[] = [
    () => ({
      energy: pick(
        { gte: value() },
        { lt: value() },
        { isNull: pick(true, false) },
        { in: [0, 0.5] },
        { ne: 1 },
      ),
    }),
    () => ({ popularity: pick({ between: [10, 30] }, { eq: 90 }, { isNull: true }, { in: [] }) }),
    () => ({ releaseDate: pick({ gte: '1997' }, { eq: '1997-05' }, { lt: '2001-01-01' }, { isNull: true }) }),
    () => ({ tempo: { gt: value() }, key: { eq: 11 } }),
    () => ({
      name: pick(
        { contains: 'E' },
        { startsWith: 'ZO' },
        { eq: 'ETE' },
        { in: ['ac/dc', '$'] },
        { contains: '%' },
        { ne: 'zoo' },
        { contains: 'i' },
        { contains: 'kel' },
        { contains: 'oyc' },
        { contains: 'ÉTE' },
      ),
    }),
    () => ({ name: pick({ contains: 'É' }, { endsWith: 'o' }, { eq: 'istanbul' }, { contains: '' }) }),
    () => ({ isExplicit: pick(true, false), mode: pick('MAJOR', 'MINOR') }),
    () => ({ hasAudioFeatures: pick(true, false) }),
    () => ({ isPreferred: pick(true, false) }),
    () => ({ market: pick('DE', 'FR', 'SE') }),
    () => ({ recordingId: pick({ eq: 't5' }, { in: ['t0', 't10', 'x'] }, { ne: 't15' }) }),
    () => ({ id: pick({ in: some(['t1', 't2', 't3', 'x'], 3) }, { ne: 't1' }, { eq: 't7' }) }),
    () => ({ artists: { some: { id: { eq: pick('a1', 'a2', 'n3', 'gone') } } } }),
    () => ({ album: { id: { eq: pick('b1', 'gone') } } }),
    () => ({ genres: { some: { eq: 'ROCK' } } }),
    () => ({ artists: { none: { popularity: { gte: 20 } } } }),
  ];
  const combined: (() => TrackFilter)[] =
    depth === 0
      ? []
      : [
          () => ({ not: randomFilter(dice, depth - 1) }),
          () => ({ or: some([0, 1, 2], 2).map(() => randomFilter(dice, depth - 1)) }),
          () => ({ and: [randomFilter(dice, depth - 1), randomFilter(dice, depth - 1)] }),
        ];
  return Object.assign({}, ...some([...parts, ...combined], 2).map((make) => make()));
}

interface Dice {
  pick<T>(...values: readonly T[]): T;
  /** Up to so many of the values, each once. */
  some<T>(values: readonly T[], most: number): T[];
}

function createDice(random: Randomness): Dice {
  const pick = <T>(...values: readonly T[]) => values[Math.floor(random.next() * values.length)] as T;
  return {
    pick,
    some: (values, most) => {
      const left = [...values];
      const count = Math.floor(random.next() * (most + 1));
      return Array.from({ length: count }, () =>
        left.splice(Math.floor(random.next() * left.length), 1),
      ).flat();
    },
  };
}
