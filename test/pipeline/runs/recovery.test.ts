import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { createRecovery } from '../../../src/pipeline/runs/recovery.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

const LEASE_MS = 20_000;

/** A run whose worker has claimed it and never renews its lease. */
async function open(measureWork: (second: number) => number | null) {
  const clock = createVirtualClock();
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  onTestFinished(() => runs.close());
  let second = 0;
  const recovery = createRecovery({
    config: readConfig({ GROOVELAKE_CRASH_RETRIES: '0' }),
    runs,
    clock,
    log: silentLog,
    onChange: () => {},
    measureWork: () => measureWork(second),
  });
  const input = { pipeline: 'REFRESH', trigger: 'MUTATION', parameters: {}, createdAt: clock.now() } as const;
  const { run } = await runs.createRun(input, ['crawl']);
  await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: LEASE_MS });
  /** Seconds until the run is ended, looked at once a second; the machine's clock is set back before the tenth, where that is said. */
  return async (setBackMs = 0) => {
    for (second = 1; second < 400; second++) {
      await clock.advance(1_000);
      if (second === 10) clock.step(-setBackMs);
      await recovery.recover();
      if ((await runs.findRun(run.id))?.status === 'CRASHED') return second;
    }
    return null;
  };
}

describe('createRecovery: a worker that does not renew its lease', () => {
  it('is ended with its lease where it does nothing, or nobody can tell', async () => {
    expect(await (await open(() => 50))()).toBe(20);
    expect(await (await open(() => null))()).toBe(20);
  });

  it('is let alone while it computes on a busy machine, and ended once it has stopped', async () => {
    expect(await (await open((second) => Math.min(second, 60)))()).toBe(80);
  });

  it('is given up in the end where it computes for ever', async () => {
    expect(await (await open((second) => second))()).toBe(200);
  });

  it('is given up likewise where the clock was set back, and its lease lies far off', async () => {
    expect(await (await open((second) => second))(365 * 86_400_000)).toBe(190);
    expect(await (await open(() => 50))(365 * 86_400_000)).toBe(20);
  });
});
