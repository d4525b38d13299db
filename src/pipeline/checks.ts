// Step checks: what must hold before anybody sees the candidate.
import { GroovelakeError } from '../errors.ts';
import type { DuckDb } from '../store/duckdb.ts';
import type { ManifestCheck, ManifestCoverage } from '../store/snapshots/manifest.ts';
import type { WrittenRelation } from '../store/snapshots/snapshot-store.ts';
import { getBuildSession } from './build-session.ts';
import type { Step } from './step.ts';

const SAMPLE = 5;

export const checksStep: Step = {
  name: 'checks',
  run: async (context) => {
    const session = getBuildSession(context);
    session.checks.length = 0;
    for (const [at, check] of session.lakehouse.checks.entries()) {
      context.progress(at, session.lakehouse.checks.length, check.name);
      context.signal.throwIfAborted();
      const result = await runCheck(session.db, check);
      session.checks.push(result);
      if (result.passed) continue;
      const level = result.severity === 'BLOCK' ? 'ERROR' : 'WARN';
      context.event(level, 'check.failed', `${result.name}: ${result.failures} rows of ${result.relation}`, {
        sample: result.sample,
      });
    }
    const blocking = session.checks.filter((check) => !check.passed && check.severity === 'BLOCK');
    if (blocking.length > 0) {
      await session.candidate.quarantine({ reason: describe(blocking), checks: session.checks });
      throw new GroovelakeError('CHECK_FAILED', describe(blocking), {
        hint: `The served snapshot stays; quarantine/${session.candidate.snapshotId}.json has samples of the rows.`,
      });
    }
    const failed = session.checks.filter((check) => !check.passed).length;
    return {
      rowsIn: session.checks.length,
      rowsOut: session.checks.length - failed,
      message: `${failed} warnings`,
    };
  },
};

/** Runs one check; its header says relation and severity. */
export async function runCheck(db: DuckDb, check: { name: string; sql: string }): Promise<ManifestCheck> {
  const header = (field: string) => new RegExp(`^-- ${field}: (.+)$`, 'm').exec(check.sql)?.[1]?.trim();
  const [counted] = await db.all<{ n: number }>(`select count(*) as n from (${check.sql})`);
  const failures = counted?.n ?? 0;
  const sample =
    failures > 0 ? await db.all<Record<string, unknown>>(`select * from (${check.sql}) limit ${SAMPLE}`) : [];
  return {
    name: check.name,
    relation: header('relation') ?? '',
    severity: header('severity') === 'WARN' ? 'WARN' : 'BLOCK',
    passed: failures === 0,
    failures,
    sample,
  };
}

/** In how many rows each column of gold has a value; an empty name or list counts as none. */
export async function measureCoverage(
  db: DuckDb,
  relations: readonly WrittenRelation[],
): Promise<ManifestCoverage[]> {
  const coverage: ManifestCoverage[] = [];
  for (const relation of relations.filter(({ layer }) => layer === 'gold')) {
    const present = relation.columns.map(({ name, type }, at) => {
      const has =
        type === 'VARCHAR'
          ? `"${name}" <> ''`
          : type.endsWith('[]')
            ? `len("${name}") > 0`
            : `"${name}" is not null`;
      return `count(*) filter (where ${has}) as c${at}`;
    });
    const [row] = await db.all<Record<string, number>>(
      `select ${present.join(', ')} from gold."${relation.name}"`,
    );
    relation.columns.forEach(({ name }, at) => {
      coverage.push({
        relation: `gold.${relation.name}`,
        column: name,
        rows: relation.rows,
        present: row?.[`c${at}`] ?? 0,
      });
    });
  }
  return coverage;
}

function describe(blocking: readonly ManifestCheck[]): string {
  const found = blocking
    .map((check) => `${check.name} found ${check.failures} rows in ${check.relation}`)
    .join('; ');
  return `The candidate was not published: ${found}.`;
}
