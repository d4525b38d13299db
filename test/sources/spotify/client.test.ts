import { afterEach, describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { createFamilies, type SourceMemory } from '../../../src/sources/families.ts';
import { createHttp, createNetworkSend } from '../../../src/sources/http.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sources/sandbox/server.ts';
import { type Body, createSpotifyClient, type SpotifyClient } from '../../../src/sources/spotify/client.ts';
import { createTokenSource } from '../../../src/sources/spotify/token.ts';
import { createWindow } from '../../../src/sources/window.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Opened {
  readonly sandbox: Sandbox;
  readonly client: SpotifyClient;
  readonly fallbacks: string[];
  readonly memory: Map<string, unknown>;
}

async function open(
  options: Partial<SandboxOptions> = {},
  parts: { secret?: string; memory?: Map<string, unknown>; signal?: AbortSignal } = {},
): Promise<Opened> {
  const sandbox = await startSandbox({ clock: systemClock, artists: 40, ...options });
  const network = createNetworkSend({ timeoutMs: 5_000, maxBytes: 10_000_000, connections: 8 });
  ends.push(async () => {
    await network.close();
    await sandbox.close();
  });
  const random = seededRandomness(1);
  // Waits are as long as the source says, but pass at once here.
  const clock = { ...systemClock, sleep: async () => {} };
  const http = createHttp({ source: 'sandbox', clock, random, retries: 3, sendOnce: network.send });
  const memory = parts.memory ?? new Map<string, unknown>();
  const place: SourceMemory = {
    get: async (key) => memory.get(key),
    set: async (key, value) => void memory.set(key, structuredClone(value)),
  };
  const fallbacks: string[] = [];
  const client = createSpotifyClient({
    source: 'sandbox',
    http,
    apiUrl: sandbox.apiUrl,
    tokens: createTokenSource({
      http,
      accountsUrl: sandbox.accountsUrl,
      clientId: sandbox.clientId,
      clientSecret: parts.secret ?? sandbox.clientSecret,
      clock,
    }),
    families: createFamilies('sandbox', place, clock),
    window: createWindow(null, clock),
    clock,
    market: null,
    concurrency: 4,
    maxWaitSeconds: 60,
    signal: parts.signal ?? new AbortController().signal,
    spend: () => {},
    onFallback: (message) => void fallbacks.push(message),
  });
  return { sandbox, client, fallbacks, memory };
}

const idsOf = (bodies: readonly Body[]) => bodies.map(({ id }) => id);
const someTracks = (sandbox: Sandbox, count: number) =>
  [...sandbox.catalogue.trackById.keys()].slice(0, count);
const UNKNOWN = '7zzzzzzzzzzzzzzzzzzzzz';

