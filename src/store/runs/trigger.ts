// Starting a run, and waiting for it: what mutations, the command line and the scheduler have in common.
import type { Clock } from '../../clock.ts';
import { InvalidInputError } from '../../errors.ts';
import { type NewsParts, runTopic, waitForNews } from './notifier.ts';
import { PIPELINE_STEPS } from './pipelines.ts';
import { checkInboxNames, checkParameters } from './run-parameters.ts';
import { hasEnded, type PipelineName, type Run, type RunStore, type TriggerKind } from './run-store.ts';

export interface TriggerRequest {
  readonly pipeline: PipelineName;
  readonly trigger: TriggerKind;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Of a command that works on the run itself: the lease that it holds meanwhile. */
  readonly reservedBy?: string | undefined;
}

export type TriggerOutcome =
  | { readonly kind: 'run'; readonly run: Run; readonly wasStarted: boolean }
  /** The pipeline is busy with other work, and its schedule lets nothing queue, or one run is queued already. */
  | { readonly kind: 'busy'; readonly run: Run };

const LONGEST_KEY = 200;

/**
 * Queues a run, or answers with the one that is the same work: the run of the same idempotency key, else the one of equal
 * parameters that has not ended (a parked one too).
 *
 * While the pipeline is busy with other parameters, and for a schedule with equal ones under way too, its schedule's overlap policy decides: SKIP queues nothing, QUEUE_ONE one run.
 * A pipeline without a schedule has QUEUE_ONE, since what an operator asks for by hand should not be lost.
 *
 * @throws InvalidInputError for parameters that the pipeline does not take
 */
export async function triggerRun(
  runs: RunStore,
  clock: Clock,
  request: TriggerRequest,
): Promise<TriggerOutcome> {
  const { pipeline, trigger, idempotencyKey, reservedBy } = request;
  const parameters = checkParameters(pipeline, request.parameters ?? {});
  if (trigger === 'MUTATION') checkInboxNames(parameters);
  checkIdempotencyKey(idempotencyKey);
  const overlap = (await runs.findSchedule(pipeline))?.overlap ?? 'QUEUE_ONE';
  const created = await runs.createRun(
    {
      pipeline,
      trigger,
      parameters,
      idempotencyKey,
      reservedBy,
      overlap,
      ...(await dateNext(runs, clock.now())),
    },
    PIPELINE_STEPS[pipeline].steps,
  );
  if (created.isBusy) return { kind: 'busy', run: created.run };
  return { kind: 'run', run: created.run, wasStarted: created.wasCreated };
}

/**
 * Runs are in the order in which they were created, and the last one of a pipeline says how it stands. While the clock ran ahead they were
 * dated ahead: after it has been set right, the next ones come behind those all the same. However far ahead that was: a run that is not the
 * last of its pipeline is not tried again; and it may be this clock that is wrong, as one without a battery is.
 */
async function dateNext(
  runs: RunStore,
  now: number,
): Promise<{ createdAt: number; queuedAt?: number | undefined }> {
  const [latest] = (await runs.listRuns({ first: 1 })).runs;
  return latest && latest.createdAt > now
    ? { createdAt: latest.createdAt + 1, queuedAt: now }
    : { createdAt: now };
}

/** Resolves with the run once it has ended, is parked, or the time is over; null for an unknown id. */
export async function waitForRun(
  runs: RunStore,
  runId: string,
  { timeoutMs, ...news }: NewsParts & { timeoutMs: number },
): Promise<Run | null> {
  const { clock, signal, notifier } = news;
  const deadline = clock.monotonic() + timeoutMs;
  for (;;) {
    const run = await runs.findRun(runId);
    const left = deadline - clock.monotonic();
    const isOver = !run || hasEnded(run.status) || run.status === 'WAITING';
    if (isOver || left <= 0 || signal?.aborted || notifier.isClosed) return run;
    await waitForNews(runTopic(runId), news, left);
  }
}

function checkIdempotencyKey(key: string | undefined): void {
  if (key === undefined || (key.length > 0 && key.length <= LONGEST_KEY)) return;
  throw new InvalidInputError(
    `idempotencyKey has ${key.length} characters; 1 to ${LONGEST_KEY} are expected.`,
    {
      field: 'idempotencyKey',
      given: key.slice(0, LONGEST_KEY),
      expected: `1 to ${LONGEST_KEY} characters`,
    },
  );
}
