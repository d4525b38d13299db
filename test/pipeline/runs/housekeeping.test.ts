import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { createHousekeeping } from '../../../src/pipeline/runs/housekeeping.ts';
import { openSqliteDeliveries } from '../../../src/store/deliveries/sqlite.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

const DAY = 24 * 3_600_000;
const noDeliveries = { removeOld: async () => ({ settled: 0, unsent: 0 }) };

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
  const openLanding = async () => null;
  const kept = { config: { keepRunDays: 2 }, deliveries: noDeliveries, clock, log: silentLog };
  const parts = { ...kept, runs: { ...runs, removeHistory }, openLanding };
  const housekeeping = createHousekeeping(parts);
  housekeeping.start();
  await clock.advance(DAY);
  expect(await runs.countEvents(run.id)).toBe(2);
  isBroken = false;
  await clock.advance(DAY + 3_600_000);
  expect(await runs.countEvents(run.id)).toBe(1);
  await housekeeping.stop();
});

it('createHousekeeping discards the open batch of a run that is over for as long, though history cannot be removed', async () => {
  const runs = openSqliteRuns(':memory:');
  const path = join(makeTempFolder(), 'landing.sqlite');
  const landing = openSqliteLanding(path);
  onTestFinished(async () => {
    await runs.close();
    await landing.close();
  });
  const clock = createVirtualClock();
  const { run } = await runs.createRun(
    { pipeline: 'CRAWL', trigger: 'CLI', parameters: {}, createdAt: clock.now() },
    ['crawl'],
  );
  await landing.openBatch({ id: 'left', source: 'spotify', runId: run.id, openedAt: clock.now() });
  await runs.requestCancel(run.id, { at: clock.now() });
  const housekeeping = createHousekeeping({
    runs: { ...runs, removeHistory: () => Promise.reject(new Error('busy')) },
    deliveries: noDeliveries,
    openLanding: async () => openSqliteLanding(path),
    config: { keepRunDays: 2 },
    clock,
    log: silentLog,
  });
  housekeeping.start();
  await clock.advance(2 * DAY);
  expect(await landing.findBatch('left')).not.toBeNull();
  await clock.advance(3_600_000);
  await housekeeping.stop();
  expect(await landing.findBatch('left')).toBeNull();
  expect((await runs.listEvents(run.id, { after: 0, first: 9 })).at(-1)?.type).toBe('landing.discarded');
});

const TOLD = {
  messageId: 'm',
  url: 'https://a.example/',
  type: 't',
  body: '{}',
  tries: 1,
  lastError: null,
};

/** An outbox that is kept for two days, beside a landing store that cannot be had. */
function openDeliveries() {
  const runs = openSqliteRuns(':memory:');
  const deliveries = openSqliteDeliveries(':memory:');
  onTestFinished(async () => {
    await runs.close();
    await deliveries.close();
  });
  const clock = createVirtualClock();
  const housekeeping = createHousekeeping({
    ...{ config: { keepRunDays: 2 }, runs, deliveries, clock, log: silentLog },
    openLanding: () => Promise.reject(new Error('busy')),
  });
  return { clock, deliveries, housekeeping };
}

it('createHousekeeping forgets deliveries that were settled long ago, and those that nobody sends, though no webhook is set up', async () => {
  const { clock, deliveries, housekeeping } = openDeliveries();
  const at = { createdAt: clock.now(), nextAt: clock.now() };
  const told = { ...TOLD, ...at };
  await deliveries.enqueue([
    { ...told, id: 'a', state: 'GIVEN_UP' },
    { ...told, id: 'b', state: 'PENDING' },
  ]);
  housekeeping.start();
  await clock.advance(2 * DAY);
  expect(await deliveries.countByState()).toEqual({ PENDING: 1, DELIVERED: 0, GIVEN_UP: 1 });
  await clock.advance(3_600_000);
  await housekeeping.stop();
  expect(await deliveries.countByState()).toEqual({ PENDING: 0, DELIVERED: 0, GIVEN_UP: 0 });
});

it('createHousekeeping leaves an hour to send what waited while no process ran, however long that was', async () => {
  const { clock, deliveries, housekeeping } = openDeliveries();
  const due = clock.now() - 3 * DAY;
  await deliveries.enqueue([{ ...TOLD, id: 'a', state: 'PENDING', createdAt: due, nextAt: due }]);
  housekeeping.start();
  await clock.advance(3_599_000);
  expect(await deliveries.countByState()).toMatchObject({ PENDING: 1 });
  await clock.advance(1_000);
  await housekeeping.stop();
  expect(await deliveries.countByState()).toMatchObject({ PENDING: 0 });
});
