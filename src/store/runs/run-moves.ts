// The moves of a run as pure functions: claimed, ended, parked, cancelled, crashed, queued again. Each takes the record as it is and
// answers with it as it is afterwards and the events to append, or with null where nothing moves; legal by run-states.ts. An adapter
// reads, calls one of these and writes, with nobody in between.
import { isAhead } from '../../clock.ts';
import { type NewEvent, newStep, type RunRecord } from './run-record.ts';
import { canMove, requireMove, requireStepMove } from './run-states.ts';
import {
  type Claimer,
  FAILED_ENDS,
  hasEnded,
  type Requeue,
  type Run,
  type RunError,
  type RunStatus,
  type RunStep,
  type RunStore,
  type StepStatus,
  UNDER_WAY,
} from './run-store.ts';

export interface Move extends RunRecord {
  readonly events: readonly NewEvent[];
}

type End = Parameters<RunStore['finishRun']>[1];
type StepChange = Parameters<RunStore['updateStep']>[1];

/** No lease is longer (GROOVELAKE_LEASE_MS); one that seems to be was written by a clock that has been set back since. */
export const LONGEST_LEASE_MS = 600_000;
/** A worker that computes and never renews its lease, as one in an endless loop, is given up after so many of them. */
export const MOST_LEASES = 10;

/** No run is parked for longer: a crawl's budget is of 720 h at most (GROOVELAKE_CRAWL_BUDGET_HOURS), and no source is obeyed for a month. */
const LONGEST_PARK_MS = 31 * 86_400_000;

/** Whether a worker could take the run now, as far as the run itself goes. */
export function isClaimable(run: Pick<Run, 'status' | 'resumesAt' | 'parkedAt'>, now: number): boolean {
  if (run.status !== 'WAITING') return run.status === 'QUEUED';
  const resumesAt = run.resumesAt ?? 0;
  return resumesAt <= now || isOddPark(resumesAt, run.parkedAt, now);
}

/** Whether it was parked while the clock was ahead, by which it would wait until that date. */
function isOddPark(resumesAt: number, parkedAt: number | undefined, now: number): boolean {
  return parkedAt === undefined ? resumesAt > now + LONGEST_PARK_MS : isAhead(parkedAt, now);
}

/** Whether the lease of a run under way is over, missing, or absurdly far off. */
export function isExpired(run: Run, now: number): boolean {
  if (!UNDER_WAY.includes(run.status)) return false;
  return run.leaseUntil === null || run.leaseUntil <= now || run.leaseUntil > now + LONGEST_LEASE_MS;
}

/** Null: it is not due. That no other run of the pipeline is under way is for the adapter to see to. */
export function claim(
  { run, steps }: RunRecord,
  { id, now, leaseMs, endsWithCommand }: Claimer,
): Move | null {
  if (!isClaimable(run, now)) return null;
  const { endsWithCommand: _, parkedAt: __, ...known } = run;
  const fence = run.fence + 1;
  const message = run.status === 'WAITING' ? 'goes on' : `attempt ${run.attempt} began`;
  return {
    run: {
      ...known,
      status: 'RUNNING',
      startedAt: run.startedAt ?? now,
      resumesAt: null,
      error: null,
      workerId: id,
      fence,
      leaseUntil: now + leaseMs,
      ...(endsWithCommand ? { endsWithCommand } : {}),
    },
    steps,
    events: [
      { at: now, level: 'INFO', type: 'run.started', step: null, message, data: { worker: id, fence } },
    ],
  };
}

/** Ends or parks a run under a claim that the adapter has checked. @throws GroovelakeError (RUN_STATE) */
export function finish(record: RunRecord, { status, at, ...rest }: End): Move {
  return end(record, status, at, {
    error: rest.error ?? null,
    snapshotId: rest.snapshotId ?? record.run.snapshotId,
    resumesAt: status === 'WAITING' ? (rest.resumesAt ?? at) : null,
  });
}

/** Null: it had ended. */
export function cancel(
  record: RunRecord,
  { at, reason }: { at: number; reason?: string | undefined },
): Move | null {
  const { run, steps } = record;
  if (hasEnded(run.status)) return null;
  const asked: Run = {
    ...run,
    cancelRequestedAt: run.cancelRequestedAt ?? at,
    cancelReason: run.cancelReason ?? reason ?? null,
  };
  if (!UNDER_WAY.includes(run.status)) return end({ run: asked, steps }, 'CANCELLED', at);
  if (run.status === 'CANCELLING') return { run: asked, steps, events: [] };
  const message = reason ?? 'cancel requested';
  return {
    run: { ...asked, status: 'CANCELLING' },
    steps,
    events: [{ at, level: 'INFO', type: 'run.cancelling', step: null, message, data: null }],
  };
}

/** All that is left of the parameters of a run whose words were taken out. */
const FORGOTTEN = { forgotten: true } as const;

