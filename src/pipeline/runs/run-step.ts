// One step of a run: its tries, its time limit, and its place in the store.
import type { Clock, Randomness } from '../../clock.ts';
import type { Config } from '../../config.ts';
import {
  GroovelakeError,
  isDiskFull,
  isGroovelakeError,
  messageOf,
  SourceDeferredError,
  TimeoutError,
} from '../../errors.ts';
import type { Log } from '../../log.ts';
import { releaseReserve } from '../../store/disk-space.ts';
import type { Claim, RunError, RunStep, RunStore, StepStatus } from '../../store/runs/run-store.ts';
import type { Step, StepResult } from '../step.ts';
import { countRetries, drawPause, findTimeout } from './retry-policy.ts';
import { toRunError } from './run-error.ts';
import type { Journal } from './run-journal.ts';
import { isFenced } from './run-lease.ts';

export interface StepParts {
  readonly claim: Claim;
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly log: Log;
  readonly runs: RunStore;
  readonly journal: Journal;
  /** Aborts when the run must stop; its reason becomes the step's error. */
  readonly stop: AbortSignal;
  /** Calls the step. */
  readonly call: (step: Step, signal: AbortSignal) => Promise<StepResult>;
}

/** The run was parked because its process ends; it goes on in another one. */
export class ParkedError extends GroovelakeError {
  constructor() {
    super('CANCELLED', 'The process was told to stop; the run goes on when a worker is there again.');
  }
}

/** A server that stops kills after 8 s what has not stopped: by then a parked run must be written down. */
const PARK_GRACE_MS = 4_000;

/** How long a step that was told to stop is waited for, in milliseconds. */
export function graceOf(reason: unknown, { cancelGraceMs }: Pick<Config, 'cancelGraceMs'>): number {
  return reason instanceof ParkedError ? Math.min(cancelGraceMs, PARK_GRACE_MS) : cancelGraceMs;
}

/** The step's own limit was over, which ends the run TIMED_OUT; a time-out within a step is an error like others. */
export class StepTimeoutError extends TimeoutError {
  constructor(step: string, limitMs: number) {
    super(
      `The step "${step}" took longer than ${limitMs} ms. Raise GROOVELAKE_STEP_TIMEOUT_MS (or GROOVELAKE_STEP_TIMEOUTS), or give it less to do.`,
      { isRetryable: false },
    );
  }
}

/**
 * Runs a step to its end, trying again after errors that may pass (retry-policy.ts).
 *
 * A source that asks to be left alone is no failure: the step is WAITING, and the answer says until when.
 *
 * @throws the error of the last try, or the reason of `stop`
 */
export async function runStep(step: Step, known: RunStep, parts: StepParts): Promise<StepResult> {
  const { clock, config, journal, stop } = parts;
  const begin = known.attempt + 1;
  for (let attempt = begin; ; attempt++) {
    stop.throwIfAborted();
    await startTry(step.name, attempt, parts);
    try {
      const result = await callWithin(step, parts);
      await endTry(step.name, statusOf(result), result, null, parts);
      return result;
    } catch (error) {
      if (isFenced(error)) throw error;
      if (isDiskFull(error)) await releaseReserve(config.dataDir);
      if (error instanceof SourceDeferredError) return park(step.name, error, parts);
      const isLast = attempt - begin >= countRetries(error, config) || stop.aborted || isStepTimeout(error);
      if (isLast) {
        const status = failureOf(error, stop);
        const failure = status === 'FAILED' ? toRunError(error, step.name) : null;
        await endTry(step.name, status, failure ? {} : { message: messageOf(error) }, failure, parts);
        throw error;
      }
      const wait = drawPause(error, attempt - begin, parts.random);
      await endTry(step.name, 'WAITING', {}, toRunError(error, step.name), parts);
      journal.event(
        'WARN',
        'step.retried',
        step.name,
        `${step.name} is tried again in ${Math.round(wait)} ms`,
      );
      await clock.sleep(wait, stop);
    }
  }
}

async function startTry(name: string, attempt: number, parts: StepParts): Promise<void> {
  const { runs, claim, clock, journal } = parts;
  await runs.updateStep(claim, {
    name,
    status: 'RUNNING',
    attempt,
    startedAt: clock.now(),
    endedAt: null,
    error: null,
  });
  journal.event(
    'INFO',
    'step.started',
    name,
    attempt === 1 ? `${name} began` : `${name} began, try ${attempt}`,
  );
  journal.progress({ done: 0, total: null, message: name });
}

async function endTry(
  name: string,
  status: StepStatus,
  result: StepResult,
  error: RunError | null,
  { runs, claim, clock, journal, log }: StepParts,
): Promise<void> {
  const counts = {
    rowsIn: result.rowsIn ?? null,
    rowsOut: result.rowsOut ?? null,
    rowsRejected: result.rowsRejected ?? null,
    requests: result.requests ?? null,
  };
  await journal.flush();
  await runs.updateStep(claim, { name, status, endedAt: clock.now(), error, ...counts });
  const detail = error?.message ?? result.message;
  const text = `${name} ${status}${detail ? `: ${detail}` : ''}`;
  const level = status === 'FAILED' ? 'ERROR' : error || status === 'PARTIAL' ? 'WARN' : 'INFO';
  journal.event(level, 'step.finished', name, text, { status, ...counts });
  log[level === 'INFO' ? 'debug' : 'warn'](text, { step: name, ...counts });
}

async function park(name: string, deferred: SourceDeferredError, parts: StepParts): Promise<StepResult> {
  const result: StepResult = { status: 'PARTIAL', resumesAt: deferred.until, message: deferred.message };
  await endTry(name, 'WAITING', result, null, parts);
  return result;
}

/**
 * Calls the step with a signal that also aborts at its time limit. A step that has not ended within the grace time after an abort is
 * left behind: the worker's process ends with its run, and takes it along.
 */
async function callWithin(step: Step, { clock, config, stop, call }: StepParts): Promise<StepResult> {
  const limit = new AbortController();
  const signal = AbortSignal.any([stop, limit.signal]);
  const limitMs = findTimeout(step.name, config);
  const cancels = [clock.after(limitMs, () => limit.abort(new StepTimeoutError(step.name, limitMs)))];
  const leftBehind = new Promise<never>((_, reject) => {
    const onAbort = () => {
      const grace = graceOf(signal.reason, config);
      cancels.push(clock.after(grace, () => reject(signal.reason)));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([call(step, signal), leftBehind]);
  } catch (error) {
    throw signal.aborted && !isFenced(error) ? signal.reason : error;
  } finally {
    for (const cancel of cancels) cancel();
  }
}

function statusOf(result: StepResult): StepStatus {
  return result.resumesAt === undefined ? (result.status ?? 'SUCCEEDED') : 'WAITING';
}

function failureOf(error: unknown, stop: AbortSignal): StepStatus {
  if (error instanceof ParkedError) return 'WAITING';
  return stop.aborted && isGroovelakeError(error) && error.code === 'CANCELLED' ? 'CANCELLED' : 'FAILED';
}

function isStepTimeout(error: unknown): boolean {
  return error instanceof StepTimeoutError;
}
