import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { silentLog } from '../../../src/log.ts';
import { createScheduler, tick } from '../../../src/pipeline/runs/scheduler.ts';
import { createSetBacks } from '../../../src/pipeline/runs/set-backs.ts';
import type { PipelineName, RunStore } from '../../../src/store/runs/run-store.ts';
import { changeSchedule, type ScheduleChange } from '../../../src/store/runs/schedule.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SEED = Number(process.env.GROOVELAKE_TEST_SEED ?? 29);
const YEARS = Number(process.env.GROOVELAKE_TEST_YEARS ?? 10);

function open(): RunStore {
  const runs = openSqliteRuns(':memory:', seededRandomness(SEED));
  onTestFinished(() => runs.close());
  return runs;
}

/** A store with REFRESH due daily at 05:00 UTC, at noon of 20 November 2026, and the ticks it keeps as "day outcome". */
async function daily(change: Partial<Omit<ScheduleChange, 'pipeline'>> = {}) {
  const runs = open();
  const clock = createVirtualClock(Date.UTC(2026, 10, 20, 12));
  await changeSchedule(runs, { pipeline: 'REFRESH', cron: '0 5 * * *', ...change }, clock.now());
  let wakes = 0;
  const wake = () => {
    wakes++;
  };
  const setBacks = createSetBacks({ runs, clock, log: silentLog });
  const parts = { runs, clock, config: { catchUpRuns: 10 }, log: silentLog, setBacks, wake };
  const listTicks = async () =>
    (await runs.listTicks('REFRESH', 1_000))
      .map(({ dueAt, outcome }) => `${new Date(dueAt).getUTCDate()} ${outcome}`)
      .reverse();
  return { runs, clock, parts, listTicks, countWakes: () => wakes };
}

