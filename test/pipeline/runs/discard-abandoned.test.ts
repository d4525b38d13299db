import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { silentLog } from '../../../src/log.ts';
import { discardAbandoned } from '../../../src/pipeline/runs/discard-abandoned.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import type { RunStatus } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';
import { openCrawl, sortedIds, tracksOf } from '../crawl/open-crawl.ts';

const DAY = 24 * 3_600_000;

function open() {
  const clock = createVirtualClock();
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  const landing = openSqliteLanding(join(makeTempFolder(), 'landing.sqlite'));
  onTestFinished(async () => {
    await runs.close();
    await landing.close();
  });
  let top = 0;
  /** A run that stands as stated, whose batch is open and holds a document. */
  const leave = async (status: RunStatus, note: (runId: string) => Record<string, unknown> = () => ({})) => {
    const parameters = { top: ++top };
    const input = { pipeline: 'CRAWL', trigger: 'CLI', parameters, createdAt: clock.now() } as const;
    const { run } = await runs.createRun(input, ['crawl']);
    const at = clock.now();
    if (status === 'CANCELLED') await runs.requestCancel(run.id, { at });
    else if (status !== 'QUEUED') {
      const claimed = await runs.claimRun(run.id, { id: 'w', now: at, leaseMs: 60_000 });
      const claim = { runId: run.id, fence: claimed?.fence ?? 0 };
      if (status !== 'RUNNING')
        await runs.finishRun(claim, { status: status as 'FAILED', at, error: null, resumesAt: at });
    }
    const source = 'spotify';
    const noted = note(run.id);
    const runId = noted.wantedBy === undefined ? run.id : 'a name that says nothing';
    const id = `${run.id}-0000`;
    await landing.openBatch({ id, source, runId, openedAt: at, note: noted });
    await landing.land(id, [{ source, kind: 'artist', id: 'a', fetchedAt: at, body: '{}' }]);
    return { runId: run.id, id };
  };
  const discard = () => discardAbandoned({ landing, runs, clock, log: silentLog }, clock.now() - 2 * DAY);
  const listOpen = async () => (await landing.listBatches({ sealed: false })).map(({ id }) => id);
  return { clock, runs, landing, leave, discard, listOpen };
}

describe('discardAbandoned(parts, before)', () => {
  it.each([
    'FAILED',
    'CANCELLED',
    'TIMED_OUT',
    'PARTIAL',
  ] as const)('discards what a %s run left open, once it has been over for long enough, and says so', async (status) => {
    const { clock, runs, landing, leave, discard, listOpen } = open();
    const { runId, id } = await leave(status);
    clock.step(2 * DAY);
    expect(await discard()).toBe(0);
    expect(await listOpen()).toEqual([id]);
    clock.step(1);
    expect(await discard()).toBe(1);
    expect(await listOpen()).toEqual([]);
    expect(await landing.findLandedIds(id, 'spotify', 'artist', ['a'])).toEqual(new Set());
    const last = (await runs.listEvents(runId, { after: 0, first: 9 })).at(-1);
    expect(last).toMatchObject({ type: 'landing.discarded', data: { batchId: id } });
    expect(last?.message).toContain(id);
  });

  it.each([
    'QUEUED',
    'RUNNING',
    'WAITING',
  ] as const)('leaves what a %s run has open, however old it is', async (status) => {
    const { clock, leave, discard, listOpen } = open();
    const { id } = await leave(status);
    clock.step(99 * DAY);
    expect(await discard()).toBe(0);
    expect(await listOpen()).toEqual([id]);
  });

  it('leaves what a run that was retried goes on with', async () => {
    const { clock, runs, leave, discard, listOpen } = open();
    const { runId, id } = await leave('FAILED');
    clock.step(99 * DAY);
    await runs.requeueRun(runId, { at: clock.now(), keepFinishedSteps: true });
    expect(await discard()).toBe(0);
    await runs.requestCancel(runId, { at: clock.now() });
    expect(await discard()).toBe(0);
    expect(await listOpen()).toEqual([id]);
  });

  it('loses nothing of a run that is retried all the same: it fetches again what was discarded', async () => {
    const crawl = await openCrawl({
      artists: 20,
      // Of the key as a whole: what fails at single tracks is owed.
      faults: [
        {
          family: 'tracks',
          nth: 4,
          answer: { kind: 'status', status: 403, body: 'Insufficient client scope' },
        },
      ],
    });
    const failed = await crawl.run({ top: 4, batchSize: 2 });
    const artists = crawl.sandbox.catalogue.artists.slice(0, 4);
    const [left] = await crawl.landing.listBatches({ sealed: false });
    expect([failed.status, left?.runId]).toEqual(['FAILED', failed.id]);
    const { runs, landing } = crawl;
    const parts = { landing, runs, clock: createVirtualClock(), log: silentLog };
    expect(await discardAbandoned(parts, systemClock.now() + DAY)).toBe(1);
    expect((await crawl.retry(failed)).status).toBe('SUCCEEDED');
    expect(await landing.listBatches({ sealed: false })).toEqual([]);
    expect(new Set(await crawl.landed('track'))).toEqual(new Set(sortedIds(tracksOf(artists))));
    expect(new Set(await crawl.landed('artist'))).toEqual(new Set(sortedIds(artists)));
  });

  it('passes over what another server has discarded meanwhile', async () => {
    const { clock, runs, landing, leave, listOpen } = open();
    await leave('FAILED');
    await leave('FAILED');
    clock.step(3 * DAY);
    const [first] = await listOpen();
    const rival = {
      ...landing,
      discardBatch: async (id: string) => {
        if (id === first) await landing.discardBatch(id);
        return landing.discardBatch(id);
      },
    };
    expect(await discardAbandoned({ landing: rival, runs, clock, log: silentLog }, clock.now())).toBe(1);
    expect(await listOpen()).toEqual([]);
  });

  it('goes by the run that wants an account’s tracks, whose batch does not bear its name', async () => {
    const { clock, leave, discard, listOpen } = open();
    const { id } = await leave('WAITING', (wantedBy) => ({ wantedBy }));
    await leave('FAILED', (wantedBy) => ({ wantedBy }));
    clock.step(3 * DAY);
    expect(await discard()).toBe(1);
    expect(await listOpen()).toEqual([id]);
  });

  it('discards an old batch of which no run is known, and leaves a young one and all that are sealed', async () => {
    const { clock, landing, discard } = open();
    const batch = (id: string) => ({ id, source: 'spotify', runId: 'unknown', openedAt: clock.now() });
    await landing.openBatch(batch('old'));
    await landing.openBatch(batch('sealed'));
    await landing.sealBatch('sealed', clock.now());
    clock.step(3 * DAY);
    await landing.openBatch(batch('young'));
    expect(await discard()).toBe(1);
    expect((await landing.listBatches()).map(({ id }) => id)).toEqual(['sealed', 'young']);
  });
});
