// A run with its steps as one record: how it begins, and who may write it. Free of any database, so that all adapters share it.
import type { Randomness } from '../../clock.ts';
import { GroovelakeError } from '../../errors.ts';
import {
  type Claim,
  type NewRun,
  type Run,
  type RunEvent,
  type RunStatus,
  type RunStep,
  UNDER_WAY,
} from './run-store.ts';

export interface RunRecord {
  readonly run: Run;
  /** In order of position. */
  readonly steps: readonly RunStep[];
}

/** An event before the store has given it its number. */
export type NewEvent = Omit<RunEvent, 'id' | 'runId' | 'sequence'>;

/** Status of a run that answers for a new one of equal parameters: of a schedule's only while it waits, as the overlap policy decides about the rest. */
export function listSameWork({ trigger, overlap }: NewRun): readonly RunStatus[] {
  return trigger === 'SCHEDULE' && overlap ? ['QUEUED', 'WAITING'] : ['QUEUED', 'WAITING', ...UNDER_WAY];
}

export function newRun(input: NewRun, random: Randomness): Run {
  return {
    id: toRunId(input.createdAt, random),
    pipeline: input.pipeline,
    status: 'QUEUED',
    attempt: 1,
    trigger: input.trigger,
    parameters: input.parameters,
    idempotencyKey: input.idempotencyKey ?? null,
    createdAt: input.createdAt,
    ...(input.queuedAt === undefined ? {} : { queuedAt: input.queuedAt }),
    ...(input.reservedBy === undefined ? {} : { reservedBy: input.reservedBy }),
    startedAt: null,
    endedAt: null,
    resumesAt: null,
    cancelRequestedAt: null,
    cancelReason: null,
    progress: { done: 0, total: null, message: 'queued' },
    snapshotId: null,
    error: null,
    workerId: null,
    fence: 0,
    leaseUntil: null,
    checkpoint: null,
  };
}

export function newStep(runId: string, name: string, position: number): RunStep {
  const nothing = { startedAt: null, endedAt: null, error: null };
  const noCounts = { rowsIn: null, rowsOut: null, rowsRejected: null, requests: null };
  return { runId, name, position, status: 'PENDING', attempt: 0, ...nothing, ...noCounts };
}

export function queuedEvent({ createdAt, queuedAt = createdAt, pipeline, trigger }: NewRun): NewEvent {
  const about = { message: `${pipeline} queued`, data: { trigger } };
  return { at: queuedAt, level: 'INFO', type: 'run.queued', step: null, ...about };
}

/** The run, if the claim holds. @throws GroovelakeError (FENCED) for a worker that has been overtaken */
export function checkClaim(run: Run | null, { runId, fence }: Claim): Run {
  if (run && run.fence === fence && UNDER_WAY.includes(run.status)) return run;
  throw new GroovelakeError(
    'FENCED',
    `The run "${runId}" is ${run?.status ?? 'gone'} under fence ${run?.fence ?? 'none'}; this worker holds fence ${fence} and must stop.`,
  );
}

/** 20261120-221507-4f2a91c0: sortable by time to the second. */
export function toRunId(createdAt: number, random: Randomness): string {
  const digits = new Date(createdAt).toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${random.hex(4)}`;
}