describe('tick(parts)', () => {
  it('starts what is due, once, and says when it is due next', async () => {
    const { runs, clock, parts, listTicks, countWakes } = await daily();
    await tick(parts);
    expect(await runs.countRuns()).toBe(0);
    clock.step(17 * HOUR + 30_000);
    await Promise.all([tick(parts), tick(parts)]);
    await tick(parts);
    const { runs: started } = await runs.listRuns({ first: 5 });
    expect(started).toMatchObject([
      { trigger: 'SCHEDULE', idempotencyKey: 'schedule REFRESH 2026-11-21T05:00:00.000Z' },
    ]);
    expect(await listTicks()).toEqual(['21 STARTED']);
    expect(await runs.findSchedule('REFRESH')).toMatchObject({ nextDueAt: Date.UTC(2026, 10, 22, 5) });
    expect(countWakes()).toBeGreaterThan(0);
  });

  it.each([
    ['ONCE', ['21 MISSED', '22 MISSED', '23 STARTED']],
    ['SKIP', ['21 MISSED', '22 MISSED', '23 MISSED']],
    // The others wait for their turn.
    ['ALL', ['21 STARTED']],
  ] as const)('handles missed ticks by the policy %s', async (missedTicks, expected) => {
    const { clock, parts, listTicks } = await daily({ missedTicks });
    clock.step(3 * DAY);
    await tick(parts);
    expect(await listTicks()).toEqual(expected);
  });

  it('catches up one missed instant after the other under ALL, and what came due meanwhile', async () => {
    const { runs, clock, parts, listTicks } = await daily({ missedTicks: 'ALL', overlap: 'SKIP' });
    clock.step(3 * DAY);
    const endRun = async () => {
      const [run] = await runs.listClaimable(clock.now());
      if (run) await runs.requestCancel(run.id, { at: clock.now() });
      return run?.idempotencyKey;
    };
    await tick(parts);
    await tick(parts);
    expect(await runs.countRuns()).toBe(1);
    expect(await endRun()).toBe('schedule REFRESH 2026-11-21T05:00:00.000Z');
    await Promise.all([tick(parts), tick(parts)]);
    expect(await listTicks()).toEqual(['21 STARTED', '22 STARTED']);
    // The fourth comes due on time, but behind the third: it waits too, and is not skipped for overlap.
    clock.step(17 * HOUR);
    await tick(parts);
    expect(await endRun()).toBe('schedule REFRESH 2026-11-22T05:00:00.000Z');
    await tick(parts);
    await endRun();
    clock.step(HOUR);
    await tick(parts);
    expect(await listTicks()).toEqual(['21 STARTED', '22 STARTED', '23 STARTED', '24 STARTED']);
    expect(await runs.findSchedule('REFRESH')).toMatchObject({ nextDueAt: Date.UTC(2026, 10, 25, 5) });
  });

  it('catches up so many under ALL as the configuration says, and records the older ones', async () => {
    const { clock, parts, listTicks } = await daily({ missedTicks: 'ALL' });
    clock.step(5 * DAY);
    await tick({ ...parts, config: { catchUpRuns: 2 } });
    expect(await listTicks()).toEqual(['21 MISSED', '22 MISSED', '23 MISSED', '24 STARTED']);
  });

  /** HISTORY due every half hour, from noon on; each run ends at once. */
  async function halfHourly(change: Partial<ScheduleChange> = {}) {
    const { runs, clock } = await daily({ isEnabled: false });
    await changeSchedule(runs, { pipeline: 'HISTORY', cron: '*/30 * * * *', ...change }, clock.now());
    const logged: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void logged.push(message) };
    /** A worker whose clock is off by so much. */
    const worker = (offMs = 0) => {
      const own = { ...clock, now: () => clock.now() + offMs };
      const setBacks = createSetBacks({ runs, clock: own, log });
      const parts = { runs, clock: own, config: { catchUpRuns: 10 }, log, setBacks, wake: () => {} };
      return async () => {
        await tick(parts);
        for (const { id } of await runs.listClaimable(own.now())) {
          const claimed = await runs.claimRun(id, { id: 'w', now: own.now(), leaseMs: 20_000 });
          const claim = { runId: id, fence: claimed?.fence ?? 0 };
          await runs.finishRun(claim, { status: 'SUCCEEDED', at: own.now() });
        }
      };
    };
    /** @returns runs that were started while the clock went on for so many hours and each worker looked every minute */
    const walk = async (hours: number, ...workers: (() => Promise<void>)[]) => {
      const before = await runs.countRuns();
      for (let minutes = 0; minutes < hours * 60; minutes++) {
        await clock.advance(60_000);
        for (const work of workers) await work();
      }
      return (await runs.countRuns()) - before;
    };
    const listKeys = async () =>
      (await runs.listRuns({ first: 500 })).runs.map(({ idempotencyKey }) => idempotencyKey ?? '');
    return { runs, clock, worker, walk, listKeys, logged };
  }

  it('starts runs again at the instants that a clock which ran ahead had used up, and says so', async () => {
    const { clock, worker, walk, listKeys, logged } = await halfHourly();
    const work = worker();
    expect(await walk(1, work)).toBe(2);
    clock.step(3 * HOUR);
    expect(await walk(3, work)).toBe(7);
    clock.step(-3 * HOUR);
    expect(logged).toEqual([]);
    expect(await walk(4, work)).toBe(8);
    const keys = await listKeys();
    expect(new Set(keys).size).toBe(17);
    expect(keys.filter((key) => key.includes(' again since '))).toHaveLength(6);
    expect(logged).toEqual([expect.stringContaining('A clock ran ahead')]);
  });

  it('starts them again also where the machine sleeps before they come', async () => {
    const { clock, worker, walk, listKeys } = await halfHourly();
    const work = worker();
    clock.step(4 * HOUR);
    await walk(1, work);
    clock.step(-4 * HOUR);
    await walk(0.75, work);
    // No monotonic time passes, as when a clock that was behind is set right; what was used up ends within the hour.
    clock.step(2.75 * HOUR);
    const before = (await listKeys()).length;
    await walk(1, work);
    expect((await listKeys()).length - before).toBe(3);
  });

  it('starts them again in a process that was not there before, and one that came due in its first minutes', async () => {
    const { clock, worker, walk } = await halfHourly();
    await walk(3, worker());
    clock.step(-3 * HOUR - 2 * 60_000);
    expect(await walk(0.5, worker())).toBe(1);
    expect(await walk(2, worker())).toBe(4);
  });

  it.each([
    'ONCE',
    'ALL',
  ] as const)('starts an instant again once under %s, while two workers differ for good', async (missedTicks) => {
    const { worker, walk, listKeys } = await halfHourly({ missedTicks });
    await walk(4, worker(2.5 * HOUR), worker());
    const again = (await listKeys())
      .filter((key) => key.includes(' again '))
      .map((key) => key.split(' again ')[0]);
    expect(again.length).toBeGreaterThan(0);
    expect(new Set(again).size).toBe(again.length);
  });

  it.each([
    ['ONCE', 1],
    ['ONCE', 4],
    ['ALL', 1],
    ['ALL', 4],
    // Long enough to be believed, and to have noted that runs are to start again.
    ['ALL', 20],
  ] as const)('doubles no run when the clock is behind under %s for %d minutes, and right again', async (missedTicks, minutes) => {
    const { clock, worker, walk, listKeys } = await halfHourly({ missedTicks });
    const work = worker();
    await walk(3, work);
    clock.step(-3 * HOUR + 60_000);
    await walk(minutes / 60, work);
    clock.step(3 * HOUR - 60_000);
    await walk(2, work);
    expect((await listKeys()).filter((key) => key.includes(' again since '))).toEqual([]);
    expect(await listKeys()).toHaveLength(10);
  });

  it('doubles no run for a process that begins with a clock that is behind, and ends before that is believed', async () => {
    const { clock, worker, walk, listKeys } = await halfHourly({ missedTicks: 'ALL' });
    await walk(3, worker());
    clock.step(-3 * HOUR);
    await walk(4 / 60, worker());
    clock.step(3 * HOUR);
    await walk(2, worker());
    expect(await listKeys()).toHaveLength(10);
  });

  it.each([
    ['its rhythm', { cron: '0,30 * * * *' }],
    ['a pause', { isEnabled: false }],
  ])('starts runs again also where an operator changes %s before that is noted', async (_title, change) => {
    const { runs, clock, worker, walk } = await halfHourly();
    await walk(3, worker());
    await changeSchedule(runs, { pipeline: 'HISTORY', isEnabled: !('isEnabled' in change) }, clock.now());
    clock.step(-3 * HOUR);
    await changeSchedule(runs, { pipeline: 'HISTORY', ...change }, clock.now());
    await changeSchedule(runs, { pipeline: 'HISTORY', isEnabled: true }, clock.now());
    expect(await walk(4, worker())).toBe(8);
  });

  it('starts nothing twice when the clock is set back by less than clocks differ', async () => {
    const { clock, worker, walk } = await halfHourly();
    const work = worker();
    await walk(2, work);
    clock.step(-50 * 60_000);
    expect(await walk(1, work)).toBe(0);
    expect(await walk(1, work)).toBe(2);
  });

  it('starts a run after its jitter, the same after a restart, and says when', async () => {
    const { runs, clock, parts, listTicks } = await daily({ jitterSeconds: 600 });
    const dueAt = Date.UTC(2026, 10, 21, 5);
    clock.step(17 * HOUR);
    const ripeAt = (await tick(parts)) ?? 0;
    expect(ripeAt).toBeGreaterThan(dueAt);
    expect(ripeAt).toBeLessThan(dueAt + 600_000);
    expect(await tick(parts)).toBe(ripeAt);
    clock.step(ripeAt - 1 - clock.now());
    await tick(parts);
    expect(await runs.countRuns()).toBe(0);
    clock.step(1);
    expect(await tick(parts)).toBeNull();
    expect(await listTicks()).toEqual(['21 STARTED']);
    expect(await runs.findSchedule('REFRESH')).toMatchObject({ nextDueAt: Date.UTC(2026, 10, 22, 5) });
  });

  it('starts a tick that is on time under SKIP too', async () => {
    const { clock, parts, listTicks } = await daily({ missedTicks: 'SKIP' });
    clock.step(17 * HOUR + 59_000);
    await tick(parts);
    expect(await listTicks()).toEqual(['21 STARTED']);
  });

  it('gives a long row of missed instants one record, and its last hundred one each', async () => {
    const { runs, clock, parts } = await daily({ cron: '*/5 * * * *' });
    clock.step(3 * DAY + 1_000);
    await tick(parts);
    const ticks = await runs.listTicks('REFRESH', 1_000);
    expect(ticks).toHaveLength(101);
    expect(ticks[0]).toMatchObject({ dueAt: Date.UTC(2026, 10, 23, 12), outcome: 'STARTED' });
    expect(ticks.at(-1)).toMatchObject({
      dueAt: Date.UTC(2026, 10, 20, 12, 5),
      outcome: 'MISSED',
      reason: 'nobody was there when it was due; so were all before 2026-11-23T03:45:00.000Z',
    });
  });

  it('skips a tick whose work is under way, and says by which run', async () => {
    const { runs, clock, parts, listTicks } = await daily();
    clock.step(17 * HOUR);
    await tick(parts);
    clock.step(DAY);
    await tick(parts);
    expect(await listTicks()).toEqual(['21 STARTED', '22 SKIPPED']);
    const [first] = (await runs.listRuns({ first: 1 })).runs;
    expect((await runs.listTicks('REFRESH', 1))[0]).toMatchObject({
      runId: first?.id,
      reason: `run ${first?.id} was QUEUED`,
    });
  });

  it.each([
    ['QUEUE_ONE', ['21 STARTED', '22 STARTED', '23 SKIPPED'], 2],
    ['SKIP', ['21 STARTED', '22 SKIPPED', '23 SKIPPED'], 1],
  ] as const)('lets as many runs wait behind one under way as %s says', async (overlap, expected, count) => {
    const { runs, clock, parts, listTicks } = await daily({ overlap });
    clock.step(17 * HOUR);
    await tick(parts);
    const [first] = await runs.listClaimable(clock.now());
    await runs.claimRun(first?.id ?? '', { id: 'w', now: clock.now(), leaseMs: 10 * DAY });
    for (let day = 0; day < 2; day++) {
      clock.step(DAY);
      await Promise.all([tick(parts), tick(parts)]);
    }
    expect(await listTicks()).toEqual(expected);
    expect(await runs.countRuns()).toBe(count);
  });

  it('lets one run wait for an instant though the process died before it could record so', async () => {
    const { runs, clock, parts, listTicks } = await daily();
    clock.step(17 * HOUR);
    await tick(parts);
    const [first] = await runs.listClaimable(clock.now());
    await runs.claimRun(first?.id ?? '', { id: 'w', now: clock.now(), leaseMs: 10 * DAY });
    clock.step(DAY);
    await tick({ ...parts, runs: { ...runs, recordTick: () => Promise.reject(new Error('killed')) } });
    await tick({ ...parts, runs: { ...runs, advanceSchedule: () => Promise.reject(new Error('killed')) } });
    await tick(parts);
    expect(await listTicks()).toEqual(['21 STARTED', '22 STARTED']);
    expect(await runs.countRuns()).toBe(2);
  });

  it('leaves a paused schedule alone', async () => {
    const { runs, clock, parts } = await daily({ isEnabled: false });
    clock.step(5 * DAY);
    await tick(parts);
    expect(await runs.countRuns()).toBe(0);
  });

  it('fires an instant once though the process died before it could record so', async () => {
    const { runs, clock, parts, listTicks } = await daily();
    clock.step(17 * HOUR);
    const dying: RunStore = { ...runs, recordTick: () => Promise.reject(new Error('killed')) };
    await tick({ ...parts, runs: dying });
    expect(await listTicks()).toEqual([]);
    clock.step(60_000);
    await tick(parts);
    expect(await runs.countRuns()).toBe(1);
    expect(await listTicks()).toEqual(['21 STARTED']);
  });

  it('comes back to the next instant when the clock was far ahead and is set back', async () => {
    const { runs, clock, parts } = await daily();
    clock.step(400 * DAY);
    await tick(parts);
    clock.step(-400 * DAY);
    await tick(parts);
    await clock.advance(5 * 60_000);
    await tick(parts);
    expect(await runs.findSchedule('REFRESH')).toMatchObject({ nextDueAt: Date.UTC(2026, 10, 21, 5) });
  });

  it('records a schedule whose parameters its pipeline does not take, and goes on', async () => {
    const { runs, clock, parts } = await daily();
    const schedule = await runs.findSchedule('REFRESH');
    if (schedule) await runs.saveSchedule({ ...schedule, parameters: { nonsense: 1 } });
    clock.step(17 * HOUR);
    await tick(parts);
    expect(await runs.listTicks('REFRESH', 5)).toMatchObject([
      { outcome: 'SKIPPED', reason: expect.stringContaining('no parameter "nonsense"') },
    ]);
    expect(await runs.findSchedule('REFRESH')).toMatchObject({ nextDueAt: Date.UTC(2026, 10, 22, 5) });
  });

  it('handles the other schedules though one is damaged', async () => {
    const { runs, clock, parts } = await daily();
    const schedule = await runs.findSchedule('REFRESH');
    if (schedule) await runs.saveSchedule({ ...schedule, pipeline: 'CRAWL', cron: 'damaged' });
    clock.step(17 * HOUR);
    await tick(parts);
    expect((await runs.listRuns({ first: 5 })).runs).toMatchObject([{ pipeline: 'REFRESH' }]);
  });
});

