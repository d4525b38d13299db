// What the dictionary says, where a question asks what columns there are: as the engine's comments, and beside DESCRIBE.
import type { SqlFragment } from '../catalog/catalog.ts';
import { type DuckDb, quoteName, quoteText } from '../duckdb.ts';
import { type Dictionary, describeRelation, readDictionary } from '../snapshots/dictionary.ts';
import type { Manifest } from '../snapshots/manifest.ts';

/** Comments of all columns take as long as everything else that is done to open a reader, so that only who asks for them waits. */
const ASKS_FOR_COMMENTS = /\b(?:duckdb_columns|duckdb_views|information_schema)\b/i;

const DESCRIBES_ONE = /^\s*describe\s+(?:"?(\w+)"?\.)?"?(\w+)"?\."?(\w+)"?\s*$/i;

/** @param snapshots by the name of the database that has the relations of each as views */
export async function commentViews(
  db: DuckDb,
  question: string,
  snapshots: Readonly<Record<string, Manifest>>,
): Promise<void> {
  if (!ASKS_FOR_COMMENTS.test(question)) return;
  const dictionary = readDictionary();
  const statements = Object.entries(snapshots).flatMap(([database, manifest]) =>
    listComments(database, manifest, dictionary),
  );
  if (statements.length > 0) await db.run(statements.join(';\n'));
}

function listComments(database: string, { relations }: Manifest, dictionary: Dictionary): string[] {
  return relations.flatMap((relation) => {
    const view = `${database}.${relation.layer}.${quoteName(relation.name)}`;
    const { description, columns } = describeRelation(relation, dictionary);
    return [
      ...(description ? [`comment on view ${view} is ${quoteText(description)}`] : []),
      ...columns.flatMap(({ name, description: meaning }) =>
        meaning ? [`comment on column ${view}.${quoteName(name)} is ${quoteText(meaning)}`] : [],
      ),
    ];
  });
}

/**
 * DESCRIBE of one relation, with what its columns mean as a last column; any other question as it is.
 *
 * @param snapshots as for commentViews; a relation that names no database is of the first
 */
export function describeWithComments(
  question: SqlFragment,
  snapshots: Readonly<Record<string, Manifest>>,
): SqlFragment {
  const [, database, layer, name] =
    DESCRIBES_ONE.exec(question.sql)?.map((part) => part?.toLowerCase()) ?? [];
  const manifest = database ? snapshots[database] : Object.values(snapshots)[0];
  const relation = manifest?.relations.find((each) => each.layer === layer && each.name === name);
  if (!relation) return question;
  const { columns } = describeRelation(relation, readDictionary());
  const comments = columns.map(({ description }) => (description ? quoteText(description) : 'null'));
  return {
    sql: `select * from (${question.sql}) positional join (select unnest([${comments.join(', ')}]::varchar[]) as comment)`,
    params: [],
  };
}
