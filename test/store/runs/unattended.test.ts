import { describe, expect, it, onTestFinished } from 'vitest';
import type { PipelineName, Schedule } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { isSilent, listUnattended } from '../../../src/store/runs/unattended.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const CONFIG = { leaseMs: 20_000, maxWorkers: 2 };

function open() {
  const runs = openSqliteRuns(':memory:');
  onTestFinished(() => runs.close());
  const queue = async (createdAt: number, pipeline: PipelineName = 'CRAWL', top = 1) =>
    (await runs.createRun({ pipeline, trigger: 'MUTATION', parameters: { top }, createdAt }, ['crawl'])).run;
  const begin = async (at: number, { leaseMs = 20_000, pipeline = 'CRAWL' as PipelineName } = {}) => {
    const { id } = await queue(at, pipeline, 0);
    const run = await runs.claimRun(id, { id: 'w', now: at, leaseMs });
    return { runId: id, fence: run?.fence ?? 0 };
  };
  const schedule = (change: Partial<Schedule>) =>
    runs.saveSchedule({
      pipeline: 'CRAWL',
      cron: '0 5 * * *',
      timeZone: 'UTC',
      isEnabled: true,
      missedTicks: 'ONCE',
      overlap: 'QUEUE_ONE',
      jitterSeconds: 0,
      nextDueAt: null,
      parameters: {},
      origin: 'stored',
      updatedAt: NOW,
      reason: null,
      ...change,
    });
  const list = (config = CONFIG) => listUnattended(runs, config, NOW);
  const codes = async () => (await list()).map(({ code }) => code);
  return { runs, queue, begin, schedule, list, codes };
}

