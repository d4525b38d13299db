// Executes a claimed run: its steps in order, and an honest end.
//
// How a run ends. A failed step ends it FAILED (TIMED_OUT at the step's time limit), a cancel CANCELLED. Work that a source has put
// off does not hold up the rest: the other steps go on, so that what is sealed is published, and then the same run is WAITING until
// resumesAt, when it begins again with the step that parked; so too when the checks refuse what there is so far, as they do a catalogue
// of which nothing but rankings has landed. A process that is told to stop parks its run likewise, for at once.
// Else it is PARTIAL when a step was, SUCCEEDED when one had work, and SKIPPED.
import { CancelledError, GroovelakeError, isGroovelakeError } from '../../errors.ts';
import { claimOf, type Run, type RunError, type RunStep, type RunStore } from '../../store/runs/run-store.ts';
import type { Step, StepContext } from '../step.ts';
import { toRunError } from './run-error.ts';
import { createJournal, type Journal } from './run-journal.ts';
import { holdLease, isFenced } from './run-lease.ts';
import { createRunLog } from './run-log.ts';
import { createRunScope, type DisposableScope } from './run-scope.ts';
import { ParkedError, runStep, StepTimeoutError } from './run-step.ts';

export interface ExecuteParts
  extends Pick<StepContext, 'config' | 'clock' | 'random' | 'log' | 'runs' | 'landing' | 'snapshots'> {
  readonly steps: readonly Step[];
  /** Called after anything of the run has changed in the store; wakes whoever watches. */
  readonly onChange?: () => void;
  /** Aborts when this process must stop. */
  readonly signal?: AbortSignal;
  /** What becomes of the run then: CANCEL (unless stated) ends it, PARK leaves it for the next worker. */
  readonly onStop?: 'CANCEL' | 'PARK';
}

const SHORTEST_PARK_MS = 1_000;
/** What a parked run holds open gets so long to close; the end of the process takes the rest along. */
const PARKED_DISPOSE_MS = 1_500;

type FinishStatus = Parameters<RunStore['finishRun']>[1]['status'];

interface Outcome {
  readonly status: FinishStatus;
  readonly error: RunError | null;
  readonly resumesAt: number | null;
  readonly snapshotId: string | null;
}

/** Runs to the end and answers with the run as it ended, or null when another worker has overtaken this one. */
export async function executeRun(run: Run, parts: ExecuteParts): Promise<Run | null> {
  const { runs, clock, log: outer, config, onChange } = parts;
  const log = outer.with({ run: run.id, pipeline: run.pipeline });
  const claim = claimOf(run);
  const lease = holdLease(claim, { runs, clock, log, config });
  const isLost = () => lease.isLost();
  const journal = createJournal(claim, { runs, clock, log, onChange, isFenced: isLost });
  const scope = createRunScope(log);
  const stop = AbortSignal.any([lease.signal, scope.signal, stopSignal(parts)]);
  try {
    const outcome = await runSteps(run, parts, { scope, journal, stop });
    await journal.flush();
    // Nothing of a run that has ended is open any more: not its build, not its publish lease.
    await disposeWithin(scope, stop, parts);
    if (isLost()) return null;
    const ended = await finish(run, outcome, parts);
    log.info(`The run is ${ended.status}`, { ...(ended.error ? { error: ended.error.message } : {}) });
    return ended;
  } catch (error) {
    if (!isFenced(error)) throw error;
    log.warn('Another worker has taken over, or the lease was lost; this one stops');
    return null;
  } finally {
    await lease.release();
    await disposeWithin(scope, stop, parts);
    onChange?.();
  }
}

interface Running {
  readonly scope: DisposableScope;
  readonly journal: Journal;
  readonly stop: AbortSignal;
}

async function runSteps(run: Run, parts: ExecuteParts, running: Running): Promise<Outcome> {
  const { runs, steps } = parts;
  const claim = claimOf(run);
  const found = { isPartial: false, hasWorked: false, endsRun: false };
  let resumesAt: number | null = null;
  let snapshotId: string | null = null;
  let at: string | null = null;
  try {
    const planned = await beginAgain(run, runs);
    for (const known of planned) {
      at = known.name;
      if (known.status === 'SUCCEEDED') {
        found.hasWorked = true;
        continue;
      }
      if (found.endsRun) {
        await runs.updateStep(claim, { name: known.name, status: 'SKIPPED' });
        continue;
      }
      const result = await runStep(getStep(steps, known.name), known, {
        ...parts,
        claim,
        journal: running.journal,
        stop: running.stop,
        call: async (step, signal) => step.run(createContext(run, step.name, signal, parts, running)),
      });
      found.isPartial ||= result.status === 'PARTIAL';
      found.hasWorked ||= result.status !== 'SKIPPED';
      found.endsRun ||= result.endsRun === true;
      if (result.resumesAt !== undefined) resumesAt = Math.max(resumesAt ?? 0, result.resumesAt);
      snapshotId = result.snapshotId ?? snapshotId;
    }
  } catch (error) {
    if (isFenced(error)) throw error;
    if (resumesAt === null || !isCheckFailure(error))
      return { ...endOf(error, at, running.stop, parts.clock.now()), snapshotId };
    const what = `What has landed so far is not published, and the run goes on as planned: ${error.message}`;
    running.journal.event('WARN', 'run.not_published', at, what);
  }
  if (resumesAt !== null) {
    // A source whose time has come already is still not asked in a tight circle.
    const soonest = parts.clock.now() + SHORTEST_PARK_MS;
    return { status: 'WAITING', error: null, resumesAt: Math.max(resumesAt, soonest), snapshotId };
  }
  const status = found.isPartial ? 'PARTIAL' : found.hasWorked ? 'SUCCEEDED' : 'SKIPPED';
  return { status, error: null, resumesAt: null, snapshotId };
}

