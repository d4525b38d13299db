// What is due? node-cron is only the alarm, once a minute in UTC; what is due comes from the stored nextDueAt, so that restarts,
// missed minutes, clock steps and daylight saving are ours to decide (due-instants.ts) and to test.
import cron from 'node-cron';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { InvalidInputError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { findNextDue } from '../../store/runs/cron.ts';
import {
  NOT_ENDED,
  PIPELINES,
  type PipelineName,
  type RunStore,
  type Schedule,
} from '../../store/runs/run-store.ts';
import { triggerRun } from '../../store/runs/trigger.ts';
import { decide } from './due-instants.ts';
import { createSetBacks, readInstantKeys, type SetBacks } from './set-backs.ts';

export interface SchedulerParts {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<Config, 'catchUpRuns'>;
  /** Called after runs were queued. */
  readonly wake: () => void;
}

/** What one look at the schedules needs. */
export interface TickParts extends SchedulerParts {
  readonly setBacks: SetBacks;
}

export interface Scheduler {
  start(): void;
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;

export function createScheduler(given: SchedulerParts): Scheduler {
  const { clock, log } = given;
  const parts: TickParts = { ...given, setBacks: createSetBacks(given) };
  let ticking = Promise.resolve();
  let isStopped = false;
  let cancelJitter = () => {};
  const run = () => {
    ticking = ticking
      .then(async () => {
        if (isStopped) return;
        const ripeAt = await tick(parts, () => isStopped);
        // The alarm rings on the minute; what is to start in between, by its jitter, has an alarm of its own.
        const wait = (ripeAt ?? Number.POSITIVE_INFINITY) - clock.now();
        cancelJitter();
        if (wait < MINUTE_MS && !isStopped) cancelJitter = clock.after(Math.max(0, wait), () => void run());
      })
      .catch((error: unknown) => log.error('The scheduler failed; it looks again next minute', { error }));
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
      isStopped = true;
      cancelJitter();
      await alarm.destroy();
      await ticking;
    },
  };
}

/**
 * Handles everything that is due now, and answers with the instant at which something that is due already is to start (its jitter),
 * or null.
 *
 * Each due instant starts one run at most, or is recorded as skipped or missed, whoever else looks at the same store, and wherever
 * this process is killed: the run's idempotency key is (pipeline, due instant), and nextDueAt moves on only when all before it is
 * recorded. Instants that a clock which ran ahead has used up come again under other keys (set-backs.ts).
 */
export async function tick(parts: TickParts, isStopped = () => false): Promise<number | null> {
  let hasQueued = false;
  let ripeAt: number | null = null;
  await parts.setBacks.watch();
  for (const pipeline of PIPELINES) {
    if (isStopped()) break;
    try {
      const handled = await handlePipeline(parts, pipeline);
      hasQueued ||= handled.hasQueued;
      if (handled.ripeAt !== null) ripeAt = Math.min(ripeAt ?? handled.ripeAt, handled.ripeAt);
    } catch (error) {
      parts.log.error('A schedule could not be handled', { pipeline, error });
    }
  }
  if (hasQueued) parts.wake();
  return ripeAt;
}

interface Handled {
  readonly hasQueued: boolean;
  readonly ripeAt: number | null;
}

async function handlePipeline(parts: TickParts, pipeline: PipelineName): Promise<Handled> {
  const { runs, clock, config, setBacks } = parts;
  const schedule = await runs.findSchedule(pipeline);
  if (!schedule?.isEnabled) return { hasQueued: false, ripeAt: null };
  const from = await setBacks.findStart(pipeline);
  if (from === null) return { hasQueued: false, ripeAt: null };
  const now = clock.now();
  const { nextDueAt } = schedule;
  if (nextDueAt === null || nextDueAt > now) {
    // One that lies beyond the next instant was reckoned by a clock that has been set back since.
    const next = findNextDue(schedule, from);
    const isAstray = next !== null && (nextDueAt === null || nextDueAt > next);
    if (isAstray) await runs.advanceSchedule(pipeline, nextDueAt, next);
    return { hasQueued: false, ripeAt: null };
  }
  const plan = decide(schedule, nextDueAt, now, config.catchUpRuns);
  const keyOf = await readInstantKeys(runs, pipeline);
  let hasQueued = false;
  for (const due of plan.instants) {
    if (due.does === 'MISS') {
      const { at: dueAt, reason } = due;
      await runs.recordTick({ pipeline, dueAt, outcome: 'MISSED', reason, runId: null });
      continue;
    }
    // Under the policy ALL a missed instant waits for its turn, and the later ones behind it.
    if (due.does === 'CATCH_UP' && (await isOccupied(runs, pipeline, keyOf(due.at)))) {
      await runs.advanceSchedule(pipeline, nextDueAt, due.at);
      return { hasQueued, ripeAt: null };
    }
    hasQueued = (await startDue(parts, schedule, due.at, keyOf(due.at))) || hasQueued;
  }
  await runs.advanceSchedule(pipeline, nextDueAt, plan.leftFrom ?? findNextDue(schedule, now));
  return { hasQueued, ripeAt: plan.ripeAt };
}

/** Whether another run than this instant's own has not ended yet. */
async function isOccupied(runs: RunStore, pipeline: PipelineName, key: string): Promise<boolean> {
  const open = await runs.listRuns({ filter: { pipelines: [pipeline], statuses: NOT_ENDED }, first: 2 });
  return open.runs.some(({ idempotencyKey }) => idempotencyKey !== key);
}

async function startDue(
  { runs, clock, log }: SchedulerParts,
  schedule: Schedule,
  dueAt: number,
  idempotencyKey: string,
): Promise<boolean> {
  const { pipeline, parameters } = schedule;
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
