// Step serving: the serving index of the candidate, published with it.
import { buildServing } from '../store/serving/build.ts';
import { getBuildSession } from './build-session.ts';
import type { Step } from './step.ts';

export const servingStep: Step = {
  name: 'serving',
  run: async (context) => {
    const session = getBuildSession(context);
    const { rows } = await buildServing(session.db, await session.candidate.openArtifact('serving'), {
      snapshotId: session.candidate.snapshotId,
      signal: context.signal,
      onProgress: (done, total, table) => context.progress(done, total, table),
    });
    const artifact = await session.candidate.addArtifact('serving');
    const bytes = artifact.files.reduce((sum, file) => sum + file.bytes, 0);
    return { rowsOut: rows, message: `${(bytes / 1e6).toFixed(1)} MB` };
  },
};
