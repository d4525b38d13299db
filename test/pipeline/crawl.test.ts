import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { crawlStep } from '../../src/pipeline/crawl.ts';
import { executeRun } from '../../src/pipeline/execute-run.ts';
import { type Catalogue, createCatalogue, type SandboxArtist } from '../../src/sources/sandbox/catalogue.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sources/sandbox/server.ts';
import type { DocumentKind, LandingStore } from '../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../src/store/landing/sqlite.ts';
import type { Run, RunStore } from '../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { createSnapshotStore } from '../../src/store/snapshots/local.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

/** Making one takes longer than most tests. */
const catalogues = new Map<number, Catalogue>();
function catalogueOf(artists: number): Catalogue {
  const found = catalogues.get(artists) ?? createCatalogue({ artists });
  catalogues.set(artists, found);
  return found;
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface How {
  readonly now?: number;
  /** Settings that differ in this execution. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

interface Crawl {
  readonly sandbox: Sandbox;
  readonly runs: RunStore;
  readonly landing: LandingStore;
  /** Triggers a CRAWL and executes it. */
  run(parameters: Record<string, unknown>, how?: How): Promise<Run>;
  /** Executes a run that is QUEUED again, or whose time has come. */
  again(run: Run, how?: How): Promise<Run>;
  /** Queues an ended run once more and executes it. */
  retry(run: Run, keepFinishedSteps?: boolean, how?: How): Promise<Run>;
  messages(run: Run, type: string): Promise<string[]>;
  /** Ids that landed, of one kind, over all batches. */
  landed(kind: DocumentKind): Promise<string[]>;
}

/** A crawl of a sandbox as if it were the real hosts. */
async function openCrawl(
  options: Partial<SandboxOptions> = {},
  env: Record<string, string> = {},
): Promise<Crawl> {
  const sandbox = await startSandbox({
    clock: systemClock,
    catalogue: catalogueOf(options.artists ?? 30),
    ...options,
  });
  const dataDir = makeTempFolder();
  const settings = {
    GROOVELAKE_DATA_DIR: dataDir,
    SPOTIFY_CLIENT_ID: sandbox.clientId,
    SPOTIFY_CLIENT_SECRET: sandbox.clientSecret,
    SPOTIFY_API_URL: sandbox.apiUrl,
    SPOTIFY_ACCOUNTS_URL: sandbox.accountsUrl,
    KWORB_URL: sandbox.kworbUrl,
    RECCOBEATS_URL: sandbox.reccobeatsUrl,
    GROOVELAKE_CRAWL_WINDOW_REQUESTS: '1000000',
    GROOVELAKE_HTTP_RETRIES: '0',
    GROOVELAKE_STEP_RETRIES: '0',
    ...env,
  };
  const runs = openSqliteRuns(':memory:');
  const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
  ends.push(async () => {
    await landing.close();
    await runs.close();
    await sandbox.close();
  });
  const random = seededRandomness(3);
  const again: Crawl['again'] = async (run, { now = systemClock.now(), env: other = {}, signal } = {}) => {
    const claimed = await runs.claimRun(run.id, { id: 'w', now, leaseMs: 60_000 });
    if (!claimed) throw new Error(`run ${run.id} is ${run.status} and cannot be claimed`);
    const clock = { ...systemClock, now: () => Math.max(now, systemClock.now()) };
    const ended = await executeRun(claimed, {
      config: readConfig({ ...settings, ...other }),
      clock,
      random,
      log: silentLog,
      runs,
      landing,
      snapshots: createSnapshotStore({ dataDir, clock, random }),
      steps: [crawlStep],
      ...(signal ? { signal } : {}),
    });
    if (!ended) throw new Error('overtaken');
    return ended;
  };
  return {
    sandbox,
    runs,
    landing,
    again,
    retry: async (run, keepFinishedSteps = true, how = {}) => {
      const queued = await runs.requeueRun(run.id, { at: systemClock.now(), keepFinishedSteps });
      if (!queued) throw new Error(`run ${run.id} is ${run.status} and cannot be retried`);
      return again(queued, how);
    },
    messages: async (run, type) =>
      (await runs.listEvents(run.id, { after: 0, first: 1_000 }))
        .filter((event) => event.type === type)
        .map(({ message }) => message),
    run: async (parameters, how = {}) => {
      const { run } = await runs.createRun(
        { pipeline: 'CRAWL', trigger: 'CLI', parameters, createdAt: systemClock.now() },
        ['crawl'],
      );
      return again(run, how);
    },
    landed: async (kind) => {
      const ids: string[] = [];
      for (const batch of await landing.listBatches()) {
        for await (const page of landing.readBatch(batch.id, kind)) ids.push(...page.map(({ id }) => id));
      }
      return ids.sort();
    },
  };
}

const albumsOf = (artists: readonly SandboxArtist[]) => artists.flatMap((artist) => artist.albums);
const tracksOf = (artists: readonly SandboxArtist[]) => albumsOf(artists).flatMap((album) => album.tracks);
const sortedIds = (items: readonly { id: string }[]) => [...new Set(items.map(({ id }) => id))].sort();

/** Pages of lists that were asked for twice and answered, apart from the one that found out the length of a page. */
function listedTwice(sandbox: Sandbox): string[] {
  const paths = sandbox.requests.entries
    .filter(({ family, status }) => ['artist-albums', 'album-tracks'].includes(family) && status === 200)
    .map(({ path }) => path);
  return paths.filter((path, at) => paths.indexOf(path) !== at);
}

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
    expect(await landed('ranking')).toEqual(sortedIds(artists));
    const batches = await landing.listBatches();
    expect(batches.map((batch) => [batch.id.slice(ended.id.length), batch.sealedAt !== null])).toEqual([
      ['-ranking', true],
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
      faults: [{ family: 'tracks', nth: 4, answer: { kind: 'reset' } }],
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
      { faults: [{ family: 'artists', nth: 2, answer: { kind: 'reset' } }] },
      { GROOVELAKE_STEP_RETRIES: '1' },
    );
    const ended = await run({ top: 10, batchSize: 5 });
    expect(ended.status).toBe('SUCCEEDED');
    expect(await landed('artist')).toEqual(sortedIds(sandbox.catalogue.artists.slice(0, 10)));
  });

  it('loses no artist when a run is begun anew, or goes on with another batch size', async () => {
    for (const [keepFinishedSteps, size] of [
      [false, '5'],
      [true, '3'],
    ] as const) {
      const { sandbox, run, retry, landed, landing } = await openCrawl(
        { faults: [{ family: 'albums', nth: 6, answer: { kind: 'reset' } }] },
        { GROOVELAKE_CRAWL_BATCH_SIZE: '5', GROOVELAKE_CRAWL_CONCURRENCY: '1' },
      );
      const failed = await run({ top: 10 });
      expect([failed.status, (await landing.listBatches({ sealed: true })).length]).toEqual(['FAILED', 2]);
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

  it.each([
    2, 7, 19, 40,
  ])('gets everything in runs of %i requests each, and no entity twice', async (maxRequests) => {
    const { sandbox, run, retry, landed, messages } = await openCrawl({ profile: 'dev2026', artists: 14 });
    const artists = sandbox.catalogue.artists.slice(10, 12);
    let ended = await run({ artistIds: artists.map(({ id }) => id), maxRequests });
    const [first] = await messages(ended, 'crawl.budget');
    expect(first).toContain(`The ${maxRequests} requests of this run are used up`);
    for (let tries = 1; ended.status === 'PARTIAL'; tries++) {
      const calls = sandbox.requests.entries.filter(({ family }) => family !== 'token').length;
      expect(calls).toBeLessThanOrEqual(tries * maxRequests);
      expect(tries).toBeLessThan(500);
      ended = await retry(ended);
    }
    expect(ended.status).toBe('SUCCEEDED');
    expect(await landed('artist')).toEqual(sortedIds(artists));
    expect(await landed('album')).toEqual(sortedIds(albumsOf(artists)));
    expect(await landed('track')).toEqual(sortedIds(tracksOf(artists)));
    const entities = sandbox.requests.entries.filter(({ family }) =>
      ['artist', 'album', 'track'].includes(family),
    );
    expect(new Set(entities.map(({ path }) => path)).size).toBe(entities.length);
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

  it('is SKIPPED when every artist was fetched lately, unless it is forced', async () => {
    const { run, landing } = await openCrawl();
    await run({ top: 3 });
    const before = (await landing.listBatches()).length;
    expect((await run({ top: 3 })).status).toBe('SKIPPED');
    expect((await landing.listBatches()).length).toBe(before + 1);
    expect((await run({ top: 3, force: true })).status).toBe('SUCCEEDED');
  });

  it('takes the artist of exactly the name that was given, and records what it cannot tell apart', async () => {
    const { sandbox, runs, run, landed } = await openCrawl({ artists: 50 });
    const [twin] = sandbox.catalogue.artists.filter(({ name }) => name === 'The Twin Lanterns');
    const ended = await run({ artistNames: ['rush', 'The Twin Lanterns', 'Nobody At All'] });
    expect(await landed('artist')).toEqual(['2Hkut4rAAyrQxRdof7FVJq']);
    const messages = (await runs.listEvents(ended.id, { after: 0, first: 100 }))
      .filter(({ type }) => type === 'crawl.unresolved')
      .map(({ message }) => message);
    expect(messages).toHaveLength(2);
    expect(messages.join('\n')).toContain(`"The Twin Lanterns" is the name of 2 artists`);
    expect(messages.join('\n')).toContain(twin?.id);
    expect(messages.join('\n')).toContain('"Nobody At All" is the name of no artist');
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
