// The moves of a run: claimed, kept alive, ended, parked, cancelled, crashed, queued again. Each is one transaction and legal by
// run-states.ts.
import { canMove, requireMove } from './run-states.ts';
import {
  hasEnded,
  type Run,
  type RunStatus,
  type RunStep,
  type RunStore,
  type StepStatus,
} from './run-store.ts';
import type { RunsDb } from './sqlite-db.ts';
import { newStep, type Records, type RunRow, toRun, UNDER_WAY } from './sqlite-records.ts';

type RunMoves = Pick<
  RunStore,
  | 'claimRun'
  | 'listClaimable'
  | 'heartbeat'
  | 'setProgress'
  | 'setCheckpoint'
  | 'finishRun'
  | 'requestCancel'
  | 'requeueRun'
  | 'crashExpired'
  | 'crashRun'
>;

/** No lease is longer (GROOVELAKE_LEASE_MS); one that seems to be was written by a clock that has been set back since. */
const LONGEST_LEASE_MS = 600_000;

const ERRORS: readonly RunStatus[] = ['FAILED', 'CRASHED', 'TIMED_OUT'];

export function createRunMoves(db: RunsDb, records: Records): RunMoves {
  const { readRun, writeRun, requireClaim, append } = records;

  const closeSteps = (run: Run, at: number) => {
    for (const step of records.readSteps([run.id])) {
      const status = closedStatus(step, run.status);
      if (status !== step.status) records.writeStep({ ...step, status, endedAt: step.endedAt ?? at });
    }
  };

  const end = (run: Run, status: RunStatus, at: number, change: Partial<Run> = {}): Run => {
    requireMove(run.id, run.status, status);
    const ended = writeRun({
      ...run,
      status,
      resumesAt: null,
      ...change,
      endedAt: hasEnded(status) ? at : null,
      leaseUntil: null,
      workerId: null,
    });
    closeSteps(ended, at);
    append(run.id, {
      at,
      level: ERRORS.includes(status) ? 'ERROR' : status === 'PARTIAL' ? 'WARN' : 'INFO',
      type: hasEnded(status) ? 'run.finished' : 'run.parked',
      step: ended.error?.step ?? null,
      message: describeEnd(ended),
      data: { status, snapshotId: ended.snapshotId, resumesAt: ended.resumesAt },
    });
    return ended;
  };

  const crash = (run: Run, at: number, message: string): Run =>
    end({ ...run, fence: run.fence + 1 }, 'CRASHED', at, {
      error: {
        code: 'CRASHED',
        message,
        isRetryable: true,
        step: records.readSteps([run.id]).find(({ status }) => status === 'RUNNING')?.name ?? null,
        hint: 'Retry the run; what was landed is not fetched again.',
      },
    });

  return {
    claimRun: (runId, { id, now, leaseMs }) =>
      db.transact(() => {
        const run = readRun(runId);
        const isDue = run?.status === 'QUEUED' || (run?.status === 'WAITING' && (run.resumesAt ?? 0) <= now);
        if (!run || !isDue) return null;
        const busy = db.one(
          `select 1 from runs where pipeline = ? and status in ('RUNNING', 'CANCELLING')`,
          run.pipeline,
        );
        if (busy) return null;
        append(runId, {
          at: now,
          level: 'INFO',
          type: 'run.started',
          step: null,
          message: run.status === 'WAITING' ? 'goes on' : `attempt ${run.attempt} began`,
          data: { worker: id, fence: run.fence + 1 },
        });
        return writeRun({
          ...run,
          status: 'RUNNING',
          startedAt: run.startedAt ?? now,
          resumesAt: null,
          error: null,
          workerId: id,
          fence: run.fence + 1,
          leaseUntil: now + leaseMs,
        });
      }),
    listClaimable: (now) =>
      db.query(() =>
        db
          .all<RunRow>(
            `select * from runs r where (status = 'QUEUED' or (status = 'WAITING' and coalesce(resumes_at, 0) <= ?))
               and not exists (select 1 from runs b where b.pipeline = r.pipeline and b.status in ('RUNNING', 'CANCELLING'))
             order by +created_at, id`,
            now,
          )
          .map(toRun),
      ),
    heartbeat: (claim, { now, leaseMs }) =>
      db.transact(() => {
        const run = writeRun({ ...requireClaim(claim), leaseUntil: now + leaseMs });
        return { cancelRequested: run.cancelRequestedAt !== null, cancelReason: run.cancelReason };
      }),
    setProgress: (claim, progress) => db.transact(() => void writeRun({ ...requireClaim(claim), progress })),
    setCheckpoint: (claim, checkpoint) =>
      db.transact(() => void writeRun({ ...requireClaim(claim), checkpoint })),
    finishRun: (claim, { status, at, ...rest }) =>
      db.transact(() => {
        const run = requireClaim(claim);
        return end(run, status, at, {
          error: rest.error ?? null,
          snapshotId: rest.snapshotId ?? run.snapshotId,
          resumesAt: status === 'WAITING' ? (rest.resumesAt ?? at) : null,
        });
      }),
    requestCancel: (runId, { at, reason }) =>
      db.transact(() => {
        const run = readRun(runId);
        if (!run || hasEnded(run.status)) return null;
        const asked: Run = {
          ...run,
          cancelRequestedAt: run.cancelRequestedAt ?? at,
          cancelReason: run.cancelReason ?? reason ?? null,
        };
        if (!UNDER_WAY.includes(run.status)) return end(asked, 'CANCELLED', at);
        if (run.status === 'CANCELLING') return writeRun(asked);
        append(runId, {
          at,
          level: 'INFO',
          type: 'run.cancelling',
          step: null,
          message: reason ?? 'cancel requested',
          data: null,
        });
        return writeRun({ ...asked, status: 'CANCELLING' });
      }),
    requeueRun: (runId, { at, keepFinishedSteps }) =>
      db.transact(() => {
        const run = readRun(runId);
        if (!run || !canMove(run.status, 'QUEUED')) return null;
        for (const step of records.readSteps([runId])) {
          const isKept = keepFinishedSteps && step.status === 'SUCCEEDED';
          if (isKept) continue;
          records.writeStep({ ...newStep(runId, step.name, step.position), attempt: step.attempt });
        }
        append(runId, {
          at,
          level: 'INFO',
          type: 'run.queued',
          step: null,
          message: `queued again as attempt ${run.attempt + 1}`,
          data: { trigger: 'RETRY', was: run.status, from: keepFinishedSteps ? 'FAILURE' : 'START' },
        });
        return writeRun({
          ...run,
          status: 'QUEUED',
          trigger: 'RETRY',
          attempt: run.attempt + 1,
          startedAt: null,
          endedAt: null,
          cancelRequestedAt: null,
          cancelReason: null,
          error: null,
          progress: { done: 0, total: null, message: 'queued' },
          checkpoint: keepFinishedSteps ? run.checkpoint : null,
        });
      }),
    crashExpired: (now) =>
      db.transact(() =>
        db
          .all<RunRow>(
            `select * from runs where status in ('RUNNING', 'CANCELLING')
               and (lease_until is null or lease_until <= ? or lease_until > ?)`,
            now,
            now + LONGEST_LEASE_MS,
          )
          .map((row) => crash(toRun(row), now, 'Its worker gave no sign of life until the lease was over.')),
      ),
    crashRun: (runId, fence, at, message) =>
      db.transact(() => {
        const run = readRun(runId);
        return run && run.fence === fence && UNDER_WAY.includes(run.status) ? crash(run, at, message) : null;
      }),
  };
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
