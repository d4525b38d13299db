// How an operator changes a schedule. When it is due is in cron.ts, what the configuration asks for in configured-schedules.ts.
import { InvalidInputError } from '../../errors.ts';
import { findNextDue } from './cron.ts';
import { checkInboxNames, checkParameters } from './run-parameters.ts';
import type { MissedTicks, Overlap, PipelineName, RunStore, Schedule } from './run-store.ts';

/** Whoever shows a schedule shows these with it. */
export { findNextDue, listUpcoming } from './cron.ts';

export interface ScheduleChange {
  readonly pipeline: PipelineName;
  readonly isEnabled?: boolean | undefined;
  readonly cron?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly missedTicks?: MissedTicks | undefined;
  readonly overlap?: Overlap | undefined;
  readonly jitterSeconds?: number | undefined;
  /** What its runs are told; replaces the former ones as a whole. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly reason?: string | undefined;
}

const EXAMPLE = '0 5 * * *';
/** An hour: more would reach over the next instants of many schedules. */
const MAX_JITTER_SECONDS = 3_600;

/**
 * Stores a changed schedule; from then on it wins over the configuration.
 *
 * What is due next is computed anew when the cron, the zone or isEnabled changes; else a tick that is just due stays due.
 *
 * @throws InvalidInputError for a cron or zone that cannot be read, a cron that is never due, and what else is not acceptable
 */
export async function changeSchedule(runs: RunStore, change: ScheduleChange, now: number): Promise<Schedule> {
  const known = await runs.findSchedule(change.pipeline);
  checkInboxNames(change.parameters ?? {});
  const cron = change.cron ?? known?.cron;
  if (cron === undefined) {
    throw new InvalidInputError(
      `${change.pipeline} has no schedule yet, and cron is missing; five cron fields are expected, e.g. "${EXAMPLE}".`,
      { field: 'cron', expected: 'five cron fields' },
    );
  }
  const merged = {
    pipeline: change.pipeline,
    cron,
    timeZone: change.timeZone ?? known?.timeZone ?? 'UTC',
    isEnabled: change.isEnabled ?? known?.isEnabled ?? true,
    missedTicks: change.missedTicks ?? known?.missedTicks ?? 'ONCE',
    overlap: change.overlap ?? known?.overlap ?? 'QUEUE_ONE',
    jitterSeconds: checkJitter(change.jitterSeconds ?? known?.jitterSeconds ?? 0),
    parameters: change.parameters
      ? checkParameters(change.pipeline, change.parameters)
      : (known?.parameters ?? {}),
  } as const;
  const nextDueAt = findNextDue(merged, now);
  if (nextDueAt === null) {
    throw new InvalidInputError(`cron is "${cron}", which is never due; a day that exists is expected.`, {
      field: 'cron',
      given: cron,
      expected: 'five cron fields that name a day that exists',
    });
  }
  const isSameRhythm =
    known?.cron === merged.cron && known.timeZone === merged.timeZone && known.isEnabled === merged.isEnabled;
  const schedule: Schedule = {
    ...merged,
    nextDueAt: isSameRhythm ? known.nextDueAt : merged.isEnabled ? nextDueAt : null,
    origin: 'stored',
    updatedAt: now,
    reason: change.reason ?? null,
  };
  await runs.saveSchedule(schedule);
  return schedule;
}

function checkJitter(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_JITTER_SECONDS) return seconds;
  const expected = `a whole number from 0 to ${MAX_JITTER_SECONDS}`;
  throw new InvalidInputError(`jitterSeconds is ${seconds}; ${expected} is expected.`, {
    field: 'jitterSeconds',
    given: String(seconds),
    expected,
  });
}
