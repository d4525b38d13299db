// What a crawl found out about its key, as the query `sources` shows it.
import { describe, expect, it } from 'vitest';
import { listSources } from '../../src/store/runs/source-states.ts';
import { countSince, openCrawl } from './open-crawl.ts';

describe('what the sources let a key do', () => {
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
