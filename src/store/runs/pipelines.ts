// The pipelines by their steps, in order. The steps themselves are in src/pipeline/.
import type { PipelineName } from './run-store.ts';

const TRANSFORM = ['bronze', 'silver', 'gold', 'warehouse', 'checks', 'index', 'serving', 'publish'] as const;

export const PIPELINE_STEPS: Readonly<
  Record<PipelineName, { description: string; steps: readonly string[] }>
> = {
  CRAWL: {
    description:
      'Fetches artists, albums, tracks and audio features from the sources into sealed batches; publishes nothing.',
    steps: ['crawl'],
  },
  TRANSFORM: {
    description:
      'Builds bronze, silver, gold and warehouse from the sealed batches, checks them, and publishes a snapshot.',
    steps: TRANSFORM,
  },
  REFRESH: { description: 'CRAWL, then TRANSFORM.', steps: ['crawl', ...TRANSFORM] },
  IMPORT: {
    description: 'Lands files of public data sets, then TRANSFORM.',
    steps: ['import', ...TRANSFORM],
  },
  HISTORY: {
    description:
      'Lands what accounts played, merges it, chooses what to play today, fetches the tracks that the catalogue lacks, then TRANSFORM if there were any.',
    steps: ['plays', 'listening', 'for-you', 'wanted', ...TRANSFORM],
  },
};
