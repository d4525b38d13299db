// When a schedule is due: five cron fields read in a stated time zone, computed by croner.
//
// Daylight saving (the rules of Vixie cron):
// - fixed times (no `*` or step in minute and hour): one that falls into the hour that is skipped in spring comes when the clock has
//   jumped; one that comes twice in autumn comes once, the first time;
// - intervals (a `*` or step in minute or hour): times that are skipped do not come, repeated ones come both times, so that every
//   15 minutes stays every 15 minutes.
// A day of month and a day of week that are both given: either is enough.
import { Cron, type CronOptions } from 'croner';
import { InvalidInputError } from '../../errors.ts';
import type { Schedule } from './run-store.ts';

type Rhythm = Pick<Schedule, 'cron' | 'timeZone'>;

const OPTIONS: CronOptions = {
  paused: true,
  mode: '5-part',
  domAndDow: false,
  sloppyRanges: false,
  fixedTimeRule: 'no-wildcard',
};

/** The first due instant after `from`; null when there is none. @throws InvalidInputError for a cron or zone that cannot be read */
export function findNextDue(rhythm: Rhythm, from: number): number | null {
  return parse(rhythm).nextRun(new Date(from))?.getTime() ?? null;
}

/** The next due instants after `from`, at most `count`, oldest first. @throws InvalidInputError */
export function listUpcoming(rhythm: Rhythm, from: number, count: number): number[] {
  return count <= 0 ? [] : toInstants(parse(rhythm).nextRuns(count, new Date(from)));
}

/** The latest due instants after `first` up to and with `now`, at most `count`, oldest first. @throws InvalidInputError */
export function listLatestDue(rhythm: Rhythm, first: number, now: number, count: number): number[] {
  const cron = parse(rhythm);
  const forward: number[] = [];
  for (let due = cron.nextRun(new Date(first)); due && due.getTime() <= now; due = cron.nextRun(due)) {
    forward.push(due.getTime());
    if (forward.length > count) {
      // Too many to go through one by one: the latest are found from the other end.
      return toInstants(cron.previousRuns(count, new Date(now + 1))).sort((a, b) => a - b);
    }
  }
  return forward;
}

function toInstants(dates: readonly Date[]): number[] {
  return dates.map((date) => date.getTime());
}

/** Reading a cron and a zone costs more than asking for the next instant; there are as many as schedules. */
const parsed = new Map<string, Cron>();
const MAX_PARSED = 100;

function parse(rhythm: Rhythm): Cron {
  const key = `${rhythm.timeZone} ${rhythm.cron}`;
  const known = parsed.get(key);
  if (known) return known;
  const cron = read(rhythm);
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(key, cron);
  return cron;
}

function read({ cron, timeZone }: Rhythm): Cron {
  if (!isTimeZone(timeZone)) {
    throw new InvalidInputError(
      `timeZone is "${timeZone}"; an IANA name is expected, e.g. UTC or Europe/Berlin.`,
      { field: 'timeZone', given: timeZone, expected: 'an IANA name of a time zone' },
    );
  }
  try {
    // croner takes nicknames such as @daily as well; they are no five fields.
    if (cron.trim().startsWith('@')) throw new RangeError('a nickname');
    return new Cron(cron, { ...OPTIONS, timezone: timeZone });
  } catch (cause) {
    throw new InvalidInputError(
      `cron is "${cron}"; five fields (minute, hour, day of month, month, day of week) are expected, e.g. "0 5 * * *".`,
      { field: 'cron', given: cron, expected: 'five cron fields' },
      { cause },
    );
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
