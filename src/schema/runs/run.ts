// Run and the queries that list them.
import type { Run, RunFilter } from '../../store/runs/run-store.ts';
import { builder } from '../builder.ts';
import { AFTER, defineConnection, FIRST } from '../connection.ts';
import { countedList } from '../counted-list.ts';
import { WHILE_ON_RECORD } from '../id-pages.ts';
import { readValues } from '../list-size.ts';
import { RunRef, RunStepRef, SnapshotRef } from '../refs.ts';
import { PipelineNameEnum, requirePipeline, toPipelineName } from './pipeline-name.ts';
import { LogLevelEnum, RunEventConnectionRef } from './run-event.ts';
import { listRunPage } from './run-pages.ts';
import { RunProgressRef } from './run-progress.ts';
import { RunErrorRef } from './run-step.ts';
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

const TriggerKindEnum = builder.enumType('TriggerKind', {
  description: 'What started a run.',
  values: {
    SCHEDULE: { description: 'A due tick of its schedule.' },
    MUTATION: { description: 'A mutation of this API.' },
    CLI: { description: 'The command line.' },
    BOOT: { description: 'A start that had no snapshot to serve.' },
    RETRY: { description: 'A retry.' },
  } as const,
});

const RunConnectionRef = defineConnection('Run', RunRef, WHILE_ON_RECORD);

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
      ...countedList((run: Run, _args, context) => readSteps(run, context)),
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
    pipelines: readValues(where.pipelines, 'pipelines')?.map((name) => requirePipeline(name, 'pipelines')),
    statuses: readValues(where.statuses, 'statuses'),
    triggers: readValues(where.triggers, 'triggers'),
    createdAfter: where.createdAfter ?? undefined,
    createdBefore: where.createdBefore ?? undefined,
  };
}

function findQueuedAt({ queuedAt, attempt, createdAt }: Run): number | null {
  return queuedAt ?? (attempt === 1 ? createdAt : null);
}
