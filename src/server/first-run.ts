// What a server begins with that has nothing to serve.
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { mayHoldTracks } from '../pipeline/build/build-plan.ts';
import { openLandingStore } from '../store/open-stores.ts';
import { GOOD_ENDS, type PipelineName, type RunStore } from '../store/runs/run-store.ts';
import { triggerRun } from '../store/runs/trigger.ts';
import type { Served } from '../store/snapshots/served.ts';

export interface FirstRun {
  readonly id: string;
  /** REFRESH crawls where nothing has landed that could be built from, TRANSFORM builds anew from what has. */
  readonly pipeline: Extract<PipelineName, 'REFRESH' | 'TRANSFORM'>;
  /** There was something to serve, and none of it is whole. */
  readonly isDamaged: boolean;
}

interface FirstRunParts {
  readonly config: Config;
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly log: Log;
  readonly served: Pick<Served<never>, 'findManifest' | 'listWarnings' | 'isFailing'>;
}

/**
 * Queues the run after which there is something to serve. Null: a snapshot is served, or one could not be looked at or opened, which is
 * tried again without a run.
 */
export async function beginFirstRun(parts: FirstRunParts): Promise<FirstRun | null> {
  const { runs, clock, served } = parts;
  if (served.findManifest() || served.isFailing()) return null;
  const isDamaged = served.listWarnings().length > 0;
  const isBuilt = (isDamaged || !(await isCrawling(runs))) && (await hasLanded(parts));
  const pipeline = isBuilt ? 'TRANSFORM' : 'REFRESH';
  const { run } = await triggerRun(runs, clock, { pipeline, trigger: 'BOOT' });
  return { id: run.id, pipeline, isDamaged };
}

/** Whether a first crawl has not ended well. What it has landed so far is not all: it goes on. */
async function isCrawling(runs: RunStore): Promise<boolean> {
  const crawl = await runs.findLastRun('REFRESH');
  return crawl !== null && !GOOD_ENDS.includes(crawl.status);
}

/** Whether something is sealed that a snapshot may be built from: a file of artists alone is nothing of the kind. */
async function hasLanded({ config, clock, random, log }: FirstRunParts): Promise<boolean> {
  try {
    const landing = await openLandingStore(config, { clock, random });
    if (!landing) return false;
    const sealed = landing.listBatches({ statuses: ['SEALED'] });
    return mayHoldTracks(await sealed.finally(() => landing.close()));
  } catch (error) {
    log.warn('What has landed could not be looked at', { error });
    return false;
  }
}
