// The mutations: start, stop and repeat runs, change a schedule, go back to a snapshot. Expected failures are members of the
// result's union; operate.ts does the work and answers with one of them.
import { builder } from '../builder.ts';
import { RunRef, ScheduleRef, SnapshotRef } from '../refs.ts';
import * as operate from './operate.ts';
import { PipelineNameEnum } from './pipeline-name.ts';
import { MissedTicksEnum, OverlapEnum } from './schedule.ts';

const ErrorInterface = builder.interfaceRef<{ message: string }>('Error').implement({
  description: 'An expected failure of a mutation.',
  fields: (t) => ({
    message: t.exposeString('message', {
      nullable: false,
      description: 'What was wrong, what was expected, what to do.',
    }),
  }),
});

export const InvalidInputRef = builder.objectRef<operate.InvalidInput>('InvalidInputError').implement({
  description: 'An argument is not acceptable.',
  interfaces: [ErrorInterface],
  isTypeOf: (value) => operate.isKind(value, 'InvalidInputError'),
  fields: (t) => ({
    field: t.exposeString('field', {
      nullable: false,
      description: 'The argument; "input" when it is about several.',
    }),
    given: t.exposeString('given', { description: 'Its value as text; null when there was none.' }),
    expected: t.exposeString('expected', { nullable: false, description: 'What is accepted.' }),
  }),
});

export const NotFoundRef = builder.objectRef<operate.NotFound>('NotFoundError').implement({
  description: 'There is nothing of that id.',
  interfaces: [ErrorInterface],
  isTypeOf: (value) => operate.isKind(value, 'NotFoundError'),
  fields: (t) => ({ id: t.exposeID('id', { nullable: false, description: 'The id asked for.' }) }),
});

const AlreadyRunningRef = builder.objectRef<operate.AlreadyRunning>('AlreadyRunningError').implement({
  description:
    'A run is in the way: the pipeline is busy and its schedule lets no further one queue, the run to be retried has not ended, or a run is publishing while a snapshot is to be gone back to. The message says which.',
  interfaces: [ErrorInterface],
  isTypeOf: (value) => operate.isKind(value, 'AlreadyRunningError'),
  fields: (t) => ({
    run: t.field({
      type: RunRef,
      nullable: false,
      description: 'The run in the way.',
      resolve: (error) => error.run,
    }),
  }),
});

const SourceUnavailableRef = builder
  .objectRef<operate.SourceUnavailable>('SourceUnavailableError')
  .implement({
    description:
      'The source cannot be asked: there is no key for it. One that asked to be left alone for a time refuses no run: it is parked until then (WAITING, resumesAt); sources tells what is blocked.',
    interfaces: [ErrorInterface],
    isTypeOf: (value) => operate.isKind(value, 'SourceUnavailableError'),
    fields: (t) => ({
      source: t.exposeString('source', { nullable: false, description: 'The source.' }),
      until: t.field({
        type: 'DateTime',
        description: 'When it may be asked again; null where that is not known, as while there is no key.',
        resolve: (error) => error.until,
      }),
    }),
  });

const NotCancellableRef = builder.objectRef<operate.NotCancellable>('NotCancellableError').implement({
  description: 'The run has ended already.',
  interfaces: [ErrorInterface],
  isTypeOf: (value) => operate.isKind(value, 'NotCancellableError'),
  fields: (t) => ({
    run: t.field({
      type: RunRef,
      nullable: false,
      description: 'The run as it ended.',
      resolve: (error) => error.run,
    }),
  }),
});

const TriggerRunSuccessRef = builder.objectRef<operate.TriggerRunSuccess>('TriggerRunSuccess').implement({
  description:
    'A run is on record. The same idempotencyKey, or equal parameters while such a run is under way, answers with that run and wasStarted false.',
  isTypeOf: (value) => operate.isKind(value, 'TriggerRunSuccess'),
  fields: (t) => ({
    run: t.field({
      type: RunRef,
      nullable: false,
      description: 'The run, as it stands when the wait is over.',
      resolve: (success) => success.run,
    }),
    wasStarted: t.exposeBoolean('wasStarted', {
      nullable: false,
      description: 'Whether this call created it.',
    }),
  }),
});

