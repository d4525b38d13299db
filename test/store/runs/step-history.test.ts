import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import type { Run, RunStep } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { estimateRest, listStepHistory } from '../../../src/store/runs/step-history.ts';

const T0 = 1_000_000;

describe('listStepHistory(runs, pipeline, count)', () => {
  it('lists how long steps took in runs that ended well, with the median', async () => {
    const runs = openSqliteRuns(':memory:', seededRandomness(1));
    onTestFinished(() => runs.close());
    for (const [at, ms] of [100, 300, 200, 9_000].entries()) {
      const created = { pipeline: 'REFRESH', trigger: 'CLI', parameters: {}, createdAt: T0 + at } as const;
      const { run } = await runs.createRun(created, ['crawl', 'gold']);
      const claimed = await runs.claimRun(run.id, { id: 'w', now: T0, leaseMs: 1_000 });
      const claim = { runId: run.id, fence: claimed?.fence ?? 0 };
      await runs.updateStep(claim, { name: 'crawl', status: 'RUNNING', startedAt: T0 });
      await runs.updateStep(claim, { name: 'crawl', status: 'SUCCEEDED', endedAt: T0 + ms, rowsOut: ms });
      await runs.finishRun(claim, { status: ms === 9_000 ? 'FAILED' : 'SUCCEEDED', at: T0 + ms });
    }
    expect(await listStepHistory(runs, 'REFRESH', 9)).toMatchObject([
      { step: 'crawl', medianMs: 200, times: [{ ms: 200, rowsOut: 200 }, { ms: 300 }, { ms: 100 }] },
      { step: 'gold', medianMs: null, times: [] },
    ]);
    expect((await listStepHistory(runs, 'REFRESH', 2))[0]).toMatchObject({ medianMs: 250 });
    expect(await listStepHistory(runs, 'CRAWL', 9)).toEqual([]);
  });
});

describe('estimateRest(run, steps, history, now)', () => {
  const steps = [
    { name: 'crawl', status: 'SUCCEEDED', startedAt: T0, endedAt: T0 + 5 },
    { name: 'gold', status: 'RUNNING', startedAt: T0 + 5, endedAt: null },
    { name: 'publish', status: 'PENDING', startedAt: null, endedAt: null },
  ] as RunStep[];
  const run = (done: number, total: number | null) =>
    ({ status: 'RUNNING', progress: { done, total, message: '' } }) as Run;
  const usual = (gold: number | null) => [
    { step: 'gold', times: [], medianMs: gold },
    { step: 'publish', times: [], medianMs: 700 },
  ];

  it('reckons the rest of a step by its share, and the steps to come by their usual length', () => {
    expect(estimateRest(run(1, 4), steps, usual(null), T0 + 1_005)).toBe(3_000 + 700);
    expect(estimateRest(run(4, 4), steps, usual(null), T0 + 1_005)).toBe(700);
  });

  it('goes by the usual length of a step whose share is not known, and never below nothing', () => {
    expect(estimateRest(run(0, null), steps, usual(1_500), T0 + 1_005)).toBe(500 + 700);
    expect(estimateRest(run(0, 100), steps, usual(10), T0 + 1_005)).toBe(700);
  });

  it('says nothing where nothing is known, or the run is not under way', () => {
    expect(estimateRest(run(0, null), steps, usual(null), T0 + 5)).toBeNull();
    expect(estimateRest(run(1, 2), steps, [], T0 + 1_005)).toBeNull();
    expect(estimateRest({ ...run(1, 2), status: 'WAITING' }, steps, usual(1), T0)).toBeNull();
  });
});
