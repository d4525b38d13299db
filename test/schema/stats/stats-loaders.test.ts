// Rankings whose tracks tie: all of a rank come back, as far as an answer may hold them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureServer, post, serveFixture } from '../../http/serve-fixture.ts';

const ARTISTS = ['a1', 'a2', 'a3', 'a4'];
/** Tracks of each artist, of which all tie by the popularity of the artist. */
const TIED = 30;
const ROWS = {
  artists: ARTISTS.map((artist_id) => ({ artist_id, popularity: 50 })),
  albums: [{ album_id: 'b1' }],
  tracks: ARTISTS.flatMap((artist) =>
    Array.from({ length: TIED }, (_, at) => ({
      track_id: `${artist}-${String(at).padStart(2, '0')}`,
      album_id: 'b1',
      energy: at / TIED,
      artists: [artist],
    })),
  ),
};
const LIMIT = 300;

const servers: FixtureServer[] = [];
beforeAll(async () => {
  for (const isLaneOpen of [true, false])
    servers.push(await serveFixture(ROWS, { GROOVELAKE_MAX_ROWS: String(LIMIT) }, { isLaneOpen }));
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

const ranked = (inside: string, name = 'topTracks') =>
  `${name}: topTracks(by: ARTIST_POPULARITY, first: 1) { ${inside} }`;
const ofArtists = (fields: string) => `{ artists(first: 4) { nodes { ${fields} } } }`;
const TOO_MANY = { code: 'TOO_MANY_ROWS', limit: LIMIT };

describe.each([
  ['by the quick lane', 0],
  ['by Yoga', 1],
] as const)('topTracks %s', (_way, at) => {
  const ask = (query: string, headers = {}) =>
    post(servers[at]?.url as string, { query }, { headers }).then(({ body }) => body);

  it('gives all tracks that tie, more than were asked for', async () => {
    const { data, errors } = await ask(ofArtists(ranked('rank track { id }')));
    expect(errors).toBeUndefined();
    const { nodes } = data?.artists as { nodes: { topTracks: { rank: number; track: { id: string } }[] }[] };
    expect(nodes.map(({ topTracks }) => topTracks.map(({ rank, track }) => `${rank} ${track.id}`))).toEqual(
      ARTISTS.map((artist) =>
        Array.from({ length: TIED }, (_, n) => `1 ${artist}-${String(n).padStart(2, '0')}`),
      ),
    );
  });

  it.each([
    ['of one field, with what is selected of each', ofArtists(ranked('track { id album { id } }'))],
    ['of all fields together', ofArtists([1, 2].map((n) => ranked('track { id }', `t${n}`)).join(' '))],
    [
      'of one artist that stands under many tracks',
      `{ tracks(first: 20) { nodes { artists { ${ranked('rank')} } } } }`,
    ],
  ])('refuses more than an answer may hold: %s', async (_what, query) => {
    const { data, errors } = await ask(query);
    expect(Object.values(data ?? {})).toEqual([null]);
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(
        /^The operation has \d+ objects or more in its lists; the limit is 300\. "Artist\.topTracks" gives all there are\./,
      ),
      extensions: TOO_MANY,
    });
    expect(errors?.[0]?.extensions?.given).toBeGreaterThan(LIMIT);
  });

  it('reads no more tracks than there is room for, however many rankings are asked for', async () => {
    const query = ofArtists([1, 2, 3, 4, 5].map((n) => ranked('track { id }', `t${n}`)).join(' '));
    const { errors, extensions } = await ask(query, { 'x-groovelake-explain': 'run' });
    expect(errors?.[0]?.extensions).toMatchObject(TOO_MANY);
    const { statements } = extensions?.explain as { statements: { sql: string; rows: number }[] };
    const rows = statements.filter(({ sql }) => sql.includes('rank()')).map((each) => each.rows);
    expect(rows.length).toBeGreaterThan(1);
    // Two objects for each track; and the one more that tells of the limit, once at most for each ranking.
    expect(rows.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(LIMIT / 2 + rows.length);
  });

  it('counts anew where an operation is executed a second time for the sake of an error', async () => {
    const query = `${ofArtists(ranked('track { id }')).slice(0, -1)} bad: artist(id: "a1") { topTracks(by: ENERGY, first: 0) { rank } } }`;
    const { data, errors } = await ask(query);
    expect(errors).toMatchObject([{ path: ['bad', 'topTracks'], extensions: { code: 'INVALID_INPUT' } }]);
    expect((data?.artists as { nodes: unknown[] }).nodes).toHaveLength(4);
  });
});