export const TriggerRunResult = builder.unionType('TriggerRunResult', {
  description: 'A run, or why there is none.',
  types: [TriggerRunSuccessRef, AlreadyRunningRef, InvalidInputRef, SourceUnavailableRef, NotFoundRef],
});

const CancelRunSuccessRef = builder.objectRef<operate.CancelRunSuccess>('CancelRunSuccess').implement({
  description: 'The run was told to stop.',
  isTypeOf: (value) => operate.isKind(value, 'CancelRunSuccess'),
  fields: (t) => ({
    run: t.field({
      type: RunRef,
      nullable: false,
      description: 'CANCELLING while its worker winds up, else CANCELLED.',
      resolve: (success) => success.run,
    }),
  }),
});

const CancelRunResult = builder.unionType('CancelRunResult', {
  description: 'The cancelled run, or why it is not.',
  types: [CancelRunSuccessRef, NotFoundRef, NotCancellableRef],
});

const UpdateScheduleSuccessRef = builder
  .objectRef<operate.UpdateScheduleSuccess>('UpdateScheduleSuccess')
  .implement({
    description: 'The schedule is stored: changed, it wins over the configuration; reset, it follows it.',
    isTypeOf: (value) => operate.isKind(value, 'UpdateScheduleSuccess'),
    fields: (t) => ({
      schedule: t.field({
        type: ScheduleRef,
        nullable: false,
        description: 'The schedule as stored.',
        resolve: (success) => success.schedule,
      }),
    }),
  });

const UpdateScheduleResult = builder.unionType('UpdateScheduleResult', {
  description: 'The schedule, or why it was not changed.',
  types: [UpdateScheduleSuccessRef, InvalidInputRef, NotFoundRef],
});

const RollbackSnapshotSuccessRef = builder
  .objectRef<operate.RollbackSnapshotSuccess>('RollbackSnapshotSuccess')
  .implement({
    description: 'The snapshot is the current one again.',
    isTypeOf: (value) => operate.isKind(value, 'RollbackSnapshotSuccess'),
    fields: (t) => ({
      snapshot: t.field({
        type: SnapshotRef,
        nullable: false,
        description: 'The snapshot that is served now.',
        resolve: (success) => success.snapshot,
      }),
    }),
  });

const RollbackSnapshotResult = builder.unionType('RollbackSnapshotResult', {
  description: 'The snapshot gone back to, or why not.',
  types: [RollbackSnapshotSuccessRef, NotFoundRef, AlreadyRunningRef],
});

export const IDEMPOTENCY =
  "A key of your choice, up to 200 characters: a second call with the same key answers with the first call's run. None unless stated.";
export const WAIT = 'Answer when the run has ended, or after so many seconds, 0..60; 0 unless stated.';

const TriggerCrawlInput = builder.inputType('TriggerCrawlInput', {
  description: 'What to crawl; the first artists of the ranking when no artist is named.',
  fields: (t) => ({
    artistIds: t.idList({
      description:
        "Artists by the source's id, 22 base-62 characters each; not one that was made from a name (it begins with n).",
    }),
    artistNames: t.stringList({
      description: 'Artists by name, resolved by search; an ambiguous name is recorded, never guessed.',
    }),
    top: t.int({
      description: 'How many artists of the ranking, 1..100000; GROOVELAKE_CRAWL_TOP (300) unless stated.',
    }),
    startIndex: t.int({
      description: 'Artists to skip at the beginning of the list, 0 or more; 0 unless stated.',
    }),
    batchSize: t.int({
      description: 'Artists in one sealed batch, 1..1000; GROOVELAKE_CRAWL_BATCH_SIZE (20) unless stated.',
    }),
    includeGroups: t.stringList({
      description:
        "Which of an artist's albums: album, single, compilation, appears_on; the first three unless stated.",
    }),
    market: t.string({
      description: 'Country whose availability counts, ISO 3166-1 alpha-2; none unless stated.',
    }),
    maxRequests: t.int({
      description:
        'Most requests this run may make of each family of calls in GROOVELAKE_CRAWL_BUDGET_HOURS (24), 1 or more; no limit of its own unless stated. Then what is sealed is published, and the run is WAITING until it may go on.',
    }),
    source: t.string({ description: 'spotify or sandbox; the configured one unless stated.' }),
    force: t.boolean({
      description:
        'Whether to fetch again what was fetched lately: artists, albums with their tracks, rankings; false unless stated.',
    }),
    idempotencyKey: t.string({ description: IDEMPOTENCY }),
    waitSeconds: t.int({ description: WAIT }),
  }),
});

