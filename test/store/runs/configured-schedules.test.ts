import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import {
  applyConfiguredSchedules,
  listConfiguredSchedules,
  resetSchedule,
} from '../../../src/store/runs/configured-schedules.ts';
import { changeSchedule } from '../../../src/store/runs/schedule.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const DAY = 86_400_000;

function open() {
  const runs = openSqliteRuns(':memory:');
  onTestFinished(() => runs.close());
  return runs;
}

const configure = (env: Readonly<Record<string, string>> = {}) => readConfig(env);
const refreshAt = (cron: string) => configure({ GROOVELAKE_REFRESH_CRON: cron });
const schedules = (list: unknown) => configure({ GROOVELAKE_SCHEDULES: JSON.stringify(list) });
const REAL = { SPOTIFY_CLIENT_ID: 'a', SPOTIFY_CLIENT_SECRET: 'b' };

describe('listConfiguredSchedules(config)', () => {
  it('has REFRESH daily for real sources, nothing for the sandbox, and what is set for both', () => {
    expect([...listConfiguredSchedules(configure()).keys()]).toEqual([]);
    expect(listConfiguredSchedules(configure(REAL)).get('REFRESH')).toMatchObject({
      cron: '0 5 * * *',
      timeZone: 'UTC',
      isEnabled: true,
    });
    expect(listConfiguredSchedules(refreshAt('1 2 * * *')).get('REFRESH')?.cron).toBe('1 2 * * *');
  });

  it('takes every property of a schedule from GROOVELAKE_SCHEDULES', () => {
    const given = {
      pipeline: 'CRAWL',
      cron: '*/30 * * * *',
      timeZone: 'Europe/Berlin',
      isEnabled: false,
      missedTicks: 'ALL',
      overlap: 'SKIP',
      jitterSeconds: 60,
      parameters: { top: 5 },
    };
    expect(listConfiguredSchedules(schedules([given])).get('CRAWL')).toEqual(given);
  });

  it.each([
    [[{ pipeline: 'CRAWL', cron: 'daily' }], /GROOVELAKE_SCHEDULES has the cron "daily"; five cron fields/],
    [[{ pipeline: 'CRAWL', cron: '0 0 30 2 *' }], /"0 0 30 2 \*"; a day that exists/],
    [[{ pipeline: 'CRAWL', cron: '0 5 * * *', timeZone: 'Mars' }], /the timeZone "Mars"; an IANA name/],
    [[{ pipeline: 'DANCE', cron: '0 5 * * *' }], /the pipeline "DANCE"; one of CRAWL/],
    [[{ pipeline: 'IMPORT', cron: '0 5 * * *' }], /the files "missing"; a list of file names/],
  ])('refuses %j, naming what is wrong', (list, message) => {
    expect(() => listConfiguredSchedules(schedules(list))).toThrow(message);
  });

  it.each([
    '{}',
    'nonsense',
    '[{"pipeline":"CRAWL"}]',
    '[{"pipeline":"CRAWL","cron":"0 5 * * *","jitterSeconds":4000}]',
    '[{"pipeline":"CRAWL","cron":"0 5 * * *","cronn":"x"}]',
    '[{"pipeline":"CRAWL","cron":"0 5 * * *"},{"pipeline":"CRAWL","cron":"0 6 * * *"}]',
  ])('is not even asked for %s', (text) => {
    expect(() => configure({ GROOVELAKE_SCHEDULES: text })).toThrow(/GROOVELAKE_SCHEDULES is .* JSON list/s);
  });

  it('refuses two ways of saying when REFRESH runs', () => {
    const env = {
      GROOVELAKE_REFRESH_CRON: '0 5 * * *',
      GROOVELAKE_SCHEDULES: '[{"pipeline":"REFRESH","cron":"0 6 * * *"}]',
    };
    expect(() => configure(env)).toThrow(/Unset one of them/);
  });
});

describe('applyConfiguredSchedules(runs, config, now)', () => {
  it('follows the configuration until an operator changes the schedule, and again after a reset', async () => {
    const runs = open();
    await applyConfiguredSchedules(runs, configure(), NOW);
    expect(await runs.findSchedule('REFRESH')).toBeNull();
    await applyConfiguredSchedules(runs, refreshAt('0 5 * * *'), NOW);
    expect(await runs.findSchedule('REFRESH')).toMatchObject({ origin: 'config', isEnabled: true });
    await applyConfiguredSchedules(runs, refreshAt('0 6 * * *'), NOW);
    expect(await runs.findSchedule('REFRESH')).toMatchObject({ nextDueAt: Date.UTC(2026, 10, 21, 6) });
    await applyConfiguredSchedules(runs, configure(), NOW);
    expect(await runs.findSchedule('REFRESH')).toMatchObject({ isEnabled: false, nextDueAt: null });
    await changeSchedule(runs, { pipeline: 'REFRESH', cron: '0 7 * * *', isEnabled: true }, NOW);
    await applyConfiguredSchedules(runs, refreshAt('0 5 * * *'), NOW);
    expect(await runs.findSchedule('REFRESH')).toMatchObject({ cron: '0 7 * * *', origin: 'stored' });
    const reset = { pipeline: 'REFRESH', reason: 'as it was', now: NOW } as const;
    expect(await resetSchedule(runs, refreshAt('0 5 * * *'), reset)).toMatchObject({
      cron: '0 5 * * *',
      origin: 'config',
      reason: 'as it was',
      nextDueAt: Date.UTC(2026, 10, 21, 5),
    });
    expect(await resetSchedule(runs, configure(), { ...reset, pipeline: 'CRAWL' })).toBeNull();
  });

  it('keeps a due instant over a restart with the same configuration', async () => {
    const runs = open();
    await applyConfiguredSchedules(runs, refreshAt('0 5 * * *'), NOW);
    await applyConfiguredSchedules(runs, refreshAt('0 5 * * *'), NOW + 3 * DAY);
    expect(await runs.findSchedule('REFRESH')).toMatchObject({ nextDueAt: Date.UTC(2026, 10, 21, 5) });
  });
});
