// Step serving: the serving index of the candidate, published with it.
import { limitMemory } from '../../store/duckdb.ts';
import { buildServing } from '../../store/serving/build.ts';
import type { Step, StepContext, StepResult } from '../step.ts';
import { getBuildSession } from './build-session.ts';
import { blameDamage } from './parent-damage.ts';
import { showRelations } from './resolved-sql.ts';

/** Rows of a million tracks are sorted within it, and the rest is for SQLite and the rows on their way there. */
const ENGINE_MEMORY_MB = 256;

export const servingStep: Step = {
  name: 'serving',
  run: async (context) => {
    const session = getBuildSession(context);
    const { db } = session;
    const { buildMemoryMb } = context.config;
    await limitMemory(db, Math.min(buildMemoryMb, ENGINE_MEMORY_MB));
    try {
      return await blameDamage(context, session, () => writeServing(context));
    } finally {
      await limitMemory(db, buildMemoryMb);
    }
  },
};

async function writeServing(context: StepContext): Promise<StepResult> {
  const session = getBuildSession(context);
  await showRelations(session, context.config.dataDir);
  const { rows } = await buildServing(session.db, await session.candidate.openArtifact('serving'), {
    snapshotId: session.candidate.snapshotId,
    signal: context.signal,
    onProgress: (done, total, table) => context.progress(done, total, table),
  });
  const artifact = await session.candidate.addArtifact('serving');
  const bytes = artifact.files.reduce((sum, file) => sum + file.bytes, 0);
  return { rowsOut: rows, message: `${(bytes / 1e6).toFixed(1)} MB` };
}