const TriggerPipelineInput = builder.inputType('TriggerPipelineInput', {
  description: 'Which pipeline to run, and with what.',
  fields: (t) => ({
    pipeline: t.field({ type: PipelineNameEnum, required: true, description: 'The pipeline.' }),
    parameters: t.field({
      type: 'JSON',
      description:
        'For CRAWL and REFRESH the fields of TriggerCrawlInput; for TRANSFORM { force, acceptLoss, withdraw: [ids of batches that are left out of what is built from then on], restore: [those that are taken in again] }; for IMPORT { files: [names within the inbox of the data folder], force: true to land once more what was imported before }; for HISTORY { account, exports: [names of files or folders within the inbox] }. {} unless stated.',
    }),
    idempotencyKey: t.string({ description: IDEMPOTENCY }),
    waitSeconds: t.int({ description: WAIT }),
  }),
});

const CancelRunInput = builder.inputType('CancelRunInput', {
  description: 'Which run to stop.',
  fields: (t) => ({
    runId: t.id({ required: true, description: 'Its id.' }),
    reason: t.string({ description: 'Why, for the record; nothing unless stated.' }),
  }),
});

const RetryFromEnum = builder.enumType('RetryFrom', {
  description: 'Where a retry begins.',
  values: {
    START: { description: 'With the first step, as a new run of the same parameters would.' },
    FAILURE: {
      description:
        'With the step that failed; what was landed is not fetched again. A PARTIAL run fetches what it owes and nothing else.',
    },
  } as const,
});

const RetryRunInput = builder.inputType('RetryRunInput', {
  description: 'Which run to try again.',
  fields: (t) => ({
    runId: t.id({
      required: true,
      description: 'Its id. It must have ended FAILED, CANCELLED, CRASHED, TIMED_OUT or PARTIAL.',
    }),
    from: t.field({ type: RetryFromEnum, description: 'Where to begin; FAILURE unless stated.' }),
  }),
});

const UpdateScheduleInput = builder.inputType('UpdateScheduleInput', {
  description: 'What to change of a schedule; what is left out stays.',
  fields: (t) => ({
    pipeline: t.field({ type: PipelineNameEnum, required: true, description: 'Whose schedule.' }),
    isEnabled: t.boolean({
      description: 'False pauses it; as it is, true for a new schedule, unless stated.',
    }),
    cron: t.string({ description: 'Five cron fields; required for a pipeline that has no schedule yet.' }),
    timeZone: t.string({
      description:
        'IANA name of the zone the fields are read in; as it is, UTC for a new schedule, unless stated.',
    }),
    missedTicks: t.field({
      type: MissedTicksEnum,
      description: 'What happens to missed ticks; as it is, ONCE for a new schedule, unless stated.',
    }),
    overlap: t.field({
      type: OverlapEnum,
      description:
        'What happens when the pipeline is busy; as it is, QUEUE_ONE for a new schedule, unless stated.',
    }),
    jitterSeconds: t.int({
      description:
        'A run starts up to so many seconds after it is due, 0..3600; as it is, 0 for a new schedule, unless stated.',
    }),
    parameters: t.field({
      type: 'JSON',
      description: 'What its runs are told, as for triggerPipeline; replaces the former ones as a whole.',
    }),
    reason: t.string({ description: 'Why, for the record; nothing unless stated.' }),
  }),
});

