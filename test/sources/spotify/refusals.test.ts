// Every row of SOURCES 1.2: what the client makes of it, and how often it asks.
import { describe, expect, it } from 'vitest';
import { ExtractError } from '../../../src/errors.ts';
import { createCall } from '../../../src/sources/spotify/call.ts';
import { createSpotifyClient } from '../../../src/sources/spotify/client.ts';
import { type Scripted, scriptSource } from '../scripted-source.ts';

const id = (n: number) => String(n).padStart(22, '0');
const api = (status: number, message?: string, extra: object = {}): Scripted => ({
  status,
  body: JSON.stringify({ error: { status, ...(message === undefined ? {} : { message }), ...extra } }),
});
const found = (n: number): Scripted => ({ body: JSON.stringify({ id: id(n) }) });

function open(...script: Scripted[]) {
  const source = scriptSource(script, { retries: 3 });
  const options = {
    source: 'spotify',
    apiUrl: 'http://api',
    gate: source.gate,
    families: source.families,
    tokens: { get: async () => 't', drop: () => {} },
    market: null,
    concurrency: 1,
    signal: new AbortController().signal,
    onFallback: () => {},
  };
  const landed: string[] = [];
  const take = async (bodies: readonly { id: string }[]) =>
    void landed.push(...bodies.map((body) => body.id));
  return { ...source, client: createSpotifyClient(options), call: createCall(options), landed, take };
}

describe('a batch of which one id is wrong', () => {
  it.each([
    ['Invalid base62 id'],
    ['invalid id'],
    ['too many ids requested'],
  ])('(400 "%s") is fetched one by one, and only that one is missing', async (message) => {
    const { client, landed, take, sent } = open(api(400, message), found(1), api(400, message), found(3));
    const report = await client.albums([id(1), id(2), id(3)], take);
    expect([landed, report]).toEqual([[id(1), id(3)], { unknown: [id(2)], unanswered: [] }]);
    expect(sent).toHaveLength(4);
  });
});

describe('a refusal', () => {
  it.each([
    [
      '401, missing or bad token',
      api(401, 'Missing/invalid/expired access token'),
      2,
      /Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET/,
    ],
    ['401, older wording', api(401, 'The access token expired'), 2, /Check SPOTIFY_CLIENT_ID/],
    [
      '401, a user is needed',
      api(401, 'Valid user authentication required'),
      2,
      /Valid user authentication required/,
    ],
    [
      '403, Premium lapsed, as text',
      { status: 403, body: 'Active premium subscription required for the owner of the app.' },
      1,
      /needs an active Premium subscription/,
    ],
    [
      '403, Premium lapsed, as JSON',
      api(403, 'Active premium subscription required for the owner of the app.'),
      1,
      /after renewing it, wait some hours/,
    ],
    ['403, user not on the list', { status: 403, body: 'the user may not be registered' }, 1, /allow-list/],
    ['403, missing scope', api(403, 'Insufficient client scope'), 1, /lacks a scope; log in again/],
    ['403 of a single call', api(403, 'Forbidden'), 1, /The key may not make this call/],
    ['400, no bearer', api(400, 'Only valid bearer authentication supported'), 1, null],
  ] as const)('%s: says what to do, and is not asked again and again', async (_what, answer, calls, advice) => {
    const { client, sent, families, take } = open(answer);
    await families.withhold('albums', 'known');
    const outcome = await client.albums([id(1)], take).catch((error: unknown) => error);
    if (advice)
      expect(outcome).toMatchObject({
        code: 'EXTRACT',
        isRetryable: false,
        message: expect.stringMatching(advice),
      });
    else expect(outcome).toMatchObject({ unknown: [id(1)] });
    expect(sent).toHaveLength(calls);
  });

  it.each([
    ['with a message', api(403, 'Forbidden')],
    ['without one', api(403)],
  ])('403 of audio features %s turns to another provider, once and for good', async (_what, answer) => {
    const { client, sent, take } = open(answer);
    expect(await client.audioFeatures([id(1)], take)).toMatchObject({ isGiven: false });
    expect(await client.audioFeatures([id(2)], take)).toMatchObject({ isGiven: false });
    expect(sent).toHaveLength(1);
  });
});

describe('an unknown id', () => {
  it.each([
    ["Non existing id: 'spotify:album:x'"],
    ['Resource not found'],
    ['non existing id'],
    [undefined],
  ])('(404 "%s") is named, and no failure', async (message) => {
    const { client, families, take } = open(api(404, message));
    await families.withhold('albums', 'known');
    expect(await client.albums([id(1)], take)).toEqual({ unknown: [id(1)], unanswered: [] });
  });
});

describe('too many calls', () => {
  it.each([
    ['text', { status: 429, body: 'Too many requests', headers: { 'retry-after': '3' } }, 3_000],
    ['JSON', { ...(api(429, 'API rate limit exceeded') as object), headers: { 'retry-after': '3' } }, 3_000],
    ['nothing said', { status: 429, body: '' }, 2_000],
  ] as const)('(429, %s) are waited out to the second', async (_what, answer, ms) => {
    const { call, clock, sent } = open(answer, found(1));
    expect((await call('album', '/albums/1')).status).toBe(200);
    expect([clock.waits, sent.length]).toEqual([[ms], 2]);
  });

  it('(429, QUOTA_EXCEEDED) put the family off for as long as they say, without another call', async () => {
    const quota = {
      ...(api(429, 'Too many requests', { reason: 'QUOTA_EXCEEDED' }) as object),
      headers: { 'retry-after': '86000' },
    };
    const { call, clock, sent } = open(quota);
    const until = clock.now() + 86_000_000;
    await expect(call('artist-albums', '/x')).rejects.toMatchObject({ code: 'SOURCE_DEFERRED', until });
    await expect(call('artist-albums', '/x')).rejects.toMatchObject({ until });
    expect(sent).toHaveLength(1);
  });
});

