// Run, RunStep, RunEvent and the queries that list them.
import type { FamilyRequests, Run, RunError, RunFilter, RunProgress } from '../../store/runs/run-store.ts';
import { builder } from '../builder.ts';
import { AFTER, defineConnection, FIRST } from '../connection.ts';
import { RunEventRef, RunRef, RunStepRef, SnapshotRef } from '../refs.ts';
import { toEventCursor } from './event-cursor.ts';
import { PipelineNameEnum, requirePipeline, toPipelineName } from './pipeline-name.ts';
import { findRemainingSeconds } from './run-estimate.ts';
import { listRunPage } from './run-pages.ts';
import {
  readCancelReason,
  readError,
  readEvents,
  readParameters,
  readProgress,
  readSteps,
  WITHHELD,
} from './run-words.ts';

export const RunStatusEnum = builder.enumType('RunStatus', {
  description: 'Where a run stands.',
  values: {
    QUEUED: { description: 'Waits for a worker.' },
    RUNNING: { description: 'A worker is on it.' },
    WAITING: { description: 'Parked until resumesAt, because a source said so.' },
    CANCELLING: { description: 'Told to stop; its worker is winding up.' },
    SUCCEEDED: { description: 'Ended, all done.' },
    PARTIAL: { description: 'Published, but some work is parked or rejected; the run says what.' },
    SKIPPED: { description: 'Ended: nothing new.' },
    FAILED: { description: 'Ended by an error, which error describes.' },
    CANCELLED: { description: 'Ended because somebody cancelled it.' },
    CRASHED: { description: 'Its process died, or its lease ran out.' },
    TIMED_OUT: { description: 'A step took longer than it may.' },
  } as const,
});

const StepStatusEnum = builder.enumType('StepStatus', {
  description: 'Where a step stands.',
  values: {
    PENDING: { description: 'Not begun.' },
    RUNNING: { description: 'Under way.' },
    WAITING: { description: 'Parked with its run.' },
    SUCCEEDED: { description: 'Done.' },
    PARTIAL: { description: 'Done in part; the rest is parked or rejected.' },
    SKIPPED: { description: 'Nothing to do.' },
    FAILED: { description: 'Ended by an error.' },
    CANCELLED: { description: 'Stopped by a cancel.' },
  } as const,
});

const TriggerKindEnum = builder.enumType('TriggerKind', {
  description: 'What started a run.',
  values: {
    SCHEDULE: { description: 'A due tick of its schedule.' },
    MUTATION: { description: 'A mutation of this API.' },
    CLI: { description: 'The command line.' },
    BOOT: { description: 'The first start on an empty data folder.' },
    RETRY: { description: 'A retry.' },
  } as const,
});

const LogLevelEnum = builder.enumType('LogLevel', {
  description: 'How much an event matters.',
  values: {
    DEBUG: { description: 'For whoever looks into a fault.' },
    INFO: { description: 'What happened.' },
    WARN: { description: 'Something to know about; the run goes on.' },
    ERROR: { description: 'Something failed.' },
  } as const,
});

const RunErrorRef = builder.objectRef<RunError>('RunError').implement({
  description: 'Why a run or a step ended as it did.',
  fields: (t) => ({
    code: t.exposeString('code', {
      nullable: false,
      description: 'Stable code, e.g. EXTRACT, TRANSFORM, CHECK_FAILED, DISK_FULL.',
    }),
    message: t.exposeString('message', {
      nullable: false,
      description: 'What was wrong, what was expected, what to do.',
    }),
    isRetryable: t.exposeBoolean('isRetryable', {
      nullable: false,
      description: 'Whether the same attempt may succeed later.',
    }),
    step: t.exposeString('step', { description: 'The step it happened in; null outside any.' }),
    hint: t.exposeString('hint', {
      description: 'What the operator should do; null where the message says it.',
    }),
  }),
});

const FamilyRequestsRef = builder.objectRef<FamilyRequests>('FamilyRequests').implement({
  description:
    "How many requests a run made to one family of a source's calls. A family is calls that share a limit.",
  fields: (t) => ({
    family: t.exposeString('family', {
      nullable: false,
      description: 'Name of the family: search, artist, artist-albums, ...',
    }),
    count: t.field({
      type: 'Long',
      nullable: false,
      description: 'Requests of this try so far.',
      resolve: (requests) => requests.count,
    }),
    left: t.field({
      type: 'Long',
      description:
        'How many more the run may make before its budget (maxRequests) is used up; null without one.',
      resolve: (requests) => requests.left,
    }),
  }),
});

