// What the mutations do. Each answers with a member of its union; what is no expected failure is thrown.
import { toIso } from '../../clock.ts';
import { GroovelakeError, InvalidInputError, NotFoundError } from '../../errors.ts';
import { checkWithdrawals } from '../../store/landing/check-withdrawals.ts';
import { EXPORTS, FILES, resolveNamed } from '../../store/landing/inbox.ts';
import { findNamed } from '../../store/listening/named-account.ts';
import { resetSchedule as resetToConfiguration } from '../../store/runs/configured-schedules.ts';
import { takePublishLease } from '../../store/runs/publish-lease.ts';
import { describePublisher, findPublisher } from '../../store/runs/publisher.ts';
import { checkParameters } from '../../store/runs/run-parameters.ts';
import { hasEnded, type PipelineName, type Run, type Schedule } from '../../store/runs/run-store.ts';
import { changeSchedule, type ScheduleChange } from '../../store/runs/schedule.ts';
import { triggerRun, waitForRun } from '../../store/runs/trigger.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';
import type { Context } from '../context.ts';
import { requirePipeline, type ShownPipeline } from './pipeline-name.ts';

export interface TriggerRunSuccess {
  readonly kind: 'TriggerRunSuccess';
  readonly run: Run;
  readonly wasStarted: boolean;
}
export interface CancelRunSuccess {
  readonly kind: 'CancelRunSuccess';
  readonly run: Run;
}
export interface UpdateScheduleSuccess {
  readonly kind: 'UpdateScheduleSuccess';
  readonly schedule: Schedule;
}
export interface RollbackSnapshotSuccess {
  readonly kind: 'RollbackSnapshotSuccess';
  readonly snapshot: Manifest;
}
export interface InvalidInput {
  readonly kind: 'InvalidInputError';
  readonly message: string;
  readonly field: string;
  readonly given: string | null;
  readonly expected: string;
}
export interface NotFound {
  readonly kind: 'NotFoundError';
  readonly message: string;
  readonly id: string;
}
export interface AlreadyRunning {
  readonly kind: 'AlreadyRunningError';
  readonly message: string;
  readonly run: Run;
}
export interface NotCancellable {
  readonly kind: 'NotCancellableError';
  readonly message: string;
  readonly run: Run;
}
export interface SourceUnavailable {
  readonly kind: 'SourceUnavailableError';
  readonly message: string;
  readonly source: string;
  readonly until: number | null;
}

type TriggerResult = TriggerRunSuccess | AlreadyRunning | InvalidInput | NotFound | SourceUnavailable;
type Given<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

const MAX_WAIT_SECONDS = 60;
const HOLDER_BYTES = 4;

export function isKind(value: unknown, kind: string): boolean {
  return (value as { kind?: unknown } | null)?.kind === kind;
}

interface TriggerOptions {
  idempotencyKey: string;
  waitSeconds: number;
}

export function triggerCrawl(
  context: Context,
  { idempotencyKey, waitSeconds, ...parameters }: Given<TriggerOptions> & Readonly<Record<string, unknown>>,
): Promise<TriggerResult> {
  return expectFailures(() => trigger(context, 'CRAWL', parameters, { idempotencyKey, waitSeconds }));
}

export function triggerPipeline(
  context: Context,
  input: { pipeline: ShownPipeline; parameters?: unknown } & Given<TriggerOptions>,
): Promise<TriggerResult> {
  return expectFailures(async () => {
    const pipeline = requirePipeline(input.pipeline);
    const parameters = requireObject(input.parameters ?? {});
    // Looked at now, so that a wrong name is an answer and no failed run; the run resolves the names again when it starts.
    if (pipeline === 'IMPORT')
      await resolveNamed(context.config.dataDir, 'MUTATION', requireNames(parameters.files), FILES);
    if (pipeline === 'TRANSFORM') await checkBatches(context, parameters);
    if (pipeline === 'HISTORY') await checkHistory(context, parameters);
    return trigger(context, pipeline, parameters, input);
  });
}