describe('createScheduler(parts)', () => {
  it('handles at its start what came due while nobody was there, and stops', async () => {
    const runs = open();
    await changeSchedule(runs, { pipeline: 'TRANSFORM', cron: '* * * * *' }, systemClock.now() - 2 * DAY);
    let resolve = () => {};
    const woken = new Promise<void>((done) => {
      resolve = done;
    });
    const scheduler = createScheduler({
      runs,
      clock: systemClock,
      config: { catchUpRuns: 10 },
      log: silentLog,
      wake: () => resolve(),
    });
    scheduler.start();
    await woken;
    await scheduler.stop();
    expect((await runs.listRuns({ first: 5 })).runs).toMatchObject([{ pipeline: 'TRANSFORM' }]);
  });
});

const ZONES: readonly [PipelineName, string, string, object, Partial<ScheduleChange>][] = [
  ['REFRESH', 'UTC', '0 5 * * *', {}, {}],
  ['CRAWL', 'America/New_York', '30 2 * * *', {}, { jitterSeconds: 900 }],
  ['TRANSFORM', 'Europe/Berlin', '15 2 * * *', {}, { missedTicks: 'ALL' }],
  ['IMPORT', 'Australia/Lord_Howe', '45 1 * * *', { files: ['a.csv'] }, { missedTicks: 'SKIP' }],
];

