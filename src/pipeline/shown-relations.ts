// Lets the SQL of a build of new batches read relations by their names: layer.name as it is now, before.<layer>_<name> as the parent has it.
//
// A name is given when somebody is about to read it: of a hundred views that a batch made, one after every relation and two more for each
// that was read in part, few were read, and each takes as long as a small statement.
import { invariant } from '../errors.ts';
import { quoteName } from '../store/duckdb.ts';
import { selectFiles } from '../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../store/snapshots/snapshot-store.ts';
import type { BuildSession } from './build-session.ts';
import { findReads } from './relations.ts';

type Session = Pick<BuildSession, 'plan' | 'relations' | 'shown'>;

/**
 * The statements that let `sql` read what it names, where a name is new or stood for other files.
 *
 * @param inPart relations (layer.name) of which it reads only the files that this build has written
 */
export function showRead(
  session: Session,
  dataDir: string,
  sql: string,
  inPart: readonly string[] = [],
): string[] {
  const reads = new Set(findReads(sql));
  const now = session.relations
    .filter(({ layer, name }) => reads.has(`${layer}.${name}`))
    .map((relation) => ({
      name: `${relation.layer}.${quoteName(relation.name)}`,
      select: inPart.includes(`${relation.layer}.${relation.name}`)
        ? selectNewFiles(session, dataDir, relation)
        : selectFiles(dataDir, relation),
    }));
  const before = new Set([...sql.matchAll(/\bbefore\.([a-z_]+)/g)].map(([, name]) => name ?? ''));
  const then = [...before].map((name) => ({
    name: `before.${quoteName(name)}`,
    select: selectFiles(dataDir, getBefore(session, name)),
  }));
  return [...now, ...then].flatMap(({ name, select }) => {
    if (session.shown.get(name) === select) return [];
    session.shown.set(name, select);
    return [`create or replace view ${name} as ${select}`];
  });
}

/** The statements that let anybody read every relation that has been built so far, all its rows. */
export function showAll(session: Session, dataDir: string): string[] {
  const names = session.relations.map(({ layer, name }) => `${layer}.${name}`);
  return showRead(session, dataDir, names.join(', '));
}

/** The files of a relation that this build has written; none: no rows, in the same columns. */
function selectNewFiles({ plan }: Session, dataDir: string, relation: WrittenRelation): string {
  const before =
    plan.how === 'INCREMENTAL'
      ? plan.parent.relations.find(({ layer, name }) => layer === relation.layer && name === relation.name)
      : undefined;
  const old = new Set(before?.files.map(({ path }) => path));
  const files = relation.files.filter(({ path }) => !old.has(path));
  return files.length > 0 ? selectFiles(dataDir, { files }) : `${selectFiles(dataDir, relation)} where false`;
}

/** @param named layer_name */
function getBefore({ plan }: Session, named: string): Pick<WrittenRelation, 'files'> {
  const found =
    plan.how === 'INCREMENTAL' &&
    plan.parent.relations.find(({ layer, name }) => `${layer}_${name}` === named);
  invariant(found, `the parent of an incremental build has every relation, "${named}" too`);
  return found;
}
