// The schedules that the configuration asks for, and how they come into the store: a pipeline follows the configuration until an
// operator changes its schedule (origin "stored"), and again once the operator resets it.
import type { Config, ConfiguredSchedule } from '../../config.ts';
import { ConfigError, InvalidInputError } from '../../errors.ts';
import { findNextDue } from './cron.ts';
import { checkParameters } from './run-parameters.ts';
import type { RunStore, Schedule } from './run-store.ts';
import { type MissedTicks, type Overlap, PIPELINES, type PipelineName } from './run-store.ts';

const DAILY = '0 5 * * *';

const HALF_HOURLY = '*/30 * * * *';

type ScheduleConfig = Pick<Config, 'isSandbox' | 'refreshCron' | 'schedules'> &
  Partial<Pick<Config, 'tokenKey' | 'historyCron'>>;
type Wanted = Omit<Schedule, 'nextDueAt' | 'origin' | 'updatedAt' | 'reason'>;

/**
 * What the configuration wants, by pipeline: GROOVELAKE_SCHEDULES, and for REFRESH else GROOVELAKE_REFRESH_CRON, else daily at 05:00
 * UTC for real sources and nothing for the sandbox. HISTORY follows GROOVELAKE_HISTORY_CRON, else half-hourly where accounts can be
 * connected: fifty plays fit into 25 minutes at worst, and Spotify shows no more.
 *
 * @throws ConfigError naming the variable and what is wrong in it
 */
export function listConfiguredSchedules(config: ScheduleConfig): Map<PipelineName, Wanted> {
  const wanted = new Map<PipelineName, Wanted>();
  const cron = config.refreshCron ?? (config.isSandbox ? undefined : DAILY);
  if (cron !== undefined)
    wanted.set('REFRESH', toWanted('GROOVELAKE_REFRESH_CRON', { pipeline: 'REFRESH', cron }));
  const history = config.historyCron ?? (config.tokenKey === undefined ? undefined : HALF_HOURLY);
  if (history !== undefined)
    wanted.set('HISTORY', toWanted('GROOVELAKE_HISTORY_CRON', { pipeline: 'HISTORY', cron: history }));
  for (const given of config.schedules) {
    const next = toWanted('GROOVELAKE_SCHEDULES', given);
    wanted.set(next.pipeline, next);
  }
  return wanted;
}

/** Brings them into the store where no operator's schedule is. @throws ConfigError */
export async function applyConfiguredSchedules(
  runs: RunStore,
  config: ScheduleConfig,
  now: number,
): Promise<void> {
  const wanted = listConfiguredSchedules(config);
  for (const pipeline of PIPELINES) {
    const known = await runs.findSchedule(pipeline);
    if (known?.origin === 'stored') continue;
    await followConfiguration(runs, { pipeline, known, wanted: wanted.get(pipeline), now, reason: null });
  }
}

/** Lets a pipeline follow the configuration again; null when neither knows a schedule of it. @throws ConfigError */
export async function resetSchedule(
  runs: RunStore,
  config: ScheduleConfig,
  { pipeline, reason, now }: { pipeline: PipelineName; reason: string | null; now: number },
): Promise<Schedule | null> {
  const known = await runs.findSchedule(pipeline);
  const wanted = listConfiguredSchedules(config).get(pipeline);
  return followConfiguration(runs, { pipeline, known, wanted, now, reason });
}

async function followConfiguration(
  runs: RunStore,
  change: {
    pipeline: PipelineName;
    known: Schedule | null;
    wanted: Wanted | undefined;
    now: number;
    reason: string | null;
  },
): Promise<Schedule | null> {
  const { known, wanted, now, reason } = change;
  const next: Wanted | null = wanted ?? (known && { ...known, isEnabled: false });
  if (!next) return null;
  const isSame = known?.origin === 'config' && describe(known) === describe(next);
  // What came due while nobody was there stays due over a restart with the same configuration.
  if (isSame) return known;
  const schedule: Schedule = {
    ...next,
    nextDueAt: next.isEnabled ? findNextDue(next, now) : null,
    origin: 'config',
    updatedAt: now,
    reason,
  };
  await runs.saveSchedule(schedule);
  return schedule;
}

/** What of a schedule is wanted, as one text, in a fixed order. */
function describe(schedule: Wanted): string {
  const { pipeline, cron, timeZone, isEnabled, missedTicks, overlap, jitterSeconds, parameters } = schedule;
  return JSON.stringify([
    pipeline,
    cron,
    timeZone,
    isEnabled,
    missedTicks,
    overlap,
    jitterSeconds,
    parameters,
  ]);
}

function toWanted(variable: string, given: ConfiguredSchedule): Wanted {
  const pipeline = PIPELINES.find((name) => name === given.pipeline);
  if (!pipeline) throw refuse(variable, 'pipeline', given.pipeline, `one of ${PIPELINES.join(', ')}`);
  try {
    const wanted: Wanted = {
      pipeline,
      cron: given.cron,
      timeZone: given.timeZone ?? 'UTC',
      isEnabled: given.isEnabled ?? true,
      missedTicks: (given.missedTicks ?? 'ONCE') as MissedTicks,
      overlap: (given.overlap ?? 'QUEUE_ONE') as Overlap,
      jitterSeconds: given.jitterSeconds ?? 0,
      parameters: checkParameters(pipeline, given.parameters ?? {}),
    };
    if (findNextDue(wanted, 0) === null) throw refuse(variable, 'cron', given.cron, 'a day that exists');
    return wanted;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw refuse(variable, error.field ?? 'parameters', error.given ?? 'missing', error.expected, error);
  }
}

function refuse(
  variable: string,
  field: string,
  given: string,
  expected: string,
  cause?: Error,
): ConfigError {
  const hint = field === 'cron' ? ' (minute, hour, day of month, month, day of week), e.g. "0 5 * * *"' : '';
  return new ConfigError(
    `${variable} has the ${field} "${given}"; ${expected}${hint} is expected. Change the variable, or unset it for the default.`,
    { cause },
  );
}