describe('a server that fails', () => {
  it.each([
    [500, '<html>'],
    [502, '<html><h1>Bad gateway</h1></html>'],
    [503, 'Service unavailable'],
    [504, ''],
  ])('(%i, "%s") is asked three times more, then the id is left unanswered while others are had', async (status, body) => {
    const failing = { status, body };
    const { client, families, landed, take, sent } = open(
      found(1),
      failing,
      failing,
      failing,
      failing,
      found(3),
    );
    await families.withhold('albums', 'known');
    const report = await client.albums([id(1), id(2), id(3)], take);
    expect([landed, report.unanswered]).toEqual([[id(1), id(3)], [id(2)]]);
    expect(sent).toHaveLength(6);
  });

  it.each([
    ['silence', new Error('no whole answer within 30 s'), 4],
    ['200 with a page', { body: '<html>' }, 4],
    ['200 with a list', { body: '[]' }, 2],
    ['403 for this path', api(403, 'Forbidden'), 1],
    ['301', { status: 301, body: '' }, 1],
  ] as const)('(%s) leaves the id unanswered too, and others are had', async (_what, failing, tries) => {
    const script = [found(1), ...Array<Scripted>(tries).fill(failing), found(3)];
    const { client, families, landed, take, sent } = open(...script);
    await families.withhold('albums', 'known');
    const report = await client.albums([id(1), id(2), id(3)], take);
    expect([landed, report.unanswered]).toEqual([[id(1), id(3)], [id(2)]]);
    expect(sent).toHaveLength(tries + 2);
  });

  it.each([
    ['301', { status: 301, body: '' }],
    ['404', api(404, 'Not found')],
    ['200 with another list', { body: '{"albums":[]}' }],
    ['more bytes than are read', new ExtractError('too long', { source: 'spotify' })],
  ] as const)('(batches that are none, %s) is asked one by one, however many they are', async (_what, failing) => {
    const batches = Array<Scripted>(7).fill(failing);
    const ids = Array.from({ length: 6 * 20 + 1 }, (_, at) => id(at));
    const { client, landed, take } = open(...batches, ...ids.map((_, at) => found(at)));
    expect(await client.albums(ids, take)).toEqual({ unknown: [], unanswered: [] });
    expect(landed).toEqual(ids);
  });

  it('(404 for batches, and for every single one) says that the base URL is wrong, and names no id as unknown', async () => {
    const ids = Array.from({ length: 50 }, (_, at) => id(at));
    for (const count of [3, 50]) {
      const { client, take, sent } = open(api(404, 'Not found'));
      const noted: unknown[] = [];
      const fetching = client.albums(ids.slice(0, count), take, (part) => void noted.push(part));
      await expect(fetching).rejects.toMatchObject({
        isRetryable: false,
        message: expect.stringMatching(/answered \/albums with .*404.* check the base URL/),
      });
      expect(noted).toEqual([]);
      expect(sent.length).toBeLessThan(30);
    }
  });

  it('(404 for batches) names ids as unknown once another was found', async () => {
    const none = api(404, 'Not found');
    const { client, landed, take } = open(none, none, found(2), none);
    expect(await client.albums([id(1), id(2), id(3)], take)).toEqual({
      unknown: expect.arrayContaining([id(1), id(3)]),
      unanswered: [],
    });
    expect(landed).toEqual([id(2)]);
  });

  it('(404 for batches) names all ids as unknown where anything else was found at that base URL', async () => {
    const none = api(404, 'Not found');
    const { client, take } = open(found(9), none, none, none);
    await client.artists([id(9)], take).catch(() => {});
    expect(await client.albums([id(1), id(2)], take)).toEqual({ unknown: [id(1), id(2)], unanswered: [] });
  });

  it('(batches that none of its tries brings) is taken for down after five', async () => {
    const { client, take, sent } = open({ status: 502, body: '' });
    const ids = Array.from({ length: 200 }, (_, at) => id(at));
    await expect(client.albums(ids, take)).rejects.toMatchObject({ code: 'EXTRACT', status: 502 });
    expect(sent).toHaveLength(5 * 4);
  });
});

describe('a page that is longer than the key may have', () => {
  it('(400 "Invalid limit") is asked for in tens from then on', async () => {
    const page = { body: JSON.stringify({ items: [{ id: id(1) }], next: null, total: 1 }) };
    const { client, sent } = open(api(400, 'Invalid limit'), page, page);
    expect(await client.albumIdsOf(id(9), ['album'])).toEqual([id(1)]);
    await client.albumIdsOf(id(8), ['album']);
    expect(sent.map(({ url }) => new URL(url).searchParams.get('limit'))).toEqual(['50', '10', '10']);
  });
});
