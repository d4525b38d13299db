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

/** Up to so many rows a relation is read once and kept: most are asked a dozen times, each time for a file to be opened. */
const KEPT_ROWS = 1_000;

/**
 * The statements that let `sql` read what it names, where a name is new or stood for other rows.
 *
 * @param inPart relations (layer.name) of which it reads rows that are new in this build, and no others
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
      ...selectRows(dataDir, relation, inPart.includes(`${relation.layer}.${relation.name}`)),
    }));
  const before = new Set([...sql.matchAll(/\bbefore\.([a-z_]+)/g)].map(([, name]) => name ?? ''));
  const then = [...before].map((name) => ({
    name: `before.${quoteName(name)}`,
    select: selectFiles(dataDir, getBefore(session, name)),
  }));
  return [...now, ...then].flatMap(({ name, select, first = [] }: Shown & { name: string }) => {
    const rows = [...first, select].join(';\n');
    if (session.shown.get(name) === rows) return [];
    session.shown.set(name, rows);
    return [...first, `create or replace view ${name} as ${select}`];
  });
}

interface Shown {
  readonly select: string;
  /** Statements that `select` needs. */
  readonly first?: readonly string[];
}

function selectRows(dataDir: string, relation: WrittenRelation, onlyNew: boolean): Shown {
  const named = quoteName(`${relation.layer}_${relation.name}`);
  const columns = relation.columns.map(({ name }) => quoteName(name)).join(', ');
  if (onlyNew) return { select: `select ${columns} from changed.${named} where is_new` };
  // The engine leaves out of a plan what it sees to be nothing.
  if (relation.rows === 0) return { select: `select ${columns} from changed.${named} where false` };
  const select = selectFiles(dataDir, relation);
  if (relation.rows > KEPT_ROWS) return { select };
  return {
    select: `select * from work.${named}`,
    first: [`create or replace table work.${named} as ${select}`],
  };
}

/** The statements that let anybody read every relation that has been built so far, all its rows. */
export function showAll(session: Session, dataDir: string): string[] {
  const names = session.relations.map(({ layer, name }) => `${layer}.${name}`);
  return showRead(session, dataDir, names.join(', '));
}

/** @param named layer_name */
function getBefore({ plan }: Session, named: string): Pick<WrittenRelation, 'files'> {
  const found =
    plan.how === 'INCREMENTAL' &&
    plan.parent.relations.find(({ layer, name }) => `${layer}_${name}` === named);
  invariant(found, `the parent of an incremental build has every relation, "${named}" too`);
  return found;
}
