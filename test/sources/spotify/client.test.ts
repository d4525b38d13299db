import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, seededRandomness, systemClock } from '../../../src/clock.ts';
import { createFamilies, type SourceMemory } from '../../../src/sources/families.ts';
import { createGate } from '../../../src/sources/gate.ts';
import { createHttp, createNetworkSend } from '../../../src/sources/http.ts';
import { createCatalogue } from '../../../src/sources/sandbox/catalogue.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sources/sandbox/server.ts';
import type { Body, TakeBodies } from '../../../src/sources/spotify/answers.ts';
import { createSpotifyClient, type SpotifyClient } from '../../../src/sources/spotify/client.ts';
import { createTokenSource } from '../../../src/sources/spotify/token.ts';
import { createWindow } from '../../../src/sources/window.ts';

/** Making one takes longer than most tests. */
const CATALOGUE = createCatalogue({ artists: 40 });
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Opened {
  readonly sandbox: Sandbox;
  readonly client: SpotifyClient;
  readonly fallbacks: string[];
  readonly memory: Map<string, unknown>;
  /** How long it slept, in milliseconds. */
  readonly waits: readonly number[];
}

async function open(
  options: Partial<SandboxOptions> = {},
  parts: { secret?: string; key?: string; memory?: Map<string, unknown>; signal?: AbortSignal } = {},
): Promise<Opened> {
  const sandbox = await startSandbox({ clock: systemClock, catalogue: CATALOGUE, ...options });
  const network = createNetworkSend({
    clock: systemClock,
    timeoutMs: 5_000,
    maxBytes: 10_000_000,
    connections: 8,
  });
  ends.push(async () => {
    await network.close();
    await sandbox.close();
  });
  const random = seededRandomness(1);
  // Waits pass at once here, and the clock is as far on as they were long.
  let ahead = 0;
  const waits: number[] = [];
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
    sleep: async (ms) => {
      waits.push(ms);
      ahead += ms;
    },
  };
  const http = createHttp({ source: 'sandbox', clock, random, retries: 3, sendOnce: network.send });
  const memory = parts.memory ?? new Map<string, unknown>();
  const place: SourceMemory = {
    get: async (key) => memory.get(key),
    set: async (key, value) => void memory.set(key, structuredClone(value)),
  };
  const fallbacks: string[] = [];
  const families = createFamilies({ source: 'sandbox', memory: place, clock, key: parts.key ?? 'k' });
  const window = createWindow(null, clock);
  const gate = createGate({ http, families, window, clock, maxWaitSeconds: 60, spend: () => {} });
  const client = createSpotifyClient({
    source: 'sandbox',
    apiUrl: sandbox.apiUrl,
    gate,
    tokens: createTokenSource({
      source: 'sandbox',
      gate,
      accountsUrl: sandbox.accountsUrl,
      clientId: sandbox.clientId,
      clientSecret: parts.secret ?? sandbox.clientSecret,
      clock,
    }),
    families,
    market: null,
    concurrency: 4,
    signal: parts.signal ?? new AbortController().signal,
    onFallback: (message) => void fallbacks.push(message),
  });
  return { sandbox, client, fallbacks, memory, waits };
}

/** What a fetch hands on, in the order in which it came. */
async function collect(fetch: (take: TakeBodies) => Promise<unknown>): Promise<Body[]> {
  const bodies: Body[] = [];
  await fetch(async (some) => void bodies.push(...some));
  return bodies;
}

const ignore: TakeBodies = async () => {};
const refuseAll: TakeBodies = async (bodies) => {
  throw new Error(`handed on ${bodies.length}`);
};

const GROUPS = ['album', 'single', 'compilation'];
const idsOf = (bodies: readonly Body[]) => bodies.map(({ id }) => id).toSorted();
const someTracks = (sandbox: Sandbox, count: number) =>
  [...sandbox.catalogue.trackById.keys()].slice(0, count);
