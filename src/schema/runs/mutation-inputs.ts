// What the mutations about runs, schedules and snapshots are given.
import { builder } from '../builder.ts';
import { PipelineNameEnum } from './pipeline-name.ts';
import { MissedTicksEnum, OverlapEnum } from './schedule.ts';

export const IDEMPOTENCY =
  "A key of your choice, up to 200 characters: a second call with the same key answers with the first call's run. None unless stated.";
export const WAIT = 'Answer when the run has ended, or after so many seconds, 0..60; 0 unless stated.';

export const TriggerCrawlInput = builder.inputType('TriggerCrawlInput', {
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

export const TriggerPipelineInput = builder.inputType('TriggerPipelineInput', {
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

export const CancelRunInput = builder.inputType('CancelRunInput', {
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

export const RetryRunInput = builder.inputType('RetryRunInput', {
  description: 'Which run to try again.',
  fields: (t) => ({
    runId: t.id({
      required: true,
      description: 'Its id. It must have ended FAILED, CANCELLED, CRASHED, TIMED_OUT or PARTIAL.',
    }),
    from: t.field({ type: RetryFromEnum, description: 'Where to begin; FAILURE unless stated.' }),
  }),
});

export const UpdateScheduleInput = builder.inputType('UpdateScheduleInput', {
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

export const ResetScheduleInput = builder.inputType('ResetScheduleInput', {
  description: 'Whose schedule follows the configuration again.',
  fields: (t) => ({
    pipeline: t.field({ type: PipelineNameEnum, required: true, description: 'Whose schedule.' }),
    reason: t.string({ description: 'Why, for the record; nothing unless stated.' }),
  }),
});

export const RollbackSnapshotInput = builder.inputType('RollbackSnapshotInput', {
  description: 'Which snapshot to serve again.',
  fields: (t) => ({
    snapshotId: t.id({ required: true, description: 'A kept snapshot.' }),
    reason: t.string({ description: 'Why, for the record; nothing unless stated.' }),
  }),
});