/** Leaves batches out of what is built, or takes them in again, and builds. */
export async function withdrawOrRestore(
  context: Context,
  verb: 'withdraw' | 'restore',
  {
    ids,
    acceptLoss,
    ...options
  }: { ids: readonly string[] } & Given<{ acceptLoss: boolean } & TriggerOptions>,
): Promise<TriggerResult> {
  const parameters = { [verb]: ids, ...(acceptLoss ? { acceptLoss } : {}) };
  const result = await triggerPipeline(context, { pipeline: 'TRANSFORM', parameters, ...options });
  return result.kind === 'InvalidInputError' && result.field === verb ? { ...result, field: 'ids' } : result;
}

/** @throws InvalidInputError for exports that are not in the inbox, and where it is not clear whose they are */
async function checkHistory(
  { config: { dataDir } }: Context,
  parameters: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { account, exports } = checkParameters('HISTORY', parameters) as HistoryParameters;
  if (exports) await resolveNamed(dataDir, 'MUTATION', exports, EXPORTS);
  if (exports || account) await findNamed(dataDir, account);
}

interface HistoryParameters {
  readonly account?: string;
  readonly exports?: readonly string[];
}

export function cancelRun(
  context: Context,
  { runId, reason }: { runId: string; reason?: string | null | undefined },
): Promise<CancelRunSuccess | NotFound | NotCancellable> {
  return expectFailures(async () => {
    const known = await context.runs.findRun(runId);
    if (!known) throw new NotFoundError('run', runId);
    const run = await context.runs.requestCancel(runId, {
      at: context.clock.now(),
      reason: reason ?? undefined,
    });
    context.wake();
    if (run) return { kind: 'CancelRunSuccess', run };
    return {
      kind: 'NotCancellableError',
      message: `The run "${runId}" has ended already: it is ${known.status}.`,
      run: known,
    };
  });
}

export function retryRun(
  context: Context,
  { runId, from }: { runId: string; from?: 'START' | 'FAILURE' | null | undefined },
): Promise<TriggerResult> {
  return expectFailures(async () => {
    const known = await context.runs.findRun(runId);
    if (!known) throw new NotFoundError('run', runId);
    const run = await context.runs.requeueRun(runId, {
      at: context.clock.now(),
      keepFinishedSteps: from !== 'START',
    });
    context.wake();
    if (run) return { kind: 'TriggerRunSuccess', run, wasStarted: true };
    if (!hasEnded(known.status)) {
      return {
        kind: 'AlreadyRunningError',
        message: `The run "${runId}" has not ended: it is ${known.status}${known.resumesAt === null ? '' : `, and goes on by itself at ${toIso(known.resumesAt)}`}.`,
        run: known,
      };
    }
    throw new InvalidInputError(
      `The run "${runId}" is ${known.status}; one that did not succeed is expected. Trigger a new run, with force where what is fresh is to be fetched again.`,
      {
        field: 'runId',
        given: runId,
        expected: 'a run that is FAILED, CANCELLED, CRASHED, TIMED_OUT or PARTIAL',
      },
    );
  });
}

export function updateSchedule(
  context: Context,
  {
    pipeline,
    parameters,
    ...change
  }: { pipeline: ShownPipeline; parameters?: unknown } & Given<
    Omit<ScheduleChange, 'pipeline' | 'parameters'>
  >,
): Promise<UpdateScheduleSuccess | InvalidInput> {
  return expectFailures(async () => {
    const given = Object.fromEntries(
      Object.entries(change).filter(([, value]) => value !== null && value !== undefined),
    );
    const schedule = await changeSchedule(
      context.runs,
      {
        ...given,
        pipeline: requirePipeline(pipeline),
        parameters: parameters === null || parameters === undefined ? undefined : requireObject(parameters),
      },
      context.clock.now(),
    );
    return { kind: 'UpdateScheduleSuccess', schedule };
  });
}

export function resetSchedule(
  context: Context,
  input: { pipeline: ShownPipeline; reason?: string | null | undefined },
): Promise<UpdateScheduleSuccess | InvalidInput | NotFound> {
  return expectFailures(async () => {
    const pipeline = requirePipeline(input.pipeline);
    const change = { pipeline, reason: input.reason ?? null, now: context.clock.now() };
    const schedule = await resetToConfiguration(context.runs, context.config, change);
    if (!schedule) throw new NotFoundError('schedule of', pipeline);
    return { kind: 'UpdateScheduleSuccess', schedule };
  });
}

