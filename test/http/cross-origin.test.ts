import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { start } from './plain-server.ts';

const PAGE = 'http://localhost:3000';
const FOREIGN = 'https://app.example';

const ask = (url: string, origin: string | null, more: Record<string, string> = {}) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(origin ? { origin } : {}), ...more },
    body: '{"query":"{ hello }"}',
  });
const askFirst = (url: string, path: string, origin: string) =>
  fetch(url + path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,authorization',
    },
  });

describe('GROOVELAKE_CORS_ORIGINS', () => {
  it('lets pages of a listed origin ask, and no others', async () => {
    const { url } = await start({ GROOVELAKE_CORS_ORIGINS: `${FOREIGN}, ${PAGE}` });
    const first = await askFirst(url, '/graphql', PAGE);
    expect([first.status, await first.text()]).toEqual([204, '']);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers': 'content-type,authorization',
      vary: expect.stringContaining('Origin'),
    });
    const answer = await ask(url, PAGE);
    expect(await answer.json()).toMatchObject({ data: { hello: 'world' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-groovelake-snapshot');

    const other = await askFirst(url, '/graphql', 'http://localhost:3001');
    expect(other.status).toBe(405);
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('says of every answer that it depends on the origin, whichever way it is given', async () => {
    const { url } = await start({ GROOVELAKE_CORS_ORIGINS: PAGE });
    const varied = async (answer: Promise<Response>) => (await answer).headers.get('vary')?.split(/, */);
    expect(await varied(ask(url, null))).toContain('Origin');
    const get = `${url}/graphql?query=${encodeURIComponent('{ hello }')}`;
    expect(await varied(fetch(get, { headers: { origin: PAGE } }))).toEqual(
      expect.arrayContaining(['Accept', 'Origin']),
    );
    // What another origin may read is not handed on to this one.
    expect((await ask(url, FOREIGN)).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('wants a key of a page as of anybody, and lets the page read the refusal', async () => {
    const { url } = await start({
      GROOVELAKE_CORS_ORIGINS: FOREIGN,
      GROOVELAKE_API_KEY: 'a-key-of-many-characters',
    });
    // A browser asks first, without a key.
    expect((await askFirst(url, '/graphql', FOREIGN)).status).toBe(204);
    expect((await askFirst(url, '/export/tracks.csv', FOREIGN)).status).toBe(204);
    const refused = await ask(url, FOREIGN);
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, FOREIGN]);
    const answered = await ask(url, FOREIGN, { authorization: 'Bearer a-key-of-many-characters' });
    expect(await answered.json()).toMatchObject({ data: { hello: 'world' } });
  });

  it('opens nothing of a server without a key to pages from elsewhere', async () => {
    const { url } = await start({ GROOVELAKE_CORS_ORIGINS: FOREIGN });
    expect((await ask(url, FOREIGN)).status).toBe(403);
  });

  it('is for answers alone, not for health, metrics or the login', async () => {
    const { url } = await start({ GROOVELAKE_CORS_ORIGINS: PAGE });
    for (const path of ['/health/live', '/metrics', '/auth/spotify', '/studio/']) {
      const answer = await fetch(url + path, { headers: { origin: PAGE } });
      expect([path, answer.headers.get('access-control-allow-origin')]).toEqual([path, null]);
    }
  });

  it('adds nothing to any answer unless it is set', async () => {
    const { url } = await start();
    expect((await askFirst(url, '/graphql', PAGE)).status).toBe(405);
    const answer = await ask(url, PAGE);
    expect([answer.headers.get('access-control-allow-origin'), answer.headers.get('vary') ?? '']).toEqual([
      null,
      expect.not.stringContaining('Origin'),
    ]);
  });

  it.each([
    '*',
    'app.example',
    'https://app.example/',
    'null',
    'ftp://app.example',
  ])('refuses %s, which is no origin of a page', (text) => {
    expect(() => readConfig({ GROOVELAKE_CORS_ORIGINS: text })).toThrow(
      /GROOVELAKE_CORS_ORIGINS.*origins without a path/s,
    );
  });
});
