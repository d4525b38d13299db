import { describe, expect, it } from 'vitest';
import { findNextDue, listLatestDue, listUpcoming } from '../../../src/store/runs/cron.ts';

const at = (iso: string) => Date.parse(iso);
const upcoming = (cron: string, timeZone: string, from: string, count: number) =>
  listUpcoming({ cron, timeZone }, at(from), count).map((ms) => new Date(ms).toISOString().slice(0, 16));

describe('findNextDue(rhythm, from)', () => {
  it('gives the first instant after, never the same one', () => {
    const daily = { cron: '0 5 * * *', timeZone: 'UTC' };
    expect(findNextDue(daily, at('2026-11-20T05:00:00Z'))).toBe(at('2026-11-21T05:00:00Z'));
    expect(findNextDue(daily, at('2026-11-20T04:59:59.999Z'))).toBe(at('2026-11-20T05:00:00Z'));
  });

  it('is null for a day that does not exist', () => {
    expect(findNextDue({ cron: '0 0 30 2 *', timeZone: 'UTC' }, at('2026-01-01T00:00:00Z'))).toBeNull();
  });

  it('takes a day of month or a day of week when both are given', () => {
    expect(upcoming('0 0 13 * 5', 'UTC', '2026-11-01T00:00:00Z', 3)).toEqual([
      '2026-11-06T00:00',
      '2026-11-13T00:00',
      '2026-11-20T00:00',
    ]);
  });

  it.each([
    '',
    '0 5 * *',
    '0 0 5 * * *',
    '61 * * * *',
    '@daily',
    'a b c d e',
    '*/0 * * * *',
  ])('refuses the cron "%s"', (cron) => {
    expect(() => findNextDue({ cron, timeZone: 'UTC' }, 0)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field: 'cron', given: cron }),
    );
  });

  it.each(['', 'Mars/Base', 'Europe/Berlin2'])('refuses the time zone "%s"', (timeZone) => {
    expect(() => findNextDue({ cron: '0 5 * * *', timeZone }, 0)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field: 'timeZone', given: timeZone }),
    );
  });
});

describe('daylight saving', () => {
  it('lets a fixed time in the skipped hour come when the clock has jumped', () => {
    expect(upcoming('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 2)).toEqual([
      '2026-03-08T07:00',
      '2026-03-09T06:30',
    ]);
    expect(upcoming('30 2,14 * * *', 'America/New_York', '2026-03-07T23:00:00Z', 2)).toEqual([
      '2026-03-08T07:00',
      '2026-03-08T18:30',
    ]);
  });

  it('lets a fixed time of the repeated hour come once, the first time', () => {
    expect(upcoming('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
  });

  it('keeps an interval an interval on both days', () => {
    const quarters = upcoming('*/15 * * * *', 'America/New_York', '2026-11-01T04:59:00Z', 12);
    expect(quarters[0]).toBe('2026-11-01T05:00');
    expect(quarters.at(-1)).toBe('2026-11-01T07:45');
    expect(upcoming('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z', 4)).toEqual([
      '2026-03-29T00:00',
      '2026-03-29T01:00',
      '2026-03-29T02:00',
      '2026-03-29T03:00',
    ]);
  });

  it('goes on in a zone that moves by half an hour, and over a day that a zone left out', () => {
    expect(upcoming('30 2 * * *', 'Australia/Lord_Howe', '2026-10-02T16:00:00Z', 2)).toEqual([
      '2026-10-03T15:30',
      '2026-10-04T15:30',
    ]);
    expect(upcoming('0 12 * * *', 'Pacific/Apia', '2011-12-29T12:00:00Z', 2)).toEqual([
      '2011-12-29T22:00',
      '2011-12-30T22:00',
    ]);
  });

  it('does not skip the months after the autumn change', () => {
    expect(upcoming('0 6 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 1)).toEqual([
      '2026-11-01T11:00',
    ]);
  });
});

describe('listLatestDue(rhythm, first, now, count)', () => {
  const hourly = { cron: '0 * * * *', timeZone: 'America/New_York' };

  it('gives what going forward gives, over both changes of the clock', () => {
    for (const [from, to] of [
      ['2026-03-06T00:00:00Z', '2026-03-10T00:00:00Z'],
      ['2026-10-30T00:00:00Z', '2026-11-03T00:00:00Z'],
    ] as const) {
      const forward: number[] = [];
      for (let due = findNextDue(hourly, at(from) - 1); due !== null && due <= at(to); ) {
        forward.push(due);
        due = findNextDue(hourly, due);
      }
      expect(listLatestDue(hourly, at(from) - 1, at(to), 1_000)).toEqual(forward);
      expect(listLatestDue(hourly, at(from) - 1, at(to), 50)).toEqual(forward.slice(-50));
    }
  });

  it('leaves out first, includes now, and gives no more than count', () => {
    const [first, now] = [at('2026-11-20T01:00:00Z'), at('2026-11-20T05:00:00Z')];
    expect(listLatestDue(hourly, first, now, 100)).toHaveLength(4);
    expect(listLatestDue(hourly, first, now, 2)).toEqual([now - 3_600_000, now]);
  });
});

describe('listUpcoming(rhythm, from, count)', () => {
  it('is empty for no count', () => {
    expect(listUpcoming({ cron: '0 5 * * *', timeZone: 'UTC' }, 0, 0)).toEqual([]);
  });
});
