// The moves of a run in MongoDB: read the run's document, decide by run-moves.ts, write over the version that was read, else again.
// What changes nothing but one field under a claim is a single write whose filter holds the claim.
import type { Mongo } from '../mongo/connection.ts';
import { isDuplicateKey } from '../mongo/errors.ts';
import type { EventLog } from './mongodb-events.ts';
import {
  hashParameters,
  keepEvent,
  keepRun,
  leftPlaces,
  type RunCollections,
  type RunDocument,
  takenPlaces,
  toRun,
  toRunRecord,
} from './mongodb-records.ts';
import * as moves from './run-moves.ts';
import { checkClaim, type RunRecord } from './run-record.ts';
import { type Claim, type Run, type RunMoves, UNDER_WAY } from './run-store.ts';

const WRITER_BYTES = 8;

export function createMongoRunMoves(
  mongo: Mongo,
  { runs }: RunCollections,
  { deliver, removeAllButLast }: Pick<EventLog, 'deliver' | 'removeAllButLast'>,
): RunMoves {
  const { call, random } = mongo;

  /** The run as it is after the move, or null where nothing moved or there is no such run. `decide` may be asked again. */
  const move = async (
    runId: string,
    decide: (record: RunRecord) => moves.Move | null,
  ): Promise<Run | null> => {
    const writer = random.hex(WRITER_BYTES);
    for (;;) {
      const found = await call(() => runs.findOne({ _id: runId }));
      if (!found) return null;
      // The answer to our own write was lost on its way.
      if (found.writer === writer) return toRun(found);
      const next = decide(toRunRecord(found));
      if (!next) return null;
      const isWritten = await call(() => write(found, next, writer));
      if (!isWritten) continue;
      // The move stands, and its events with it; whoever looks next delivers what is left.
      if (next.events.length > 0) await deliver(runId).catch(() => {});
      return next.run;
    }
  };

  const write = async (found: RunDocument, { run, steps, events }: moves.Move, writer: string) => {
    const version = found.version + 1;
    const outgoing = events.map((event, n) => ({ key: `${version}.${n}`, event: keepEvent(event) }));
    const { matchedCount } = await runs.updateOne(
      { _id: found._id, version: found.version },
      {
        $set: { version, writer, run: keepRun(run), steps, ...takenPlaces(run) },
        $unset: leftPlaces(run),
        ...(outgoing.length ? { $push: { outbox: { $each: outgoing } } } : {}),
      },
    );
    return matchedCount === 1;
  };

  /** Sets fields of the run itself under a claim. @throws GroovelakeError (FENCED) */
  const setUnderClaim = async (claim: Claim, change: Record<string, unknown>): Promise<Run> => {
    const changed = await call(() =>
      runs.findOneAndUpdate(
        { _id: claim.runId, 'run.fence': claim.fence, 'run.status': { $in: [...UNDER_WAY] } },
        { $set: change, $inc: { version: 1 } },
        { returnDocument: 'after' },
      ),
    );
    if (changed) return toRun(changed);
    const found = await call(() => runs.findOne({ _id: claim.runId }));
    return checkClaim(found && toRun(found), claim);
  };

  /** A move under a claim; the claim is checked on the very version that is written over. */
  const moveUnderClaim = async (
    claim: Claim,
    decide: (record: RunRecord) => moves.Move | null,
  ): Promise<Run | null> => {
    let isKnown = false;
    const moved = await move(claim.runId, (record) => {
      isKnown = true;
      checkClaim(record.run, claim);
      return decide(record);
    });
    return isKnown ? moved : checkClaim(null, claim);
  };

  return {
    claimRun: async (runId, worker) => {
      try {
        return await move(runId, (record) => moves.claim(record, worker));
      } catch (error) {
        // Another run of the pipeline is under way.
        if (isDuplicateKey((error as Error).cause)) return null;
        throw error;
      }
    },
    listClaimable: async (now) => {
      const waiting = await call(() =>
        runs
          .find({ 'run.status': { $in: ['QUEUED', 'WAITING'] } })
          .sort({ 'run.createdAt': 1, _id: 1 })
          .toArray(),
      );
      const busy = await call(() => runs.distinct('underWay', { underWay: { $exists: true } }));
      return waiting.map(toRun).filter((run) => moves.isClaimable(run, now) && !busy.includes(run.pipeline));
    },
    heartbeat: async (claim, { now, leaseMs }) => {
      const run = await setUnderClaim(claim, { 'run.leaseUntil': now + leaseMs });
      return { cancelRequested: run.cancelRequestedAt !== null, cancelReason: run.cancelReason };
    },
    setProgress: async (claim, progress) => {
      await setUnderClaim(claim, { 'run.progress': progress });
    },
    setCheckpoint: async (claim, checkpoint) => {
      const text = checkpoint === null ? null : JSON.stringify(checkpoint);
      await setUnderClaim(claim, { 'run.checkpoint': text });
    },
    updateStep: async (claim, change) => {
      await moveUnderClaim(claim, (record) => moves.changeStep(record, change));
    },
    finishRun: async (claim, end) =>
      (await moveUnderClaim(claim, (record) => moves.finish(record, end))) ?? checkClaim(null, claim),
    requestCancel: (runId, request) => move(runId, (record) => moves.cancel(record, request)),
    requeueRun: (runId, retry) => move(runId, (record) => moves.requeue(record, retry)),
    redactRuns: async (runIds, at) => {
      let redacted = 0;
      for (const runId of runIds) {
        // An event that is still in the outbox would come after the redaction.
        await deliver(runId);
        const run = await move(runId, (record) => moves.redact(record, at));
        if (!run) continue;
        redacted += 1;
        const parametersHash = hashParameters(run);
        await call(() =>
          runs.updateOne({ _id: runId }, { $set: { parametersHash }, $unset: { idempotencyKey: '' } }),
        );
        await deliver(runId);
        await removeAllButLast([runId]);
      }
      return redacted;
    },
    crashExpired: async (now, isSpared = () => false) => {
      const underWay = await call(() => runs.find({ 'run.status': { $in: [...UNDER_WAY] } }).toArray());
      const crashed: Run[] = [];
      for (const { _id } of underWay) {
        const run = await move(_id, (record) => {
          const message = 'Its worker gave no sign of life until the lease was over.';
          const isOver = moves.isExpired(record.run, now) && !isSpared(record.run);
          return isOver ? moves.crash(record, now, message) : null;
        });
        if (run) crashed.push(run);
      }
      return crashed;
    },
    crashRun: ({ runId, fence }, { at, message }) =>
      move(runId, (record) => {
        const isTheirs = record.run.fence === fence && UNDER_WAY.includes(record.run.status);
        return isTheirs ? moves.crash(record, at, message) : null;
      }),
  };
}
