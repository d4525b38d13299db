// Lists whose length no argument says, against the limits of an answer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureCatalog, openFixtureCatalog } from '../fixtures/gold.ts';
import { execute, query } from './execute.ts';

describe('lists without a size', () => {
  const env = { GROOVELAKE_MAX_ROWS: '40' };
  const many = '{ playlist(id: "many") { tracks(first: 3) { nodes { playlists { name } } } } }';
  let crowded: FixtureCatalog;
  beforeAll(async () => {
    const ids = Array.from({ length: 18 }, (_, at) => String(at).padStart(2, '0'));
    crowded = await openFixtureCatalog({
      artists: [
        ...ids.map((artist_id) => ({ artist_id, genres: ids.map((id) => `genre ${id}`) })),
        { artist_id: 'short', genres: ['a', 'b', 'c'] },
      ],
      albums: [{ album_id: 'b', artists: ids }],
      tracks: [
        ...['t1', 't2', 't3'].map((track_id) => ({ track_id, artists: ids, genres: ids, album_id: 'b' })),
        { track_id: 'short', artists: ['short'] },
      ],
      playlists: [...ids, 'many'].map((playlist_id) => ({ playlist_id, tracks: ['t1', 't2', 't3'] })),
      // Of followers more than a history without a size is taken for.
      observations: ['popularity', 'followers', 'followers'].flatMap((measure, at) =>
        ids.map((id) => ({
          entity: 'artist',
          entity_id: '00',
          measure,
          value: Number(id),
          observed_at: `2026-0${at + 1}-${Number(id) + 10}T00:00:00Z`,
          source: 'test',
        })),
      ),
      provenance: ids.map((id) => ({
        entity: 'track',
        entity_id: 't1',
        source: id,
        kind: 'track',
        document_id: 't1',
        batch_id: 'b',
        run_id: 'r',
        fetched_at: '2026-11-20T01:02:03Z',
      })),
    });
  });
  afterAll(() => crowded?.close());

  it.each([
    ['playlists of tracks', many],
    ['artists of tracks', many.replace('playlists', 'artists')],
    ['genres of tracks', many.replace('playlists', 'genres')],
    ['artists of an album, with their genres', '{ album(id: "b") { artists { genres { name } } } }'],
    [
      'genres of an artist, three times',
      '{ artist(id: "00") { a: genres { name } b: genres { name } c: genres { name } } }',
    ],
    [
      'provenance, three times',
      '{ track(id: "t1") { a: provenance { source } b: provenance { source } c: provenance { source } } }',
    ],
    [
      'history, three times',
      `{ artist(id: "00") { ${['a', 'b', 'c'].map((name) => `${name}: history(measure: FOLLOWERS) { value }`).join(' ')} } }`,
    ],
  ])('count against the limits of an answer: %s', async (_what, source) => {
    expect((await execute(crowded, source)).errors).toBeUndefined();
    const { errors } = await execute(crowded, source, { env });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'TOO_MANY_ROWS', limit: 40 });
  });

  it('are a window of a history where its size is stated, which then is counted beforehand', async () => {
    const fields = ['a', 'b', 'c'].map((name) => `${name}: history(measure: POPULARITY, last: 17) { value }`);
    expect(
      (await execute(crowded, `{ artist(id: "00") { ${fields.join(' ')} } }`, { env })).errors,
    ).toBeUndefined();
    const window = 'from: "2026-01-12T00:00:00Z", to: "2026-01-20T00:00:00Z", last: 2';
    expect(
      await query(crowded, `{ artist(id: "00") { history(measure: POPULARITY, ${window}) { value } } }`),
    ).toEqual({ artist: { history: [{ value: 8 }, { value: 9 }] } });
    const { errors } = await execute(
      crowded,
      '{ artist(id: "00") { history(measure: POPULARITY, last: 0) { value } } }',
    );
    expect(errors?.[0]?.message).toBe('"last" is 0; a whole number from 1 to 1000 is expected.');
  });

  it('cost nothing more as long as they are as short as they are taken for', async () => {
    const source = '{ track(id: "short") { artists { genres { name } } playlists { name } } }';
    expect((await execute(crowded, source, { env: { GROOVELAKE_MAX_ROWS: '1' } })).errors).toBeUndefined();
  });
});
