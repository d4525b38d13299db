// Step publish: the one commit point. Before it nobody sees anything of the candidate, after it everybody sees all of it.
import { messageOf } from '../../errors.ts';
import { localFiles } from '../../store/snapshots/files.ts';
import { sweepOptions } from '../../store/snapshots/sweep.ts';
import { compactLanding } from '../bronze/compact-landing.ts';
import { mergeBronze } from '../bronze/merge-bronze.ts';
import type { Step, StepContext } from '../step.ts';
import { noteBestCoverage } from './best-coverage.ts';
import { type BuildSession, getBuildSession } from './build-session.ts';
import { confirmPublishLease } from './publish-lease.ts';

const DAY_MS = 24 * 3_600_000;

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
      bestCoverage: noteBestCoverage({
        ...session,
        days: context.config.coverageDays,
        now: context.clock.now(),
      }),
      lineage: session.lineage,
      keys: new Map(session.lakehouse.relations.map(({ layer, name, key }) => [`${layer}.${name}`, key])),
    };
    const manifest = await session.candidate.publish(facts, () => confirmPublishLease(context));
    await sweep(context);
    await compact(context, session);
    await mergeFiles(context, session);
    const rowsOut = manifest.relations.reduce((sum, relation) => sum + relation.rows, 0);
    return { rowsOut, snapshotId: manifest.id, message: `snapshot ${manifest.id}` };
  },
};

/** Where a life for landed bodies is set. What goes wrong or is cancelled here is there the next time: the snapshot is published by now. */
async function compact(
  { config, clock, landing, signal, event }: StepContext,
  { db, parent }: BuildSession,
): Promise<void> {
  if (config.keepLandedDays === 0) return;
  const now = clock.now();
  const before = now - config.keepLandedDays * DAY_MS;
  try {
    const parts = {
      db,
      landing,
      dataDir: config.dataDir,
      published: parent?.batches ?? [],
      before,
      now,
      signal,
    };
    const { moved, kept } = await compactLanding(parts);
    const documents = moved.reduce((sum, batch) => sum + batch.documents, 0);
    if (moved.length > 0)
      event(
        'INFO',
        'landing.compacted',
        `${documents} bodies of ${moved.length} batches left the landing store; bronze holds them`,
        {
          batches: moved.slice(0, 100),
        },
      );
    if (kept.length > 0)
      event(
        'WARN',
        'landing.not_compacted',
        `${kept.length} batches keep their bodies: bronze does not hold them whole`,
        {
          batches: kept.slice(0, 100),
        },
      );
  } catch (error) {
    const message = messageOf(error);
    event('WARN', 'landing.not_compacted', `The compaction was not finished: ${message}`);
  }
}

/** Many small batches would be as many files, which every build of everything opens. */
async function mergeFiles(
  { config, clock, landing, signal, event }: StepContext,
  { db, parent }: BuildSession,
): Promise<void> {
  try {
    const published = new Set(parent?.batches);
    const { merged, removed, kept } = await mergeBronze({
      db,
      files: localFiles,
      dataDir: config.dataDir,
      batches: (await landing.listBatches({ sealed: true })).filter(({ id }) => published.has(id)),
      now: clock.now(),
      graceMs: sweepOptions(config).graceMs,
      signal,
    });
    const files = merged.reduce((sum, each) => sum + each.files, 0);
    if (merged.length + removed.length > 0)
      event(
        'INFO',
        'bronze.merged',
        `${files} bronze files have become ${merged.length}, ${removed.length} that others hold were removed`,
        { merged: merged.slice(0, 100), removed: removed.slice(0, 100) },
      );
    if (kept.length > 0)
      event(
        'WARN',
        'bronze.not_merged',
        `${kept.length} bronze files stay as they are: "groovelake doctor" says more`,
        {
          files: kept.slice(0, 100),
        },
      );
  } catch (error) {
    const message = messageOf(error);
    event('WARN', 'bronze.not_merged', `The merge of bronze files was not finished: ${message}`);
  }
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
    event('WARN', 'snapshots.not_swept', `The sweep failed: ${messageOf(error)}`);
  }
}