describe('virtual years', () => {
  it(`handle every due instant of ${YEARS} years and four zones once, through stops and clock steps (seed ${SEED})`, async () => {
    const runs = open();
    const random = seededRandomness(SEED);
    const start = Date.UTC(2026, 10, 20, 12);
    let now = start;
    let horizon = start;
    // How far the wall clock was set; what is left of it is time that passed.
    let set = 0;
    const clock = { ...createVirtualClock(), now: () => now, monotonic: () => now - set };
    const setBacks = createSetBacks({ runs, clock, log: silentLog });
    const parts = { runs, clock, config: { catchUpRuns: 10 }, log: silentLog, setBacks, wake: () => {} };
    for (const [pipeline, timeZone, cron, parameters, policy] of ZONES) {
      const schedule = await changeSchedule(runs, { ...policy, pipeline, timeZone, cron }, now);
      await runs.saveSchedule({ ...schedule, parameters: parameters as Record<string, unknown> });
    }
    let faults = 0;
    let ripeAt: number | null = null;
    while (now < start + YEARS * 365.25 * DAY) {
      const chance = random.next();
      if (chance < 0.01) {
        faults++;
        // A stop of three days, or a clock that is set by an hour or a day.
        const step = [3 * DAY, HOUR, -HOUR, DAY, -DAY][Math.floor(random.next() * 5)] ?? 0;
        now += step;
        set += step;
      } else {
        const due = await Promise.all(
          ZONES.map(async ([name]) => (await runs.findSchedule(name))?.nextDueAt),
        );
        // What is due already waits for its jitter, or to be caught up in the next minute.
        const next = due.map((at) =>
          at !== null && at !== undefined && at > now ? at : (ripeAt ?? now + 60_000),
        );
        now = Math.max(Math.ceil(Math.min(...next) / 60_000) * 60_000, now + 1);
      }
      horizon = Math.max(horizon, now);
      [ripeAt = null] = await Promise.all(chance > 0.9 ? [tick(parts), tick(parts)] : [tick(parts)]);
      for (const run of await runs.listClaimable(now)) await runs.requestCancel(run.id, { at: now });
    }
    let handled = 0;
    for (const [pipeline, timeZone, cron] of ZONES) {
      const ticks = await runs.listTicks(pipeline, 1_000_000);
      handled += ticks.length;
      expectOneADay(
        ticks.map(({ dueAt }) => dueAt),
        timeZone,
        cron,
      );
      const started = ticks.filter(({ outcome }) => outcome === 'STARTED');
      expect(new Set(started.map(({ runId }) => runId)).size).toBe(started.length);
      // Besides these only instants that came again, after a clock which was a day ahead, have started runs.
      const all = await runs.listRuns({ filter: { pipelines: [pipeline] }, first: 1_000_000 });
      const others = all.runs.filter(({ id }) => !started.some(({ runId }) => runId === id));
      expect(all.runs.length - others.length).toBe(started.length);
      for (const { idempotencyKey } of others) expect(idempotencyKey).toContain(' again since ');
      const last = ticks[0]?.dueAt ?? 0;
      expect(horizon - last).toBeLessThan(1.2 * DAY);
    }
    console.log(
      `virtual years: seed ${SEED}, ${handled} due instants handled, ${faults} stops and clock steps`,
    );
  }, 120_000);
});

/** Without the code under test: one instant on each local day from the first to the last, at the cron's time where that exists. */
function expectOneADay(instants: readonly number[], timeZone: string, cron: string): void {
  const [minute = 0, hour = 0] = cron.split(' ').map(Number);
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
    hour12: false,
  });
  const local = [...instants].sort((a, b) => a - b).map((at) => format.format(at).split(', '));
  const days = local.map(([day = '']) => Date.parse(day) / DAY);
  const gaps = days.slice(1).filter((day, at) => day - (days[at] ?? 0) !== 1);
  expect(gaps).toEqual([]);
  const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  const elsewhere = local.filter(([, found]) => found !== time);
  // Once a year at most the time falls into the hour that is skipped.
  expect(elsewhere.length).toBeLessThanOrEqual(YEARS + 1);
  for (const [, found = ''] of elsewhere) expect(found > time && found <= '03:00').toBe(true);
}
