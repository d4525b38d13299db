// What is chosen for each day, from a snapshot of the sandbox and the plays of its listener.
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, seededRandomness, systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { STEPS } from '../../../src/pipeline/pipelines.ts';
import { executeRun } from '../../../src/pipeline/runs/execute-run.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { listeningFolder, openAccount } from '../../../src/store/listening/accounts.ts';
import { findDerivedPlays } from '../../../src/store/listening/derive.ts';
import { type ForYou, listForYouDays, readForYou } from '../../../src/store/listening/for-you.ts';
import { openListening } from '../../../src/store/listening/open.ts';
import { listPlayed } from '../../../src/store/listening/seeds.ts';
import { PIPELINE_STEPS } from '../../../src/store/runs/pipelines.ts';
import type { PipelineName, Run } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 10, 20, 12);

async function open() {
  const dataDir = makeTempFolder();
  const config = readConfig({
    GROOVELAKE_DATA_DIR: dataDir,
    GROOVELAKE_FOR_YOU_DAYS: '2',
    GROOVELAKE_FOR_YOU_TRACKS: '5',
  });
  let ahead = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => Math.round(START + systemClock.monotonic() - began + ahead),
  };
  const began = systemClock.monotonic();
  const random = seededRandomness(5);
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  const landing = openSqliteLanding(':memory:');
  onTestFinished(async () => {
    await landing.close();
    await runs.close();
  });
  const snapshots = createSnapshotStore({ dataDir, clock, random });
  const run = async (
    pipeline: PipelineName,
    parameters: Record<string, unknown>,
    names: readonly string[],
  ): Promise<Run> => {
    const { run: created } = await runs.createRun(
      { pipeline, trigger: 'CLI', parameters, createdAt: clock.now() },
      names,
    );
    const claimed = await runs.claimRun(created.id, { id: 'w', now: clock.now(), leaseMs: 1e9 });
    if (!claimed) throw new Error('not claimed');
    const parts = { config, clock, random, log: silentLog, runs, landing, snapshots };
    const ended = await executeRun(claimed, {
      ...parts,
      steps: STEPS,
    });
    if (!ended) throw new Error('overtaken');
    expect(ended.error).toBeNull();
    return ended;
  };
  const choose = (parameters: Record<string, unknown> = { account: 'sandbox' }) =>
    run('HISTORY', parameters, ['plays', 'listening', 'for-you']);
  const read = (day: string | null = null) => readForYou(dataDir, 'sandbox', day);
  const pass = (days: number) => {
    ahead += days * DAY_MS;
  };
  return { dataDir, config, clock, snapshots, run, choose, read, pass };
}

const idsOf = (chosen: ForYou | null) => chosen?.tracks.map(({ trackId }) => trackId) ?? [];

describe('step for-you', () => {
  it('chooses tracks that were not played, once a day, the same for the same day, others for another', async () => {
    const { dataDir, config, clock, snapshots, run, choose, read, pass } = await open();
    await run('REFRESH', { top: 20 }, PIPELINE_STEPS.REFRESH.steps);
    expect(await choose()).toMatchObject({ status: 'SUCCEEDED' });
    const first = await read();
    expect(first).toMatchObject({ day: '2026-11-20', reason: null });
    expect(first?.tracks).toHaveLength(5);

    const current = await snapshots.readCurrent();
    const folder = listeningFolder(dataDir, 'sandbox');
    const derived = await findDerivedPlays(localFiles, folder);
    if (!current || !derived) throw new Error('nothing was merged');
    const opened = openListening({
      folder,
      derived,
      manifest: current.manifest,
      dataDir,
      config,
      clock,
    });
    const played = new Set(await listPlayed(opened.forRequest(new AbortController().signal)));
    expect(idsOf(first).filter((id) => played.has(id))).toEqual([]);
    await opened.close();

    expect(await choose()).toMatchObject({ status: 'SKIPPED' });
    const file = await openAccount(dataDir, 'sandbox');
    if (first) file.saveForYou({ ...first, tracks: [], snapshotId: 'another' }, 2);
    file.close();
    // An empty choice of another snapshot is made anew, and comes out as before.
    expect(await choose()).toMatchObject({ status: 'SUCCEEDED' });
    expect((await read())?.tracks).toEqual(first?.tracks);

    pass(1);
    // No run names the account: all have a choice made on a new day, though nothing was played.
    expect(await choose({})).toMatchObject({ status: 'SUCCEEDED' });
    const second = await read();
    expect(second?.day).toBe('2026-11-21');
    expect(idsOf(second)).not.toEqual(idsOf(first));
    expect((await read('2026-11-20'))?.tracks).toEqual(first?.tracks);
    expect(await read('2026-11-19')).toBeNull();
    await expect(read('yesterday')).rejects.toThrow(/day is "yesterday"; a day such as/);

    pass(1);
    await choose({});
    expect(await listForYouDays(dataDir, 'sandbox')).toEqual(['2026-11-22', '2026-11-21']);
    expect(await choose({})).toMatchObject({ status: 'SKIPPED' });
  }, 240_000);
});
