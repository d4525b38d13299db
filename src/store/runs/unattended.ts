// What stands still because no worker looks after it, as whoever reads the store can tell. A process of the role "serve" has no other
// way to know that the workers are gone, and one that works finds nothing here: it ends and starts all of this within seconds.
import { CLOCK_SLACK_MS, toIso } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { LONGEST_LEASE_MS, MOST_LEASES } from './run-moves.ts';
import { NOT_ENDED, PIPELINES, type Run, type RunStore, type Schedule, UNDER_WAY } from './run-store.ts';

export interface Unattended {
  readonly code: 'NO_WORKER' | 'RUN_ABANDONED' | 'SCHEDULE_OVERDUE';
  /** What stands still, since when, and what to do. */
  readonly message: string;
}

/** A dispatcher looks every second: a run that could be taken and waits for so long has no worker. */
const UNCLAIMED_AFTER_MS = 60_000;
/** A lease that was over, or a tick that was due, so long ago was seen by no worker. */
const UNSEEN_AFTER_MS = 300_000;
/** The scheduler looks every minute: the next missed tick follows a run that has ended within two. */
const CAUGHT_UP_AFTER_MS = 120_000;
/** Runs under way are one of each pipeline; more would be wreckage. */
const LOOKED_AT = 100;
const START_ONE = 'Start one ("groovelake start --role worker"), or look why it does not';

export async function listUnattended(
  runs: RunStore,
  { leaseMs, maxWorkers }: Pick<Config, 'leaseMs' | 'maxWorkers'>,
  now: number,
): Promise<Unattended[]> {
  const { runs: underWay } = await runs.listRuns({ filter: { statuses: UNDER_WAY }, first: LOOKED_AT });
  const silent = underWay.filter((run) => isSilent(run, now, leaseMs));
  // HISTORY takes no place of others, and waits for none. A worker that computes keeps its place beyond its lease.
  const taken = underWay.filter((run) => !silent.includes(run) && run.pipeline !== 'HISTORY').length;
  return [
    ...(await findUnclaimed(runs, { taken, maxWorkers }, now)),
    ...silent.map(describeAbandoned),
    ...(await findOverdue(runs, now)),
  ];
}

/**
 * Whether the worker of a run under way has been silent for so long that any other would have ended the run.
 *
 * @param leaseMs of the workers, of which one that computes is given ten; unless stated those ten are taken to be over within five minutes
 */
export function isSilent(
  { status, leaseUntil }: Pick<Run, 'status' | 'leaseUntil'>,
  now: number,
  leaseMs = 0,
): boolean {
  if (!UNDER_WAY.includes(status)) return false;
  // One without a lease, or with one that no clock allows, is ended by the next worker that looks; the clock of who looks here may lag.
  if (leaseUntil === null || leaseUntil > now + LONGEST_LEASE_MS + CLOCK_SLACK_MS) return true;
  return now - leaseUntil > Math.max(UNSEEN_AFTER_MS, MOST_LEASES * leaseMs);
}

/** @param taken places of workers that are taken: where that is all of them, a run waits for one of these */
async function findUnclaimed(
  runs: RunStore,
  { taken, maxWorkers }: { taken: number; maxWorkers: number },
  now: number,
): Promise<Unattended[]> {
  const waiting = (await runs.listClaimable(now)).find((run) => {
    if (run.pipeline !== 'HISTORY' && taken >= maxWorkers) return false;
    const since = findWaitingSince(run);
    return since !== null && now - since > UNCLAIMED_AFTER_MS;
  });
  if (!waiting) return [];
  // What it waited for may have been the pipeline or a place of a run that has ended just now.
  if ((await runs.countRuns({ endedSince: now - UNCLAIMED_AFTER_MS })) > 0) return [];
  const others =
    taken === 0 || waiting.pipeline === 'HISTORY'
      ? ''
      : ` Or those at work have as many as they may (GROOVELAKE_MAX_WORKERS, ${maxWorkers} here).`;
  const message = `Run ${waiting.id} waits for a worker. ${START_ONE} take it.${others}`;
  return [{ code: 'NO_WORKER', message }];
}

/** Null: an older version queued it again, and did not note when. */
function findWaitingSince({ createdAt, queuedAt, resumesAt, attempt }: Run): number | null {
  const at = queuedAt ?? (attempt === 1 ? createdAt : resumesAt);
  return at === null ? null : Math.max(at, resumesAt ?? 0);
}

function describeAbandoned({ id, pipeline, status, leaseUntil }: Run): Unattended {
  const since = leaseUntil === null ? '' : ` since its lease was over at ${toIso(leaseUntil)}`;
  const message = `Run ${id} of ${pipeline} is ${status}, but its worker gives no sign of life, and none has ended it${since}. ${START_ONE} end it.`;
  return { code: 'RUN_ABANDONED', message };
}

async function findOverdue(runs: RunStore, now: number): Promise<Unattended[]> {
  const found = await Promise.all(
    PIPELINES.map(async (pipeline): Promise<Unattended[]> => {
      const schedule = await runs.findSchedule(pipeline);
      if (!schedule || !isOverdue(schedule, now) || (await mayBeBehind(runs, schedule, now))) return [];
      const message = `${pipeline} was due at ${toIso(schedule.nextDueAt ?? 0)}, and no worker has looked since. ${START_ONE} look.`;
      return [{ code: 'SCHEDULE_OVERDUE', message }];
    }),
  );
  return found.flat();
}

function isOverdue({ isEnabled, nextDueAt, jitterSeconds }: Schedule, now: number): boolean {
  return isEnabled && nextDueAt !== null && now - nextDueAt > UNSEEN_AFTER_MS + jitterSeconds * 1_000;
}

/** Under ALL a missed instant stays the next one until the pipeline is free and the scheduler has looked again. */
async function mayBeBehind(
  runs: RunStore,
  { pipeline, missedTicks }: Schedule,
  now: number,
): Promise<boolean> {
  if (missedTicks !== 'ALL') return false;
  const pipelines = [pipeline];
  if ((await runs.countRuns({ pipelines, endedSince: now - CAUGHT_UP_AFTER_MS })) > 0) return true;
  return (await runs.countRuns({ pipelines, statuses: NOT_ENDED })) > 0;
}
