// Which moves a run and a step may make. Every store refuses all others; the tables are the whole truth.
import { GroovelakeError } from '../../errors.ts';
import { ENDED, type RunStatus, type StepStatus } from './run-store.ts';

const RUN_MOVES: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  QUEUED: ['RUNNING', 'CANCELLED'],
  RUNNING: ['WAITING', 'CANCELLING', ...ENDED],
  // Parked until resumesAt; it goes on by itself.
  WAITING: ['RUNNING', 'CANCELLED'],
  // The step that was under way may end on its own before it hears of the cancel.
  CANCELLING: ENDED,
  // An ended run moves only by a retry, and only where something is left to do.
  SUCCEEDED: [],
  SKIPPED: [],
  PARTIAL: ['QUEUED'],
  FAILED: ['QUEUED'],
  CANCELLED: ['QUEUED'],
  CRASHED: ['QUEUED'],
  TIMED_OUT: ['QUEUED'],
};

const STEP_ENDS: readonly StepStatus[] = ['SUCCEEDED', 'PARTIAL', 'SKIPPED', 'FAILED', 'CANCELLED'];

const STEP_MOVES: Readonly<Record<StepStatus, readonly StepStatus[]>> = {
  PENDING: ['RUNNING', 'SKIPPED'],
  RUNNING: ['WAITING', ...STEP_ENDS],
  // Waits for its next try, or with its run until resumesAt.
  WAITING: ['RUNNING', 'PENDING', ...STEP_ENDS],
  // A run that is resumed or retried begins a step again.
  SUCCEEDED: ['PENDING'],
  PARTIAL: ['PENDING'],
  SKIPPED: ['PENDING'],
  FAILED: ['PENDING'],
  CANCELLED: ['PENDING'],
};

export function canMove(from: RunStatus, to: RunStatus): boolean {
  return RUN_MOVES[from].includes(to);
}

/** Staying in a status is no move, and always legal: a step's counts may change while it runs. */
export function canStepMove(from: StepStatus, to: StepStatus): boolean {
  return from === to || STEP_MOVES[from].includes(to);
}

/** @throws GroovelakeError (RUN_STATE) */
export function requireMove(runId: string, from: RunStatus, to: RunStatus): void {
  if (canMove(from, to)) return;
  throw illegalMove(`run "${runId}"`, from, to, RUN_MOVES[from]);
}

/** @throws GroovelakeError (RUN_STATE) */
export function requireStepMove(runId: string, step: string, from: StepStatus, to: StepStatus): void {
  if (canStepMove(from, to)) return;
  throw illegalMove(`step "${step}" of run "${runId}"`, from, to, STEP_MOVES[from]);
}

function illegalMove(what: string, from: string, to: string, legal: readonly string[]): GroovelakeError {
  const expected = legal.length ? `one of ${legal.join(', ')} is expected` : 'it stays as it is';
  return new GroovelakeError('RUN_STATE', `The ${what} is ${from} and cannot become ${to}; ${expected}.`);
}
