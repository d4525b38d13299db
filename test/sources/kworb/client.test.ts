import { describe, expect, it } from 'vitest';
import { createKworbClient } from '../../../src/sources/kworb/client.ts';
import { type Scripted, scriptSource } from '../scripted-source.ts';

const ROBOTS: Scripted = { body: 'User-agent: *\nDisallow:\n' };
const PAGE: Scripted = {
  headers: { etag: '"e1"', 'last-modified': 'Thu, 19 Nov 2026 05:00:00 GMT' },
  body: `<span>Last updated: 2026/11/19</span><table><tr><th>Artist</th><th>Streams</th></tr>
    <tr><td><a href="artist/2Hkut4rAAyrQxRdof7FVJq_songs.html">Rush</a></td><td>1.0</td></tr></table>`,
};

function open(...script: Scripted[]) {
  const source = scriptSource(script, { retries: 0, passing: [500, 502, 504], stopsAtOnce: true });
  const signal = new AbortController().signal;
  const client = createKworbClient({
    source: 'kworb',
    url: 'http://kworb',
    gate: source.gate,
    clock: source.clock,
    pauseMs: 1_000,
    signal,
  });
  return { ...source, client };
}

describe('ranking', () => {
  it('asks robots.txt once, pauses between pages, and says who asks', async () => {
    const { client, sent } = open(ROBOTS, PAGE, PAGE);
    await client.ranking('artists', null);
    const fetched = await client.ranking('artists', null);
    expect(sent.map(({ url }) => url.slice('http://kworb'.length))).toEqual([
      '/robots.txt',
      '/spotify/artists.html',
      '/spotify/artists.html',
    ]);
    for (const [at, { request }] of sent.entries()) {
      expect(request.headers?.['user-agent']).toMatch(/^Groovelake /);
      if (at > 0) expect((sent[at]?.at ?? 0) - (sent[at - 1]?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
    }
    expect(fetched).toMatchObject({
      isChanged: true,
      page: { updated: '2026-11-19', artists: [{ name: 'Rush' }] },
      validators: { etag: '"e1"', lastModified: 'Thu, 19 Nov 2026 05:00:00 GMT' },
    });
  });

  it('sends along what the page was known by, and takes 304 for no news', async () => {
    const { client, sent } = open(ROBOTS, { status: 304 });
    expect(await client.ranking('artists', { etag: '"e1"', lastModified: 'then' })).toEqual({
      isChanged: false,
    });
    expect(sent[1]?.request.headers).toMatchObject({ 'if-none-match': '"e1"', 'if-modified-since': 'then' });
  });

  it('does not read what robots.txt keeps from it, and says what to do instead', async () => {
    const { client, sent } = open({ body: 'User-agent: *\nDisallow: /spotify/' });
    await expect(client.ranking('artists', null)).rejects.toThrow(
      /asks programs not to read .*artistIds, artistNames/,
    );
    expect(sent).toHaveLength(1);
  });

  it('takes a missing robots.txt for no rule, and a broken one for a closed door', async () => {
    const { client } = open({ status: 404 }, PAGE);
    expect((await client.ranking('artists', null)).isChanged).toBe(true);
    for (const status of [500, 503]) {
      const { client: closed, sent } = open({ status });
      await expect(closed.ranking('artists', null)).rejects.toMatchObject({ code: 'EXTRACT', status });
      expect(sent).toHaveLength(1);
    }
  });

  it.each([403, 503])('leaves kworb alone on status %i', async (status) => {
    const { client, sent } = open(ROBOTS, { status });
    await expect(client.ranking('artists', null)).rejects.toMatchObject({
      code: 'EXTRACT',
      status,
      isRetryable: false,
    });
    expect(sent).toHaveLength(2);
  });

  it.each([
    [{}, 3_600],
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after': '86400' }, 86_400],
  ])('leaves kworb alone on status 429 with %j for %i s, without another call', async (headers, seconds) => {
    const { client, sent, clock } = open(ROBOTS, { status: 429, headers });
    const failure = await client.ranking('artists', null).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SOURCE_DEFERRED', until: clock.now() + seconds * 1_000 });
    expect(sent).toHaveLength(2);
  });
});
