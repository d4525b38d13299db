// The mutations: start, stop and repeat runs, change a schedule, go back to a snapshot. Expected failures are members of the
// result's union; operate.ts does the work and answers with one of them.
import { builder } from '../builder.ts';
import { RunRef, ScheduleRef, SnapshotRef } from '../refs.ts';
import {
  AlreadyRunningRef,
  InvalidInputRef,
  NotCancellableRef,
  NotFoundRef,
  SourceUnavailableRef,
} from './mutation-errors.ts';
import {
  CancelRunInput,
  ResetScheduleInput,
  RetryRunInput,
  RollbackSnapshotInput,
  TriggerCrawlInput,
  TriggerPipelineInput,
  UpdateScheduleInput,
} from './mutation-inputs.ts';
import * as operate from './operate.ts';

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
