// What a crawl found out about its key, as the query `sources` shows it.
import { describe, expect, it } from 'vitest';
import { listSources } from '../../../src/store/runs/source-states.ts';
import { countSince, DAY_MS, openCrawl } from './open-crawl.ts';

describe('what a key was refused', () => {
  it('is tried again after a week, or at once by a forced crawl, at the cost of one refusal a family', async () => {
    const { sandbox, run } = await openCrawl({ profile: 'dev2026' });
    const artistIds = sandbox.catalogue.artists.slice(3, 5).map(({ id }) => id);
    const REFUSED = ['artists', 'albums', 'tracks', 'features'];
    const asked = async (parameters: object, days: number) => {
      const begin = sandbox.requests.entries.length;
      const ended = await run({ artistIds, ...parameters }, { now: Date.now() + days * DAY_MS });
      expect(ended.status).toBe('SUCCEEDED');
      const counts = countSince(sandbox, begin);
      return REFUSED.map((family) => counts[family] ?? 0);
    };
    expect(await asked({}, 0)).toEqual([1, 1, 1, 1]);
    expect(await asked({}, 6)).toEqual([0, 0, 0, 0]);
    expect(await asked({}, 8)).toEqual([1, 1, 1, 1]);
    expect(await asked({}, 10)).toEqual([0, 0, 0, 0]);
    sandbox.set({ profile: 'extended' });
    const [artists = 0, albums = 0, tracks = 0, features = 0] = await asked({ force: true }, 10);
    expect([artists, albums > 0, tracks > 0, features > 0]).toEqual([1, true, true, true]);
    const singles = sandbox.requests.count('track');
    await run({ artistIds, force: true }, { now: Date.now() + 11 * DAY_MS });
    expect(sandbox.requests.count('track')).toBe(singles);
  });
});

describe('a token that the accounts service puts off', () => {
  it('parks the run, and is asked for by no other run before its time', async () => {
    const headers = { 'retry-after': '80000' };
    const { sandbox, run, again } = await openCrawl({
      faults: [{ family: 'token', nth: 1, answer: { kind: 'status', status: 429, headers } }],
    });
    const artistIds = sandbox.catalogue.artists.slice(0, 2).map(({ id }) => id);
    const parked = await run({ artistIds });
    expect(parked.status).toBe('WAITING');
    expect((parked.resumesAt ?? 0) - Date.now()).toBeGreaterThan(79_000_000);
    expect((await run({ artistIds, batchSize: 1 }, { now: Date.now() + 1_800_000 })).status).toBe('WAITING');
    expect(sandbox.requests.count('token')).toBe(1);
    expect((await again(parked, { now: (parked.resumesAt ?? 0) + 1 })).status).toBe('SUCCEEDED');
    expect(sandbox.requests.count('token')).toBe(2);
  });
});

describe('what the sources let a key do', () => {
  it('is no block that was noted while the clock was ahead', async () => {
    const { runs } = await openCrawl();
    const now = Date.now();
    const block = (days: number) => ({ blockedUntil: now + days * DAY_MS, requests: 1 });
    // As it is kept, and as versions before kept it.
    for (const [family, days] of [
      ['album', 6],
      ['track', 365],
    ] as const) {
      await runs.setSourceState('spotify', `family:${family}`, block(days));
      await runs.setSourceState('spotify', `family:${family}s`, { requests: 1 });
      await runs.setSourceState('spotify', `block:${family}s`, { until: block(days).blockedUntil });
    }
    const [, , , spotify] = await listSources(runs, { isSandbox: false }, now);
    expect(spotify?.families.map(({ name, state }) => [name, state])).toEqual([
      ['album', 'BLOCKED'],
      ['albums', 'BLOCKED'],
      ['track', 'AVAILABLE'],
      ['tracks', 'AVAILABLE'],
    ]);
  });

  it('is available, withheld, or blocked until a time, with the requests and the last refusal of each family', async () => {
    const crawl = await openCrawl({ profile: 'dev2026', artists: 14, quotas: { album: 5 } });
    const parked = await crawl.run({ top: 2 });
    expect(parked.status).toBe('WAITING');
    const now = Date.now();
    const sources = await listSources(crawl.runs, { isSandbox: false }, now);
    const family = (source: string, name: string) =>
      sources.find((each) => each.name === source)?.families.find((each) => each.name === name);
    const counts = countSince(crawl.sandbox, 0);
    expect(family('spotify', 'artist')).toMatchObject({
      state: 'AVAILABLE',
      requests: counts.artist,
      lastError: null,
    });
    expect(family('spotify', 'artists')).toMatchObject({
      state: 'WITHHELD',
      requests: 1,
      lastError: 'status 403: Forbidden',
    });
    expect(family('spotify', 'features')).toMatchObject({ state: 'WITHHELD', requests: 1 });
    const blocked = family('spotify', 'album');
    expect(blocked).toMatchObject({
      state: 'BLOCKED',
      requests: counts.album,
      lastError: 'status 429: Too many requests',
    });
    expect(parked.resumesAt ?? 0).toBeGreaterThanOrEqual(blocked?.blockedUntil ?? Number.NaN);
    expect((blocked?.blockedUntil ?? 0) - now).toBeGreaterThan(80_000_000);
    expect(family('kworb', 'ranking-artists')).toMatchObject({ state: 'AVAILABLE', requests: 1 });
    expect(family('kworb', 'robots')).toMatchObject({ state: 'AVAILABLE', requests: 1 });
    expect(family('reccobeats', 'audio-features')).toMatchObject({ state: 'AVAILABLE' });
    // No call was made to the family once it was blocked, and it is free when its time has come.
    const album = crawl.sandbox.requests.entries.filter((entry) => entry.family === 'album');
    const refused = album.findIndex(({ status }) => status === 429);
    // What was under way already may still come.
    expect(album.length - refused).toBeLessThanOrEqual(8);
    const later = await listSources(crawl.runs, { isSandbox: false }, (parked.resumesAt ?? 0) + 1);
    expect(
      later.find(({ name }) => name === 'spotify')?.families.find(({ name }) => name === 'album'),
    ).toMatchObject({
      state: 'AVAILABLE',
      blockedUntil: null,
    });
  });
});
