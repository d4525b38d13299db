import { describe, expect, it, onTestFinished } from 'vitest';
import { changeSchedule } from '../../../src/store/runs/schedule.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

function open() {
  const runs = openSqliteRuns(':memory:');
  onTestFinished(() => runs.close());
  return runs;
}

describe('changeSchedule(runs, change, now)', () => {
  it('gives a pipeline its first schedule, enabled, in UTC', async () => {
    const runs = open();
    const schedule = await changeSchedule(
      runs,
      { pipeline: 'REFRESH', cron: '30 4 * * *', reason: 'new' },
      NOW,
    );
    expect(schedule).toEqual({
      pipeline: 'REFRESH',
      cron: '30 4 * * *',
      timeZone: 'UTC',
      isEnabled: true,
      missedTicks: 'ONCE',
      overlap: 'QUEUE_ONE',
      jitterSeconds: 0,
      nextDueAt: Date.UTC(2026, 10, 21, 4, 30),
      parameters: {},
      origin: 'stored',
      updatedAt: NOW,
      reason: 'new',
    });
    expect(await runs.findSchedule('REFRESH')).toEqual(schedule);
  });

  it('refuses files that lie outside the inbox, which a scheduled run would read', async () => {
    const change = { pipeline: 'IMPORT', cron: '0 5 * * *', parameters: { files: ['/etc/passwd'] } } as const;
    await expect(changeSchedule(open(), change, NOW)).rejects.toThrow(
      'files is "/etc/passwd"; a name within the inbox',
    );
  });

  it('pauses and resumes: while paused nothing is due', async () => {
    const runs = open();
    await changeSchedule(runs, { pipeline: 'REFRESH', cron: '0 5 * * *' }, NOW);
    const paused = await changeSchedule(runs, { pipeline: 'REFRESH', isEnabled: false, reason: 'move' }, NOW);
    expect(paused).toMatchObject({ isEnabled: false, nextDueAt: null, cron: '0 5 * * *', reason: 'move' });
    const resumed = await changeSchedule(runs, { pipeline: 'REFRESH', isEnabled: true }, NOW + 86_400_000);
    expect(resumed.nextDueAt).toBe(Date.UTC(2026, 10, 22, 5));
  });

  it('keeps a tick that is just due when only a policy changes', async () => {
    const runs = open();
    const { nextDueAt } = await changeSchedule(runs, { pipeline: 'REFRESH', cron: '0 5 * * *' }, NOW);
    const late = (nextDueAt ?? 0) + 1;
    const changed = await changeSchedule(runs, { pipeline: 'REFRESH', missedTicks: 'SKIP' }, late);
    expect(changed).toMatchObject({ nextDueAt, missedTicks: 'SKIP' });
  });

  it('refuses a first change without a cron, a cron that is never due, and what croner cannot read', async () => {
    const runs = open();
    const change = (part: object) => changeSchedule(runs, { pipeline: 'CRAWL', ...part }, NOW);
    await expect(change({ isEnabled: true })).rejects.toThrow(
      /CRAWL has no schedule yet, and cron is missing/,
    );
    await expect(change({ cron: '0 0 31 4 *' })).rejects.toThrow(/which is never due/);
    await expect(change({ cron: 'nightly' })).rejects.toEqual(expect.objectContaining({ field: 'cron' }));
    await expect(change({ cron: '0 5 * * *', timeZone: 'Berlin' })).rejects.toEqual(
      expect.objectContaining({ field: 'timeZone', given: 'Berlin' }),
    );
    expect(await runs.findSchedule('CRAWL')).toBeNull();
  });
});