describe('the client in the extended profile', () => {
  it('fetches in batches of 50, 20 and 100, with the fewest requests', async () => {
    const { sandbox, client } = await open();
    const ids = someTracks(sandbox, 120);
    const albums = [...sandbox.catalogue.albumById.keys()].slice(0, 45);
    expect(idsOf(await client.tracks(ids))).toEqual(ids);
    expect(idsOf(await client.albums(albums))).toEqual(albums);
    expect((await client.audioFeatures(ids))?.length).toBeGreaterThan(100);
    expect(sandbox.requests.count('tracks')).toBe(3);
    expect(sandbox.requests.count('albums')).toBe(3);
    expect(sandbox.requests.count('features')).toBe(2);
    expect(sandbox.requests.count('token')).toBe(1);
  });

  it('leaves out unknown ids, and keeps the id asked for where the answer has another', async () => {
    const { sandbox, client } = await open();
    const [merged] = [...sandbox.catalogue.artistById]
      .filter(([id, artist]) => id !== artist.id)
      .map(([id]) => id);
    const bodies = await client.artists([UNKNOWN, merged ?? '']);
    expect(idsOf(bodies)).toEqual([merged]);
    expect(bodies[0]?.value.id).not.toBe(merged);
  });

  it('reads all pages of an artist with more than a hundred albums, each id once', async () => {
    const { sandbox, client } = await open();
    const prolific = sandbox.catalogue.artists.find((artist) => artist.albums.length > 100);
    const ids = await client.albumIdsOf(prolific?.id ?? '', ['album', 'single', 'compilation']);
    expect(new Set(ids)).toEqual(new Set(prolific?.albums.map(({ id }) => id)));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('follows an album beyond its fiftieth track', async () => {
    const { sandbox, client } = await open();
    const box = [...sandbox.catalogue.albumById.values()].find((album) => album.tracks.length > 50);
    expect(await client.furtherTrackIds(box?.id ?? '')).toEqual(box?.tracks.slice(50).map(({ id }) => id));
  });

  it('refuses an id that would spoil a batch, before any call', async () => {
    const { sandbox, client } = await open();
    await expect(client.tracks(['not an id'])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(sandbox.requests.count()).toBe(0);
  });
});

describe('the client in development mode of 2026', () => {
  it('finds out by the first refusal, goes on one by one, and remembers it in the next run', async () => {
    const { sandbox, client, fallbacks, memory } = await open({ profile: 'dev2026' });
    const ids = someTracks(sandbox, 60);
    expect(idsOf(await client.tracks(ids))).toEqual(ids);
    expect(sandbox.requests.count('tracks')).toBeLessThanOrEqual(4);
    expect(sandbox.requests.count('track')).toBe(60);
    expect(await client.audioFeatures(ids)).toBeNull();
    expect(fallbacks.join()).toContain('no audio features');
    const again = await open({ profile: 'dev2026' }, { memory });
    await again.client.tracks(ids.slice(0, 2));
    expect(again.sandbox.requests.count('tracks')).toBe(0);
  });

  it('reads pages of ten, and lacks what is withheld without failing', async () => {
    const { sandbox, client } = await open({ profile: 'dev2026' });
    const artist = sandbox.catalogue.artists.find(({ albums }) => albums.length > 10);
    const ids = await client.albumIdsOf(artist?.id ?? '', ['album', 'single', 'compilation']);
    expect(ids.length).toBe(artist?.albums.length);
    const [body] = await client.artists([artist?.id ?? '']);
    expect(body?.value).not.toHaveProperty('popularity');
    expect(body?.value).toHaveProperty('genres');
  });
});

describe('the client under faults', () => {
  it.each([
    ['502 with HTML', { kind: 'status', status: 502, body: '<h1>Bad Gateway</h1>' }],
    ['503 with nothing', { kind: 'status', status: 503, body: '' }],
    ['a reset in the middle of the body', { kind: 'reset' }],
  ] as const)('tries again after %s', async (_what, answer) => {
    const { sandbox, client } = await open({ faults: [{ family: 'tracks', nth: 1, times: 2, answer }] });
    const ids = someTracks(sandbox, 3);
    expect(idsOf(await client.tracks(ids))).toEqual(ids);
    expect(sandbox.requests.count('tracks')).toBe(3);
  });

  it('gives up after the stated tries with a retryable error', async () => {
    const { sandbox, client } = await open({
      faults: [{ family: 'tracks', answer: { kind: 'status', status: 500 } }],
    });
    await expect(client.tracks(someTracks(sandbox, 1))).rejects.toMatchObject({
      code: 'EXTRACT',
      isRetryable: true,
      status: 500,
    });
    expect(sandbox.requests.count('tracks')).toBe(4);
  });

  it('lands nothing of an answer with 200 and HTML, or of a cut one', async () => {
    const html = await open({
      faults: [
        { family: 'tracks', answer: { kind: 'status', status: 200, body: '<html>captive portal</html>' } },
      ],
    });
    await expect(html.client.tracks(someTracks(html.sandbox, 1))).rejects.toMatchObject({ code: 'EXTRACT' });
    const cut = await open({ faults: [{ family: 'tracks', answer: { kind: 'truncate' } }] });
    await expect(cut.client.tracks(someTracks(cut.sandbox, 1))).rejects.toMatchObject({ code: 'EXTRACT' });
  });

  it('waits as long as a short Retry-After says, then goes on', async () => {
    const { sandbox, client } = await open({
      faults: [
        {
          family: 'tracks',
          nth: 1,
          answer: { kind: 'status', status: 429, body: 'Too many requests', headers: { 'retry-after': '2' } },
        },
      ],
    });
    expect(await client.tracks(someTracks(sandbox, 1))).toHaveLength(1);
  });

  it('parks a family whose quota is used up, calls it no more, and keeps the others going', async () => {
    const { sandbox, client, memory } = await open({ quotas: { 'artist-albums': 1 } });
    const [first, second] = sandbox.catalogue.artists;
    await client.albumIdsOf(first?.id ?? '', ['album']).catch(() => null);
    await expect(client.albumIdsOf(second?.id ?? '', ['album'])).rejects.toMatchObject({
      code: 'SOURCE_DEFERRED',
      family: 'artist-albums',
    });
    const calls = sandbox.requests.count('artist-albums');
    await expect(client.albumIdsOf(second?.id ?? '', ['album'])).rejects.toMatchObject({
      code: 'SOURCE_DEFERRED',
    });
    expect(sandbox.requests.count('artist-albums')).toBe(calls);
    expect(await client.artists([first?.id ?? ''])).toHaveLength(1);
    const again = await open({}, { memory });
    await expect(again.client.albumIdsOf(first?.id ?? '', ['album'])).rejects.toMatchObject({
      code: 'SOURCE_DEFERRED',
    });
    expect(again.sandbox.requests.count('artist-albums')).toBe(0);
  });

  it('renews a token once when it is refused', async () => {
    const { sandbox, client } = await open({
      faults: [{ family: 'tracks', nth: 1, answer: { kind: 'status', status: 401 } }],
    });
    expect(await client.tracks(someTracks(sandbox, 1))).toHaveLength(1);
    expect(sandbox.requests.count('token')).toBe(2);
  });

  it('says what the owner of the key must do about a wrong secret and a lapsed Premium', async () => {
    const wrong = await open({}, { secret: 'wrong' });
    await expect(wrong.client.artists([wrong.sandbox.catalogue.artists[0]?.id ?? ''])).rejects.toThrow(
      /Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET/,
    );
    const body = 'Active premium subscription required for the owner of the app.';
    const lapsed = await open({
      faults: [{ family: 'artists', answer: { kind: 'status', status: 403, body } }],
    });
    await expect(lapsed.client.artists([lapsed.sandbox.catalogue.artists[0]?.id ?? ''])).rejects.toThrow(
      /needs an active Premium subscription/,
    );
  });

  it('stops at once when it is told to', async () => {
    const stop = new AbortController();
    const { sandbox, client } = await open({}, { signal: stop.signal });
    stop.abort(new Error('cancelled'));
    await expect(client.tracks(someTracks(sandbox, 1))).rejects.toThrow('cancelled');
    expect(sandbox.requests.count('tracks')).toBe(0);
  });
});
