// Step publish: the one commit point. Before it nobody sees anything of the candidate, after it everybody sees all of it.
import { getBuildSession } from './build-session.ts';
import { listLineage } from './relations.ts';
import type { Step } from './step.ts';

/** A reader may hold a swept snapshot open for so long. */
const SWEEP_GRACE_MS = 10 * 60_000;

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
    const manifest = await session.candidate.publish({
      runId: context.run.id,
      batches: session.batches,
      recipe: session.recipe,
      checks: session.checks,
      coverage: session.coverage,
      lineage: listLineage(session.lakehouse.relations),
    });
    const swept = await context.snapshots.sweep({
      keep: context.config.keepSnapshots,
      graceMs: SWEEP_GRACE_MS,
    });
    if (swept.removed.length > 0) {
      context.event(
        'INFO',
        'snapshots.swept',
        `${swept.removed.length} files that no kept snapshot names were removed`,
        { bytes: swept.bytes },
      );
    }
    const rowsOut = manifest.relations.reduce((sum, relation) => sum + relation.rows, 0);
    return { rowsOut, snapshotId: manifest.id, message: `snapshot ${manifest.id}` };
  },
};
