// Runs in the long view: totals per day, and how long steps take from run to run.
import { InvalidInputError } from '../../errors.ts';
import type { PipelineName, RunDayTotal, RunFilter } from '../../store/runs/run-store.ts';
import { listStepHistory, type StepHistory, type StepTime } from '../../store/runs/step-history.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { countBeyond, countedList } from '../counted-list.ts';
import { readListSize } from '../list-size.ts';
import { RunRef } from '../refs.ts';
import { PipelineNameEnum, toPipelineName } from './pipeline-name.ts';
import { RunFilterInput, RunStatusEnum, toRunFilter } from './run.ts';
import { PipelineRef } from './schedule.ts';

const DAY_MS = 24 * 3_600_000;
const DEFAULT_DAYS = 30;
const DEFAULT_RUNS = 20;
const MAX_DAYS = 366;

const RunDayTotalRef = builder.objectRef<RunDayTotal>('RunDayTotal').implement({
  description: 'Runs of one day, pipeline and status.',
  fields: (t) => ({
    day: t.exposeString('day', {
      nullable: false,
      description: 'The UTC day they were queued, e.g. 2026-11-20.',
    }),
    pipeline: t.field({
      type: PipelineNameEnum,
      nullable: false,
      description: 'Which pipeline.',
      resolve: ({ pipeline }) => toPipelineName(pipeline),
    }),
    status: t.field({
      type: RunStatusEnum,
      nullable: false,
      description: 'Where they stand by now.',
      resolve: ({ status }) => status,
    }),
    runs: t.exposeInt('runs', { nullable: false, description: 'How many runs.' }),
    durationSeconds: t.float({
      nullable: false,
      description: 'Seconds from start to end, summed over those that have both.',
      resolve: ({ durationMs }) => durationMs / 1_000,
    }),
  }),
});

const StepTimeRef = builder.objectRef<StepTime>('StepTime').implement({
  description: 'How long a step took in one run.',
  fields: (t) => ({
    run: t.field({ type: RunRef, nullable: false, description: 'The run.', resolve: ({ run }) => run }),
    seconds: t.float({
      nullable: false,
      description: 'Seconds from its start to its end.',
      resolve: ({ ms }) => ms / 1_000,
    }),
    rowsOut: t.field({
      type: 'Long',
      description: 'Rows or documents written; null where the step counts none.',
      resolve: ({ rowsOut }) => rowsOut,
    }),
  }),
});

const StepHistoryRef = builder.objectRef<StepHistory>('StepHistory').implement({
  description: 'How long a step took from run to run.',
  fields: (t) => ({
    step: t.exposeString('step', { nullable: false, description: 'Its name.' }),
    medianSeconds: t.float({
      description: 'Median seconds over the runs listed; null without any.',
      resolve: ({ medianMs }) => (medianMs === null ? null : medianMs / 1_000),
    }),
    times: t.field({
      type: [StepTimeRef],
      nullable: false,
      description: 'The runs in which it succeeded, newest first.',
      ...countedList(({ times }: StepHistory) => times),
    }),
  }),
});

builder.objectField(PipelineRef, 'stepHistory', (t) =>
  t.field({
    type: [StepHistoryRef],
    nullable: false,
    args: { first: t.arg.int({ description: `Runs to look at, 1..100; ${DEFAULT_RUNS} unless stated.` }) },
    description: 'How long its steps took in the latest runs that ended well.',
    resolve: async ({ name }: { name: PipelineName }, args, context, info) => {
      const runs = readListSize(args.first, DEFAULT_RUNS, context.config.maxPageSize);
      return countBeyond(await listStepHistory(context.runs, name, runs), runs, context, info);
    },
  }),
);

builder.queryField('runTotals', (t) =>
  t.field({
    type: [RunDayTotalRef],
    args: {
      days: t.arg.int({ description: 'How many days back, today included, 1..366; 30 unless stated.' }),
      where: t.arg({ type: RunFilterInput, description: 'Which runs; all unless stated.' }),
    },
    description: 'Runs per day, pipeline and status, newest day first; days without runs are missing.',
    resolve: async (_root, { days, where }, context, info) => {
      const size = days ?? DEFAULT_DAYS;
      return countBeyond(await listTotals(context, size, toRunFilter(where ?? {})), size, context, info);
    },
  }),
);

function listTotals({ runs, clock }: Context, days: number, filter: RunFilter): Promise<RunDayTotal[]> {
  if (days < 1 || days > MAX_DAYS) {
    throw new InvalidInputError(`days is ${days}; 1 to ${MAX_DAYS} is expected.`, {
      field: 'days',
      given: String(days),
      expected: `1 to ${MAX_DAYS}`,
    });
  }
  const today = Math.floor(clock.now() / DAY_MS) * DAY_MS;
  const first = today - (days - 1) * DAY_MS - 1;
  return runs.totalRunsByDay({ ...filter, createdAfter: Math.max(first, filter.createdAfter ?? first) });
}
