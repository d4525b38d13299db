// Step checks: what must hold before anybody sees the candidate.
import { GroovelakeError } from '../errors.ts';
import type { ManifestCheck } from '../store/snapshots/manifest.ts';
import { type BuildSession, getBuildSession } from './build-session.ts';
import { showCheckFacts } from './check-facts.ts';
import { measureCoverage } from './coverage.ts';
import type { CheckSql } from './key-checks.ts';
import { readField } from './relation-facts.ts';
import { runCheck } from './run-check.ts';
import type { Step } from './step.ts';

export const checksStep: Step = {
  name: 'checks',
  run: async (context) => {
    const session = getBuildSession(context);
    session.checks.length = 0;
    session.coverage.splice(0, Infinity, ...(await measureCoverage(session)));
    await showCheckFacts(session.db, {
      relations: session.relations,
      coverage: session.coverage,
      previous: session.parent,
      dataDir: context.config.dataDir,
      limits: context.config,
      acceptLoss: context.run.parameters.acceptLoss === true,
      now: context.clock.now(),
    });
    for (const [at, check] of session.lakehouse.checks.entries()) {
      context.progress(at, session.lakehouse.checks.length, check.name);
      context.signal.throwIfAborted();
      const result = await runOne(session, check);
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

/** Where the parent's check found nothing, an incremental build looks at what it changed only. */
async function runOne(session: BuildSession, check: CheckSql): Promise<ManifestCheck> {
  const { plan, db, foundAhead } = session;
  if (plan.how === 'INCREMENTAL' && check.incrementalSql !== null) {
    const before = plan.parent.checks.find(({ name }) => name === check.name);
    const ahead = foundAhead.get(check.name);
    if (before?.passed && ahead) return ahead;
    if (before?.passed && !isTouched(session, check.incrementalSql)) return before;
    if (before?.passed && !check.incrementalSql.includes('work.fresh'))
      return runCheck(db, { name: check.name, sql: check.incrementalSql });
  }
  return runCheck(db, check);
}

/** Whether any relation has another content than the parent's whose changes the check looks at. */
function isTouched({ plan, relations }: BuildSession, sql: string): boolean {
  if (plan.how !== 'INCREMENTAL') return true;
  const { parent } = plan;
  const relation = readField(sql, 'relation')[0]?.replace('.', '_') ?? '';
  const named = new Set([relation, ...[...sql.matchAll(/\bchanged\.(\w+)/g)].map((match) => match[1] ?? '')]);
  return relations.some(({ layer, name, contentHash }) => {
    if (!named.has(`${layer}_${name}`)) return false;
    const before = parent.relations.find((other) => other.layer === layer && other.name === name);
    return before?.contentHash !== contentHash;
  });
}

function describe(blocking: readonly ManifestCheck[]): string {
  const found = blocking
    .map((check) => `${check.name} found ${check.failures} rows in ${check.relation}`)
    .join('; ');
  return `The candidate was not published: ${found}.`;
}
