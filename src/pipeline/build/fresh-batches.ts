// The batches of a build that the snapshot before has not got.
import { quoteText } from '../../store/duckdb.ts';
import type { BuildSession } from './build-session.ts';

/** A condition on batch_id; null where there is no such batch. */
export function ofFreshBatches({ batches, parent }: Pick<BuildSession, 'batches' | 'parent'>): string | null {
  const known = new Set(parent?.batches);
  const fresh = batches.filter((id) => !known.has(id));
  return fresh.length === 0 ? null : `batch_id in (${fresh.map(quoteText).join(', ')})`;
}