/** Takes out what the run says in words, and whom it was about. Null: it has not ended. */
export function redact({ run, steps }: RunRecord, at: number): Move | null {
  if (!hasEnded(run.status)) return null;
  return {
    run: {
      ...run,
      parameters: FORGOTTEN,
      idempotencyKey: null,
      cancelReason: null,
      progress: { ...run.progress, message: '' },
      error: redactError(run.error),
      checkpoint: null,
    },
    steps: steps.map((step) => (step.error ? { ...step, error: redactError(step.error) } : step)),
    events: [
      {
        at,
        level: 'INFO',
        type: 'run.redacted',
        step: null,
        message: 'what it said was removed',
        data: null,
      },
    ],
  };
}

function redactError(error: RunError | null): RunError | null {
  return error && { ...error, message: 'removed', hint: null };
}

/** Null: it may not be queued again, as one that is under way or succeeded, or of which nobody knows any more what it was about. */
export function requeue(
  { run, steps }: RunRecord,
  { at, keepFinishedSteps, isByItself = false }: Requeue,
): Move | null {
  if (!canMove(run.status, 'QUEUED') || run.parameters.forgotten === true) return null;
  const { crashes, reservedBy: _, ...known } = run;
  const attempt = run.attempt + 1;
  return {
    run: {
      ...known,
      ...(isByItself && crashes !== undefined ? { crashes } : {}),
      status: 'QUEUED',
      trigger: 'RETRY',
      attempt,
      queuedAt: at,
      startedAt: null,
      endedAt: null,
      cancelRequestedAt: null,
      cancelReason: null,
      error: null,
      progress: { done: 0, total: null, message: 'queued' },
      checkpoint: keepFinishedSteps ? run.checkpoint : null,
    },
    steps: steps.map((step) => {
      const isKept = keepFinishedSteps && step.status === 'SUCCEEDED';
      return isKept ? step : { ...newStep(run.id, step.name, step.position), attempt: step.attempt };
    }),
    events: [
      {
        at,
        level: 'INFO',
        type: 'run.queued',
        step: null,
        message: `queued again as attempt ${attempt}`,
        data: { trigger: 'RETRY', was: run.status, from: keepFinishedSteps ? 'FAILURE' : 'START' },
      },
    ],
  };
}

/**
 * Ends a run under way as CRASHED, with a fence that refuses its worker from now on; as CANCELLED when that had been asked for, lest
 * it be tried again.
 */
export function crash({ run, steps }: RunRecord, at: number, message: string): Move {
  const fenced = { run: { ...run, fence: run.fence + 1 }, steps };
  if (run.cancelRequestedAt !== null) return end(fenced, 'CANCELLED', at);
  return end(fenced, 'CRASHED', at, {
    crashes: (run.crashes ?? 0) + 1,
    error: {
      code: 'CRASHED',
      message,
      isRetryable: true,
      step: steps.find(({ status }) => status === 'RUNNING')?.name ?? null,
      hint: 'Retry the run; what was landed is not fetched again.',
    },
  });
}

/** Null: the run has no step of that name. @throws GroovelakeError (RUN_STATE) */
export function changeStep({ run, steps }: RunRecord, change: StepChange): Move | null {
  const step = steps.find(({ name }) => name === change.name);
  if (!step) return null;
  requireStepMove(run.id, step.name, step.status, change.status ?? step.status);
  return { run, steps: steps.map((each) => (each === step ? { ...step, ...change } : each)), events: [] };
}

function end({ run, steps }: RunRecord, status: RunStatus, at: number, change: Partial<Run> = {}): Move {
  requireMove(run.id, run.status, status);
  const endedAt = hasEnded(status) ? at : null;
  const { parkedAt: _, ...known } = run;
  const ended: Run = {
    ...known,
    status,
    resumesAt: null,
    ...(status === 'WAITING' ? { parkedAt: at } : {}),
    ...change,
    endedAt,
    leaseUntil: null,
    workerId: null,
  };
  return {
    run: ended,
    steps: steps.map((step) => closeStep(step, status, at)),
    events: [
      {
        at,
        level: FAILED_ENDS.includes(status) ? 'ERROR' : status === 'PARTIAL' ? 'WARN' : 'INFO',
        type: hasEnded(status) ? 'run.finished' : 'run.parked',
        step: ended.error?.step ?? null,
        message: describeEnd(ended),
        data: { status, snapshotId: ended.snapshotId, resumesAt: ended.resumesAt },
      },
    ],
  };
}

function closeStep(step: RunStep, run: RunStatus, at: number): RunStep {
  const status = closedStatus(step, run);
  return status === step.status ? step : { ...step, status, endedAt: step.endedAt ?? at };
}

/** How a step that was not over stands once its run has left the worker. */
function closedStatus(step: RunStep, run: RunStatus): StepStatus {
  if (step.status !== 'RUNNING' && step.status !== 'WAITING') return step.status;
  if (run === 'WAITING' || run === 'CANCELLED') return run;
  const hasParkedWork = step.status === 'WAITING' && step.error === null;
  return hasParkedWork ? 'PARTIAL' : 'FAILED';
}

function describeEnd(run: Run): string {
  if (run.error) return `${run.status}: ${run.error.message}`;
  if (run.status === 'CANCELLED' && run.cancelReason) return `CANCELLED: ${run.cancelReason}`;
  return run.resumesAt === null ? run.status : `WAITING until ${new Date(run.resumesAt).toISOString()}`;
}
