// Texts that have opened databases, shells and logs before, in every text argument: each matches itself, literally, and nothing else.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureServer, post, serveFixture } from './serve-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'groovelake-canary-'));
const canary = join(folder, 'canary.csv');
writeFileSync(canary, 'secret\ncanary-4711\n');

const PAYLOADS: readonly string[] = [
  `x' or '1'='1`,
  `x'; drop table gold.tracks; --`,
  `x" union select * from read_csv('${canary}') --`,
  `${canary}`,
  `read_text('${canary}')`,
  `'); copy (select 1) to '${join(folder, 'written.csv')}'; --`,
  `x'); attach '${canary}' as c; --`,
  '50%_off\\',
  '$1 ? :name {{x}} $x',
  '.*(a+)+$[',
  '../../../../etc/passwd',
  '; rm -rf / #',
  '`id`$(id)',
  'line one\nINFO forged=log line',
  '\u202Eright to left\u0000end',
  'Ꙃ𝕏💥 zero\u200bwidth',
  '<script>alert(1)</script>',
];

let server: FixtureServer;
beforeAll(async () => {
  // A NUL cannot be part of a stored text everywhere; the payload that has one is asked for, not stored.
  const stored = PAYLOADS.filter((payload) => !payload.includes('\u0000'));
  server = await serveFixture({
    artists: stored.map((name, at) => ({ artist_id: `a${at}`, name, genres: [name] })),
    albums: stored.map((name, at) => ({ album_id: `b${at}`, name, label: name })),
    tracks: stored.map((name, at) => ({
      track_id: `t${at}`,
      name,
      isrc: name,
      source: name,
      album_id: `b${at}`,
      artists: [`a${at}`],
    })),
    playlists: [
      {
        playlist_id: 'p',
        name: 'all',
        tracks: stored.map((genre, at) => ({ track_id: `t${at}`, genre, subgenre: genre })),
      },
    ],
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Where a text goes in, as a filter of tracks around a StringFilter. */
const PLACES: readonly ((filter: object) => object)[] = [
  (name) => ({ name }),
  (isrc) => ({ isrc }),
  (source) => ({ source }),
  (some) => ({ genres: { some } }),
  (name) => ({ artists: { some: { name } } }),
  (label) => ({ album: { label } }),
  (genre) => ({ playlists: { some: { genre } } }),
];

const find = async (where: object) => {
  const { body } = await post(server.url, {
    query: 'query ($where: TrackFilter) { tracks(where: $where, first: 100) { nodes { name } } }',
    variables: { where },
  });
  expect(body.errors).toBeUndefined();
  return (body.data?.tracks as { nodes: { name: string }[] }).nodes.map(({ name }) => name);
};

describe('a text', () => {
  it.each(PAYLOADS)('matches literally as a filter: %j', async (payload) => {
    const expected = payload.includes('\u0000') ? [] : [payload];
    for (const place of PLACES) {
      for (const filter of [
        { eq: payload },
        { in: [payload] },
        { startsWith: payload },
        { endsWith: payload },
        { contains: payload },
      ]) {
        const found = await find(place(filter));
        // One payload is a part of another.
        expect(
          found.filter((name) => !name.includes(payload) || name === payload),
          JSON.stringify([place(filter), found]),
        ).toEqual(expected);
      }
    }
  });

  it.each(
    PAYLOADS,
  )('is only a text as an id, a name, a term, a cursor and a variable: %j', async (payload) => {
    const { body, text } = await post(server.url, {
      query: `query ($x: ID!, $s: String!) {
        track(id: $x) { id } artist(id: $x) { id } album(id: $x) { id } playlist(id: $x) { id } genre(name: $s) { name }
        search(term: $s) { nodes { node { __typename } } } tracks(after: $s) { totalCount } lineage(relation: $s) { relation } }`,
      variables: { x: payload, s: payload },
    });
    expect([body.data?.track, body.data?.artist, body.data?.album, body.data?.playlist]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    for (const { extensions } of body.errors ?? [])
      expect(['INVALID_INPUT', 'NOT_FOUND']).toContain(extensions?.code);
    expect(text).not.toContain('canary-4711');
  });

  it('never opened a file, wrote one, or broke a line of the log', () => {
    expect(existsSync(join(folder, 'written.csv'))).toBe(false);
    for (const line of server.logged) expect(() => JSON.parse(line)).not.toThrow();
    expect(server.logged.join('\n')).not.toMatch(/^INFO forged/m);
  });
});
