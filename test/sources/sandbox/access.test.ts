import { describe, expect, it } from 'vitest';
import { type OpenSandbox, openSandbox } from './open-sandbox.ts';

const RUSH = '2Hkut4rAAyrQxRdof7FVJq';
const UNKNOWN = '7zzzzzzzzzzzzzzzzzzzzz';
const ids = (count: number) => Array.from({ length: count }, () => UNKNOWN).join();

async function userToken(sandbox: OpenSandbox, scope: string): Promise<string> {
  const redirect_uri = 'http://127.0.0.1/callback';
  const query = new URLSearchParams({
    client_id: sandbox.clientId,
    response_type: 'code',
    redirect_uri,
    scope,
  });
  const { headers } = await sandbox.ask(`${sandbox.accountsUrl}/login?${query}`);
  const code = new URL(String(headers.get('location'))).searchParams.get('code') ?? '';
  const { body } = await sandbox.askToken({ grant_type: 'authorization_code', code, redirect_uri });
  return String(body.access_token);
}

describe('a call', () => {
  it.each([
    [null, 'missing_token', 'No token provided'],
    ['made up', 'invalid_token', 'Invalid access token'],
  ])('with the token %s is refused with 401 and says why in a header', async (token, error, description) => {
    const sandbox = await openSandbox();
    const answer = await sandbox.ask(`/artists/${RUSH}`, token === null ? null : `Bearer ${token}`);
    expect([answer.status, answer.body.error]).toEqual([
      401,
      { status: 401, message: 'Missing/invalid/expired access token' },
    ]);
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer realm="spotify", error="${error}", error_description="${description}"`,
    );
  });

  it('with another scheme than Bearer is refused with 400', async () => {
    const sandbox = await openSandbox();
    const { status, body } = await sandbox.ask(`/artists/${RUSH}`, 'Basic abc');
    expect([status, body.error.message]).toEqual([400, 'Only valid bearer authentication supported']);
  });

  it('about a user needs a user, and the scope', async () => {
    const sandbox = await openSandbox();
    const app = await sandbox.ask('/me/top/artists', await sandbox.token());
    expect([app.status, app.body.error.message]).toEqual([401, 'Valid user authentication required']);
    const top = await userToken(sandbox, 'user-top-read');
    expect((await sandbox.ask('/me/top/artists', top)).status).toBe(200);
    expect((await sandbox.ask('/me', top)).status).toBe(200);
    const recent = await sandbox.ask('/me/player/recently-played', top);
    expect([recent.status, recent.body.error.message]).toEqual([403, 'Insufficient client scope']);
  });

  it('is refused as plain text when Premium has lapsed, and to a user who is not listed', async () => {
    const sandbox = await openSandbox();
    const [app, user] = [await sandbox.token(), await userToken(sandbox, '')];
    sandbox.set({ user: 'unlisted' });
    expect((await sandbox.ask(`/artists/${RUSH}`, app)).status).toBe(200);
    expect((await sandbox.ask(`/artists/${RUSH}`, user)).text).toMatch(/may not be registered/);
    sandbox.set({ owner: 'lapsed' });
    const refused = await sandbox.ask(`/artists/${RUSH}`, app);
    expect([refused.status, refused.body]).toEqual([403, undefined]);
    expect(refused.text).toMatch(/^Active premium subscription required for the owner of the app\./);
  });
});

describe('a profile', () => {
  const REMOVED = [
    `/artists?ids=${RUSH}`,
    `/albums?ids=${UNKNOWN}`,
    `/tracks?ids=${UNKNOWN}`,
    `/artists/${RUSH}/top-tracks`,
    '/markets',
    '/browse/new-releases',
    '/users/somebody',
  ];

  it('dev2026 answers removed routes with 403 Forbidden, and audio features with a bare 403', async () => {
    const sandbox = await openSandbox({ profile: 'dev2026' });
    const token = await sandbox.token();
    for (const path of REMOVED)
      expect((await sandbox.ask(path, token)).body, path).toEqual({
        error: { status: 403, message: 'Forbidden' },
      });
    for (const path of [`/audio-features?ids=${UNKNOWN}`, `/audio-features/${UNKNOWN}`])
      expect((await sandbox.ask(path, token)).body, path).toEqual({ error: { status: 403 } });
  });

  it('devOld keeps the batches and has no audio features', async () => {
    const sandbox = await openSandbox({ profile: 'devOld' });
    const token = await sandbox.token();
    expect((await sandbox.ask(`/artists?ids=${RUSH}`, token)).body.artists[0].popularity).toBeTypeOf(
      'number',
    );
    expect((await sandbox.ask(`/audio-features?ids=${UNKNOWN}`, token)).body).toEqual({
      error: { status: 403 },
    });
  });

  it('withholds recommendations and related artists with 404 or 403 and no body', async () => {
    const sandbox = await openSandbox({ profile: 'devOld' });
    const token = await sandbox.token();
    for (const [withheldRoutes, status] of [
      ['missing', 404],
      ['forbidden', 403],
    ] as const) {
      sandbox.set({ withheldRoutes });
      for (const path of ['/recommendations', `/artists/${RUSH}/related-artists`]) {
        const answer = await sandbox.ask(path, token);
        expect([answer.status, answer.text]).toEqual([status, '']);
      }
    }
  });

  it('dev2026 leaves out what it withholds, and only that', async () => {
    const sandbox = await openSandbox({ profile: 'extended' });
    const token = await sandbox.token();
    const album = sandbox.catalogue.artistById.get(RUSH)?.albums[0];
    const paths = {
      artist: `/artists/${RUSH}`,
      album: `/albums/${album?.id}`,
      track: `/tracks/${album?.tracks[0]?.id}`,
      item: `/artists/${RUSH}/albums?limit=1`,
    };
    const keys = async (path: string) => {
      const { body } = await sandbox.ask(path, token);
      return Object.keys(Array.isArray(body.items) ? body.items[0] : body);
    };
    const withheld: Record<string, string[]> = {};
    for (const [name, path] of Object.entries(paths)) {
      sandbox.setProfile('extended');
      const full = await keys(path);
      sandbox.setProfile('dev2026');
      const short = new Set(await keys(path));
      expect(full.filter((key) => short.has(key)).length).toBe(short.size);
      withheld[name] = full.filter((key) => !short.has(key)).sort();
    }
    expect(withheld).toEqual({
      artist: ['followers', 'popularity'],
      album: ['available_markets', 'label', 'popularity'],
      track: ['available_markets', 'popularity'],
      item: ['album_group', 'available_markets'],
    });
  });

  it('changes in the middle of things when a fault says so', async () => {
    const sandbox = await openSandbox({
      profile: 'devOld',
      faults: [{ family: 'artists', nth: 2, answer: { kind: 'set', settings: { profile: 'dev2026' } } }],
    });
    const token = await sandbox.token();
    const statuses = [];
    for (let call = 0; call < 3; call++)
      statuses.push((await sandbox.ask(`/artists?ids=${RUSH}`, token)).status);
    expect(statuses).toEqual([200, 403, 403]);
  });
});

describe('what is wrong with a request', () => {
  it.each([
    ['/artists/short', 400, 'Invalid base62 id'],
    [`/artists?ids=${RUSH},short`, 400, 'Invalid base62 id'],
    [`/artists?ids=${ids(51)}`, 400, 'too many ids requested'],
    [`/albums?ids=${ids(21)}`, 400, 'too many ids requested'],
    [`/tracks?ids=${ids(51)}`, 400, 'too many ids requested'],
    [`/audio-features?ids=${ids(101)}`, 400, 'too many ids requested'],
    ['/search?q=rush&type=artist&limit=0', 400, 'Invalid limit'],
    ['/search?q=rush&type=artist&limit=51', 400, 'Invalid limit'],
    ['/search?q=rush&type=artist&limit=many', 400, 'Invalid limit'],
    [`/artists/${RUSH}/albums?limit=`, 400, 'Invalid limit'],
    ['/search?q=rush&type=artist&offset=1000', 400, 'Invalid offset'],
    [`/artists/${RUSH}/albums?include_groups=tapes`, 400, 'Invalid include_groups'],
    [`/artists/${UNKNOWN}`, 404, `Non existing id: 'spotify:artist:${UNKNOWN}'`],
    [`/albums/${UNKNOWN}`, 404, `Non existing id: 'spotify:album:${UNKNOWN}'`],
    [`/artists/${UNKNOWN}/albums`, 404, 'Resource not found'],
    [`/audio-features/${UNKNOWN}`, 404, 'analysis not found'],
    ['/nothing/here', 404, 'Service not found'],
  ])('%s answers %i "%s"', async (path, status, message) => {
    const sandbox = await openSandbox();
    const answer = await sandbox.ask(path, await sandbox.token());
    expect([answer.status, answer.body.error]).toEqual([status, { status, message }]);
  });

  it.each([
    '0',
    '11',
    '51',
    'x',
  ])('development mode of 2026 refuses a limit of %s for search and albums', async (limit) => {
    const sandbox = await openSandbox({ profile: 'dev2026' });
    const token = await sandbox.token();
    for (const path of [
      `/search?q=rush&type=artist&limit=${limit}`,
      `/artists/${RUSH}/albums?limit=${limit}`,
    ])
      expect((await sandbox.ask(path, token)).body.error.message).toBe('Invalid limit');
    expect((await sandbox.ask(`/artists/${RUSH}/albums`, token)).body.limit).toBe(5);
  });

  it('a batch keeps its order, has null for the unknown, and answers a repeated id twice', async () => {
    const sandbox = await openSandbox();
    const { body } = await sandbox.ask(`/artists/?ids=${UNKNOWN},${RUSH},${RUSH}`, await sandbox.token());
    expect(body.artists.map((artist: { id: string } | null) => artist?.id ?? null)).toEqual([
      null,
      RUSH,
      RUSH,
    ]);
  });
});