const UNKNOWN = '7zzzzzzzzzzzzzzzzzzzzz';

describe('the client in the extended profile', () => {
  it('fetches in batches of 50, 20 and 100, with the fewest requests', async () => {
    const { sandbox, client } = await open();
    const ids = someTracks(sandbox, 120);
    const albums = [...sandbox.catalogue.albumById.keys()].slice(0, 45);
    expect(idsOf(await collect((take) => client.tracks(ids, take)))).toEqual(ids.toSorted());
    expect(idsOf(await collect((take) => client.albums(albums, take)))).toEqual(albums.toSorted());
    const features = await collect(async (take) =>
      expect(await client.audioFeatures(ids, take)).toEqual({ isGiven: true, failure: null }),
    );
    expect(features.length).toBeGreaterThan(100);
    expect(sandbox.requests.count('tracks')).toBe(3);
    expect(sandbox.requests.count('albums')).toBe(3);
    expect(sandbox.requests.count('features')).toBe(2);
    expect(sandbox.requests.count('token')).toBe(1);
  });

  it('names unknown ids, and keeps the id asked for where the answer has another', async () => {
    const { sandbox, client } = await open();
    const [merged = ''] = [...sandbox.catalogue.artistById]
      .filter(([id, artist]) => id !== artist.id)
      .map(([id]) => id);
    const bodies = await collect(async (take) => {
      expect(await client.artists([UNKNOWN, merged], take)).toEqual({ unknown: [UNKNOWN], unanswered: [] });
    });
    expect(idsOf(bodies)).toEqual([merged]);
    expect(JSON.parse(bodies[0]?.json ?? '').id).not.toBe(merged);
  });

  it('reads all pages of an artist with more than a hundred albums, each id once', async () => {
    const { sandbox, client } = await open();
    const prolific = sandbox.catalogue.artists.find((artist) => artist.albums.length > 100);
    const ids = await client.albumIdsOf(prolific?.id ?? '', GROUPS);
    expect(new Set(ids)).toEqual(new Set(prolific?.albums.map(({ id }) => id)));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('follows an album beyond the tracks that stand in its body', async () => {
    const { sandbox, client } = await open();
    const box = [...sandbox.catalogue.albumById.values()].find((album) => album.tracks.length > 50);
    const ids = box?.tracks.map(({ id }) => id) ?? [];
    expect(await client.furtherTrackIds(box?.id ?? '', 50)).toEqual(ids.slice(50));
    expect(await client.furtherTrackIds(box?.id ?? '', 20)).toEqual(ids.slice(20));
  });

  it('refuses an id that would spoil a batch, before any call', async () => {
    const { sandbox, client } = await open();
    await expect(client.tracks(['not an id'], ignore)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(sandbox.requests.count()).toBe(0);
  });
});

describe('the client in development mode of 2026', () => {
  it('finds out by one refusal, goes on one by one, and remembers it in the next run', async () => {
    const { sandbox, client, fallbacks, memory } = await open({ profile: 'dev2026' });
    const ids = someTracks(sandbox, 220);
    expect(idsOf(await collect((take) => client.tracks(ids, take)))).toEqual(ids.toSorted());
    expect(sandbox.requests.count('tracks')).toBe(1);
    expect(sandbox.requests.count('track')).toBe(220);
    expect(await client.audioFeatures(ids, ignore)).toEqual({ isGiven: false, failure: null });
    expect(sandbox.requests.count('features')).toBe(1);
    expect(fallbacks).toHaveLength(2);
    const again = await open({ profile: 'dev2026' }, { memory });
    await again.client.tracks(ids.slice(0, 2), ignore);
    expect(await again.client.audioFeatures(ids, ignore)).toEqual({ isGiven: false, failure: null });
    expect(again.sandbox.requests.count('tracks')).toBe(0);
    expect(again.sandbox.requests.count('features')).toBe(0);
  });

  it('finds out again for another key, which may have what the first one lacks', async () => {
    const { sandbox, client, memory } = await open({ profile: 'dev2026' });
    await client.tracks(someTracks(sandbox, 2), ignore);
    const other = await open({}, { memory, key: 'another' });
    await other.client.tracks(someTracks(other.sandbox, 2), ignore);
    expect([other.sandbox.requests.count('tracks'), other.sandbox.requests.count('track')]).toEqual([1, 0]);
  });

  it('reads pages of ten after one refusal of longer ones, and lacks what is withheld without failing', async () => {
    const { sandbox, client, fallbacks, memory } = await open({ profile: 'dev2026' });
    const artists = sandbox.catalogue.artists.filter(({ albums }) => albums.length > 10).slice(0, 6);
    const lists = await Promise.all(artists.map(({ id }) => client.albumIdsOf(id, GROUPS)));
    expect(lists.map(({ length }) => length)).toEqual(artists.map(({ albums }) => albums.length));
    const pages = artists.reduce((sum, { albums }) => sum + Math.ceil(albums.length / 10), 0);
    expect(sandbox.requests.count('artist-albums')).toBe(pages + 1);
    expect(fallbacks).toHaveLength(1);
    const [body] = await collect((take) => client.artists([artists[0]?.id ?? ''], take));
    expect(JSON.parse(body?.json ?? '')).not.toHaveProperty('popularity');
    expect(JSON.parse(body?.json ?? '')).toHaveProperty('genres');
    const again = await open({ profile: 'dev2026' }, { memory });
    await again.client.albumIdsOf(artists[0]?.id ?? '', GROUPS);
    expect(again.sandbox.requests.entries.every(({ status }) => status === 200)).toBe(true);
  });
});

describe('the client under faults', () => {
  it.each([
    ['502 with HTML', { kind: 'status', status: 502, body: '<h1>Bad Gateway</h1>' }],
    ['503 with nothing', { kind: 'status', status: 503, body: '' }],
    ['200 with HTML', { kind: 'status', status: 200, body: '<html>captive portal</html>' }],
    ['a body that is cut although its length is right', { kind: 'truncate' }],
    ['a reset in the middle of the body', { kind: 'reset' }],
  ] as const)('tries again after %s', async (_what, answer) => {
    const { sandbox, client } = await open({ faults: [{ family: 'tracks', nth: 1, times: 2, answer }] });
    const ids = someTracks(sandbox, 3);
    expect(idsOf(await collect((take) => client.tracks(ids, take)))).toEqual(ids.toSorted());
    expect(sandbox.requests.count('tracks')).toBe(3);
  });

  it('fetches one by one what fails in a batch, and names the one that cannot be had', async () => {
    const answer = { kind: 'status', status: 500 } as const;
    const { sandbox, client } = await open({
      faults: [
        { family: 'tracks', answer },
        { family: 'track', nth: 5, times: 4, answer },
      ],
    });
    const ids = someTracks(sandbox, 6);
    let unanswered: readonly string[] = [];
    const bodies = await collect(async (take) => {
      ({ unanswered } = await client.tracks(ids, take));
    });
    expect(bodies.length + unanswered.length).toBe(6);
    expect(unanswered.length).toBeLessThanOrEqual(4);
    expect([...idsOf(bodies), ...unanswered].toSorted()).toEqual(ids.toSorted());
  });

  it('gives up with a retryable error when nothing is answered, lest an outage counts as done', async () => {
    const answer = { kind: 'status', status: 500 } as const;
    const { sandbox, client } = await open({
      faults: [
        { family: 'tracks', answer },
        { family: 'track', answer },
      ],
    });
    for (const count of [1, 200]) {
      await expect(client.tracks(someTracks(sandbox, count), ignore)).rejects.toMatchObject({
        code: 'EXTRACT',
        isRetryable: true,
        status: 500,
      });
    }
    expect(sandbox.requests.count()).toBeLessThan(100);
  });

  it('hands on nothing of an answer with 200 and HTML, or of a cut one, that stays so', async () => {
    for (const answer of [
      { kind: 'status', status: 200, body: '<html>captive portal</html>' },
      { kind: 'truncate' },
    ] as const) {
      const faults = ['tracks', 'track'].map((family) => ({ family, answer }));
      const { sandbox, client } = await open({ faults });
      await expect(client.tracks(someTracks(sandbox, 1), refuseAll)).rejects.toThrow(/no JSON/);
    }
  });

  it('waits as long as a short Retry-After says, then goes on', async () => {
    const headers = { 'retry-after': '2' };
    const { sandbox, client, waits } = await open({
      faults: [{ family: 'tracks', nth: 1, answer: { kind: 'status', status: 429, body: 'Slow', headers } }],
    });
    expect(await collect((take) => client.tracks(someTracks(sandbox, 1), take))).toHaveLength(1);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(1_900);
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
    expect(await collect((take) => client.artists([first?.id ?? ''], take))).toHaveLength(1);
    // Quotas are the developer's, not the key's: another key is blocked too.
    const again = await open({}, { memory, key: 'another' });
    await expect(again.client.albumIdsOf(first?.id ?? '', ['album'])).rejects.toMatchObject({
      code: 'SOURCE_DEFERRED',
    });
    expect(again.sandbox.requests.count('artist-albums')).toBe(0);
  });

  it('renews a token once when it is refused, and gives up when the new one is refused too', async () => {
    const answer = { kind: 'status', status: 401 } as const;
    const once = await open({ faults: [{ family: 'tracks', nth: 1, answer }] });
    expect(await collect((take) => once.client.tracks(someTracks(once.sandbox, 1), take))).toHaveLength(1);
    expect(once.sandbox.requests.count('token')).toBe(2);
    const always = await open({ faults: [{ family: 'tracks', answer }] });
    await expect(always.client.tracks(someTracks(always.sandbox, 1), ignore)).rejects.toThrow(
      /status 401.*Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET/,
    );
    expect(always.sandbox.requests.count('tracks')).toBe(2);
  });

  it('says what the owner of the key must do about a wrong secret', async () => {
    const { sandbox, client } = await open({}, { secret: 'wrong' });
    await expect(client.tracks(someTracks(sandbox, 1), ignore)).rejects.toThrow(
      /Invalid client secret.*Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET/,
    );
  });

  it.each([
    ['Active premium subscription required for the owner of the app.', /needs an active Premium/],
    ['User may not be registered for this application', /allow-list/],
    ['{"error":{"status":403,"message":"Insufficient client scope"}}', /lacks a scope; log in again/],
  ])('says what the owner of the key must do about "%s"', async (body, advice) => {
    const answer = { kind: 'status', status: 403, body } as const;
    const { sandbox, client, memory } = await open({ faults: [{ family: 'artists', answer }] });
    const id = sandbox.catalogue.artists[0]?.id ?? '';
    await expect(client.artists([id], ignore)).rejects.toThrow(advice);
    // It says nothing about batches, so it must not be remembered as if it did.
    expect(JSON.stringify([...memory.values()])).not.toContain('"isWithheld":true');
  });

  it('says that a single call is refused to the key', async () => {
    const { sandbox, client } = await open({
      profile: 'dev2026',
      faults: [{ family: 'artist', answer: { kind: 'status', status: 403, body: '' } }],
    });
    const id = sandbox.catalogue.artists[0]?.id ?? '';
    await expect(client.artists([id], ignore)).rejects.toThrow(/The key may not make this call/);
  });

  it('stops at once when it is told to', async () => {
    const stop = new AbortController();
    const { sandbox, client } = await open({}, { signal: stop.signal });
    stop.abort(new Error('cancelled'));
    await expect(client.tracks(someTracks(sandbox, 1), ignore)).rejects.toThrow('cancelled');
    expect(sandbox.requests.count('tracks')).toBe(0);
  });
});
