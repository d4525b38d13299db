// Step index: what similar tracks are found with, built from the candidate's gold and published with it.
import { join } from 'node:path';
import { SnapshotError } from '../../errors.ts';
import type { Fit } from '../../recommend/fit.ts';
import { isHnswAvailable } from '../../recommend/hnsw-index.ts';
import { writeSimilarity } from '../../recommend/similarity-build.ts';
import { readFacts } from '../../recommend/similarity-files.ts';
import { LABELS_FILE } from '../../store/catalog/label-view.ts';
import { limitMemory } from '../../store/duckdb.ts';
import { findArtifact } from '../../store/snapshots/artifact.ts';
import { releaseHeap } from '../release-heap.ts';
import type { Step, StepContext, StepResult } from '../step.ts';
import { type BuildSession, getBuildSession } from './build-session.ts';
import { blameDamage } from './parent-damage.ts';
import { showRelations } from './resolved-sql.ts';
import { readArtistContext, readFeatureTable, writeLabels } from './similarity-input.ts';

/** The vectors and the graph of a million tracks take as much as the engine does: it makes room for them, and more once it has been read. */
const ENGINE_MEMORY_MB = { reading: 256, idle: 32 } as const;

export const indexStep: Step = {
  name: 'index',
  run: async (context) => {
    const session = getBuildSession(context);
    const { db } = session;
    const { buildMemoryMb } = context.config;
    await limitMemory(db, Math.min(buildMemoryMb, ENGINE_MEMORY_MB.reading));
    try {
      return await blameDamage(context, session, () => buildIndex(context));
    } finally {
      await limitMemory(db, buildMemoryMb);
      releaseHeap();
    }
  },
};

async function buildIndex(context: StepContext): Promise<StepResult> {
  const session = getBuildSession(context);
  const { config, signal } = context;
  await showRelations(session, config.dataDir);
  const table = await readFeatureTable(session.db, signal);
  const rowsIn = table.count;
  if (rowsIn === 0)
    return { status: 'SKIPPED', rowsIn: 0, rowsOut: 0, message: 'no track has audio features' };
  if (!isHnswAvailable()) {
    context.event(
      'WARN',
      'index.exact',
      'hnswlib-node was not compiled on this machine: similar tracks are found by exact search',
    );
  }
  const folder = await session.candidate.openArtifact('similarity');
  await writeLabels(session.db, join(folder, LABELS_FILE), signal);
  const company = config.indexContext ? await readArtistContext(session.db, table, signal) : null;
  await limitMemory(session.db, ENGINE_MEMORY_MB.idle);
  releaseHeap();
  const facts = await writeSimilarity(folder, table, company, {
    snapshotId: session.candidate.snapshotId,
    m: config.indexM,
    efConstruction: config.indexEfConstruction,
    ef: config.indexEf,
    exactBelow: config.indexExactBelow,
    previousFit: await findPreviousFit(context, session),
    maxDrift: config.indexMaxDrift / 100,
    monotonic: context.clock.monotonic,
    onWarning: (message) => context.event('WARN', 'index.exact', message),
    onProgress: (done, total) => {
      signal.throwIfAborted();
      context.progress(done, total, 'vectors');
    },
  });
  await session.candidate.addArtifact('similarity');
  if (facts.recallAt10 < LEAST_RECALL) {
    context.event(
      'WARN',
      'index.recall',
      `The index finds ${(100 * facts.recallAt10).toFixed(1)} % of the exact ten nearest. Raise GROOVELAKE_INDEX_EF, then GROOVELAKE_INDEX_M.`,
    );
  }
  const found = facts.m === null ? 'exact search' : `recall@10 ${facts.recallAt10.toFixed(4)}`;
  return { rowsIn, rowsOut: facts.vectors, message: `${facts.vectors} vectors, ${found}` };
}

/** Below it somebody should know (docs/similarity.md). */
const LEAST_RECALL = 0.99;

/** The fit of the snapshot being served, whose vectors stay where they are while the data has not drifted; null without a usable one. */
async function findPreviousFit({ snapshots }: StepContext, { plan }: BuildSession): Promise<Fit | null> {
  const { manifest, damagedId } = await snapshots.lookAtCurrent();
  // Every file has been looked at for it: what is built on a damaged one must not be published.
  if (plan.how === 'INCREMENTAL' && plan.parent.id === damagedId)
    throw new SnapshotError('The served snapshot is damaged.');
  const artifact = manifest && findArtifact(manifest, snapshots.dataDir, 'similarity');
  if (!artifact) return null;
  return readFacts(artifact.folder, artifact.builtFor).then(
    ({ fit }) => fit,
    () => null,
  );
}
