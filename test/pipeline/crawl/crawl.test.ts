import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { SandboxArtist } from '../../../src/sources/sandbox/catalogue.ts';
import { albumsOf, listedTwice, openCrawl, sortedIds, tracksOf } from './open-crawl.ts';

/** Of the key as a whole: it ends the try, whatever was asked for. */
const refusal = { kind: 'status', status: 403, body: 'Insufficient client scope' } as const;

describe('a crawl', () => {
  it("lands exactly the source's set, in sealed batches, with the fewest requests", async () => {
    const { sandbox, landing, run, landed } = await openCrawl();
    const artists = sandbox.catalogue.artists.slice(0, 12);
    const ended = await run({ top: 12, batchSize: 5 });
    expect(ended.status).toBe('SUCCEEDED');
    expect(await landed('artist')).toEqual(sortedIds(artists));
    expect(await landed('album')).toEqual(sortedIds(albumsOf(artists)));
    expect(await landed('track')).toEqual(sortedIds(tracksOf(artists)));
    expect(await landed('audio_features')).toEqual(
      sortedIds(tracksOf(artists).filter((track) => track.features)),
    );
    expect(new Set(await landed('ranking'))).toEqual(new Set(sandbox.catalogue.artists.map(({ id }) => id)));
    const batches = await landing.listBatches();
    expect(batches.map((batch) => [batch.id.slice(ended.id.length), batch.sealedAt !== null])).toEqual([
      ['-ranking', true],
      ['-listeners', true],
      ['-0000', true],
      ['-0001', true],
      ['-0002', true],
    ]);
    const perBatch = [artists.slice(0, 5), artists.slice(5, 10), artists.slice(10)];
    const batchesOf = (size: number, items: (part: readonly SandboxArtist[]) => readonly unknown[]) =>
      perBatch.reduce((sum, part) => sum + Math.ceil(items(part).length / size), 0);
    expect(sandbox.requests.count('artists')).toBe(3);
    expect(sandbox.requests.count('albums')).toBe(batchesOf(20, albumsOf));
    expect(sandbox.requests.count('tracks')).toBe(batchesOf(50, tracksOf));
    expect(sandbox.requests.count('features')).toBe(batchesOf(100, tracksOf));
  });

  it('lands the same artists, albums and tracks with a key of 2026, and features from ReccoBeats', async () => {
    const { sandbox, run, landed, landing } = await openCrawl({ profile: 'dev2026' });
    const artists = sandbox.catalogue.artists.slice(3, 6);
    const ended = await run({ artistIds: artists.map(({ id }) => id) });
    expect(ended.status).toBe('SUCCEEDED');
    expect(await landed('track')).toEqual(sortedIds(tracksOf(artists)));
    expect(sandbox.requests.count('track')).toBe(tracksOf(artists).length);
    const features = await landed('audio_features');
    expect(features.length).toBeGreaterThan(0.7 * tracksOf(artists).length);
    const [batch] = await landing.listBatches();
    expect(batch?.counts.find(({ kind }) => kind === 'audio_features')?.source).toBe('reccobeats');
  });

  it('asks the least that a key of 2026 needs: one refusal per kind, and no entity twice', async () => {
    const { sandbox, run } = await openCrawl({ profile: 'dev2026' });
    const artists = sandbox.catalogue.artists.slice(3, 12);
    await run({ artistIds: artists.map(({ id }) => id), batchSize: 4 });
    const { count, entries } = sandbox.requests;
    const pages = artists.reduce((sum, { albums }) => sum + Math.max(1, Math.ceil(albums.length / 10)), 0);
    expect(['artists', 'albums', 'tracks', 'features'].map((family) => count(family))).toEqual([1, 1, 1, 1]);
    expect(count('artist-albums')).toBe(pages + 1);
    expect(count('artist')).toBe(artists.length);
    expect(count('album')).toBe(sortedIds(albumsOf(artists)).length);
    expect(new Set(entries.map(({ path }) => path)).size).toBe(entries.length);
  });

  it('goes on where it failed, fetching nothing twice, and ends with the same set', async () => {
    const { sandbox, run, retry, landed } = await openCrawl({
      faults: [{ family: 'tracks', nth: 4, answer: refusal }],
    });
    const artists = sandbox.catalogue.artists.slice(0, 10);
    const failed = await run({ top: 10, batchSize: 5 });
    expect(failed.status).toBe('FAILED');
    expect(failed.error).toMatchObject({ code: 'EXTRACT', step: 'crawl' });
    const before = sandbox.requests.count('albums');
    const landedBefore = (await landed('album')).length;
    const ended = await retry(failed);
    expect([ended.status, ended.attempt]).toEqual(['SUCCEEDED', 2]);
    expect(await landed('track')).toEqual(sortedIds(tracksOf(artists)));
    const stillToFetch = sortedIds(albumsOf(artists)).length - landedBefore;
    expect(sandbox.requests.count('albums') - before).toBe(Math.ceil(stillToFetch / 20));
    expect(listedTwice(sandbox)).toEqual([]);
  });

  it('loses no artist when the step is tried again within a run that has sealed a batch', async () => {
    const { sandbox, run, landed } = await openCrawl(
      { faults: [{ family: 'artists', nth: 2, answer: refusal }] },
      { GROOVELAKE_ERROR_RETRIES: 'EXTRACT=1' },
    );
    const ended = await run({ top: 10, batchSize: 5 });
    expect(ended.status).toBe('SUCCEEDED');
    expect(await landed('artist')).toEqual(sortedIds(sandbox.catalogue.artists.slice(0, 10)));
  });

  it('fetches the artists of its own batch once more where that was withdrawn, as often as it is', async () => {
    const { run, retry, landing, landed } = await openCrawl({
      faults: [2, 4, 6].map((nth) => ({ family: 'artists', nth, answer: refusal })),
    });
    const failed = await run({ top: 6, batchSize: 3 });
    const first = `${failed.id}-0000`;
    const artists = await landed('artist');
    const isRead = async () =>
      (await landing.listBatches())
        .filter(({ id, withdrawnAt }) => id.startsWith(first) && withdrawnAt === null)
        .map(({ id }) => id);
    for (const [id, next] of [
      [first, `${first}-take2`],
      [`${first}-take2`, `${first}-take3`],
    ] as const) {
      await landing.withdrawBatch(id, systemClock.now());
      expect((await retry(failed)).status).toBe('FAILED');
      expect(await isRead()).toEqual([next]);
      expect([...(await landing.findLandedIds(next, 'spotify', 'artist', artists))].sort()).toEqual(artists);
    }
    await landing.withdrawBatch(`${first}-take3`, systemClock.now());
    const anew = await retry(failed, false);
    expect([anew.status, await isRead()]).toEqual(['SUCCEEDED', []]);
    expect(await landing.findBatch(`${failed.id}-0002`)).not.toBeNull();
  });

  it('loses no artist when a run is begun anew, or goes on with another batch size', async () => {
    for (const [keepFinishedSteps, size] of [
      [false, '5'],
      [true, '3'],
    ] as const) {
      const { sandbox, run, retry, landed, landing } = await openCrawl(
        { faults: [{ family: 'albums', nth: 6, answer: refusal }] },
        { GROOVELAKE_CRAWL_BATCH_SIZE: '5', GROOVELAKE_CRAWL_CONCURRENCY: '1' },
      );
      const failed = await run({ top: 10 });
      expect([failed.status, (await landing.listBatches({ sealed: true })).length]).toEqual(['FAILED', 3]);
      const ended = await retry(failed, keepFinishedSteps, { env: { GROOVELAKE_CRAWL_BATCH_SIZE: size } });
      expect(ended.status).toBe('SUCCEEDED');
      const artists = sandbox.catalogue.artists.slice(0, 10);
      expect(await landed('artist')).toEqual(sortedIds(artists));
      expect(await landed('track')).toEqual(sortedIds(tracksOf(artists)));
      expect(await landing.listBatches({ sealed: false })).toEqual([]);
    }
  });

  it('parks what a quota forbids until the source allows it, keeps what is sealed, and then goes on', async () => {
    const body = JSON.stringify({ error: { status: 429, message: 'Slow', reason: 'QUOTA_EXCEEDED' } });
    const headers = { 'retry-after': '80000' };
    const { sandbox, landing, run, again, landed, messages } = await openCrawl({
      faults: [{ family: 'artist-albums', nth: 8, answer: { kind: 'status', status: 429, body, headers } }],
    });
    const parked = await run({ top: 12, batchSize: 3 });
    expect(parked.status).toBe('WAITING');
    expect(parked.resumesAt).toBeGreaterThan(systemClock.now() + 79_000_000);
    expect(await landing.listBatches({ sealed: true })).not.toEqual([]);
    expect((await messages(parked, 'crawl.parked')).join()).toMatch(/of 12 artists are done/);
    const calls = sandbox.requests.count();
    const early = await again(parked, { now: (parked.resumesAt ?? 0) + 1 });
    expect(early.status).toBe('SUCCEEDED');
    expect(sandbox.requests.count()).toBeGreaterThan(calls);
    expect(await landed('track')).toEqual(sortedIds(tracksOf(sandbox.catalogue.artists.slice(0, 12))));
    expect(listedTwice(sandbox)).toEqual([]);
  });

  it('pauses before the limit of its step, with what it has sealed, and goes on at once', async () => {
    const { sandbox, landing, run, again, landed, messages } = await openCrawl(
      { profile: 'dev2026' },
      { GROOVELAKE_STEP_TIMEOUTS: 'crawl=200000' },
    );
    const artists = sandbox.catalogue.artists.slice(3, 9);
    // A second passes with every request: no more than 180 fit in nine tenths of the limit.
    const how = { monotonic: () => sandbox.requests.count() * 1_000 };
    let ended = await run({ artistIds: artists.map(({ id }) => id), batchSize: 1 }, how);
    expect(ended.status).toBe('WAITING');
    expect(ended.resumesAt).toBeLessThan(systemClock.now() + 60_000);
    expect((await landing.listBatches({ sealed: true })).length).toBeGreaterThan(0);
    expect((await messages(ended, 'crawl.parked')).join()).toMatch(/200000 ms.*of 6 artists are done/);
    for (let tries = 1; ended.status === 'WAITING'; tries++) {
      expect(sandbox.requests.count()).toBeLessThan(tries * 190);
      ended = await again(ended, { ...how, now: (ended.resumesAt ?? 0) + 1 });
    }
    expect([ended.status, ended.error]).toEqual(['SUCCEEDED', null]);
    expect(await landed('track')).toEqual(sortedIds(tracksOf(artists)));
    expect(listedTwice(sandbox)).toEqual([]);
  });

  it('ends PARTIAL and names what could not be had, while the rest lands', async () => {
    const { sandbox, run, landed, messages } = await openCrawl({
      profile: 'dev2026',
      faults: [{ family: 'album', nth: 2, answer: { kind: 'status', status: 500 } }],
    });
    const artists = sandbox.catalogue.artists.slice(3, 6);
    const ended = await run({ artistIds: artists.map(({ id }) => id) });
    expect(ended.status).toBe('PARTIAL');
    expect((await landed('album')).length).toBe(sortedIds(albumsOf(artists)).length - 1);
    expect((await messages(ended, 'crawl.unanswered')).join()).toMatch(/^1 album documents could not be had/);
  });

  it('ends PARTIAL without the features of a provider that stands in and is down', async () => {
    const { sandbox, run, landed, landing, messages } = await openCrawl({
      profile: 'dev2026',
      faults: [{ family: 'reccobeats', answer: { kind: 'status', status: 500 } }],
    });
    const artists = sandbox.catalogue.artists.slice(3, 5);
    const ended = await run({ artistIds: artists.map(({ id }) => id) });
    expect(ended.status).toBe('PARTIAL');
    expect(await landed('track')).toEqual(sortedIds(tracksOf(artists)));
    expect(await landed('audio_features')).toEqual([]);
    expect((await landing.listBatches({ sealed: true })).length).toBe(1);
    expect((await messages(ended, 'crawl.features')).join()).toMatch(/stay without audio features/);
  });

  it('stops in the middle of a request that takes long, and keeps what it had', async () => {
    const { sandbox, run, landed, landing } = await openCrawl({
      faults: [{ family: 'tracks', answer: { kind: 'slow', ms: 3_000 } }],
    });
    const stop = new AbortController();
    const running = run({ top: 2 }, { signal: stop.signal });
    while (sandbox.requests.count('tracks') === 0) await systemClock.sleep(5);
    stop.abort();
    expect((await running).status).toBe('CANCELLED');
    expect(await landed('album')).not.toEqual([]);
    expect(await landed('track')).toEqual([]);
    expect((await landing.listBatches({ sealed: false })).length).toBe(1);
  });

  it('names artists that the source does not know, and goes on', async () => {
    const { run, runs, landed } = await openCrawl();
    const ended = await run({ artistIds: ['7zzzzzzzzzzzzzzzzzzzzz', '2Hkut4rAAyrQxRdof7FVJq'] });
    expect(ended.status).toBe('SUCCEEDED');
    expect(await landed('artist')).toEqual(['2Hkut4rAAyrQxRdof7FVJq']);
    expect(
      (await runs.listEvents(ended.id, { after: 0, first: 100 })).some(
        ({ type }) => type === 'crawl.missing',
      ),
    ).toBe(true);
  });
});
