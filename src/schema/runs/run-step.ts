// RunStep, and RunError, which runs have too.
import type { RunError } from '../../store/runs/run-store.ts';
import { builder } from '../builder.ts';
import { RunStepRef } from '../refs.ts';

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

export const RunErrorRef = builder.objectRef<RunError>('RunError').implement({
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
