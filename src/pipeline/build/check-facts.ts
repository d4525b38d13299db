// What checks may read besides the relations: how the candidate and the snapshot before it compare, and the limits of the configuration.
//
// built.relations (relation, rows), built.documents (source, kind, documents) of all its batches, built.coverage (relation, column, rows,
// present); previous.relations the same of the parent, and previous.served_sources (source), previous.better_coverage (relation, column, rows,
// present, snapshot); max_loss_percent(), accept_loss(), max_coverage_drop(), max_age_hours(), checked_at().
import type { Config } from '../../config.ts';
import { type DuckDb, nameValue, quoteText } from '../../store/duckdb.ts';
import type { BatchCount } from '../../store/landing/landing-store.ts';
import type { Manifest, ManifestBestCoverage, ManifestCoverage } from '../../store/snapshots/manifest.ts';
import { selectFiles } from '../../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../../store/snapshots/snapshot-store.ts';

export interface CheckFacts {
  readonly relations: readonly Pick<WrittenRelation, 'layer' | 'name' | 'rows'>[];
  /** What has landed of each kind from each source. */
  readonly documents: readonly BatchCount[];
  readonly coverage: readonly ManifestCoverage[];
  readonly previous: Manifest | null;
  /** Columns that had more before, at their best. */
  readonly better: readonly ManifestBestCoverage[];
  readonly dataDir: string;
  readonly limits: Pick<Config, 'maxLossPercent' | 'maxCoverageDrop' | 'maxAgeHours'>;
  /** A loss of rows is wanted. */
  readonly acceptLoss: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export async function showCheckFacts(db: DuckDb, facts: CheckFacts): Promise<void> {
  const { previous, limits } = facts;
  const served = previous?.relations.find(
    ({ layer, name }) => layer === 'silver' && name === 'served_sources',
  );
  const values = {
    max_loss_percent: limits.maxLossPercent,
    accept_loss: facts.acceptLoss,
    max_coverage_drop: limits.maxCoverageDrop / 100,
    max_age_hours: limits.maxAgeHours,
    checked_at: `to_timestamp(${facts.now / 1_000})`,
  };
  const statements = [
    ...fill('built', facts.relations),
    'create or replace table built.documents (source varchar, kind varchar, documents bigint)',
    ...insert(
      'built.documents',
      facts.documents.map((d) => [d.source, d.kind, d.documents]),
    ),
    'create or replace table built.coverage (relation varchar, "column" varchar, rows bigint, present bigint)',
    ...insert(
      'built.coverage',
      facts.coverage.map((c) => [c.relation, c.column, c.rows, c.present]),
    ),
    ...fill('previous', previous?.relations ?? []),
    'create or replace table previous.better_coverage (relation varchar, "column" varchar, rows bigint, present bigint, snapshot varchar)',
    ...insert(
      'previous.better_coverage',
      facts.better.map((c) => [c.relation, c.column, c.rows, c.present, c.snapshotId]),
    ),
    `create or replace table previous.served_sources as ${
      served
        ? `select source from (${selectFiles(facts.dataDir, served)})`
        : 'select null::varchar as source where false'
    }`,
    ...Object.entries(values).map(([name, value]) => nameValue(name, value)),
  ];
  await db.run(statements.join(';\n'));
}

function fill(schema: 'built' | 'previous', relations: CheckFacts['relations']): string[] {
  return [
    `create schema if not exists ${schema}`,
    `create or replace table ${schema}.relations (relation varchar, rows bigint)`,
    ...insert(
      `${schema}.relations`,
      relations.map((r) => [`${r.layer}.${r.name}`, r.rows]),
    ),
  ];
}

/** A statement that adds the rows; none where there are none. */
function insert(table: string, rows: readonly (readonly (string | number)[])[]): string[] {
  const print = (value: string | number) => (typeof value === 'string' ? quoteText(value) : String(value));
  const values = rows.map((row) => `(${row.map(print).join(', ')})`);
  return values.length > 0 ? [`insert into ${table} values ${values.join(', ')}`] : [];
}
