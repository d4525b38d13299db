// Where each column of each published relation comes from, by the engine's own parse of lakehouse/*.sql.
import type { DuckDb } from '../../../store/duckdb.ts';
import type { ManifestColumnLineage, ManifestLineage } from '../../../store/snapshots/manifest.ts';
import { BRONZE, listLineage, type RelationSql } from '../relations.ts';
import { type Column, isSame } from './scope.ts';
import { readQuery } from './selects.ts';
import { parseSelect, readFunctions } from './sql-tree.ts';
import { columnValue, replaceSources, UnsettledError, unsettled, type Value } from './value.ts';

/** Part of what a build is known by (hashRecipe): raise it when the answers of this folder change. */
export const LINEAGE_FORMAT = 2;

interface ColumnType {
  readonly name: string;
  readonly type: string;
}

/**
 * The relations with their columns, staging seen through: what a column of silver says of a document names its place in the document.
 *
 * @param db has every relation of `relations` and bronze.documents as a table or a view, and the macros
 * @returns bronze last, its columns coming from nothing
 */
export async function listColumnLineage(
  db: DuckDb,
  relations: readonly RelationSql[],
  signal?: AbortSignal,
): Promise<ManifestLineage[]> {
  const types = await listColumnTypes(db);
  const functions = await readFunctions(db);
  const find = (relation: string): Column[] => {
    const columns = types.get(relation.toLowerCase());
    if (!columns) throw new UnsettledError(`"${relation}" is no known relation`);
    return columns.map(({ name, type }) => ({ name, value: columnValue(relation, name, type) }));
  };
  const values = new Map<string, readonly Column[]>();
  for (const { layer, name, sql } of relations) {
    signal?.throwIfAborted();
    const relation = `${layer}.${name}`;
    const read = await settleEach(types.get(relation) ?? [], async () =>
      readQuery(await parseSelect(db, sql), { find, functions }),
    );
    values.set(
      relation,
      read.map((column) => ({ ...column, value: seeThrough(column.value, values) })),
    );
  }
  return listLineage(relations).map((node) => ({
    ...node,
    columns:
      node.relation === BRONZE
        ? (types.get(BRONZE) ?? []).map(({ name }) => ({ name, from: [], reason: null }))
        : (values.get(node.relation) ?? []).map(toLineage),
  }));
}

/** The columns that the engine says the relation has, with what the parse says of them. */
async function settleEach(
  types: readonly ColumnType[],
  readColumns: () => Promise<readonly Column[]>,
): Promise<Column[]> {
  try {
    const read = await readColumns();
    if (read.length !== types.length || !read.every(({ name }, at) => isSame(name, types[at]?.name ?? '')))
      throw new UnsettledError('the columns of its select could not be told one by one');
    return types.map(({ name }, at) => ({ name, value: read[at]?.value ?? unsettled('it is missing') }));
  } catch (error) {
    if (!(error instanceof UnsettledError)) throw error;
    return types.map(({ name }) => ({ name, value: unsettled(error.message) }));
  }
}

/** Staging is never published: in its place stands what it was made from. */
function seeThrough(value: Value, values: ReadonlyMap<string, readonly Column[]>): Value {
  return replaceSources(value, (source) => {
    const plain = { sources: [{ ...source, how: 'IDENTITY' as const }], shape: null, reason: null };
    if (!source.relation.startsWith('staging.')) return plain;
    const column = values.get(source.relation)?.find(({ name }) => isSame(name, source.column));
    return column?.value ?? unsettled(`"${source.relation}.${source.column}" is not known`);
  });
}

function toLineage({ name, value: { sources, reason } }: Column): ManifestColumnLineage {
  return reason === null ? { name, from: sources, reason: null } : { name, from: null, reason };
}

async function listColumnTypes(db: DuckDb): Promise<Map<string, ColumnType[]>> {
  const rows = await db.all<ColumnType & { relation: string }>(
    `select schema_name || '.' || table_name as relation, column_name as name, data_type as type from duckdb_columns()
      where not internal order by column_index`,
  );
  return Map.groupBy(rows, ({ relation }) => relation) as Map<string, ColumnType[]>;
}
