// Snapshot and what it is made of: relations, checks and coverage.

import { type DescribedColumn, describeRelation } from '../../store/snapshots/dictionary.ts';
import type {
  Manifest,
  ManifestCheck,
  ManifestCoverage,
  ManifestRelation,
} from '../../store/snapshots/manifest.ts';
import { builder } from '../builder.ts';
import { AFTER, defineConnection, FIRST } from '../connection.ts';
import { countedList } from '../counted-list.ts';
import { LayerEnum, toLayer } from '../enums.ts';
import { RunRef, SnapshotRef } from '../refs.ts';
import { findRunBehind, WITHHELD } from '../runs/run-words.ts';
import { listDiffs, RelationDiffRef } from './snapshot-diff.ts';
import { listSnapshotPage } from './snapshot-pages.ts';

const SeverityEnum = builder.enumType('Severity', {
  description: 'What a failed check does.',
  values: {
    BLOCK: { description: 'The snapshot is not published.' },
    WARN: { description: 'It is published, and says so.' },
  } as const,
});

const ColumnRef = builder.objectRef<DescribedColumn>('Column').implement({
  description: 'A column of a relation.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false, description: 'snake_case, as stored.' }),
    type: t.exposeString('type', { nullable: false, description: "DuckDB's name of the type." }),
    description: t.exposeString('description', {
      description:
        'What it means, with unit, range and what null means, in the words of the running version; null where nothing is written down.',
    }),
  }),
});

const RelationRef = builder.objectRef<ManifestRelation>('Relation').implement({
  description: 'A table of the lakehouse, as this snapshot has it.',
  fields: (t) => ({
    layer: t.field({
      type: LayerEnum,
      nullable: false,
      description: 'Its layer.',
      resolve: (relation) => toLayer(relation.layer),
    }),
    name: t.exposeString('name', { nullable: false, description: 'Its name within the layer.' }),
    description: t.string({
      description:
        'What one of its rows is, in the words of the running version; null where nothing is written down.',
      resolve: (relation, _args, context) => describeRelation(relation, context.dictionary).description,
    }),
    rows: t.field({
      type: 'Long',
      nullable: false,
      description: 'How many rows it has.',
      resolve: (relation) => relation.rows,
    }),
    bytes: t.field({
      type: 'Long',
      nullable: false,
      description: 'Bytes of its Parquet files.',
      resolve: (relation) => relation.bytes,
    }),
    deltaVersion: t.field({
      type: 'Long',
      description: 'Version of its Delta table that this snapshot names; null where it is no Delta table.',
      resolve: (relation) => relation.deltaVersion,
    }),
    columns: t.field({
      type: [ColumnRef],
      nullable: false,
      description: 'Its columns, in order.',
      ...countedList(
        (relation: ManifestRelation, _args, context) =>
          describeRelation(relation, context.dictionary).columns,
      ),
    }),
  }),
});

const CheckResultRef = builder.objectRef<ManifestCheck>('CheckResult').implement({
  description: 'What a check found before the snapshot was published.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false, description: 'The check.' }),
    relation: t.exposeString('relation', {
      nullable: false,
      description: 'The relation it looks at, e.g. gold.tracks; * for all of them.',
    }),
    severity: t.field({
      type: SeverityEnum,
      nullable: false,
      description: 'What a failure does.',
      resolve: (check) => check.severity,
    }),
    passed: t.exposeBoolean('passed', { nullable: false, description: 'True when it found nothing.' }),
    failures: t.field({
      type: 'Long',
      nullable: false,
      description: 'Offending rows; relations or columns where it looks at all relations.',
      resolve: (check) => check.failures,
    }),
    sample: t.field({
      type: 'JSON',
      description: 'Up to five offending rows; null when there are none.',
      resolve: (check) => (check.sample.length ? check.sample : null),
    }),
  }),
});

const ColumnCoverageRef = builder.objectRef<ManifestCoverage>('ColumnCoverage').implement({
  description: 'In how many rows a column has a value.',
  fields: (t) => ({
    relation: t.exposeString('relation', { nullable: false, description: 'Its full name: layer.name.' }),
    column: t.exposeString('column', { nullable: false, description: 'The column.' }),
    rows: t.field({
      type: 'Long',
      nullable: false,
      description: 'Rows in all.',
      resolve: (coverage) => coverage.rows,
    }),
    present: t.field({
      type: 'Long',
      nullable: false,
      description: 'Rows with a value; an empty name counts as none.',
      resolve: (coverage) => coverage.present,
    }),
    share: t.float({
      nullable: false,
      description: 'present / rows, 0..1; 1 for no rows.',
      resolve: (coverage) => (coverage.rows === 0 ? 1 : coverage.present / coverage.rows),
    }),
  }),
});

SnapshotRef.implement({
  description: 'All relations, checks and indexes of one publish. It never changes.',
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false, description: 'Unique; ids sort by the time of publish.' }),
    publishedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was published.',
      resolve: (manifest) => Date.parse(manifest.publishedAt),
    }),
    run: t.field({
      type: RunRef,
      description: `The run that made it; null when that is no longer on record. ${WITHHELD}; null for others.`,
      resolve: (manifest, _args, context) => findRunBehind(manifest.runId, context),
    }),
    isCurrent: t.boolean({
      nullable: false,
      description: 'Whether it is the one being served.',
      resolve: (manifest, _args, context) => context.findServedSnapshot()?.id === manifest.id,
    }),
    relations: t.field({
      type: [RelationRef],
      nullable: false,
      description: 'Its tables, by layer and name.',
      ...countedList((manifest: Manifest) => manifest.relations),
    }),
    checks: t.field({
      type: [CheckResultRef],
      nullable: false,
      description: 'What the checks found.',
      ...countedList((manifest: Manifest) => manifest.checks),
    }),
    coverage: t.field({
      type: [ColumnCoverageRef],
      nullable: false,
      description: 'How complete each column of gold is.',
      ...countedList((manifest: Manifest) => manifest.coverage),
    }),
    diff: t.field({
      type: [RelationDiffRef],
      nullable: false,
      args: {
        from: t.arg.id({ required: true, description: 'Id of the snapshot to compare with.' }),
        relations: t.arg.stringList({
          description:
            'Full names of those to compare, e.g. gold.tracks or silver.tracks; all of gold and warehouse unless stated, none for an empty list.',
        }),
      },
      description:
        'What changed since that snapshot, by relation and key, in gold and warehouse, and in those of silver that are named. Relations with no change are listed with zeros, and those that only that snapshot has, last, with all rows removed.',
      ...countedList(listDiffs),
    }),
  }),
});

builder.queryField('snapshot', (t) =>
  t.field({
    type: SnapshotRef,
    args: { id: t.arg.id({ description: 'Id of a kept snapshot; the served one unless stated.' }) },
    description: 'The snapshot being served, or the one named; null when it is not kept.',
    resolve: (_root, args, context) =>
      args.id ? context.snapshots.findManifest(args.id) : context.catalog.manifest,
  }),
);

const SnapshotConnectionRef = defineConnection('Snapshot', SnapshotRef);

builder.queryField('snapshots', (t) =>
  t.field({
    type: SnapshotConnectionRef,
    args: { first: t.arg.int({ description: FIRST }), after: t.arg.string({ description: AFTER }) },
    description: 'Kept snapshots, newest first.',
    resolve: (_root, args, context) => listSnapshotPage(context.snapshots, args, context.config.maxPageSize),
  }),
);
