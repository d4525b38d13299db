// Step publish: the one commit point. Before it nobody sees anything of the candidate, after it everybody sees all of it.
import type { ManifestLineage } from '../store/snapshots/manifest.ts';
import { sweepOptions } from '../store/snapshots/sweep.ts';
import { type BuildSession, getBuildSession } from './build-session.ts';
import { listColumnLineage } from './lineage/column-lineage.ts';
import { confirmPublishLease } from './publish-lease.ts';
import type { Step, StepContext } from './step.ts';

export const publishStep: Step = {
  name: 'publish',
  run: async (context) => {
    const session = getBuildSession(context);
    // The last look before the point of no return: a fenced or cancelled run publishes nothing.
    await context.runs.heartbeat(context.claim, {
      now: context.clock.now(),
      leaseMs: context.config.leaseMs,
    });
    context.signal.throwIfAborted();
    await confirmPublishLease(context);
    const facts = {
      runId: context.run.id,
      batches: session.batches,
      recipe: session.recipe,
      checks: session.checks,
      coverage: session.coverage,
      lineage: await findLineage(session),
      keys: new Map(session.lakehouse.relations.map(({ layer, name, key }) => [`${layer}.${name}`, key])),
    };
    const manifest = await session.candidate.publish(facts, () => confirmPublishLease(context));
    await sweep(context);
    const rowsOut = manifest.relations.reduce((sum, relation) => sum + relation.rows, 0);
    return { rowsOut, snapshotId: manifest.id, message: `snapshot ${manifest.id}` };
  },
};

/** Of new batches only, the SQL is that of the parent, and so is where its columns come from. */
async function findLineage({ plan, db, lakehouse }: BuildSession): Promise<readonly ManifestLineage[]> {
  return plan.how === 'INCREMENTAL' ? plan.parent.lineage : listColumnLineage(db, lakehouse.relations);
}

/** Keeps house after a publish. What could not be removed now is there the next time: it fails no run. */
async function sweep({ snapshots, config, event }: StepContext): Promise<void> {
  try {
    const { removed, bytes, waiting, blockedBy } = await snapshots.sweep(sweepOptions(config));
    if (blockedBy) {
      event(
        'WARN',
        'snapshots.not_swept',
        `Nothing was swept: the manifest of "${blockedBy}" cannot be read`,
      );
    }
    if (removed.length + waiting.length > 0) {
      event(
        'INFO',
        'snapshots.swept',
        `${removed.length} files that no kept snapshot needs were removed, ${waiting.length} wait for their time`,
        { bytes, files: removed.slice(0, 100), waiting: waiting.slice(0, 100) },
      );
    }
  } catch (error) {
    event(
      'WARN',
      'snapshots.not_swept',
      `The sweep failed: ${error instanceof Error ? error.message : error}`,
    );
  }
}