const ResetScheduleInput = builder.inputType('ResetScheduleInput', {
  description: 'Whose schedule follows the configuration again.',
  fields: (t) => ({
    pipeline: t.field({ type: PipelineNameEnum, required: true, description: 'Whose schedule.' }),
    reason: t.string({ description: 'Why, for the record; nothing unless stated.' }),
  }),
});

const RollbackSnapshotInput = builder.inputType('RollbackSnapshotInput', {
  description: 'Which snapshot to serve again.',
  fields: (t) => ({
    snapshotId: t.id({ required: true, description: 'A kept snapshot.' }),
    reason: t.string({ description: 'Why, for the record; nothing unless stated.' }),
  }),
});

builder.mutationType({
  description: 'What an operator can do. Needs scope OPERATE unless a field says otherwise.',
});

builder.mutationFields((t) => ({
  triggerCrawl: t.field({
    type: TriggerRunResult,
    nullable: false,
    args: { input: t.arg({ type: TriggerCrawlInput, required: true, description: 'What to crawl.' }) },
    description:
      'Starts CRAWL: fetches and seals batches. To publish them run TRANSFORM, or trigger REFRESH, which does both.',
    resolve: (_root, { input }, context) => operate.triggerCrawl(context, input),
  }),
  triggerPipeline: t.field({
    type: TriggerRunResult,
    nullable: false,
    args: {
      input: t.arg({
        type: TriggerPipelineInput,
        required: true,
        description: 'Which pipeline, and with what.',
      }),
    },
    description: 'Starts a pipeline.',
    resolve: (_root, { input }, context) => operate.triggerPipeline(context, input),
  }),
  cancelRun: t.field({
    type: CancelRunResult,
    nullable: false,
    args: { input: t.arg({ type: CancelRunInput, required: true, description: 'Which run.' }) },
    description:
      'Stops a run: between two requests, or in the middle of a statement. What it has not published yet stays out; what is sealed is taken in by the next build.',
    resolve: (_root, { input }, context) => operate.cancelRun(context, input),
  }),
  retryRun: t.field({
    type: TriggerRunResult,
    nullable: false,
    args: { input: t.arg({ type: RetryRunInput, required: true, description: 'Which run.' }) },
    description: 'Queues an ended run again, as its next attempt.',
    resolve: (_root, { input }, context) => operate.retryRun(context, input),
  }),
  updateSchedule: t.field({
    type: UpdateScheduleResult,
    nullable: false,
    args: { input: t.arg({ type: UpdateScheduleInput, required: true, description: 'What to change.' }) },
    description: 'Changes, pauses or resumes the schedule of a pipeline, or gives it one.',
    resolve: (_root, { input }, context) => operate.updateSchedule(context, input),
  }),
  resetSchedule: t.field({
    type: UpdateScheduleResult,
    nullable: false,
    args: { input: t.arg({ type: ResetScheduleInput, required: true, description: 'Whose schedule.' }) },
    description: 'Forgets what was changed by hand: the schedule follows the configuration again.',
    resolve: (_root, { input }, context) => operate.resetSchedule(context, input),
  }),
  rollbackSnapshot: t.field({
    type: RollbackSnapshotResult,
    nullable: false,
    args: { input: t.arg({ type: RollbackSnapshotInput, required: true, description: 'Which snapshot.' }) },
    description:
      'Serves an older snapshot again. The next publish goes on from the landed documents as ever, and brings back what that snapshot lacks: Snapshot.missingBatches says which batches that is, and withdrawBatches keeps out what is to stay out. What that snapshot holds of withdrawn batches (Snapshot.withdrawnBatches) it leaves out again: restoreBatches keeps it.',
    resolve: (_root, { input }, context) => operate.rollbackSnapshot(context, input),
  }),
}));
