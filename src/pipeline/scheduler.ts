// What is due? node-cron is only the alarm, once a minute in UTC; what is due comes from the stored nextDueAt, so that restarts,
// missed minutes, clock steps and daylight saving are ours to decide and to test.
import cron from 'node-cron';
import type { Clock } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import type { Log } from '../log.ts';
import { findNextDue, listLatestDue } from '../store/runs/cron.ts';
import { PIPELINES, type PipelineName, type RunStore, type Schedule } from '../store/runs/run-store.ts';
import { triggerRun } from '../store/runs/trigger.ts';

/** So many missed instants are looked at one by one, and under the policy ALL get a run each; older ones share one record. */
const MAX_CAUGHT_UP = 100;
/** A tick seen later than this was missed: nobody was there when it was due. */
const MISSED_AFTER_MS = 90_000;

export interface SchedulerParts {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after runs were queued. */
  readonly wake: () => void;
}

export interface Scheduler {
  start(): void;
  stop(): Promise<void>;
}

export function createScheduler(parts: SchedulerParts): Scheduler {
  let ticking = Promise.resolve();
  const run = () => {
    ticking = ticking
      .then(() => tick(parts))
      .catch((error: unknown) =>
        parts.log.error('The scheduler failed; it looks again next minute', { error }),
      );
    return ticking;
  };
  const alarm = cron.createTask('* * * * *', run, { timezone: 'UTC', noOverlap: true, name: 'groovelake' });
  return {
    start: () => {
      void alarm.start();
      // What came due while the server was down is not made to wait for the next full minute.
      void run();
    },
    stop: async () => {
      await alarm.destroy();
      await ticking;
    },
  };
}

/**
 * Handles everything that is due now.
 *
 * Each due instant starts one run at most, or is recorded as skipped or missed, whoever else looks at the same store, and wherever
 * this process is killed: the run's idempotency key is (pipeline, due instant), and nextDueAt moves on only when all is recorded.
 */
export async function tick(parts: SchedulerParts): Promise<void> {
  let hasQueued = false;
  for (const pipeline of PIPELINES) {
    try {
      hasQueued = (await handlePipeline(parts, pipeline)) || hasQueued;
    } catch (error) {
      parts.log.error('A schedule could not be handled', { pipeline, error });
    }
  }
  if (hasQueued) parts.wake();
}

async function handlePipeline(
  { runs, clock, log }: SchedulerParts,
  pipeline: PipelineName,
): Promise<boolean> {
  const schedule = await runs.findSchedule(pipeline);
  if (!schedule?.isEnabled) return false;
  const now = clock.now();
  const next = findNextDue(schedule, now);
  const { nextDueAt } = schedule;
  if (nextDueAt === null || nextDueAt > now) {
    // One that lies beyond the next instant was reckoned by a clock that has been set back since.
    const isAstray = next !== null && (nextDueAt === null || nextDueAt > next);
    if (isAstray) await runs.advanceSchedule(pipeline, nextDueAt, next);
    return false;
  }
  let hasQueued = false;
  for (const due of decide(schedule, nextDueAt, now)) {
    if (due.starts) hasQueued = (await startDue({ runs, clock, log }, schedule, due.at)) || hasQueued;
    else
      await runs.recordTick({ pipeline, dueAt: due.at, outcome: 'MISSED', reason: due.reason, runId: null });
  }
  await runs.advanceSchedule(pipeline, nextDueAt, next);
  return hasQueued;
}

async function startDue(
  { runs, clock, log }: Omit<SchedulerParts, 'wake'>,
  schedule: Schedule,
  dueAt: number,
): Promise<boolean> {
  const { pipeline, parameters } = schedule;
  const idempotencyKey = `schedule ${pipeline} ${new Date(dueAt).toISOString()}`;
  try {
    const outcome = await triggerRun(runs, clock, {
      pipeline,
      trigger: 'SCHEDULE',
      parameters,
      idempotencyKey,
    });
    const { run } = outcome;
    // The key says whether the run is this instant's, also when an earlier tick died before it could record so.
    const isStarted = run.idempotencyKey === idempotencyKey;
    const reason = isStarted ? null : `run ${run.id} was ${run.status}`;
    await runs.recordTick({
      pipeline,
      dueAt,
      outcome: isStarted ? 'STARTED' : 'SKIPPED',
      reason,
      runId: run.id,
    });
    log.info('A schedule came due', { pipeline, run: run.id, ...(reason ? { skipped: reason } : {}) });
    return isStarted;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    await runs.recordTick({ pipeline, dueAt, outcome: 'SKIPPED', reason: error.message, runId: null });
    log.error('A schedule has parameters that its pipeline does not take', { pipeline, error });
    return false;
  }
}

interface Due {
  readonly at: number;
  readonly starts: boolean;
  readonly reason: string;
}

/**
 * The due instants from `first` to `now`, oldest first, and which of them start a run: the last one when it is due just now, and
 * missed ones as the policy says. ONCE: one run for all; SKIP: none; ALL: one each, as far as the overlap policy lets them queue.
 */
function decide(schedule: Schedule, first: number, now: number): Due[] {
  const later = listLatestDue(schedule, first, now, MAX_CAUGHT_UP);
  const oldest = later[0];
  const reason = 'nobody was there when it was due';
  // The stored instant was due whatever the cron says by now; where many came after it, its record speaks for those left out too.
  const isRowBroken = oldest !== undefined && findNextDue(schedule, first) !== oldest;
  const row = isRowBroken ? later : [first, ...later];
  const left: Due[] = isRowBroken
    ? [
        {
          at: first,
          starts: false,
          reason: `${reason}; so were all before ${new Date(oldest).toISOString()}`,
        },
      ]
    : [];
  return [
    ...left,
    ...row.map((at, place) => {
      const isLast = place === row.length - 1;
      const isOnTime = isLast && now - at <= MISSED_AFTER_MS;
      const { missedTicks } = schedule;
      return { at, reason, starts: isOnTime || missedTicks === 'ALL' || (isLast && missedTicks === 'ONCE') };
    }),
  ];
}
