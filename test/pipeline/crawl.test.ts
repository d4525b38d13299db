import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { crawlStep } from '../../src/pipeline/crawl.ts';
import { executeRun } from '../../src/pipeline/execute-run.ts';
import type { SandboxArtist } from '../../src/sources/sandbox/catalogue.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sources/sandbox/server.ts';
import type { DocumentKind, LandingStore } from '../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../src/store/landing/sqlite.ts';
import type { Run, RunStore } from '../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { createSnapshotStore } from '../../src/store/snapshots/local.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Crawl {
  readonly sandbox: Sandbox;
  readonly runs: RunStore;
  readonly landing: LandingStore;
  /** Triggers a CRAWL and executes it. */
  run(parameters: Record<string, unknown>): Promise<Run>;
  /** Executes a run that is QUEUED again, or whose time has come. */
  again(run: Run, now?: number): Promise<Run>;
  /** Ids that landed, of one kind, over all batches. */
  landed(kind: DocumentKind): Promise<string[]>;
}

/** A crawl of a sandbox as if it were the real hosts. */
async function openCrawl(
  options: Partial<SandboxOptions> = {},
  env: Record<string, string> = {},
): Promise<Crawl> {
  const sandbox = await startSandbox({ clock: systemClock, artists: 30, ...options });
  const dataDir = makeTempFolder();
  const config = readConfig({
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
  });
  const runs = openSqliteRuns(':memory:');
  const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
  ends.push(async () => {
    await landing.close();
    await runs.close();
    await sandbox.close();
  });
  const random = seededRandomness(3);
  const again = async (run: Run, now = systemClock.now()) => {
    const claimed = await runs.claimRun(run.id, { id: 'w', now, leaseMs: 60_000 });
    if (!claimed) throw new Error(`run ${run.id} is ${run.status} and cannot be claimed`);
    const clock = { ...systemClock, now: () => Math.max(now, systemClock.now()) };
    const snapshots = createSnapshotStore({ dataDir, clock, random });
    const ended = await executeRun(claimed, {
      config,
      clock,
      random,
      log: silentLog,
      runs,
      landing,
      snapshots,
      steps: [crawlStep],
    });
    if (!ended) throw new Error('overtaken');
    return ended;
  };
  return {
    sandbox,
    runs,
    landing,
    again,
    run: async (parameters) => {
      const { run } = await runs.createRun(
        { pipeline: 'CRAWL', trigger: 'CLI', parameters, createdAt: systemClock.now() },
        ['crawl'],
      );
      return again(run);
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

  it('goes on where it failed, fetching nothing twice, and ends with the same set', async () => {
    const { sandbox, runs, run, again, landed } = await openCrawl({
      faults: [{ family: 'tracks', nth: 4, answer: { kind: 'status', status: 500 } }],
    });
    const artists = sandbox.catalogue.artists.slice(0, 10);
    const failed = await run({ top: 10, batchSize: 5 });
    expect(failed.status).toBe('FAILED');
    expect(failed.error).toMatchObject({ code: 'EXTRACT', step: 'crawl' });
    const albums = sandbox.requests.count('albums');
    const landedBefore = (await landed('album')).length;
    const queued = await runs.requeueRun(failed.id, { at: systemClock.now(), keepFinishedSteps: true });
    const ended = await again(queued as Run);
    expect([ended.status, ended.attempt]).toEqual(['SUCCEEDED', 2]);
    expect(await landed('track')).toEqual(sortedIds(tracksOf(artists)));
    const stillToFetch = sortedIds(albumsOf(artists)).length - landedBefore;
    expect(sandbox.requests.count('albums') - albums).toBe(Math.ceil(stillToFetch / 20));
  });

  it('parks what a quota forbids until the source allows it, and keeps what is sealed', async () => {
    const { sandbox, landing, run } = await openCrawl({ quotas: { 'artist-albums': 7 } });
    const parked = await run({ top: 12, batchSize: 3 });
    expect(parked.status).toBe('WAITING');
    expect(parked.resumesAt).toBeGreaterThan(systemClock.now() + 3_600_000);
    expect((await landing.listBatches({ sealed: true })).length).toBeGreaterThan(0);
    expect(sandbox.requests.count('artist-albums')).toBeLessThanOrEqual(7 + 8);
  });

  it('ends PARTIAL when the requests it was given are used up', async () => {
    const { sandbox, run } = await openCrawl();
    const ended = await run({ top: 12, maxRequests: 20, batchSize: 2 });
    expect(ended.status).toBe('PARTIAL');
    const calls = sandbox.requests.entries.filter(({ family }) => family !== 'token');
    expect(calls.length).toBeLessThanOrEqual(20);
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
