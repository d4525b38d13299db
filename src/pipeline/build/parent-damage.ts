// Work on a batch reads files of the snapshot before it, and only those that it writes again are compared by hash. Where it fails, all are:
// a flipped bit may look like broken SQL, or like rows that a check refuses.
import { SnapshotError } from '../../errors.ts';
import type { StepContext } from '../step.ts';
import type { BuildSession } from './build-session.ts';

/**
 * Runs `work`. Where it fails because files of the parent are damaged, it says so and leaves word, so that the next build reads bronze anew.
 *
 * @throws SnapshotError naming the file; whatever `work` throws where no file is damaged
 */
export async function blameDamage<T>(
  { snapshots, signal }: Pick<StepContext, 'snapshots' | 'signal'>,
  { plan }: Pick<BuildSession, 'plan'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (plan.how !== 'INCREMENTAL' || signal.aborted) throw error;
    const damage = await snapshots.findDamage(plan.parent).catch(() => null);
    if (damage === null) throw error;
    await snapshots.noteDamage(plan.parent.id);
    throw new SnapshotError(`The served snapshot is damaged: ${damage}.`, {
      cause: error,
      hint: 'Nothing was published. Retry the run: it builds everything anew from bronze.',
    });
  }
}
