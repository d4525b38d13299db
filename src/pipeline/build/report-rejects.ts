// What a build finds that it cannot use, of the batches that no snapshot had before: how many rows of silver.rejects, and why.
import { selectFiles } from '../../store/snapshots/relation-writer.ts';
import { kindOfReasonSql, SHOWN_REASONS } from '../kind-of-reason.ts';
import type { StepContext } from '../step.ts';
import type { BuildSession } from './build-session.ts';
import { ofFreshBatches } from './fresh-batches.ts';

/** Without the advice after it: of a file it was given when that was imported. */
const KIND_OF_REASON = `split_part(${kindOfReasonSql('reason')}, ';', 1)`;

/**
 * Says what has been set aside of new batches, by reason, the most frequent first; nothing where all could be used.
 *
 * @returns rows of silver.rejects about these batches: documents that were set aside, and values of kept ones
 */
export async function reportRejects(
  { config, event, signal }: StepContext,
  session: Pick<BuildSession, 'db' | 'batches' | 'parent' | 'relations'>,
): Promise<number> {
  const { db, relations } = session;
  const rejects = relations.find(({ layer, name }) => layer === 'silver' && name === 'rejects');
  if (!rejects || rejects.rows === 0) return 0;
  const ofFresh = ofFreshBatches(session);
  if (!ofFresh) return 0;
  const reasons = await db.all<{ reason: string; n: number }>(
    `select ${KIND_OF_REASON} as reason, count(*)::integer as n from (${selectFiles(config.dataDir, rejects)})
     where ${ofFresh} group by all order by n desc, reason`,
    [],
    { signal },
  );
  const total = sum(reasons);
  if (total === 0) return 0;
  const rest = reasons.slice(SHOWN_REASONS);
  const because = reasons.slice(0, SHOWN_REASONS).map(({ reason, n }) => `${n} because ${reason}`);
  if (rest.length > 0) because.push(`${sum(rest)} for other reasons`);
  event('WARN', 'silver.rejects', `${total} new in silver.rejects: ${because.join('; ')}`, {
    rejected: total,
    reasons: Object.fromEntries(reasons.map(({ reason, n }) => [reason, n])),
  });
  return total;
}

function sum(reasons: readonly { readonly n: number }[]): number {
  return reasons.reduce((total, { n }) => total + n, 0);
}
