// Schedules: how they are changed and brought in from the configuration. When they are due is in cron.ts.
import type { Config } from '../../config.ts';
import { ConfigError, InvalidInputError } from '../../errors.ts';
import { findNextDue } from './cron.ts';
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
  readonly reason?: string | undefined;
}

const DAILY = '0 5 * * *';

/**
 * Stores a changed schedule; from then on it wins over the configuration.
 *
 * What is due next is computed anew when the cron, the zone or isEnabled changes; else a tick that is just due stays due.
 *
 * @throws InvalidInputError for a cron or zone that cannot be read, or a cron that is never due
 */
export async function changeSchedule(runs: RunStore, change: ScheduleChange, now: number): Promise<Schedule> {
  const known = await runs.findSchedule(change.pipeline);
  const cron = change.cron ?? known?.cron;
  if (cron === undefined) {
    throw new InvalidInputError(
      `${change.pipeline} has no schedule yet, and cron is missing; five cron fields are expected, e.g. "${DAILY}".`,
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
    parameters: known?.parameters ?? {},
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

/** When the configuration wants REFRESH to run: daily for real sources, never by itself for the sandbox, unless a cron is set. */
export function configuredRefreshCron(config: Pick<Config, 'isSandbox' | 'refreshCron'>): string | undefined {
  return config.refreshCron ?? (config.isSandbox ? undefined : DAILY);
}

/**
 * Brings the configuration's schedule into the store, unless an operator's is there.
 *
 * @throws ConfigError for a cron that cannot be read
 */
export async function applyConfiguredSchedule(
  runs: RunStore,
  pipeline: PipelineName,
  cron: string | undefined,
  now: number,
): Promise<void> {
  const next = cron === undefined ? null : findConfiguredDue(pipeline, cron, now);
  const known = await runs.findSchedule(pipeline);
  if (known?.origin === 'stored' || (!known && cron === undefined)) return;
  if (known && known.isEnabled === (cron !== undefined) && known.cron === (cron ?? known.cron)) return;
  await runs.saveSchedule({
    pipeline,
    cron: cron ?? known?.cron ?? DAILY,
    timeZone: 'UTC',
    isEnabled: cron !== undefined,
    missedTicks: 'ONCE',
    overlap: 'QUEUE_ONE',
    nextDueAt: next,
    parameters: {},
    origin: 'config',
    updatedAt: now,
    reason: null,
  });
}

function findConfiguredDue(pipeline: PipelineName, cron: string, now: number): number | null {
  try {
    return findNextDue({ cron, timeZone: 'UTC' }, now);
  } catch (cause) {
    throw new ConfigError(
      `GROOVELAKE_${pipeline}_CRON is "${cron}"; five cron fields (minute, hour, day of month, month, day of week) are expected, ` +
        `e.g. "${DAILY}". Change the variable, or unset it for the default.`,
      { cause },
    );
  }
}
