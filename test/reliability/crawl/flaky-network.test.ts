// RELIABILITY c 31: latency, resets in the middle of headers and bodies, half-open connections, one byte at a time, no such host, no TLS.
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { createHttp, createNetworkSend } from '../../../src/sources/http.ts';
import { startSandbox } from '../../../src/sources/sandbox/server.ts';
import { albumsOf, openCrawl, sortedIds, tracksOf } from '../../pipeline/crawl/open-crawl.ts';
import { startFlakyProxy } from './flaky-proxy.ts';

const SEED = 20261126;
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('a crawl over a bad network', () => {
  it.each([
    'extended',
    'dev2026',
  ] as const)('lands all that the source has, with bounded retries (profile %s)', async (profile) => {
    const crawl = await openCrawl({ artists: 14, profile });
    const url = new URL(crawl.sandbox.apiUrl);
    const proxy = await startFlakyProxy(Number(url.port), { seed: SEED, share: 0.5 });
    ends.push(() => proxy.close());
    const artists = crawl.sandbox.catalogue.artists.slice(0, 4);
    const ended = await crawl.run(
      { artistIds: artists.map(({ id }) => id) },
      {
        env: {
          SPOTIFY_API_URL: `http://127.0.0.1:${proxy.port}/v1`,
          GROOVELAKE_HTTP_TIMEOUT_MS: '2000',
          GROOVELAKE_HTTP_RETRIES: '8',
          GROOVELAKE_STEP_RETRIES: '3',
        },
      },
    );
    expect([ended.status, ended.error?.message]).toEqual(['SUCCEEDED', undefined]);
    expect(await crawl.landed('album')).toEqual(sortedIds(albumsOf(artists)));
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
    const bad = Object.entries(proxy.counts).filter(([mischief]) => mischief !== 'none');
    expect(bad.length).toBeGreaterThan(1);
    console.log(
      `flaky network: profile ${profile}, seed ${SEED}, connections ${JSON.stringify(proxy.counts)}`,
    );
  });

  it.each([
    ['a host that does not exist', () => 'http://no-such-host.invalid/v1/x', /ENOTFOUND|EAI_AGAIN/],
    ['a port where nobody listens', () => 'http://127.0.0.1:1/x', /ECONNREFUSED/],
    [
      'a host without TLS',
      (port: number) => `https://127.0.0.1:${port}/v1/x`,
      /SSL|TLS|EPROTO|wrong version/i,
    ],
  ] as const)('gives up on %s after the tries it has, and says why', async (_what, urlOf, why) => {
    const sandbox = await startSandbox({ clock: systemClock, artists: 10 });
    const network = createNetworkSend({
      clock: systemClock,
      timeoutMs: 2_000,
      maxBytes: 1_000,
      connections: 2,
    });
    ends.push(
      () => sandbox.close(),
      () => network.close(),
    );
    let sleeps = 0;
    const clock = {
      ...systemClock,
      sleep: async () => {
        sleeps += 1;
      },
    };
    const http = createHttp({
      source: 'x',
      clock,
      random: seededRandomness(1),
      retries: 3,
      sendOnce: network.send,
    });
    await expect(http.send(urlOf(Number(new URL(sandbox.apiUrl).port)), {})).rejects.toMatchObject({
      code: 'EXTRACT',
      isRetryable: true,
      message: expect.stringMatching(why),
    });
    expect(sleeps).toBe(3);
  });
});
