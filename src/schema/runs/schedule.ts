// Schedule, Tick and Pipeline: what runs when, and what became of it.
import { PIPELINE_STEPS } from '../../store/runs/pipelines.ts';
import type { PipelineName, Tick } from '../../store/runs/run-store.ts';
import { PIPELINES } from '../../store/runs/run-store.ts';
import { listUpcoming } from '../../store/runs/schedule.ts';
import { builder } from '../builder.ts';
import { countedList } from '../counted-list.ts';
import { readListSize } from '../list-size.ts';
import { RunRef, ScheduleRef } from '../refs.ts';
import { PipelineNameEnum } from './pipeline-name.ts';
import { readParameters, WITHHELD } from './run-words.ts';

export const MissedTicksEnum = builder.enumType('MissedTicks', {
  description: 'What happens to ticks that came due while nothing was running.',
  values: {
    ONCE: { description: 'One run for all of them.' },
    SKIP: { description: 'None; they are recorded as missed.' },
    ALL: {
      description:
        'One run for each, one after the other, for the latest GROOVELAKE_CATCH_UP_RUNS; older ones are recorded as missed.',
    },
  } as const,
});

export const OverlapEnum = builder.enumType('Overlap', {
  description: 'What happens when the pipeline is still busy.',
  values: {
    SKIP: { description: 'The new run is not started.' },
    QUEUE_ONE: { description: 'One run waits for its turn; further ones are not started.' },
  } as const,
});

const DEFAULT_UPCOMING = 5;

const TickOutcomeEnum = builder.enumType('TickOutcome', {
  description: 'What became of a due instant.',
  values: {
    STARTED: { description: 'A run was started.' },
    SKIPPED: { description: 'No run was started; reason says why.' },
    MISSED: { description: 'It came due while nobody was there to see it.' },
  } as const,
});

const ScheduleOriginEnum = builder.enumType('ScheduleOrigin', {
  description: 'Who decides about a schedule.',
  values: {
    CONFIG: {
      description:
        'The configuration. A schedule that was reset and that it does not ask for rests: isEnabled is false.',
      value: 'config',
    },
    STORED: { description: 'An operator, who changed it; it wins over the configuration.', value: 'stored' },
  } as const,
});

const TickRef = builder.objectRef<Tick>('Tick').implement({
  description: 'One due instant of a schedule.',
  fields: (t) => ({
    dueAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was due.',
      resolve: (tick) => tick.dueAt,
    }),
    outcome: t.field({
      type: TickOutcomeEnum,
      nullable: false,
      description: 'What became of it.',
      resolve: (tick) => tick.outcome,
    }),
    reason: t.exposeString('reason', {
      description: 'Why it was skipped or missed; null when it started a run.',
    }),
    run: t.field({
      type: RunRef,
      description: 'The run it started or met; null when there was none.',
      resolve: (tick, _args, context) =>
        tick.runId === null ? null : context.loaders.runById.load(tick.runId),
    }),
  }),
});

ScheduleRef.implement({
  description: 'When a pipeline runs by itself.',
  fields: (t) => ({
    cron: t.exposeString('cron', {
      nullable: false,
      description: 'Five cron fields: minute, hour, day of month, month, day of week.',
    }),
    timeZone: t.exposeString('timeZone', {
      nullable: false,
      description: 'IANA name of the zone the fields are read in, e.g. UTC.',
    }),
    isEnabled: t.exposeBoolean('isEnabled', { nullable: false, description: 'False while it is paused.' }),
    missedTicks: t.field({
      type: MissedTicksEnum,
      nullable: false,
      description: 'What happens to missed ticks.',
      resolve: (schedule) => schedule.missedTicks,
    }),
    overlap: t.field({
      type: OverlapEnum,
      nullable: false,
      description: 'What happens when the pipeline is busy.',
      resolve: (schedule) => schedule.overlap,
    }),
    jitterSeconds: t.exposeInt('jitterSeconds', {
      nullable: false,
      description:
        'A run starts up to so many seconds after its due instant; how many is drawn from the instant.',
    }),
    parameters: t.field({
      type: 'JSON',
      nullable: false,
      description: `What its runs are told. ${WITHHELD}; {} for others.`,
      resolve: (schedule, _args, context) => readParameters(schedule, context),
    }),
    origin: t.field({
      type: ScheduleOriginEnum,
      nullable: false,
      description: 'Who decides about it.',
      resolve: (schedule) => schedule.origin,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was last changed.',
      resolve: (schedule) => schedule.updatedAt,
    }),
    reason: t.exposeString('reason', {
      description: 'Why it was last changed, e.g. paused; null where nobody said.',
    }),
    nextDueAt: t.field({
      type: 'DateTime',
      description: 'When it is due next; null while paused, or when it never is.',
      resolve: (schedule) => schedule.nextDueAt,
    }),
    upcoming: t.field({
      type: ['DateTime'],
      nullable: false,
      args: { first: t.arg.int({ description: `How many, 1..100; ${DEFAULT_UPCOMING} unless stated.` }) },
      description: 'The next due instants, whether or not it is paused.',
      extensions: { usualSize: DEFAULT_UPCOMING },
      resolve: (schedule, args, context) =>
        listUpcoming(
          schedule,
          context.clock.now(),
          readListSize(args.first, DEFAULT_UPCOMING, context.config.maxPageSize),
        ),
    }),
    ticks: t.field({
      type: [TickRef],
      nullable: false,
      args: { first: t.arg.int({ description: 'How many, 1..100; 20 unless stated.' }) },
      description: 'What became of past due instants, newest first.',
      resolve: (schedule, args, context) =>
        context.runs.listTicks(schedule.pipeline, readListSize(args.first, 20, context.config.maxPageSize)),
    }),
  }),
});

export const PipelineRef = builder.objectRef<{ name: PipelineName }>('Pipeline').implement({
  description: 'A pipeline: what it does, its steps, its schedule and its last run.',
  fields: (t) => ({
    name: t.field({
      type: PipelineNameEnum,
      nullable: false,
      description: 'Which pipeline.',
      resolve: (pipeline) => pipeline.name,
    }),
    description: t.string({
      nullable: false,
      description: 'What it does.',
      resolve: (pipeline) => PIPELINE_STEPS[pipeline.name].description,
    }),
    steps: t.stringList({
      nullable: false,
      description: 'Its steps, in order.',
      resolve: (pipeline) => [...PIPELINE_STEPS[pipeline.name].steps],
    }),
    schedule: t.field({
      type: ScheduleRef,
      description: 'When it runs by itself; null when it does not.',
      resolve: (pipeline, _args, context) => context.runs.findSchedule(pipeline.name),
    }),
    lastRun: t.field({
      type: RunRef,
      description: 'Its latest run; null before the first.',
      resolve: (pipeline, _args, context) => context.runs.findLastRun(pipeline.name),
    }),
  }),
});

builder.queryField('pipelines', (t) =>
  t.field({
    type: [PipelineRef],
    description: 'All pipelines that can be triggered.',
    ...countedList(() => PIPELINES.map((name) => ({ name }))),
  }),
);