describe('listUnattended(runs, config, now)', () => {
  it('names a run that has waited for a worker for a minute', async () => {
    const { queue, codes, list } = open();
    await queue(NOW - 59_000);
    expect(await codes()).toEqual([]);
    const { id } = await queue(NOW - 61_000, 'CRAWL', 2);
    expect(await list()).toEqual([
      { code: 'NO_WORKER', message: expect.stringMatching(`^Run ${id} waits for a worker. Start one`) },
    ]);
  });

  it('lets a run wait while as many are under way as may be; HISTORY waits for none', async () => {
    const { begin, queue, list, codes } = open();
    await begin(NOW - 10_000, { pipeline: 'CRAWL' });
    await begin(NOW - 10_000, { pipeline: 'HISTORY' });
    await queue(NOW - 61_000, 'IMPORT');
    expect(await list()).toMatchObject([
      { code: 'NO_WORKER', message: expect.stringMatching(/as many as .*GROOVELAKE_MAX_WORKERS, 2 here/) },
    ]);
    await begin(NOW - 10_000, { pipeline: 'REFRESH' });
    expect(await codes()).toEqual([]);
    expect(await list({ ...CONFIG, maxWorkers: 3 })).toMatchObject([{ code: 'NO_WORKER' }]);
  });

  it('gives workers a minute from when a run has ended, which may have held the place or the pipeline', async () => {
    const { runs, begin, queue, codes } = open();
    const claim = await begin(NOW - 10 * MINUTE, { leaseMs: 10 * MINUTE });
    await queue(NOW - 9 * MINUTE);
    expect(await codes()).toEqual([]);
    await runs.finishRun(claim, { status: 'SUCCEEDED', at: NOW - MINUTE });
    expect(await codes()).toEqual([]);
    expect(await listUnattended(runs, CONFIG, NOW + 1)).toMatchObject([{ code: 'NO_WORKER' }]);
  });

  it('lets HISTORY wait for no place, and counts none whose worker is lost', async () => {
    const { begin, queue, codes } = open();
    await begin(NOW - 10_000, { pipeline: 'CRAWL' });
    await begin(NOW - 10_000, { pipeline: 'REFRESH' });
    await queue(NOW - 61_000, 'HISTORY');
    expect(await codes()).toEqual(['NO_WORKER']);
    const lost = open();
    await lost.begin(NOW - 5 * MINUTE - 20_000, { pipeline: 'CRAWL' });
    await lost.begin(NOW - 10_000, { pipeline: 'REFRESH' });
    await lost.queue(NOW - 61_000, 'IMPORT');
    expect(await lost.codes()).toEqual([]);
    expect((await listUnattended(lost.runs, CONFIG, NOW + 1)).map(({ code }) => code)).toEqual([
      'NO_WORKER',
      'RUN_ABANDONED',
    ]);
  });

  it('counts from when a run was queued again', async () => {
    const { runs, begin, codes } = open();
    const claim = await begin(NOW - 10 * MINUTE);
    await runs.finishRun(claim, { status: 'FAILED', at: NOW - 9 * MINUTE });
    await runs.requeueRun(claim.runId, { at: NOW - 59_000, keepFinishedSteps: true });
    expect(await codes()).toEqual([]);
    await runs.requestCancel(claim.runId, { at: NOW - 58_000 });
    await runs.requeueRun(claim.runId, { at: NOW - 61_000, keepFinishedSteps: true });
    expect(await codes()).toEqual(['NO_WORKER']);
  });

  it('names a run under way whose lease was over five minutes ago, though another of its pipeline waits', async () => {
    const { begin, queue, list, codes } = open();
    const { runId } = await begin(NOW - 5 * MINUTE - 20_001);
    await begin(NOW - 5 * MINUTE - 19_999, { pipeline: 'REFRESH' });
    await queue(NOW - 2 * MINUTE);
    expect(await list()).toEqual([
      {
        code: 'RUN_ABANDONED',
        message: expect.stringMatching(
          `^Run ${runId} of CRAWL is RUNNING, .* over at 2026-11-20T11:54:59.999Z. Start one`,
        ),
      },
    ]);
    expect(await codes()).toHaveLength(1);
  });

  it('gives a worker that may compute ten leases', async () => {
    const { begin, list } = open();
    await begin(NOW - 19 * MINUTE, { leaseMs: 2 * MINUTE });
    expect(await list({ ...CONFIG, leaseMs: 2 * MINUTE })).toEqual([]);
    expect(await list()).toMatchObject([{ code: 'RUN_ABANDONED' }]);
  });

  it('names an enabled schedule whose tick was due five minutes ago, its jitter past', async () => {
    const { schedule, list, codes } = open();
    await schedule({ nextDueAt: NOW - 6 * MINUTE, jitterSeconds: 61 });
    expect(await codes()).toEqual([]);
    await schedule({ nextDueAt: NOW - 6 * MINUTE, isEnabled: false });
    expect(await codes()).toEqual([]);
    await schedule({ nextDueAt: NOW - 6 * MINUTE, jitterSeconds: 59 });
    expect(await list()).toEqual([
      {
        code: 'SCHEDULE_OVERDUE',
        message: expect.stringMatching(
          /^CRAWL was due at 2026-11-20T11:54:00.000Z, and no worker has looked/,
        ),
      },
    ]);
  });

  it('lets a missed tick wait behind a run where each of them gets one, and for the scheduler to look after it', async () => {
    const { runs, begin, schedule, codes } = open();
    await schedule({ nextDueAt: NOW - 60 * MINUTE, missedTicks: 'ALL' });
    const claim = await begin(NOW - MINUTE, { leaseMs: 2 * MINUTE });
    expect(await codes()).toEqual([]);
    await runs.finishRun(claim, { status: 'SUCCEEDED', at: NOW - 2 * MINUTE });
    expect(await codes()).toEqual([]);
    await begin(NOW - 3 * MINUTE, { pipeline: 'REFRESH', leaseMs: 10 * MINUTE });
    expect(await listUnattended(runs, CONFIG, NOW + 1)).toMatchObject([{ code: 'SCHEDULE_OVERDUE' }]);
  });
});

describe('isSilent(run, now)', () => {
  it('is true of no run that has ended or waits, and of one whose lease is missing or lies beyond any', () => {
    const under = (leaseUntil: number | null) => isSilent({ status: 'CANCELLING', leaseUntil }, NOW);
    expect(isSilent({ status: 'WAITING', leaseUntil: null }, NOW)).toBe(false);
    // The longest lease, as an hour's difference between two clocks shows it.
    expect([NOW - 5 * MINUTE, NOW + 70 * MINUTE].map(under)).toEqual([false, false]);
    expect([null, NOW - 5 * MINUTE - 1, NOW + 70 * MINUTE + 1].map(under)).toEqual([true, true, true]);
  });
});