export function rollbackSnapshot(
  context: Context,
  { snapshotId }: { snapshotId: string },
): Promise<RollbackSnapshotSuccess | NotFound | AlreadyRunning> {
  return expectFailures(async () => {
    const { runs, clock, random } = context;
    const holder = `rollbackSnapshot ${random.hex(HOLDER_BYTES)} (since ${toIso(clock.now())})`;
    const lease = await takePublishLease(runs, holder, clock);
    if (!lease) {
      const publisher = await findPublisher(runs, clock.now());
      const message = describePublisher(publisher);
      if (publisher?.run) return { kind: 'AlreadyRunningError', message, run: publisher.run };
      throw new GroovelakeError('RUN_STATE', message, { isRetryable: true });
    }
    try {
      const snapshot = await context.snapshots.rollback(snapshotId, lease.confirm);
      await context.refreshSnapshot();
      return { kind: 'RollbackSnapshotSuccess', snapshot };
    } finally {
      await lease.release();
    }
  });
}

async function trigger(
  context: Context,
  pipeline: PipelineName,
  parameters: Readonly<Record<string, unknown>>,
  { idempotencyKey, waitSeconds }: Given<TriggerOptions>,
): Promise<TriggerResult> {
  const wait = waitSeconds ?? 0;
  if (wait < 0 || wait > MAX_WAIT_SECONDS) {
    throw new InvalidInputError(`waitSeconds is ${wait}; 0 to ${MAX_WAIT_SECONDS} is expected.`, {
      field: 'waitSeconds',
      given: String(wait),
      expected: `0 to ${MAX_WAIT_SECONDS}`,
    });
  }
  const { runs, clock, signal, notifier, config } = context;
  if (parameters.source === 'spotify' && config.isSandbox) {
    const message =
      'There is no key for "spotify". Set SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET and start again, or crawl the sandbox.';
    return { kind: 'SourceUnavailableError', message, source: 'spotify', until: null };
  }
  const outcome = await triggerRun(runs, clock, {
    pipeline,
    trigger: 'MUTATION',
    parameters,
    idempotencyKey: idempotencyKey ?? undefined,
  });
  if (outcome.kind === 'busy') {
    return {
      kind: 'AlreadyRunningError',
      message: `${pipeline} is busy with other work: run "${outcome.run.id}" is ${outcome.run.status}.`,
      run: outcome.run,
    };
  }
  context.wake();
  const run =
    wait > 0
      ? await waitForRun(runs, outcome.run.id, { timeoutMs: wait * 1_000, clock, signal, notifier })
      : outcome.run;
  return { kind: 'TriggerRunSuccess', run: run ?? outcome.run, wasStarted: outcome.wasStarted };
}

/** Looked at now, as files are; the run looks again when it starts. */
async function checkBatches(context: Context, parameters: Readonly<Record<string, unknown>>): Promise<void> {
  const { withdraw = [], restore = [] } = checkParameters('TRANSFORM', parameters) as Readonly<
    Record<string, readonly string[]>
  >;
  // What moves none needs no landing store.
  if (withdraw.length + restore.length > 0) await checkWithdrawals(context.landing, withdraw, restore);
}

function requireObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new InvalidInputError(`parameters is ${JSON.stringify(value)}; an object is expected.`, {
    field: 'parameters',
    given: JSON.stringify(value),
    expected: 'an object',
  });
}

function requireNames(files: unknown): string[] {
  if (isNames(files)) return files;
  throw new InvalidInputError(
    'parameters.files is missing; a list of names of files in the inbox is expected, e.g. { files: ["spotify_songs.csv"] }.',
    {
      field: 'parameters.files',
      expected: 'a list of names of files in the inbox',
    },
  );
}

/** What else is given for names is refused with all other parameters. */
function isNames(names: unknown): names is string[] {
  return Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string');
}

/** Turns the errors that a mutation's result can say into members of it. */
export async function expectFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InvalidInputError) {
      const { message, field, given, expected } = error;
      return {
        kind: 'InvalidInputError',
        message,
        field: field ?? 'input',
        given: given ?? null,
        expected,
      } as T;
    }
    if (error instanceof NotFoundError)
      return { kind: 'NotFoundError', message: error.message, id: error.id } as T;
    throw error;
  }
}
