// Puts rows in the place of names, in the SQL of a build of new batches: layer.name is a relation as it is now, before.<layer>_<name> as the
// parent has it; `touched` and `stale` are what the update of the relation that reads them works with.
//
// No reader shares a name with another: what one reads in part the next may read whole at the same time. Nor is there a view for each name,
// which takes as long as a small statement to make and is bound once more wherever it is read.
import { invariant } from '../../errors.ts';
import { quoteName } from '../../store/duckdb.ts';
import { selectStale, workTable } from '../../store/snapshots/relation-increment.ts';
import { selectFiles } from '../../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../../store/snapshots/snapshot-store.ts';
import type { BuildSession } from './build-session.ts';

type Session = Pick<BuildSession, 'plan' | 'relations'>;
type Named = Pick<WrittenRelation, 'layer' | 'name'>;

export interface Reader {
  readonly session: Session;
  readonly dataDir: string;
  /** The relation that is updated; nobody else reads `touched` and `stale`. */
  readonly updated?: Named;
  /** Relations (layer.name) of which it reads rows that are new in this build, and no others. */
  readonly inPart?: readonly string[];
}

/** Comments and texts come first, since a name in them is none. */
const NAMES =
  /--.*$|'(?:[^']|'')*'|\b(silver|gold|warehouse|before)\.([a-z_][a-z0-9_]*)|\bfrom (touched|stale)\b/gm;

/** @throws GroovelakeError (INTERNAL) for a relation that is not built yet, or that the parent does not have */
export function resolveSql(sql: string, { session, dataDir, updated, inPart = [] }: Reader): string {
  return sql.replace(NAMES, (text, layer?: string, name?: string, own?: 'touched' | 'stale') => {
    if (own && updated)
      return `from ${own === 'stale' ? `(${selectStale(updated)})` : workTable(own, updated)}`;
    if (!layer || !name) return text;
    const select =
      layer === 'before'
        ? selectFiles(dataDir, getBefore(session, name))
        : selectNow(dataDir, getNow(session, `${layer}.${name}`), inPart.includes(`${layer}.${name}`));
    return `(${select})`;
  });
}

/** Lets any SQL read every relation by its name, all its rows, for whoever comes after the build. One of everything has done so as it went. */
export async function showRelations(
  { db, plan, relations }: Pick<BuildSession, 'db' | 'plan' | 'relations'>,
  dataDir: string,
): Promise<void> {
  if (plan.how === 'FULL') return;
  const views = relations.map(
    (relation) =>
      `create or replace view ${relation.layer}.${quoteName(relation.name)} as ${selectFiles(dataDir, relation)}`,
  );
  await db.run(views.join(';\n'));
}

function selectNow(dataDir: string, relation: WrittenRelation, onlyNew: boolean): string {
  // The engine leaves out of a plan what it sees to be nothing.
  const some = onlyNew ? 'is_new' : relation.rows === 0 ? 'false' : null;
  if (some === null) return selectFiles(dataDir, relation);
  const columns = relation.columns.map(({ name }) => quoteName(name)).join(', ');
  return `select ${columns} from changed.${quoteName(`${relation.layer}_${relation.name}`)} where ${some}`;
}

function getNow({ relations }: Session, named: string): WrittenRelation {
  const found = relations.find(({ layer, name }) => `${layer}.${name}` === named);
  invariant(found, `what a relation reads is built before it, "${named}" too`);
  return found;
}

/** @param named layer_name */
function getBefore({ plan }: Session, named: string): Pick<WrittenRelation, 'files'> {
  const found =
    plan.how === 'INCREMENTAL' &&
    plan.parent.relations.find(({ layer, name }) => `${layer}_${name}` === named);
  invariant(found, `the parent of an incremental build has every relation, "${named}" too`);
  return found;
}
