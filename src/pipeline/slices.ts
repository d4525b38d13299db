// Writes a wide relation in slices: what its joins hold in memory grows with the rows of a slice, not with the catalogue.
//
// A slice is what a change of its values would be: the select restricted to `touched` (docs/decisions/0007). 1.2 million tracks at once
// ran out of 512 MB, or spilled for a minute; in slices they need neither.
import type { RelationSpec } from '../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../store/snapshots/snapshot-store.ts';
import type { RelationSql } from './relations.ts';

/**
 * A key is looked for while a relation is measured in one piece only: that each slice has it says nothing of the whole.
 *
 * @param written relations that have been built already, the one among them whose values are shared out
 */
export function planSlices(
  {
    sql,
    incrementalSql,
    slices,
    ...relation
  }: Pick<RelationSql, 'sql' | 'incrementalSql' | 'slices' | 'key' | 'nullable'>,
  written: readonly Pick<WrittenRelation, 'layer' | 'name' | 'rows'>[],
  sliceRows: number,
): Pick<RelationSpec, 'select' | 'slices' | 'key'> {
  const source = written.find(({ layer, name }) => `${layer}.${name}` === slices?.of);
  const count = Math.ceil((source?.rows ?? 0) / sliceRows);
  if (slices === null || count <= 1) return { select: sql, ...keyOf(relation) };
  const { column, of } = slices;
  const choose = (slice: number) =>
    `create or replace table touched as select ${column} from ${of} where hash(${column}) % ${count} = ${slice}`;
  return { select: incrementalSql, slices: Array.from({ length: count }, (_, slice) => choose(slice)) };
}

/** The key as whoever writes the relation may look for it; nothing for a relation without one. */
export function keyOf({ key, nullable }: Pick<RelationSql, 'key' | 'nullable'>): Pick<RelationSpec, 'key'> {
  if (key.length === 0) return {};
  return { key: { columns: key, certain: key.filter((column) => !nullable.includes(column)) } };
}
