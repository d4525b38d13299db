// Batch: documents that landed together; the queries that list them, and the mutations that take them out of builds and in again.
import type { BatchView } from '../../store/landing/describe-batch.ts';
import type { BatchCount } from '../../store/landing/landing-store.ts';
import { builder } from '../builder.ts';
import { AFTER, defineConnection, FIRST } from '../connection.ts';
import { countedList } from '../counted-list.ts';
import { WHILE_ON_RECORD } from '../id-pages.ts';
import { BatchRef, RunRef, SnapshotRef } from '../refs.ts';
import { findBatch, listBatches, listBatchesOf, listBatchPage } from './batch-pages.ts';
import { IDEMPOTENCY, WAIT } from './mutation-inputs.ts';
import { TriggerRunResult } from './mutations.ts';
import * as operate from './operate.ts';
import { findRunBehind, WITHHELD } from './run-words.ts';

const BatchStatusEnum = builder.enumType('BatchStatus', {
  description: 'Where a batch stands.',
  values: {
    OPEN: { description: 'Documents may still land in it; nobody reads it yet.' },
    SEALED: { description: 'Complete: builds read it.' },
    WITHDRAWN: { description: 'Sealed, and left out of builds since an operator withdrew it.' },
  } as const,
});

const BatchCountRef = builder.objectRef<BatchCount>('BatchCount').implement({
  description: 'How many documents of one source and kind a batch holds.',
  fields: (t) => ({
    source: t.exposeString('source', { nullable: false, description: 'spotify, kworb, tidytuesday, ...' }),
    kind: t.exposeString('kind', {
      nullable: false,
      description:
        'What the documents are: artist, album, track, audio_features, playlist, ranking, dataset_row, malformed_row, name_match or miss.',
    }),
    documents: t.field({
      type: 'Long',
      nullable: false,
      description: 'How many.',
      resolve: ({ documents }) => documents,
    }),
  }),
});

BatchRef.implement({
  description:
    'Documents that landed together. A sealed batch never changes; what is built reads it whole, or leaves it out while it is withdrawn.',
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false, description: 'Unique; bronze files are named by it.' }),
    source: t.exposeString('source', {
      nullable: false,
      description: 'The source it was opened for; documents of others may lie in it too (counts).',
    }),
    status: t.field({
      type: BatchStatusEnum,
      nullable: false,
      description: 'Where it stands.',
      resolve: ({ status }) => status,
    }),
    run: t.field({
      type: RunRef,
      description: `The run that landed it; null when that is no longer on record. ${WITHHELD}; null for others.`,
      resolve: ({ runId }, _args, context) => findRunBehind(runId, context),
    }),
    openedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was opened.',
      resolve: ({ openedAt }) => openedAt,
    }),
    sealedAt: t.field({
      type: 'DateTime',
      description: 'When it was complete; null while it is open.',
      resolve: ({ sealedAt }) => sealedAt,
    }),
    withdrawnAt: t.field({
      type: 'DateTime',
      description: 'When it was withdrawn; null unless WITHDRAWN.',
      resolve: ({ withdrawnAt }) => withdrawnAt,
    }),
    documents: t.field({
      type: 'Long',
      description: 'How many documents it holds; null while it is open.',
      resolve: ({ documents }) => documents,
    }),
    counts: t.field({
      type: [BatchCountRef],
      nullable: false,
      description: 'The same by source and kind; empty while it is open.',
      ...countedList(({ counts }: BatchView) => counts),
    }),
    file: t.exposeString('file', {
      description: 'Name of the file that it was imported from, without the folder; null for none.',
    }),
    isServed: t.exposeBoolean('isServed', {
      nullable: false,
      description:
        'Whether the served snapshot holds it. A withdrawn one is served until the next snapshot is published.',
    }),
  }),
});

const BatchConnectionRef = defineConnection('Batch', BatchRef, WHILE_ON_RECORD);

const BatchFilterInput = builder.inputType('BatchFilter', {
  description: 'Which batches: all conditions given must hold.',
  fields: (t) => ({
    sources: t.stringList({ description: 'Opened for one of these sources.' }),
    statuses: t.field({ type: [BatchStatusEnum], description: 'In one of these states.' }),
    runId: t.id({ description: 'Landed by this run.' }),
    isServed: t.boolean({ description: 'Whether the served snapshot holds them.' }),
  }),
});