const RunProgressRef = builder.objectRef<RunProgress & { run: Run }>('RunProgress').implement({
  description: 'How far the current step is.',
  fields: (t) => ({
    done: t.field({
      type: 'Long',
      nullable: false,
      description: 'Units done; the message says of what.',
      resolve: (progress) => progress.done,
    }),
    total: t.field({
      type: 'Long',
      description: 'Units in all; null while not known.',
      resolve: (progress) => progress.total,
    }),
    share: t.float({
      description: 'done / total, 0..1; null while the total is not known.',
      resolve: findShare,
    }),
    remainingSeconds: t.float({
      description:
        "Seconds the run still takes, estimated from this step's share and the usual length of the steps to come; null when that cannot be told.",
      resolve: ({ run }, _args, context) => findRemainingSeconds(context, run),
    }),
    message: t.exposeString('message', {
      nullable: false,
      description: 'What the step is doing now, in words.',
    }),
    requests: t.field({
      type: [FamilyRequestsRef],
      nullable: false,
      description: 'What a crawl asked of its sources, by family; empty for other steps.',
      resolve: (progress) => [...(progress.requests ?? [])],
    }),
  }),
});

RunStepRef.implement({
  description: 'One step of a run.',
  fields: (t) => ({
    name: t.exposeString('name', {
      nullable: false,
      description:
        'Name of the step: crawl, import, plays, listening, for-you, wanted, bronze, silver, gold, warehouse, checks, index, serving or publish.',
    }),
    status: t.field({
      type: StepStatusEnum,
      nullable: false,
      description: 'Where the step stands.',
      resolve: (step) => step.status,
    }),
    attempt: t.exposeInt('attempt', {
      nullable: false,
      description: 'Tries so far, from 1; 0 before the first.',
    }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'Begin of the last try; null before it.',
      resolve: (step) => step.startedAt,
    }),
    endedAt: t.field({
      type: 'DateTime',
      description: 'End of the last try; null before it.',
      resolve: (step) => step.endedAt,
    }),
    rowsIn: t.field({
      type: 'Long',
      description: 'Rows or documents read; null where the step counts none.',
      resolve: (step) => step.rowsIn,
    }),
    rowsOut: t.field({
      type: 'Long',
      description: 'Rows or documents written; null where the step counts none.',
      resolve: (step) => step.rowsOut,
    }),
    rowsRejected: t.field({
      type: 'Long',
      description:
        'Rows set aside with a reason, in step silver values of rows too, of the batches that no snapshot had before; null where the step counts none.',
      resolve: (step) => step.rowsRejected,
    }),
    requests: t.exposeInt('requests', {
      description: 'HTTP requests to sources; null where the step makes none.',
    }),
    error: t.field({
      type: RunErrorRef,
      description: 'Why it failed; null unless it did.',
      resolve: (step) => step.error,
    }),
  }),
});

RunEventRef.implement({
  description: "One line of a run's event log.",
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false, description: 'Unique among all events.' }),
    cursor: t.string({
      nullable: false,
      description: 'Place in the log, for `after`.',
      resolve: toEventCursor,
    }),
    at: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it happened.',
      resolve: (event) => event.at,
    }),
    level: t.field({
      type: LogLevelEnum,
      nullable: false,
      description: 'How much it matters.',
      resolve: (event) => event.level,
    }),
    type: t.exposeString('type', {
      nullable: false,
      description: 'What kind of thing happened, e.g. step.started.',
    }),
    step: t.exposeString('step', { description: 'The step it belongs to; null for the run as a whole.' }),
    message: t.exposeString('message', { nullable: false, description: 'What happened, in words.' }),
    data: t.field({
      type: 'JSON',
      description: 'Figures that go with it; null where there are none.',
      resolve: (event) => event.data ?? null,
    }),
  }),
});

const RunEventConnectionRef = defineConnection('RunEvent', RunEventRef);
const RunConnectionRef = defineConnection('Run', RunRef);

