// LineageNode: which relation reads which, and where its columns come from, from the SQL itself.
import type {
  ManifestColumnLineage,
  ManifestColumnSource,
  ManifestLineage,
} from '../../store/snapshots/manifest.ts';
import { traceLineage } from '../../store/snapshots/trace-lineage.ts';
import { builder } from '../builder.ts';
import { countedList, countedListOrNull } from '../counted-list.ts';
import { LayerEnum, toLayer } from '../enums.ts';

const ColumnDerivationEnum = builder.enumType('ColumnDerivation', {
  description: 'How a value comes from a column, the most direct first.',
  values: {
    IDENTITY: { description: 'The value as it is.' },
    TRANSFORMATION: {
      description: 'A value computed from that of one row: a cast, a part, a text put together.',
    },
    AGGREGATION: { description: 'A value computed from those of several rows.' },
    CONDITIONAL: { description: 'It decides which of several values is taken, and is no part of it.' },
    WINDOW: {
      description: 'It decides by the order or grouping of rows: a rank, a running sum, the row before.',
    },
  } as const,
});

const ColumnSourceRef = builder.objectRef<ManifestColumnSource>('ColumnSource').implement({
  description: 'A column that another comes from.',
  fields: (t) => ({
    relation: t.exposeString('relation', { nullable: false, description: 'layer.name' }),
    column: t.exposeString('column', { nullable: false, description: 'snake_case, as stored.' }),
    path: t.exposeString('path', {
      description:
        'JSON path within the document, e.g. $.followers.total, of the column body of bronze; null for the whole column.',
    }),
    how: t.field({
      type: ColumnDerivationEnum,
      nullable: false,
      description: 'The most direct of the ways by which it comes from there.',
      resolve: ({ how }) => how,
    }),
  }),
});

const ColumnLineageRef = builder.objectRef<ManifestColumnLineage>('ColumnLineage').implement({
  description:
    'Where a column comes from: the columns that its expression names, steps within the SQL seen through. What joins and filters rows is left out: it decides over all columns of a row alike.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false, description: 'snake_case, as stored.' }),
    from: t.field({
      type: [ColumnSourceRef],
      description:
        'Sorted by name; empty for a constant, a count of all rows, and the columns of bronze; a count of rows by group comes from what groups them, CONDITIONAL. Null: the SQL alone does not settle it.',
      ...countedListOrNull(({ from }: ManifestColumnLineage) => from),
    }),
    reason: t.exposeString('reason', { description: 'Why it is not settled; null where it is.' }),
  }),
});

const LineageNodeRef = builder.objectRef<ManifestLineage>('LineageNode').implement({
  description: 'A relation and what it is made from.',
  fields: (t) => ({
    relation: t.exposeString('relation', { nullable: false, description: 'Its full name: layer.name.' }),
    layer: t.field({
      type: LayerEnum,
      nullable: false,
      description: 'Its layer.',
      resolve: (node) => toLayer(node.relation.split('.', 1)[0] ?? ''),
    }),
    reads: t.stringList({
      nullable: false,
      description: 'Relations its SQL names, as layer.name, sorted.',
      resolve: (node) => [...node.reads],
    }),
    columns: t.field({
      type: [ColumnLineageRef],
      description:
        'Its columns, in its order; of a question about one column, those on the way. Null in snapshots of before this was kept.',
      ...countedListOrNull(({ columns }: ManifestLineage) => columns ?? null),
    }),
  }),
});

const LineageDirectionEnum = builder.enumType('LineageDirection', {
  description: 'Which way lineage is followed.',
  values: {
    UPSTREAM: { description: 'To what it is made from.' },
    DOWNSTREAM: { description: 'To what is made from it: what a change of it may change.' },
  } as const,
});

interface LineageArgs {
  readonly relation?: string | null | undefined;
  readonly column?: string | null | undefined;
  readonly direction?: 'UPSTREAM' | 'DOWNSTREAM' | null | undefined;
}

builder.queryField('lineage', (t) =>
  t.field({
    type: [LineageNodeRef],
    args: {
      relation: t.arg.string({
        description: 'layer.name: that relation and all it is made from; everything unless stated.',
      }),
      column: t.arg.string({
        description: 'A column of the relation: only the columns it comes from; all of them unless stated.',
      }),
      direction: t.arg({
        type: LineageDirectionEnum,
        defaultValue: 'UPSTREAM',
        description: 'Which way from the relation.',
      }),
    },
    description:
      'Where each relation of the served snapshot comes from, and where each of its columns does, in alphabetical order.',
    ...countedList((_root: object, { relation, column, direction }: LineageArgs, { catalog }) =>
      traceLineage(catalog.manifest.lineage, {
        relation: relation ?? null,
        column: column ?? null,
        direction: direction ?? 'UPSTREAM',
      }),
    ),
  }),
);
