// Tracks that were played and that the catalogue lacks, fetched from a sandbox as if it were Spotify.
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { wantedStep } from '../../../src/pipeline/crawl/wanted.ts';
import { listeningStep } from '../../../src/pipeline/listening/listening.ts';
import { playsStep } from '../../../src/pipeline/listening/plays.ts';
import { executeRun } from '../../../src/pipeline/runs/execute-run.ts';
import type { Fault } from '../../../src/sources/sandbox/faults.ts';
import { startSandbox } from '../../../src/sources/sandbox/server.ts';
import type { DocumentKind } from '../../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import { createGoldFixture } from '../../fixtures/gold.ts';
import { sandboxEnv } from '../../fixtures/sandbox-env.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';
import { writeFolder } from '../../sources/exports/export-files.ts';
import { extendedRow } from '../../sources/exports/export-rows.ts';

const STEPS = [playsStep, listeningStep, wantedStep];

/** An export of two tracks of two artists is imported; the source fails as stated. */
async function importTwo(faults: readonly Fault[]) {
  const gold = await createGoldFixture({ artists: [], tracks: [] });
  const clock = createVirtualClock();
  const random = seededRandomness(5);
  const sandbox = await startSandbox({ clock, artists: 20, profile: 'dev2026', faults });
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  const landing = openSqliteLanding(':memory:');
  onTestFinished(async () => {
    await sandbox.close();
    await landing.close();
    await runs.close();
    await gold.remove();
  });
  const config = readConfig({
    GROOVELAKE_DATA_DIR: gold.dataDir,
    GROOVELAKE_STEP_RETRIES: '0',
    GROOVELAKE_HTTP_RETRIES: '0',
    ...sandboxEnv(sandbox),
  });
  const tracks = sandbox.catalogue.artists.slice(3, 5).flatMap(({ albums }) => albums[0]?.tracks[0] ?? []);
  const rows = tracks.map(({ id }) => extendedRow({ spotify_track_uri: `spotify:track:${id}` }));
  const path = writeFolder({ 'Streaming_History_Audio_2023_1.json': JSON.stringify(rows) });
  const execute = async (id: string) => {
    const claimed = await runs.claimRun(id, { id: 'w', now: clock.now(), leaseMs: config.leaseMs });
    if (!claimed) throw new Error('not claimed');
    const snapshots = {
      ...createSnapshotStore({ dataDir: gold.dataDir, clock, random }),
      readCurrent: async () => ({ manifest: gold.manifest, warnings: [] }),
    };
    const parts = { config, clock, random, log: silentLog, runs, landing, snapshots, steps: STEPS };
    const ended = await executeRun(claimed, parts);
    if (!ended) throw new Error('overtaken');
    return ended;
  };
  const parameters = { exports: [path] };
  const { run } = await runs.createRun(
    { pipeline: 'HISTORY', trigger: 'CLI', parameters, createdAt: clock.now() },
    STEPS.map(({ name }) => name),
  );
  const landed = async (kind: DocumentKind) => {
    const ids = new Set<string>();
    for (const batch of await landing.listBatches({ sealed: true }))
      for await (const page of landing.readBatch(batch.id, kind)) for (const { id } of page) ids.add(id);
    return ids.size;
  };
  return {
    sandbox,
    clock,
    landing,
    landed,
    first: await execute(run.id),
    retry: async () => {
      await runs.requeueRun(run.id, { at: clock.now(), keepFinishedSteps: true });
      return execute(run.id);
    },
  };
}

describe('the tracks that are wanted', () => {
  it('come with their albums, artists and features', async () => {
    const { first, landed } = await importTwo([]);
    expect(first.status).toBe('SUCCEEDED');
    expect([await landed('track'), await landed('album')]).toEqual([2, 2]);
    expect(await landed('artist')).toBeGreaterThanOrEqual(2);
  });

  it('leave the run PARTIAL when some of that could not be had, and a retry fetches it', async () => {
    for (const family of ['album', 'track', 'artist', 'reccobeats']) {
      const times = family === 'reccobeats' ? 1_000 : 1;
      const { sandbox, first, landed, retry } = await importTwo([
        { family, nth: 1, times, answer: { kind: 'status', status: 500 } },
      ]);
      expect([family, first.status]).toEqual([family, 'PARTIAL']);
      sandbox.requests.clear();
      expect([family, (await retry()).status]).toEqual([family, 'SUCCEEDED']);
      expect([await landed('track'), await landed('album')]).toEqual([2, 2]);
      expect((await landed('audio_features')) + (await landed('miss'))).toBeGreaterThanOrEqual(2);
    }
  });

  it('are fetched by a retry as far as they are owed, and no others', async () => {
    const { sandbox, first, retry } = await importTwo([
      { family: 'album', nth: 1, answer: { kind: 'status', status: 500 } },
    ]);
    expect(first.status).toBe('PARTIAL');
    const counts = () => [sandbox.requests.count('track'), sandbox.requests.count('album')];
    expect(counts()).toEqual([2, 2]);
    expect((await retry()).status).toBe('SUCCEEDED');
    expect(counts()).toEqual([3, 3]);
  });

  it('are landed whole as far as a quota lets them, and the others when it is over', async () => {
    const answer = { kind: 'status', status: 429, headers: { 'retry-after': '80000' } } as const;
    const { sandbox, clock, first, landed, retry } = await importTwo([{ family: 'album', nth: 2, answer }]);
    expect(first.status).toBe('PARTIAL');
    expect([await landed('track'), await landed('album')]).toEqual([1, 1]);
    expect(await landed('artist')).toBeGreaterThanOrEqual(2);
    expect((await landed('audio_features')) + (await landed('miss'))).toBe(1);
    clock.step(80_001_000);
    const tracks = sandbox.requests.count('track');
    expect((await retry()).status).toBe('SUCCEEDED');
    expect(sandbox.requests.count('track')).toBe(tracks + 1);
    expect([await landed('track'), await landed('album')]).toEqual([2, 2]);
  });

  it('stay owed until the batch that brings them is sealed', async () => {
    const { landing, landed, first, retry } = await importTwo([
      { family: 'album', nth: 1, answer: { kind: 'status', status: 500 } },
    ]);
    expect(first.status).toBe('PARTIAL');
    const { sealBatch } = landing;
    Object.assign(landing, {
      sealBatch: async () => {
        Object.assign(landing, { sealBatch });
        throw new Error('no space');
      },
    });
    expect((await retry()).status).toBe('FAILED');
    expect(await landed('album')).toBe(1);
    expect((await retry()).status).toBe('SUCCEEDED');
    expect(await landed('album')).toBe(2);
    expect(await landing.listBatches({ sealed: false })).toEqual([]);
  });
});