builder.queryFields((t) => ({
  batch: t.field({
    type: BatchRef,
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    description: 'One batch; null when there is none of that id.',
    resolve: (_root, { id }, context) => findBatch(context, id),
  }),
  batches: t.field({
    type: BatchConnectionRef,
    args: {
      first: t.arg.int({ description: FIRST }),
      after: t.arg.string({ description: AFTER }),
      where: t.arg({ type: BatchFilterInput, description: 'Which batches; all unless stated.' }),
    },
    description: 'What has landed, newest first.',
    resolve: (_root, { where, ...page }, context) => listBatches(context, page, where ?? {}),
  }),
}));

builder.objectField(RunRef, 'batches', (t) =>
  t.field({
    type: BatchConnectionRef,
    nullable: false,
    args: { first: t.arg.int({ description: FIRST }), after: t.arg.string({ description: AFTER }) },
    description: `The batches that it landed, newest first. ${WITHHELD}; empty for others.`,
    resolve: (run, args, context) => listBatchesOf(run, args, context),
  }),
);

builder.objectFields(SnapshotRef, (t) => ({
  batches: t.field({
    type: BatchConnectionRef,
    nullable: false,
    args: { first: t.arg.int({ description: FIRST }), after: t.arg.string({ description: AFTER }) },
    description: 'The batches that it holds, newest first.',
    resolve: (manifest, args, context) => listBatchPage(context, args, { ids: manifest.batches }),
  }),
  missingBatches: t.field({
    type: BatchConnectionRef,
    nullable: false,
    args: { first: t.arg.int({ description: FIRST }), after: t.arg.string({ description: AFTER }) },
    description:
      'Sealed batches that it lacks and that nobody has withdrawn, newest first: the next publish takes them in, after a rollback to this snapshot too.',
    resolve: (manifest, args, context) =>
      listBatchPage(context, args, { statuses: ['SEALED'], notIds: manifest.batches }),
  }),
  withdrawnBatches: t.field({
    type: BatchConnectionRef,
    nullable: false,
    args: { first: t.arg.int({ description: FIRST }), after: t.arg.string({ description: AFTER }) },
    description:
      'Batches that it holds and that have been withdrawn, newest first: the next publish leaves them out, after a rollback to this snapshot too, unless they are restored.',
    resolve: (manifest, args, context) =>
      listBatchPage(context, args, { statuses: ['WITHDRAWN'], ids: manifest.batches }),
  }),
}));

const defineInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      ids: t.idList({
        required: true,
        description:
          'Ids of sealed batches, 1..10000, as far as they find room in a request (GROOVELAKE_MAX_BODY_BYTES: some 2,600 in the usual 100 kB).',
      }),
      acceptLoss: t.boolean({
        description:
          'Whether to publish although a relation loses more than GROOVELAKE_MAX_LOSS_PERCENT of its rows; false unless stated.',
      }),
      idempotencyKey: t.string({ description: IDEMPOTENCY }),
      waitSeconds: t.int({ description: WAIT }),
    }),
  });

const WithdrawBatchesInput = defineInput('WithdrawBatchesInput', 'Which batches to leave out.');
const RestoreBatchesInput = defineInput('RestoreBatchesInput', 'Which batches to take in again.');

builder.mutationFields((t) => ({
  withdrawBatches: t.field({
    type: TriggerRunResult,
    nullable: false,
    args: { input: t.arg({ type: WithdrawBatchesInput, required: true, description: 'Which batches.' }) },
    description:
      'Leaves batches out of what is built from then on, by a run of TRANSFORM that builds everything anew, as though they had never landed, and publishes. They stay where they are. Where the run is stopped for the rows that would go, they stay withdrawn: TRANSFORM with acceptLoss lets those go.',
    resolve: (_root, { input }, context) => operate.withdrawOrRestore(context, 'withdraw', input),
  }),
  restoreBatches: t.field({
    type: TriggerRunResult,
    nullable: false,
    args: { input: t.arg({ type: RestoreBatchesInput, required: true, description: 'Which batches.' }) },
    description:
      'Takes withdrawn batches in again, by a run of TRANSFORM that builds with them and publishes.',
    resolve: (_root, { input }, context) => operate.withdrawOrRestore(context, 'restore', input),
  }),
}));
