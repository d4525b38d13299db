import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/errors.ts';
import type {
  AlbumFilter,
  ArtistFilter,
  GenreFilter,
  PlaylistFilter,
  TrackFilter,
} from '../../../src/store/catalog/filters.ts';
import {
  compileAlbumFilter,
  compileArtistFilter,
  compileGenreFilter,
  compilePlaylistFilter,
  compileTrackFilter,
} from '../../../src/store/catalog/filters.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';

let opened: FixtureCatalog;

beforeAll(async () => {
  opened = await openFixtureCatalog({
    artists: [
      { artist_id: 'rush', name: 'Rush', popularity: 70, followers: 3_000_000_000, genres: ['prog rock'] },
      { artist_id: 'yes', name: 'YES', popularity: null, genres: [] },
      { artist_id: 'solo', name: "100%_O'Neil", popularity: 0, genres: ['Pop', 'dance pop'] },
    ],
    albums: [
      {
        album_id: 'b1',
        name: 'Moving Pictures',
        release_date: '1981',
        album_type: 'album',
        label: 'Anthem',
        artists: ['rush'],
      },
      { album_id: 'b2', name: 'Empty', album_type: 'single', artists: ['yes', 'solo'], total_tracks: 9 },
    ],
    tracks: [
      {
        track_id: 't1',
        name: 'Tom Sawyer',
        album_id: 'b1',
        artists: ['rush'],
        popularity: 66,
        energy: 0.9,
        mode: 1,
        key: 9,
        is_explicit: false,
        isrc: 'USMR18180001',
      },
      {
        track_id: 't2',
        name: 'Limelight',
        album_id: 'b1',
        artists: ['rush', 'yes'],
        popularity: null,
        energy: 0.5,
        mode: 0,
        genres: ['live'],
      },
      { track_id: 't3', name: '', artists: [], popularity: 0, is_explicit: true },
      {
        track_id: 't4',
        name: "Pop'); drop table x; --",
        artists: ['solo'],
        popularity: 10,
        tempo: 120,
        time_signature: 4,
        duration_ms: 1000,
      },
    ],
    playlists: [
      {
        playlist_id: 'p1',
        name: 'Rock',
        followers: 9,
        tracks: [
          { track_id: 't1', genre: 'rock', subgenre: 'hard' },
          { track_id: 't2', genre: 'pop', subgenre: 'hard' },
        ],
      },
      { playlist_id: 'p2', name: 'Mixed', tracks: [{ track_id: 't2', genre: 'rock', subgenre: 'soft' }] },
      { playlist_id: 'p3', name: 'Empty', followers: 1 },
    ],
  });
});
afterAll(() => opened.close());

async function tracks(filter: TrackFilter): Promise<string> {
  const { sql, params } = compileTrackFilter(filter);
  return join(
    await opened.catalog.all(`select track_id as id from gold.tracks t where ${sql} order by id`, params),
  );
}

async function artists(filter: ArtistFilter): Promise<string> {
  const { sql, params } = compileArtistFilter(filter);
  return join(
    await opened.catalog.all(`select artist_id as id from gold.artists a where ${sql} order by id`, params),
  );
}

async function albums(filter: AlbumFilter): Promise<string> {
  const { sql, params } = compileAlbumFilter(filter);
  return join(
    await opened.catalog.all(`select album_id as id from gold.albums b where ${sql} order by id`, params),
  );
}

async function playlists(filter: PlaylistFilter): Promise<string> {
  const { sql, params } = compilePlaylistFilter(filter);
  return join(
    await opened.catalog.all(
      `select playlist_id as id from gold.playlists p where ${sql} order by id`,
      params,
    ),
  );
}

async function genres(filter: GenreFilter): Promise<string> {
  const { sql, params } = compileGenreFilter(filter);
  return join(
    await opened.catalog.all(`select name as id from gold.genres g where ${sql} order by id`, params),
  );
}

function join(rows: readonly unknown[]): string {
  return (rows as { id: string }[]).map((row) => row.id).join(' ');
}

