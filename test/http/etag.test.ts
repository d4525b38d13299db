import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createEtags } from '../../src/http/etag.ts';
import { type FixtureServer, serveFixture } from './serve-fixture.ts';

vi.setConfig({ hookTimeout: 180_000 });

describe('createEtags', () => {
  const schema = buildSchema('type Query { answer: Int }');
  const tag = (sdl = schema, env = {}, version = '0.1.0') =>
    createEtags(sdl, readConfig(env), version)('snapshot', '{ answer }');

  it('gives the same question of the same snapshot the same tag', () => {
    expect(tag()).toMatch(/^"[\w-]{27}"$/);
    expect(tag()).toBe(tag());
    expect(tag(schema, { GROOVELAKE_MAX_IN_FLIGHT: '3' })).toBe(tag());
  });

  it.each([
    ['another version of the program', tag(schema, {}, '0.2.0')],
    ['another schema', tag(buildSchema('type Query { answer: String }'))],
    ['another size of pages', tag(schema, { GROOVELAKE_MAX_PAGE_SIZE: '50' })],
    ['a search that looks further', tag(schema, { GROOVELAKE_INDEX_EF: '300' })],
  ])('gives it another one after an upgrade that brings %s', (_what, other) => {
    expect(other).not.toBe(tag());
  });
});

describe('an answer that caches may keep', () => {
  const key = 'a-secret-of-24-characters';
  const rows = { artists: [{ artist_id: 'a1', name: 'Rush' }] };
  let open: FixtureServer;
  let guarded: FixtureServer;
  beforeAll(async () => {
    open = await serveFixture(rows);
    guarded = await serveFixture(rows, { GROOVELAKE_API_KEY: key });
  });
  afterAll(() => Promise.all([open?.close(), guarded?.close()]));

  it.each([
    ['by the quick lane', '/graphql?query={artist(id:"a1"){name}}', '*/*'],
    ['by Yoga', '/graphql?query={artist(id:"a1"){name}}&extensions={}', '*/*'],
    ['as a table', '/graphql?query={artists{nodes{name}}}', 'text/csv'],
    ['as a relation', '/export/artists.csv', '*/*'],
    ['as a published file', '/export/artists.parquet', '*/*'],
  ])('is told apart by key however it was made: %s', async (_how, path, accept) => {
    for (const [{ url }, headers, vary, scope] of [
      [open, {}, 'Accept', 'public'],
      [guarded, { authorization: `Bearer ${key}` }, 'Accept, Authorization', 'private'],
    ] as const) {
      const ask = (more = {}) => fetch(`${url}${path}`, { headers: { accept, ...headers, ...more } });
      const first = await ask();
      await first.text();
      const again = await ask({ 'if-none-match': first.headers.get('etag') ?? '' });
      expect([first.status, again.status]).toEqual([200, 304]);
      for (const answer of [first, again]) {
        // Compression adds its own.
        expect(answer.headers.get('vary')?.replace(', Accept-Encoding', '')).toBe(vary);
        expect(answer.headers.get('cache-control')).toMatch(scope);
      }
    }
  });
});
