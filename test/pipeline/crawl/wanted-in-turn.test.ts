// Tracks that were played and that the catalogue lacks, against the sandbox as if it were Spotify.
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { wantedStep } from '../../../src/pipeline/crawl/wanted.ts';
import { executeRun } from '../../../src/pipeline/runs/execute-run.ts';
import type { SandboxOptions } from '../../../src/sources/sandbox/server.ts';
import type { StoredDocument } from '../../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import type { LandedPlay } from '../../../src/store/listening/listening-file.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import { startSandboxSpotify } from '../../fixtures/sandbox-spotify.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';
import { makePlay, openListeningFixture } from '../../store/listening/listening-fixture.ts';

const ANNA = 'aaaaaaaaaaaa';
const DAY_MS = 86_400_000;
const deadId = (at: number) => `dead${String(at).padStart(18, '0')}`;
const played = (trackId: string, times: number): LandedPlay[] =>
  Array.from({ length: times }, (_, at) => makePlay({ trackId, endedAt: Date.UTC(2024, 4, 1, at) }));

/** @param plays of tracks by id; `live` are ids that the source knows */
async function openWanted(
  plays: (live: readonly string[]) => readonly LandedPlay[],
  { env = {}, ...options }: Partial<SandboxOptions> & { env?: Readonly<Record<string, string>> } = {},
) {
  const clock = createVirtualClock();
  const { sandbox, env: spotify } = await startSandboxSpotify(clock, options);
  const live = [...sandbox.catalogue.trackById.keys()].slice(0, 20);
  const { dataDir, manifest } = await openListeningFixture(plays(live), {}, ANNA);
  const config = readConfig({
    ...spotify,
    GROOVELAKE_DATA_DIR: dataDir,
    GROOVELAKE_HISTORY_MAX_TRACKS: '4',
    ...env,
  });
  const random = seededRandomness(5);
  const runs = openSqliteRuns(':memory:', random);
  const landing = openSqliteLanding(':memory:');
  onTestFinished(async () => {
    await landing.close();
    await runs.close();
  });
  /** Executes the step, and answers with the tracks that it was told, and those that it landed. */
  const run = async () => {
    const { run: created } = await runs.createRun(
      { pipeline: 'HISTORY', trigger: 'SCHEDULE', parameters: {}, createdAt: clock.now() },
      ['wanted'],
    );
    const claimed = await runs.claimRun(created.id, { id: 'w', now: clock.now(), leaseMs: 1e9 });
    if (!claimed) throw new Error('not claimed');
    const before = sandbox.requests.entries.length;
    const snapshots = {
      ...createSnapshotStore({ dataDir, clock, random }),
      readCurrent: async () => ({ manifest, warnings: [] }),
    };
    const parts = { config, clock, random, log: silentLog, runs, landing, snapshots };
    const ended = await executeRun(claimed, { ...parts, steps: [wantedStep] });
    const asked = sandbox.requests.entries
      .slice(before)
      .flatMap(({ family, path }) => (family === 'tracks' || family === 'track' ? [path] : []));
    const ids = live.concat(Array.from({ length: 20 }, (_, at) => deadId(at)));
    const batch = (await landing.listBatches()).at(-1);
    const landed = await landing.findLandedIds(batch?.id ?? '', 'spotify', 'track', ids);
    const documents: StoredDocument[] = [];
    for await (const page of landing.readBatch(batch?.id ?? '', 'track', 9)) documents.push(...page);
    return {
      run: ended,
      status: ended?.status,
      asked: asked.join(' '),
      landed: [...landed].sort(),
      batch,
      documents,
    };
  };
  return { clock, live, run };
}

describe('tracks that the source does not know', () => {
  it('take no place from others in the next runs, until their time is over', async () => {
    const { clock, live, run } = await openWanted(
      (ids) => [...[0, 1, 2, 3].flatMap((at) => played(deadId(at), 9)), ...played(ids[0] ?? '', 2)],
      { env: { GROOVELAKE_HISTORY_MISS_DAYS: '3' } },
    );
    expect((await run()).landed).toEqual([]);
    const second = await run();
    expect(second.landed).toEqual([live[0]]);
    expect(second.asked).not.toContain('dead');
    clock.step(3 * DAY_MS + 1);
    expect((await run()).asked).toContain(deadId(0));
  });

  it('take no place from others though the run ended before it had asked for all', async () => {
    // One by one, and the source refuses the third call for a day.
    const { clock, live, run } = await openWanted(
      (ids) => [...played(deadId(0), 9), ...played(deadId(1), 8), ...played(ids[0] ?? '', 2)],
      {
        profile: 'dev2026',
        env: { GROOVELAKE_CRAWL_CONCURRENCY: '1', GROOVELAKE_HISTORY_MAX_TRACKS: '3' },
        faults: [
          {
            family: 'track',
            nth: 3,
            answer: { kind: 'status', status: 429, headers: { 'retry-after': '80000' } },
          },
        ],
      },
    );
    const first = await run();
    expect(first).toMatchObject({ status: 'PARTIAL', landed: [] });
    clock.step(80_001_000);
    const second = await run();
    expect(second.asked).not.toContain('dead');
    expect(second.landed).toEqual([live[0]]);
  });
});

describe('tracks of which the source puts off the albums', () => {
  it('are neither landed nor asked for until it may be asked again, and then have all that they name', async () => {
    const { clock, live, run } = await openWanted(
      (ids) => [...played(ids[0] ?? '', 9), ...played(ids[1] ?? '', 8)],
      {
        profile: 'dev2026',
        env: { GROOVELAKE_CRAWL_CONCURRENCY: '1' },
        faults: [
          {
            family: 'album',
            nth: 1,
            answer: { kind: 'status', status: 429, headers: { 'retry-after': '80000' } },
          },
        ],
      },
    );
    const first = await run();
    expect(first).toMatchObject({ status: 'PARTIAL', landed: [], run: { resumesAt: null } });
    clock.step(1_800_000);
    expect(await run()).toMatchObject({ status: 'SKIPPED', asked: '' });
    clock.step(79_000_000);
    const last = await run();
    expect(last).toMatchObject({ status: 'SUCCEEDED', landed: live.slice(0, 2).sort() });
    const kinds = (last.batch?.counts ?? []).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['album', 'artist', 'track']));
  });
});

describe('tracks that the source fails at', () => {
  it('take no place from others the day after', async () => {
    const { live, run, clock } = await openWanted(
      (ids) => [0, 1, 2, 3, 4, 5, 6, 7].flatMap((at) => played(ids[at] ?? '', 9 - at)),
      {
        profile: 'dev2026',
        env: { GROOVELAKE_CRAWL_CONCURRENCY: '1' },
        faults: [{ family: 'track', nth: 1, times: 4, answer: { kind: 'status', status: 500 } }],
      },
    );
    expect((await run()).landed).toEqual([]);
    expect((await run()).landed).toEqual(live.slice(4, 8).sort());
    clock.step(DAY_MS + 1);
    expect((await run()).landed).toEqual(live.slice(0, 4).sort());
  });
});

describe('the batch of what was played', () => {
  it('is named as a crawl names its own, and neither it nor its documents name the run', async () => {
    const { run } = await openWanted((ids) => played(ids[0] ?? '', 2));
    const { run: ended, batch, documents } = await run();
    expect(batch?.id).toMatch(/^\d{8}-\d{6}-[0-9a-f]{8}-1$/);
    expect(documents).toMatchObject([{ batchId: batch?.id, runId: batch?.id.slice(0, -2) }]);
    expect(batch?.id).not.toContain(ended?.id);
  });
});
