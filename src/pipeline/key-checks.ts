// The checks that follow from a relation's header: its key is unique and not null, and what it refers to is there.
import type { RelationSql } from './relations.ts';

export interface CheckSql {
  readonly name: string;
  /** A select of offending rows, with its header. */
  readonly sql: string;
}

/** gold.tracks: tracks_key, tracks_albums_reference; of another layer: silver_tracks_key. */
export function makeKeyChecks(relation: RelationSql): CheckSql[] {
  const prefix = relation.layer === 'gold' ? relation.name : `${relation.layer}_${relation.name}`;
  const keys = relation.key.length > 0 ? [{ name: `${prefix}_key`, sql: makeKeyCheck(relation) }] : [];
  const references = relation.refers.map(({ column, to, toColumn }) => ({
    name: `${prefix}_${column === toColumn ? to.slice(to.indexOf('.') + 1) : column}_reference`,
    sql: `-- Every ${column} leads to a row of ${to}.
-- relation: ${nameOf(relation)}
-- severity: BLOCK
select r.*
from ${nameOf(relation)} r
anti join ${to} t on t.${toColumn} = r.${column}
where r.${column} is not null`,
  }));
  return [...keys, ...references];
}

function makeKeyCheck(relation: RelationSql): string {
  const columns = relation.key.join(', ');
  const nulls = relation.key
    .filter((column) => !relation.nullable.includes(column))
    .map((column) => ` or ${column} is null`);
  return `-- The key (${columns}) is unique and not null.
-- relation: ${nameOf(relation)}
-- severity: BLOCK
select ${columns}, count(*) as rows
from ${nameOf(relation)}
group by ${columns}
having count(*) > 1${nulls.join('')}`;
}

function nameOf({ layer, name }: RelationSql): string {
  return `${layer}.${name}`;
}