describe('compileTrackFilter', () => {
  it('lets everything pass when it is empty or missing', async () => {
    expect(compileTrackFilter({})).toEqual({ sql: 'true', params: [] });
    expect(compileTrackFilter(null)).toEqual({ sql: 'true', params: [] });
    expect(compileTrackFilter({ name: null, and: null, popularity: { gt: null } })).toEqual({
      sql: 'true',
      params: [],
    });
  });

  it('binds values and uses the alias it is given', () => {
    expect(compileTrackFilter({ popularity: { gte: 5 } }, 'x')).toEqual({
      sql: 'x.popularity >= ?',
      params: [5],
    });
  });

  it('compares numbers', async () => {
    expect(await tracks({ popularity: { eq: 66 } })).toBe('t1');
    expect(await tracks({ popularity: { gt: 0, lt: 66 } })).toBe('t4');
    expect(await tracks({ popularity: { gte: 0, lte: 10 } })).toBe('t3 t4');
    expect(await tracks({ popularity: { between: [10, 66] } })).toBe('t1 t4');
    expect(await tracks({ popularity: { in: [0, 66, 5] } })).toBe('t1 t3');
    expect(await tracks({ popularity: { in: [] } })).toBe('');
    expect(await tracks({ energy: { gt: 0.5 } })).toBe('t1');
    expect(await tracks({ timeSignature: { eq: 4 }, durationMs: { eq: 1000 } })).toBe('t4');
  });

  it('leaves rows without a value out of every comparison, ne too, and finds them by isNull', async () => {
    expect(await tracks({ popularity: { ne: 66 } })).toBe('t3 t4');
    expect(await tracks({ popularity: { isNull: true } })).toBe('t2');
    expect(await tracks({ popularity: { isNull: false } })).toBe('t1 t3 t4');
    expect(await tracks({ isrc: { ne: 'x' } })).toBe('t1');
  });

  it('negates to everything else, rows without a value included', async () => {
    expect(await tracks({ not: { popularity: { eq: 66 } } })).toBe('t2 t3 t4');
    expect(await tracks({ not: {} })).toBe('');
  });

  it('combines with and, or and not', async () => {
    expect(await tracks({ or: [{ id: { eq: 't1' } }, { popularity: { eq: 10 } }] })).toBe('t1 t4');
    expect(await tracks({ and: [{ popularity: { gt: 5 } }, { popularity: { lt: 20 } }] })).toBe('t4');
    expect(await tracks({ or: [] })).toBe('');
    expect(await tracks({ and: [] })).toBe('t1 t2 t3 t4');
    expect(
      await tracks({ or: [{ popularity: { eq: 66 } }, { popularity: { eq: 10 } }], energy: { gt: 0 } }),
    ).toBe('t1');
  });

  it('compares texts without regard to case, and takes them literally', async () => {
    expect(await tracks({ name: { eq: 'TOM sawyer' } })).toBe('t1');
    expect(await tracks({ name: { in: ['limelight', ''] } })).toBe('t2 t3');
    expect(await tracks({ name: { contains: "'); DROP" } })).toBe('t4');
    expect(await tracks({ name: { startsWith: 'LIME' } })).toBe('t2');
    expect(await tracks({ name: { endsWith: 'SAWYER' } })).toBe('t1');
    expect(await tracks({ name: { contains: '%' } })).toBe('');
    expect(await artists({ name: { contains: "%_o'" } })).toBe('solo');
    expect(await tracks({ name: { contains: '\u0000' } })).toBe('');
  });

  it('matches regular expressions anywhere, without regard to case', async () => {
    expect(await tracks({ name: { matches: '^L.*t$' } })).toBe('t2');
    expect(await tracks({ name: { matches: 'saw' } })).toBe('t1');
    await expect(tracks({ name: { matches: '(' } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      field: 'matches',
    });
    await expect(tracks({ name: { matches: '(?=a)' } })).rejects.toBeInstanceOf(InvalidInputError);
    await expect(tracks({ name: { matches: 'a'.repeat(1_001) } })).rejects.toMatchObject({
      field: 'where.name.matches',
    });
  });

  it('compares ids with regard to case', async () => {
    expect(await tracks({ id: { eq: 'T1' } })).toBe('');
    expect(await tracks({ id: { ne: 't1' } })).toBe('t2 t3 t4');
    expect(await tracks({ id: { in: ['t1', 't9'] } })).toBe('t1');
    expect(await tracks({ id: { in: [] } })).toBe('');
  });

  it('asks for mode, explicitness, features and source', async () => {
    expect(await tracks({ mode: 'MAJOR' })).toBe('t1');
    expect(await tracks({ mode: 'MINOR' })).toBe('t2');
    expect(await tracks({ isExplicit: true })).toBe('t3');
    expect(await tracks({ isExplicit: false })).toBe('t1');
    expect(await tracks({ hasAudioFeatures: true })).toBe('t1 t2 t4');
    expect(await tracks({ hasAudioFeatures: false })).toBe('t3');
    expect(await tracks({ source: { eq: 'TEST' } })).toBe('t1 t2 t3 t4');
  });

  it('looks into genres of the track and of its artists', async () => {
    expect(await tracks({ genres: { some: { eq: 'PROG rock' } } })).toBe('t1 t2');
    expect(await tracks({ genres: { none: { eq: 'live' } } })).toBe('t1 t3 t4');
    expect(await tracks({ genres: { every: { contains: 'pop' } } })).toBe('t3 t4');
    expect(await tracks({ genres: { isEmpty: true } })).toBe('t3');
    expect(await tracks({ genres: { isEmpty: false } })).toBe('t1 t2 t4');
  });

  it('looks into artists, all of them', async () => {
    expect(await tracks({ artists: { some: { name: { eq: 'yes' } } } })).toBe('t2');
    expect(await tracks({ artists: { none: { name: { eq: 'yes' } } } })).toBe('t1 t3 t4');
    expect(await tracks({ artists: { every: { popularity: { gt: 50 } } } })).toBe('t1 t3');
    expect(await tracks({ artists: { some: {} } })).toBe('t1 t2 t4');
    expect(await tracks({ artists: { none: {} } })).toBe('t3');
  });

  it('looks into the album, which a track may not have', async () => {
    expect(await tracks({ album: { name: { contains: 'moving' } } })).toBe('t1 t2');
    expect(await tracks({ album: {} })).toBe('t1 t2');
    expect(await tracks({ not: { album: { name: { contains: 'moving' } } } })).toBe('t3 t4');
  });

  it('looks into places in playlists, all conditions on the same place', async () => {
    expect(await tracks({ playlists: { some: { genre: { eq: 'rock' }, subgenre: { eq: 'hard' } } } })).toBe(
      't1',
    );
    expect(await tracks({ playlists: { some: { genre: { eq: 'rock' } } } })).toBe('t1 t2');
    expect(await tracks({ playlists: { none: { name: { eq: 'mixed' } } } })).toBe('t1 t3 t4');
    expect(await tracks({ playlists: { some: { id: { eq: 'p2' } } } })).toBe('t2');
  });

  it.each([[[1]], [[1, 2, 3]], [[2, 1]], [[]]])('refuses between: %j', (between) => {
    expect(() => compileTrackFilter({ and: [{ energy: { between } }] })).toThrow(
      expect.objectContaining({ field: 'where.and[0].energy.between', given: JSON.stringify(between) }),
    );
  });

  it('refuses a filter nested too deep or with too many parts', () => {
    let deep: TrackFilter = {};
    for (let level = 0; level < 13; level++) deep = { not: deep };
    expect(() => compileTrackFilter(deep)).toThrow(/nested more than 12 levels/);
    const wide = { or: Array.from({ length: 501 }, () => ({ mode: 'MAJOR' as const })) };
    expect(() => compileTrackFilter(wide)).toThrow(/more than 500 parts at "where.or\[500\]"/);
    const related = { or: Array.from({ length: 50 }, () => ({ artists: { some: {} } })) };
    expect(() => compileTrackFilter(related)).toThrow(/more than 500 parts/);
    for (const part of [
      { isPreferred: false },
      { genres: { isEmpty: true } },
      { id: { in: Array.from({ length: 100 }, (_, at) => `x${at}`) } },
    ] satisfies TrackFilter[])
      expect(() => compileTrackFilter({ or: Array(50).fill(part) })).toThrow(/more than 500 parts/);
  });

  it('compares with many values, which are bound as one list, as with a few', async () => {
    const many = <T>(value: T, other: (at: number) => T) => [
      ...Array.from({ length: 110 }, (_, at) => other(at)),
      value,
    ];
    const none = (at: number) => `x${at}`;
    for (const filter of [
      { name: { in: many('LIMElight', none) } },
      { id: { in: many('t2', none) } },
      // The first is a whole number, the one that is found is not.
      { energy: { in: many(0.5, (at) => at + 2) } },
      { genres: { some: { in: many('Live', none) } } },
      {
        album: { artists: { some: { followers: { in: many(3_000_000_000, (at) => at) } } } },
        energy: { lt: 0.6 },
      },
    ] satisfies TrackFilter[]) {
      expect(await tracks(filter), JSON.stringify(filter)).toBe('t2');
      expect(await tracks({ not: { not: filter } })).toBe('t2');
      expect(compileTrackFilter(filter).params.length).toBeLessThan(3);
    }
    expect(await tracks({ not: { popularity: { in: many(66, (at) => at + 100) } } })).toBe(
      await tracks({ not: { popularity: { in: [66] } } }),
    );
  });

  it('takes thousands of values, and refuses more than are planned in a moment', async () => {
    const oneOf = (from: number, count: number): TrackFilter => ({
      popularity: { in: Array.from({ length: count }, (_, at) => from + at) },
    });
    expect(await tracks(oneOf(0, 10_000))).toBe(await tracks({ popularity: { gte: 0 } }));
    expect(await tracks({ not: oneOf(0, 10_000) })).toBe(await tracks({ popularity: { isNull: true } }));
    for (const count of [10_001, 33_000, 200_000]) {
      expect(() => compileTrackFilter(oneOf(0, count))).toThrow(
        expect.objectContaining({ field: 'where', message: expect.stringContaining(`has ${count} values`) }),
      );
    }
    const halves = { or: [oneOf(0, 6_000), { album: { name: { in: Array<string>(6_000).fill('x') } } }] };
    expect(() => compileTrackFilter(halves)).toThrow(/12000 values; at most 10000/);
  });
});

describe('compileArtistFilter', () => {
  it('asks for own values, beyond the range of Int too', async () => {
    expect(await artists({ followers: { gt: 2_999_999_999 } })).toBe('rush');
    expect(await artists({ popularity: { lt: 71 } })).toBe('rush solo');
    expect(await artists({ trackCount: { eq: 2 } })).toBe('rush');
    expect(await artists({ genres: { some: { eq: 'pop' } } })).toBe('solo');
    expect(await artists({ genres: { isEmpty: true } })).toBe('yes');
    expect(await artists({ or: [{ id: { eq: 'yes' } }, { not: { popularity: { gte: 0 } } }] })).toBe('yes');
  });

  it('looks into albums and tracks', async () => {
    expect(await artists({ albums: { some: { label: { eq: 'anthem' } } } })).toBe('rush');
    expect(await artists({ tracks: { some: { energy: { lt: 0.6 } } } })).toBe('rush yes');
    expect(await artists({ tracks: { every: { energy: { lt: 0.6 } } } })).toBe('yes');
    expect(await artists({ tracks: { none: { name: { eq: 'limelight' } } } })).toBe('solo');
  });

  it('follows relations there and back', async () => {
    expect(await artists({ tracks: { some: { artists: { some: { id: { eq: 'yes' } } } } } })).toBe(
      'rush yes',
    );
  });
});

describe('compileAlbumFilter', () => {
  it('asks for own values', async () => {
    expect(await albums({ albumType: 'SINGLE' })).toBe('b2');
    expect(await albums({ releaseYear: { eq: 1981 } })).toBe('b1');
    expect(await albums({ totalTracks: { gt: 8 } })).toBe('b2');
    expect(await albums({ and: [{ name: { startsWith: 'm' } }, { label: { isNull: false } }] })).toBe('b1');
  });

  it('looks into artists and tracks; an album without tracks has none that fail', async () => {
    expect(await albums({ artists: { some: { name: { eq: 'Rush' } } } })).toBe('b1');
    expect(await albums({ artists: { every: { popularity: { gte: 0 } } } })).toBe('b1');
    expect(await albums({ tracks: { none: { name: { eq: 'limelight' } } } })).toBe('b2');
    expect(await albums({ tracks: { every: { energy: { gt: 0.8 } } } })).toBe('b2');
  });
});

describe('compilePlaylistFilter', () => {
  it('asks for own values, and for what one place is listed under', async () => {
    expect(await playlists({})).toBe('p1 p2 p3');
    expect(await playlists({ genre: {} })).toBe('p1 p2 p3');
    expect(await playlists({ name: { contains: 'roc' } })).toBe('p1');
    expect(await playlists({ trackCount: { gte: 1 }, followers: { isNull: true } })).toBe('p2');
    expect(await playlists({ genre: { eq: 'ROCK' } })).toBe('p1 p2');
    expect(await playlists({ genre: { eq: 'rock' }, subgenre: { eq: 'hard' } })).toBe('p1');
    expect(await playlists({ or: [{ id: { eq: 'p3' } }, { not: { genre: { eq: 'pop' } } }] })).toBe('p2 p3');
  });

  it('means the place of a track where a track is asked about', async () => {
    const some = (filter: PlaylistFilter) => tracks({ playlists: { some: filter } });
    expect(await some({ not: { genre: { eq: 'rock' } } })).toBe('t2');
    expect(await some({ or: [{ subgenre: { eq: 'soft' } }, { followers: { gt: 0 } }] })).toBe('t1 t2');
    expect(await some({ trackCount: { lt: 2 } })).toBe('t2');
  });

  it('refuses too many looks into playlists', () => {
    const or = Array.from({ length: 46 }, (_, at) => ({ genre: { eq: String(at) } }));
    expect(() => compilePlaylistFilter({ or })).toThrow(/more than 500 parts/);
  });
});

describe('compileGenreFilter', () => {
  it('asks for name and counts', async () => {
    expect(await genres({ name: { startsWith: 'PR' } })).toBe('prog rock');
    expect(await genres({ or: [{ artistCount: { eq: 0 } }, { trackCount: { gte: 2 } }] })).toBe(
      'live prog rock',
    );
    expect(await genres({ not: { artistCount: { gt: 0 } } })).toBe('live');
  });
});

describe('every filter', () => {
  const leaf: fc.Arbitrary<TrackFilter> = fc.oneof(
    fc.record({ popularity: fc.record({ gte: fc.integer({ min: 0, max: 70 }) }) }),
    fc.constant<TrackFilter>({ mode: 'MAJOR' }),
    fc.record({ name: fc.record({ contains: fc.string({ maxLength: 3 }) }) }),
    fc.record({
      artists: fc.record({
        some: fc.record({ popularity: fc.record({ lt: fc.integer({ min: 0, max: 80 }) }) }),
      }),
    }),
    fc.record({ genres: fc.record({ every: fc.record({ contains: fc.constantFrom('o', 'pop', 'x') }) }) }),
  );
  const { filter } = fc.letrec<{ filter: TrackFilter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.record({ not: tie('filter') }),
      fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
    ),
  }));

  it('and its negation share no track and miss none', async () => {
    const seed = 20261120;
    const check = fc.asyncProperty(filter, async (where) => {
      const inside = (await tracks(where)).split(' ');
      const outside = (await tracks({ not: where })).split(' ');
      expect([...inside, ...outside].filter(Boolean).sort()).toEqual(['t1', 't2', 't3', 't4']);
    });
    await fc.assert(check, { seed, numRuns: 60 });
  });
});
