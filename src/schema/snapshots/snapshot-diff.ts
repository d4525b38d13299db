// What changed between two snapshots: relations with their counts, and which keys of them.
import type { ChangedKey, ChangedValue } from '../../store/snapshots/changed-keys.ts';
import type { RelationDiff } from '../../store/snapshots/diff.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { countedListOrNull } from '../counted-list.ts';
import { LayerEnum, toLayer } from '../enums.ts';
import { readListSize, readValues } from '../list-size.ts';

const KeyChangeEnum = builder.enumType('KeyChange', {
  description: 'What became of a key from one snapshot to another.',
  values: {
    ADDED: { description: 'Only the newer one has it.' },
    REMOVED: { description: 'Only the older one has it.' },
    CHANGED: { description: 'Both have it, and its row differs.' },
  } as const,
});

const ChangedValueRef = builder.objectRef<ChangedValue>('ChangedValue').implement({
  description:
    'A column of a row that differs. Values are as in JSON lines of an export, whole numbers beyond 2^53 rounded.',
  fields: (t) => ({
    column: t.exposeString('column', { nullable: false, description: 'Its name, snake_case, as stored.' }),
    before: t.field({
      type: 'JSON',
      description: 'What the older snapshot has; null where it has no value, or no such column.',
      resolve: ({ before }) => before,
    }),
    after: t.field({
      type: 'JSON',
      description: 'What the newer snapshot has; null where it has no value, or no such column.',
      resolve: ({ after }) => after,
    }),
  }),
});

const ChangedKeyRef = builder.objectRef<ChangedKey>('ChangedKey').implement({
  description: 'A key that came, went or changed.',
  fields: (t) => ({
    key: t.field({
      type: 'JSON',
      nullable: false,
      description:
        'An object of the columns of the key with their values, e.g. { "track_id": "...", "artist_id": "..." }.',
      resolve: ({ key }) => key,
    }),
    values: t.field({
      type: [ChangedValueRef],
      description:
        'The other columns whose values differ, in the order of the newer relation; empty where only names, types or the order of columns do. Null where one snapshot alone has the key.',
      ...countedListOrNull(({ values }: ChangedKey) => values),
    }),
  }),
});

export const RelationDiffRef = builder.objectRef<RelationDiff>('RelationDiff').implement({
  description:
    'How a relation differs between two snapshots, by key. Where it has none (silver.rejects), or a snapshot of an early version does not state it, by whole rows.',
  fields: (t) => ({
    layer: t.field({
      type: LayerEnum,
      nullable: false,
      description: 'Its layer.',
      resolve: (diff) => toLayer(diff.layer),
    }),
    name: t.exposeString('name', { nullable: false, description: 'Its name within the layer.' }),
    added: t.field({
      type: 'Long',
      nullable: false,
      description: 'Keys that only the newer one has.',
      resolve: (diff) => diff.added,
    }),
    removed: t.field({
      type: 'Long',
      nullable: false,
      description: 'Keys that only the older one has.',
      resolve: (diff) => diff.removed,
    }),
    changed: t.field({
      type: 'Long',
      nullable: false,
      description: 'Keys of both whose row differs.',
      resolve: (diff) => diff.changed,
    }),
    keys: t.field({
      type: [ChangedKeyRef],
      args: {
        change: t.arg({ type: KeyChangeEnum, required: true, description: 'Which keys.' }),
        first: t.arg.int({ description: 'Keys from the beginning, 1..100; 20 unless stated.' }),
      },
      description:
        'The first keys that came, went or changed, in the order of their columns, nulls last. Null where there is no key: nobody can say then which row was which.',
      resolve: (diff, { change, first }, { config }) =>
        diff.listKeys(change, readListSize(first, 20, config.maxPageSize)),
    }),
  }),
});

/** What changed up to a snapshot. */
export function listDiffs(
  to: Manifest,
  { from, relations }: { from: string; relations?: readonly string[] | null | undefined },
  { diffSnapshots }: Context,
): Promise<RelationDiff[]> {
  return diffSnapshots(from, to, readValues(relations, 'relations'));
}
