// Writes a wide relation in slices: what its joins hold in memory grows with the rows of a slice, not with the catalogue.
//
// A slice is what a change of its values would be: the select restricted to `touched` (docs/decisions/0007). The values are those of some
// rows of another relation that lie one behind the other, and for the time being that relation has no other rows: however many slices
// there are, its files are read once. Shares by hash made every slice read and join all of it, so that 1.7 million tracks cost 27 times
// what 171,000 do, and ran out of 512 MB.
import type { DuckDb } from '../store/duckdb.ts';
import { quoteName } from '../store/duckdb.ts';
import { type RelationSpec, selectFiles } from '../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../store/snapshots/snapshot-store.ts';
import type { RelationSql } from './relations.ts';

type Source = Pick<WrittenRelation, 'layer' | 'name' | 'rows' | 'files'>;

export interface SlicePlan extends Pick<RelationSpec, 'select' | 'slices' | 'key'> {
  /** The relation whose rows are shared out; null for one that is written in one piece. */
  readonly source: Source | null;
}

/**
 * A key is looked for while a relation is measured in one piece only: that each slice has it says nothing of the whole.
 *
 * @param written relations that have been built already, the one among them whose rows are shared out
 */
export function planSlices(
  {
    sql,
    incrementalSql,
    slices,
    ...relation
  }: Pick<RelationSql, 'sql' | 'incrementalSql' | 'slices' | 'key' | 'nullable'>,
  written: readonly Source[],
  { dataDir, buildSliceRows }: { readonly dataDir: string; readonly buildSliceRows: number },
): SlicePlan {
  const source = written.find(({ layer, name }) => `${layer}.${name}` === slices?.of);
  if (!slices || !source || source.rows <= buildSliceRows)
    return { select: sql, source: null, ...keyOf(relation) };
  return {
    select: incrementalSql,
    slices: source.files.flatMap((file) =>
      shareOut(file.rows, buildSliceRows).map(({ from, to }) => [
        showSql(
          source,
          `${selectFiles(dataDir, { files: [file] })} where file_row_number >= ${from} and file_row_number < ${to}`,
        ),
        `create or replace table touched as select ${slices.column} from ${slices.of}`,
      ]),
    ),
    source,
  };
}

/** Lets layer.name have all its rows again. */
export async function showWhole(db: DuckDb, dataDir: string, source: Source): Promise<void> {
  await db.run(showSql(source, selectFiles(dataDir, source)));
}

function showSql({ layer, name }: Source, select: string): string {
  return `create or replace view ${layer}.${quoteName(name)} as ${select}`;
}

/** Parts of about one size, none larger than `most`. */
function shareOut(rows: number, most: number): { from: number; to: number }[] {
  const count = Math.ceil(rows / most);
  const at = (part: number) => Math.round((rows * part) / count);
  return Array.from({ length: count }, (_, part) => ({ from: at(part), to: at(part + 1) }));
}

/** The key as whoever writes the relation may look for it; nothing for a relation without one. */
export function keyOf({ key, nullable }: Pick<RelationSql, 'key' | 'nullable'>): Pick<RelationSpec, 'key'> {
  if (key.length === 0) return {};
  return { key: { columns: key, certain: key.filter((column) => !nullable.includes(column)) } };
}
