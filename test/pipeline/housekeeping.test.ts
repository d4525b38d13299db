import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createHousekeeping } from '../../src/pipeline/housekeeping.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { createVirtualClock } from '../fixtures/virtual-clock.ts';

const DAY = 24 * 3_600_000;

it('createHousekeeping removes events and ticks after their stated life, and survives a store that fails', async () => {
  const runs = openSqliteRuns(':memory:');
  onTestFinished(() => runs.close());
  const clock = createVirtualClock();
  const { run } = await runs.createRun(
    { pipeline: 'CRAWL', trigger: 'CLI', parameters: {}, createdAt: clock.now() },
    ['crawl'],
  );
  await runs.requestCancel(run.id, { at: clock.now() });
  let isBroken = true;
  const removeHistory = (before: number) =>
    isBroken ? Promise.reject(new Error('busy')) : runs.removeHistory(before);
  const parts = { runs: { ...runs, removeHistory }, config: { keepRunDays: 2 }, clock, log: silentLog };
  const housekeeping = createHousekeeping(parts);
  housekeeping.start();
  await clock.advance(DAY);
  expect(await runs.countEvents(run.id)).toBe(2);
  isBroken = false;
  await clock.advance(DAY + 3_600_000);
  expect(await runs.countEvents(run.id)).toBe(1);
  await housekeeping.stop();
});