/** Whether checks refused what was built. */
function isCheckFailure(error: unknown): error is GroovelakeError {
  return isGroovelakeError(error) && error.code === 'CHECK_FAILED';
}

/** How a step's failure ends the run. */
function endOf(
  error: unknown,
  step: string | null,
  stop: AbortSignal,
  now: number,
): Omit<Outcome, 'snapshotId'> {
  if (error instanceof ParkedError) return { status: 'WAITING', error: null, resumesAt: now };
  const isCancelled = stop.aborted && isGroovelakeError(error) && error.code === 'CANCELLED';
  if (isCancelled) return { status: 'CANCELLED', error: null, resumesAt: null };
  const status = error instanceof StepTimeoutError ? 'TIMED_OUT' : 'FAILED';
  return { status, error: toRunError(error, step), resumesAt: null };
}

/**
 * The run's steps, with those that must be done again back to PENDING.
 *
 * What was landed outlives its process, so a step that landed and succeeded in an earlier attempt is kept. The steps after it share an
 * open build, which does not: they begin again together.
 */
async function beginAgain(run: Run, runs: RunStore): Promise<RunStep[]> {
  const blank = { startedAt: null, endedAt: null, error: null };
  const noCounts = { rowsIn: null, rowsOut: null, rowsRejected: null, requests: null };
  const steps = await runs.listSteps([run.id]);
  for (const { name, status } of steps) {
    if (status === 'PENDING' || (status === 'SUCCEEDED' && outlivesItsProcess(name))) continue;
    await runs.updateStep(claimOf(run), { name, status: 'PENDING', ...blank, ...noCounts });
  }
  return runs.listSteps([run.id]);
}

/** Steps that leave what they did in a store or an account's folder. */
const LASTING = ['crawl', 'import', 'plays', 'listening', 'wanted'];

function outlivesItsProcess(step: string): boolean {
  return LASTING.includes(step);
}

function getStep(steps: readonly Step[], name: string): Step {
  const step = steps.find((candidate) => candidate.name === name);
  if (step) return step;
  throw new GroovelakeError(
    'INTERNAL',
    `The step "${name}" is unknown to this version. Trigger the pipeline again.`,
  );
}

function createContext(
  run: Run,
  step: string,
  signal: AbortSignal,
  parts: ExecuteParts,
  { scope, journal }: Running,
): StepContext {
  const { config, clock, random, log, landing, runs, snapshots } = parts;
  return {
    run,
    claim: claimOf(run),
    config,
    clock,
    random,
    log: createRunLog(log, journal, step, { run: run.id, step }),
    signal,
    landing,
    runs,
    snapshots,
    scope,
    progress: (done, total, message, requests) =>
      journal.progress({ done, total, message, ...(requests ? { requests } : {}) }),
    event: (level, type, message, data) => journal.event(level, type, step, message, data),
  };
}

/** Aborts when this process must stop, with what that means for the run. */
function stopSignal({ signal, onStop: mode }: ExecuteParts): AbortSignal {
  const stop = new AbortController();
  const abort = () =>
    stop.abort(mode === 'PARK' ? new ParkedError() : new CancelledError('The process was told to stop.'));
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return stop.signal;
}

/** A step that was left behind may hold what it opened; the end of the process takes that along. */
async function disposeWithin(
  scope: DisposableScope,
  stop: AbortSignal,
  { clock, config, log }: ExecuteParts,
): Promise<void> {
  // The step has had its own; after a parked one a second is left.
  const grace = stop.reason instanceof ParkedError ? PARKED_DISPOSE_MS : config.cancelGraceMs;
  let cancel = () => {};
  const tooLong = new Promise<void>((resolve) => {
    cancel = clock.after(grace, () => {
      log.warn('Something of the run is still open after the grace time');
      resolve();
    });
  });
  await Promise.race([scope.dispose(), tooLong]);
  cancel();
}

const FINISH_TRIES = 5;

/** Writes the end, patiently: a run whose end could not be written would look crashed. */
async function finish(run: Run, outcome: Outcome, { runs, clock, log }: ExecuteParts): Promise<Run> {
  const claim = claimOf(run);
  for (let attempt = 1; ; attempt++) {
    try {
      // A run that is being cancelled is not parked any more.
      const isCancelling = (await runs.findRun(run.id))?.status === 'CANCELLING';
      const end: Outcome =
        isCancelling && outcome.status === 'WAITING'
          ? { ...outcome, status: 'CANCELLED', resumesAt: null }
          : outcome;
      return await runs.finishRun(claim, { ...end, at: clock.now() });
    } catch (error) {
      const isFinal = isGroovelakeError(error) && !error.isRetryable && error.code !== 'RUN_STATE';
      if (isFinal || attempt >= FINISH_TRIES) throw error;
      log.warn('The end of the run could not be written; trying again', { error });
      await clock.sleep(200 * 2 ** attempt);
    }
  }
}
