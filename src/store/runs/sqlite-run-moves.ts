// The moves of a run in SQLite: each is one transaction around a pure move of run-moves.ts.
import type { SqliteDb } from '../sqlite-db.ts';
import { hashCanonical } from './canonical.ts';
import * as moves from './run-moves.ts';
import { checkClaim, type RunRecord } from './run-record.ts';
import { type Claim, type Run, type RunMoves, UNDER_WAY } from './run-store.ts';
import { quoteStatuses, type Records, type RunRow, toRun } from './sqlite-records.ts';

const QUOTED_UNDER_WAY = quoteStatuses(UNDER_WAY);

export function createRunMoves(db: SqliteDb, records: Records): RunMoves {
  const { readRun, writeRun } = records;

  /** Within a transaction: the run as it is after the move, or null where nothing moved. */
  const move = (run: Run | null, decide: (record: RunRecord) => moves.Move | null): Run | null => {
    if (!run) return null;
    const steps = records.readSteps([run.id]);
    const next = decide({ run, steps });
    if (!next) return null;
    writeRun(next.run);
    for (const [position, step] of next.steps.entries()) {
      if (step !== steps[position]) records.writeStep(step);
    }
    for (const event of next.events) records.append(run.id, event);
    return next.run;
  };
  const claimed = (claim: Claim) => checkClaim(readRun(claim.runId), claim);

  return {
    claimRun: (runId, worker) =>
      db.transact(() => {
        const run = readRun(runId);
        const busy = db.one(
          `select 1 from runs where pipeline = ? and status in (${QUOTED_UNDER_WAY})`,
          run?.pipeline ?? '',
        );
        return busy ? null : move(run, (record) => moves.claim(record, worker));
      }),
    listClaimable: (now) =>
      db.query(() =>
        db
          .all<RunRow>(
            `select * from runs r where status in ('QUEUED', 'WAITING')
               and not exists (select 1 from runs b where b.pipeline = r.pipeline and b.status in (${QUOTED_UNDER_WAY}))
             order by +created_at, id`,
          )
          .map(toRun)
          .filter((run) => moves.isClaimable(run, now)),
      ),
    heartbeat: (claim, { now, leaseMs }) =>
      db.transact(() => {
        const run = writeRun({ ...claimed(claim), leaseUntil: now + leaseMs });
        return { cancelRequested: run.cancelRequestedAt !== null, cancelReason: run.cancelReason };
      }),
    setProgress: (claim, progress) => db.transact(() => void writeRun({ ...claimed(claim), progress })),
    setCheckpoint: (claim, checkpoint) => db.transact(() => void writeRun({ ...claimed(claim), checkpoint })),
    updateStep: (claim, change) =>
      db.transact(() => void move(claimed(claim), (record) => moves.changeStep(record, change))),
    finishRun: (claim, end) =>
      db.transact(() => {
        const run = claimed(claim);
        return move(run, (record) => moves.finish(record, end)) ?? run;
      }),
    requestCancel: (runId, request) =>
      db.transact(() => move(readRun(runId), (record) => moves.cancel(record, request))),
    requeueRun: (runId, retry) =>
      db.transact(() => move(readRun(runId), (record) => moves.requeue(record, retry))),
    redactRuns: async (runIds, at) => {
      let redacted = 0;
      for (const runId of runIds)
        await db.transact(() => {
          const run = move(readRun(runId), (record) => moves.redact(record, at));
          if (!run) return;
          redacted += 1;
          db.exec(
            'update runs set idempotency_key = null, parameters_hash = ? where id = ?',
            hashCanonical(run.parameters),
            runId,
          );
          db.exec(
            'delete from events where run_id = ? and sequence < (select max(sequence) from events where run_id = ?)',
            runId,
            runId,
          );
        });
      return redacted;
    },
    crashExpired: (now, isSpared = () => false) =>
      db.transact(() =>
        db
          .all<RunRow>(`select * from runs where status in (${QUOTED_UNDER_WAY})`)
          .map(toRun)
          .filter((run) => moves.isExpired(run, now) && !isSpared(run))
          .flatMap((run) => {
            const message = 'Its worker gave no sign of life until the lease was over.';
            return move(run, (record) => moves.crash(record, now, message)) ?? [];
          }),
      ),
    crashRun: ({ runId, fence }, { at, message }) =>
      db.transact(() =>
        move(readRun(runId), (record) => {
          const isTheirs = record.run.fence === fence && UNDER_WAY.includes(record.run.status);
          return isTheirs ? moves.crash(record, at, message) : null;
        }),
      ),
  };
}
