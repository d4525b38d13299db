// Step checks: what must hold before anybody sees the candidate. Beside them it is read off the SQL where each column comes from.
import { GroovelakeError } from '../../errors.ts';
import { limitThreads } from '../../store/duckdb.ts';
import type { ManifestCheck, ManifestLineage } from '../../store/snapshots/manifest.ts';
import type { Step, StepContext, StepResult } from '../step.ts';
import { findBetterCoverage } from './best-coverage.ts';
import { type BuildSession, getBuildSession } from './build-session.ts';
import { showCheckFacts } from './check-facts.ts';
import { measureCoverage } from './coverage.ts';
import { listColumnLineage } from './lineage/column-lineage.ts';
import { blameDamage } from './parent-damage.ts';
import { resolveSql } from './resolved-sql.ts';
import { openChecks } from './run-check.ts';
import { runSideBySide } from './side-by-side.ts';

export const checksStep: Step = {
  name: 'checks',
  run: async (context) => {
    const session = getBuildSession(context);
    // Checks and whatever comes next have all threads: to share them out anew makes the engine give back the pages it keeps.
    if (session.threads > 1) await limitThreads(session.db, session.threads);
    // The engine has the checks to work on, this thread the SQL. Both end before anything is closed.
    const [checked, lineage] = await Promise.allSettled([
      blameDamage(context, session, () => runChecks(context, session)),
      findLineage(session, context.signal),
    ]);
    if (checked.status === 'rejected') throw checked.reason;
    if (lineage.status === 'rejected') throw lineage.reason;
    session.lineage.splice(0, Infinity, ...lineage.value);
    return checked.value;
  },
};

async function runChecks(context: StepContext, session: BuildSession): Promise<StepResult> {
  session.checks.length = 0;
  session.coverage.splice(0, Infinity, ...(await measureCoverage(session, context.config.dataDir)));
  const now = context.clock.now();
  await showCheckFacts(session.db, {
    relations: session.relations,
    documents: session.landed,
    coverage: session.coverage,
    previous: session.parent,
    better: findBetterCoverage({ ...session, days: context.config.coverageDays, now }),
    dataDir: context.config.dataDir,
    limits: context.config,
    acceptLoss: context.run.parameters.acceptLoss === true,
    now,
  });
  const resolve = (sql: string) => resolveSql(sql, { session, dataDir: context.config.dataDir });
  const run = await openChecks(session, resolve, context.signal);
  const { checks } = session.lakehouse;
  const found = new Map<string, ManifestCheck>();
  await runSideBySide({
    jobs: checks.map((check) => ({ name: check.name, after: [], check })),
    atOnce: session.atOnce,
    run: async ({ name, check }) => {
      context.progress(found.size, checks.length, name);
      context.signal.throwIfAborted();
      found.set(name, await run(check));
    },
  });
  session.checks.push(...checks.flatMap(({ name }) => found.get(name) ?? []));
  for (const result of session.checks) {
    if (result.passed) continue;
    const level = result.severity === 'BLOCK' ? 'ERROR' : 'WARN';
    context.event(level, 'check.failed', `${result.name}: ${sayFound(result)}`, { sample: result.sample });
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
}

/** Of new batches only, the SQL is that of the parent, and so is where its columns come from. */
async function findLineage(
  { plan, db, lakehouse }: BuildSession,
  signal: AbortSignal,
): Promise<readonly ManifestLineage[]> {
  return plan.how === 'INCREMENTAL'
    ? plan.parent.lineage
    : listColumnLineage(db, lakehouse.relations, signal);
}

/** What a check found: rows of its relation; where it looks at all of them, relations, or columns where its rows name those. */
export function sayFound({
  failures,
  relation,
  sample,
}: Pick<ManifestCheck, 'failures' | 'relation' | 'sample'>): string {
  const isOne = failures === 1;
  if (relation !== '*') return `${failures} ${isOne ? 'row' : 'rows'} of ${relation}`;
  const what = sample.some((row) => 'column' in row) ? 'column' : 'relation';
  return `${failures} ${isOne ? what : `${what}s`}`;
}

function describe(blocking: readonly ManifestCheck[]): string {
  const found = blocking.map((check) => `${check.name} found ${sayFound(check)}`).join('; ');
  return `The candidate was not published: ${found}.`;
}
