// LineageNode: which relation reads which, from the SQL itself.
import type { ManifestLineage } from '../store/snapshots/manifest.ts';
import { builder } from './builder.ts';
import { LayerEnum, toLayer } from './snapshot.ts';

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
  }),
});

builder.queryField('lineage', (t) =>
  t.field({
    type: [LineageNodeRef],
    args: {
      relation: t.arg.string({
        description: 'layer.name: that relation and all it is made from; everything unless stated.',
      }),
    },
    description: 'Where each relation of the served snapshot comes from, in alphabetical order.',
    resolve: (_root, args, context) => traceLineage(context.catalog.manifest.lineage, args.relation ?? null),
  }),
);

/** The nodes that `relation` is made from, itself included; all of them for null. */
export function traceLineage(
  lineage: readonly ManifestLineage[],
  relation: string | null,
): ManifestLineage[] {
  const sorted = [...lineage].sort((a, b) => (a.relation < b.relation ? -1 : 1));
  if (relation === null) return sorted;
  const reached = new Set<string>();
  const visit = (name: string) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const read of lineage.find((node) => node.relation === name)?.reads ?? []) visit(read);
  };
  visit(relation);
  return sorted.filter((node) => reached.has(node.relation));
}