RunRef.implement({
  description: 'One execution of a pipeline: what started it, its steps, and the snapshot it published.',
  fields: (t) => ({
    id: t.exposeID('id', {
      nullable: false,
      description: 'Unique; ids sort by the time the run was first queued.',
    }),
    pipeline: t.field({
      type: PipelineNameEnum,
      nullable: false,
      description: 'Which pipeline.',
      resolve: (run) => toPipelineName(run.pipeline),
    }),
    status: t.field({
      type: RunStatusEnum,
      nullable: false,
      description: 'Where the run stands.',
      resolve: (run) => run.status,
    }),
    attempt: t.exposeInt('attempt', {
      nullable: false,
      description: 'Which attempt this is, from 1; a retry counts up.',
    }),
    trigger: t.field({
      type: TriggerKindEnum,
      nullable: false,
      description: 'What started it.',
      resolve: (run) => run.trigger,
    }),
    createdAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was first queued, which a retry does not change; runs are in this order.',
      resolve: (run) => run.createdAt,
    }),
    queuedAt: t.field({
      type: 'DateTime',
      description:
        'When it was queued for this attempt; null where an older version queued it again, which did not note it.',
      resolve: findQueuedAt,
    }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'When a worker took it; null before.',
      resolve: (run) => run.startedAt,
    }),
    endedAt: t.field({
      type: 'DateTime',
      description: 'When it ended; null before.',
      resolve: (run) => run.endedAt,
    }),
    resumesAt: t.field({
      type: 'DateTime',
      description: 'When a parked run goes on; null unless WAITING.',
      resolve: (run) => run.resumesAt,
    }),
    cancelReason: t.string({
      description: `Why this attempt was cancelled, as whoever asked for it said; null where he did not, or nobody did. Who asked is in the audit log, by runId. ${WITHHELD}; null for others.`,
      resolve: (run, _args, context) => readCancelReason(run, context),
    }),
    leaseUntil: t.field({
      type: 'DateTime',
      description:
        "Until when the run is its worker's, who extends it by GROOVELAKE_LEASE_MS with every heartbeat; an instant in the past: it has given no sign of life since. Null while nobody works on it.",
      resolve: (run) => run.leaseUntil,
    }),
    progress: t.field({
      type: RunProgressRef,
      nullable: false,
      description: `How far it is. ${WITHHELD}: its message; "" for others.`,
      resolve: (run, _args, context) => readProgress(run, context),
    }),
    steps: t.field({
      type: [RunStepRef],
      nullable: false,
      description: 'Its steps, in order.',
      resolve: (run, _args, context) => readSteps(run, context),
    }),
    events: t.field({
      type: RunEventConnectionRef,
      nullable: false,
      args: {
        first: t.arg.int({ description: 'Events per page, 1..100; 20 unless stated.' }),
        after: t.arg.string({
          description:
            'Cursor of the event before the page; the page begins with the first event unless stated.',
        }),
        last: t.arg.int({
          description: 'The latest so many events instead, 1..100; oldest first all the same.',
        }),
        levels: t.arg({
          type: [LogLevelEnum],
          description: 'Of one of these levels, which totalCount counts alone too; all unless stated.',
        }),
      },
      description: `Its event log, oldest first. ${WITHHELD}; empty for others.`,
      resolve: (run, args, context) => readEvents(run, args, context),
    }),
    snapshotId: t.id({
      description: `Id of the snapshot it published, also when that one is no longer kept; null when it published none. ${WITHHELD}; null for others.`,
      resolve: (run, _args, context) => (context.mayReadRun(run) ? run.snapshotId : null),
    }),
    snapshot: t.field({
      type: SnapshotRef,
      description: `The snapshot it published; null when it published none, or when that one is no longer kept. ${WITHHELD}; null for others.`,
      resolve: (run, _args, context) =>
        run.snapshotId === null || !context.mayReadRun(run)
          ? null
          : context.snapshots.findManifest(run.snapshotId),
    }),
    error: t.field({
      type: RunErrorRef,
      description: `Why it ended without success; null otherwise. ${WITHHELD}: its message and hint.`,
      resolve: (run, _args, context) => readError(run, context),
    }),
    parameters: t.field({
      type: 'JSON',
      nullable: false,
      description: `What it was asked to do, as given to triggerPipeline; {} for nothing in particular. Where files lie on the server is told to operators, to others their names. ${WITHHELD}; {} for others.`,
      resolve: (run, _args, context) => readParameters(run, context),
    }),
  }),
});

export const RunFilterInput = builder.inputType('RunFilter', {
  description: 'Which runs: all conditions given must hold.',
  fields: (t) => ({
    pipelines: t.field({ type: [PipelineNameEnum], description: 'Of one of these pipelines.' }),
    statuses: t.field({ type: [RunStatusEnum], description: 'In one of these states.' }),
    triggers: t.field({ type: [TriggerKindEnum], description: 'Started by one of these.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'First queued after this.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'First queued before this.' }),
  }),
});

builder.queryFields((t) => ({
  run: t.field({
    type: RunRef,
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    description: 'One run; null when there is none of that id.',
    resolve: (_root, { id }, context) => context.runs.findRun(id),
  }),
  runs: t.field({
    type: RunConnectionRef,
    args: {
      first: t.arg.int({ description: FIRST }),
      after: t.arg.string({ description: AFTER }),
      where: t.arg({ type: RunFilterInput, description: 'Which runs; all unless stated.' }),
    },
    description: 'Runs, newest first.',
    resolve: (_root, { where, ...page }, context) =>
      listRunPage(context.runs, page, toRunFilter(where ?? {}), context.config.maxPageSize),
  }),
}));

export function toRunFilter(where: typeof RunFilterInput.$inferInput): RunFilter {
  return {
    pipelines: where.pipelines?.map((name) => requirePipeline(name, 'pipelines')),
    statuses: where.statuses ?? undefined,
    triggers: where.triggers ?? undefined,
    createdAfter: where.createdAfter ?? undefined,
    createdBefore: where.createdBefore ?? undefined,
  };
}

function findQueuedAt({ queuedAt, attempt, createdAt }: Run): number | null {
  return queuedAt ?? (attempt === 1 ? createdAt : null);
}

function findShare({ done, total }: RunProgress): number | null {
  return total ? Math.min(1, done / total) : null;
}
