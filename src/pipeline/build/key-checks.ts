// The checks that follow from a relation's header: its key is unique and not null, and what it refers to is there.
import type { RelationSql } from './relations.ts';

export interface CheckSql {
  readonly name: string;
  /** A select of offending rows, with its header. */
  readonly sql: string;
  /** The same over what a build of new batches changed; right where the parent's check found nothing. Null: always look at everything. */
  readonly incrementalSql: string | null;
  readonly reference?: ReferenceCheck;
}

/** Of a check that values of a column lead to rows of another relation; relations by layer.name. */
export interface ReferenceCheck {
  readonly from: string;
  readonly column: string;
  readonly to: string;
  readonly toColumn: string;
  /** `incrementalSql` for the case that no key of the other relation went, which looks at rows that came only. */
  readonly newRowsSql: string;
  /** Select of those of these rows whose key has not come along; where there is none nobody has to look for keys that were there before. */
  readonly openSql: string;
}

/** Stands in a check for where a build of new batches has the rows of what is touched. */
export const FRESH_ROWS = 'work.fresh';

/** gold.tracks: tracks_key, tracks_albums_reference; of another layer: silver_tracks_key. */
export function makeKeyChecks(relation: RelationSql): CheckSql[] {
  const key = makeKeyCheck(relation);
  const references = relation.refers.map((reference) => makeReferenceCheck(relation, reference));
  return key ? [key, ...references] : references;
}

/** Null for a relation without a key. */
export function makeKeyCheck(relation: RelationSql): CheckSql | null {
  if (relation.key.length === 0) return null;
  const columns = relation.key.join(', ');
  const certain = relation.key.filter((column) => !relation.nullable.includes(column));
  // Keys are compared by their hash first, a number: grouping whole keys of every relation took two processor seconds of a build.
  const hash = `hash(${columns})`;
  const isNull = certain.map((column) => `${column} is null`).join(' or ');
  const makeSql = (rows: string) => `-- The key (${columns}) is unique and not null.
-- relation: ${nameOf(relation)}
-- severity: BLOCK
with alike as (select ${hash} as key_hash from ${rows} group by key_hash having count(*) > 1)
select ${columns}, count(*) as rows
from ${rows}
where ${hash} in (from alike) or ${isNull}
group by ${columns}
having count(*) > 1 or ${isNull}`;
  return {
    name: `${prefixOf(relation)}_key`,
    sql: makeSql(nameOf(relation)),
    // All rows of what is touched, and no others can share a key with them: looked at while the relation is being written.
    incrementalSql: makeSql(FRESH_ROWS),
  };
}

function makeReferenceCheck(
  relation: RelationSql,
  { column, to, toColumn }: RelationSql['refers'][number],
): CheckSql {
  const makeSql = (rows: string) => `-- Every ${column} leads to a row of ${to}.
-- relation: ${nameOf(relation)}
-- severity: BLOCK
select r.*
from ${rows} r
anti join ${to} t on t.${toColumn} = r.${column}
where r.${column} is not null`;
  const columns = [...new Set([...relation.key, column])].join(', ');
  const came = `select ${columns} from ${changedOf(relation)} where is_new and ${column} is not null`;
  // Of the other relation only what is named and has not come along is looked for.
  const makeOpen = (lookedAt: string) => `select * from (${lookedAt})
  where ${column} not in (select ${toColumn} from changed.${to.replace('.', '_')} where is_new and ${toColumn} is not null)`;
  const makeIncremental = (lookedAt: string) => `-- Every ${column} leads to a row of ${to}.
-- relation: ${nameOf(relation)}
-- severity: BLOCK
with looked_at as (
  ${makeOpen(lookedAt)}
)
select *
from looked_at
where ${column} not in (select ${toColumn} from ${to} where ${toColumn} in (select ${column} from looked_at))`;
  return {
    name: `${prefixOf(relation)}_${column === toColumn ? to.slice(to.indexOf('.') + 1) : column}_reference`,
    sql: makeSql(nameOf(relation)),
    // Rows that came, and rows that refer to one that went.
    incrementalSql: makeIncremental(`${came}
    union
    select ${columns} from ${nameOf(relation)} where ${column} in (select ${toColumn} from changed.${to.replace('.', '_')} where not is_new)`),
    reference: {
      from: nameOf(relation),
      column,
      to,
      toColumn,
      newRowsSql: makeIncremental(came),
      openSql: makeOpen(came),
    },
  };
}

function prefixOf({ layer, name }: RelationSql): string {
  return layer === 'gold' ? name : `${layer}_${name}`;
}

function nameOf({ layer, name }: RelationSql): string {
  return `${layer}.${name}`;
}

function changedOf({ layer, name }: RelationSql): string {
  return `changed.${layer}_${name}`;
}
