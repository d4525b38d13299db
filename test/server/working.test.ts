import { expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import type { WorkerMessage } from '../../src/pipeline/runs/worker-handle.ts';
import { createWorking } from '../../src/server/working.ts';
import { openSqliteDeliveries } from '../../src/store/deliveries/sqlite.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { createVirtualClock, settle } from '../fixtures/virtual-clock.ts';

it('webhooks look for what to tell when a worker ends, and not at every sign of progress', async () => {
  const clock = createVirtualClock();
  const random = seededRandomness(1);
  const runs = openSqliteRuns(':memory:', random);
  const deliveries = openSqliteDeliveries(':memory:');
  let looks = 0;
  let changes = 0;
  const worker = { say: (_message: WorkerMessage) => {}, exit: (_code: number) => {} };
  const working = createWorking({
    config: readConfig({
      GROOVELAKE_DATA_DIR: makeTempFolder(),
      GROOVELAKE_WEBHOOK_URLS: 'https://a.example/',
      GROOVELAKE_WEBHOOK_SECRET: 'a-secret-of-many-characters',
    }),
    runs,
    deliveries: {
      ...deliveries,
      take: async (...given) => {
        looks += 1;
        return deliveries.take(...given);
      },
    },
    listLogins: async () => [],
    clock,
    random,
    log: silentLog,
    spawnWorker: () => ({
      onMessage: (listener) => {
        worker.say = listener;
      },
      onExit: (listener) => {
        worker.exit = (code) => listener(code, null);
      },
      kill: () => worker.exit(0),
    }),
    onChange: () => {
      changes += 1;
    },
  });
  onTestFinished(async () => {
    await working.stop(0);
    await runs.close();
    await deliveries.close();
  });
  const input = { pipeline: 'CRAWL', trigger: 'MUTATION', parameters: {}, createdAt: clock.now() } as const;
  const { run } = await runs.createRun(input, ['crawl']);
  await working.start();
  await settle();
  const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 60_000 });
  worker.say({ kind: 'claimed', runId: run.id, fence: claimed?.fence ?? 0 });
  const before = looks;
  for (let at = 0; at < 20; at++) {
    worker.say({ kind: 'changed', runId: run.id });
    await settle();
  }
  expect([looks - before, changes]).toEqual([0, 21]);
  await runs.finishRun({ runId: run.id, fence: 1 }, { status: 'FAILED', at: clock.now() });
  worker.exit(0);
  await settle();
  expect(looks - before).toBeGreaterThan(0);
});

it('a stop is over soon after its deadline, also while the store that runs are in answers nothing', async () => {
  const clock = createVirtualClock();
  const random = seededRandomness(1);
  const runs = openSqliteRuns(':memory:', random);
  const deliveries = openSqliteDeliveries(':memory:');
  onTestFinished(async () => {
    await runs.close();
    await deliveries.close();
  });
  let isAway = false;
  const never = () => new Promise<never>(() => {});
  const away = new Proxy(runs, {
    get: (store, name: keyof typeof runs) => (isAway ? never : store[name]),
  });
  const working = createWorking({
    config: readConfig({ GROOVELAKE_DATA_DIR: makeTempFolder() }),
    runs: away,
    deliveries,
    listLogins: async () => [],
    clock,
    random,
    log: silentLog,
    spawnWorker: () => ({ onMessage: () => {}, onExit: () => {}, kill: () => {} }),
    onChange: () => {},
  });
  await working.start();
  isAway = true;
  await clock.advance(1_000);
  let isStopped = false;
  const stopping = working.stop(8_000).then(() => {
    isStopped = true;
  });
  await clock.advance(8_500);
  expect(isStopped).toBe(false);
  await clock.advance(500);
  await stopping;
});
