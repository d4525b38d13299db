// In how many rows each column of gold has a value.
import type { DuckDb } from '../../store/duckdb.ts';
import type { ManifestCoverage } from '../../store/snapshots/manifest.ts';
import { hasValue } from '../../store/snapshots/measure-file.ts';
import { selectFiles } from '../../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../../store/snapshots/snapshot-store.ts';
import type { BuildSession } from './build-session.ts';

/**
 * Counts over gold; an empty name or list counts as none. A full build has counted while it wrote; one of new batches counts what changed
 * and adds it to the parent's figures.
 */
export async function measureCoverage(
  { db, relations, plan, lakehouse }: Pick<BuildSession, 'db' | 'relations' | 'plan' | 'lakehouse'>,
  dataDir: string,
): Promise<ManifestCoverage[]> {
  const coverage: ManifestCoverage[] = [];
  for (const { layer, name: ordered } of lakehouse.relations) {
    const relation = relations.find((each) => each.layer === layer && each.name === ordered);
    if (layer !== 'gold' || !relation) continue;
    const name = `gold.${relation.name}`;
    const before =
      plan.how === 'INCREMENTAL' ? plan.parent.coverage.filter((column) => column.relation === name) : [];
    const isKnown = before.length === relation.columns.length;
    const isSame = isKnown && hasContent(plan, relation);
    const counts = isSame
      ? []
      : isKnown
        ? (relation.measured?.presentChange ?? (await countChange(db, relation)))
        : (relation.measured?.present ??
          (await countPresent(db, relation, `(${selectFiles(dataDir, relation)})`, '1')));
    relation.columns.forEach((column, at) => {
      const known = isKnown ? (before.find((other) => other.column === column.name)?.present ?? 0) : 0;
      coverage.push({
        relation: name,
        column: column.name,
        rows: relation.rows,
        present: known + (counts[at] ?? 0),
      });
    });
  }
  return coverage;
}

function hasContent(plan: BuildSession['plan'], { layer, name, contentHash }: WrittenRelation): boolean {
  if (plan.how !== 'INCREMENTAL') return false;
  return plan.parent.relations.some(
    (before) => before.layer === layer && before.name === name && before.contentHash === contentHash,
  );
}

/** What a change adds to the values of each column. */
function countChange(db: DuckDb, relation: WrittenRelation): Promise<number[]> {
  return countPresent(
    db,
    relation,
    `changed."gold_${relation.name}"`,
    'is_new::integer - (not is_new)::integer',
  );
}

/** For each column the sum of `weight` over the rows that have a value. */
async function countPresent(
  db: DuckDb,
  { columns }: WrittenRelation,
  from: string,
  weight: string,
): Promise<number[]> {
  const sums = columns.map(
    (column, at) => `coalesce(sum(${weight}) filter (where ${hasValue(column)}), 0)::bigint as c${at}`,
  );
  const [row] = await db.all<Record<string, number>>(`select ${sums.join(', ')} from ${from}`);
  return columns.map((_, at) => row?.[`c${at}`] ?? 0);
}
