// What a server begins with that has nothing to serve.
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { openLandingStore } from '../store/open-stores.ts';
import { GOOD_ENDS, type PipelineName, type RunStore } from '../store/runs/run-store.ts';
import { triggerRun } from '../store/runs/trigger.ts';
import type { Served } from '../store/snapshots/served.ts';

export interface FirstRun {
  readonly id: string;
  /** REFRESH fills an empty folder, TRANSFORM builds anew what one holds. */
  readonly pipeline: Extract<PipelineName, 'REFRESH' | 'TRANSFORM'>;
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
  const isBuilt = served.listWarnings().length > 0 || (await hasLanded(parts));
  const pipeline = isBuilt ? 'TRANSFORM' : 'REFRESH';
  const { run } = await triggerRun(runs, clock, { pipeline, trigger: 'BOOT' });
  return { id: run.id, pipeline };
}

/** Whether bronze alone has what was served here. What a first crawl that has not ended well has landed so far is not all: it goes on. */
async function hasLanded({ config, runs, clock, random, log }: FirstRunParts): Promise<boolean> {
  const crawl = await runs.findLastRun('REFRESH');
  if (crawl && !GOOD_ENDS.includes(crawl.status)) return false;
  try {
    const landing = await openLandingStore(config, { clock, random });
    if (!landing) return false;
    const sealed = landing.countBatches({ statuses: ['SEALED'] });
    return (await sealed.finally(() => landing.close())) > 0;
  } catch (error) {
    log.warn('What has landed could not be looked at', { error });
    return false;
  }
}
