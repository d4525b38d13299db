// Lets a command change what is published, alone, beside a running server too.
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { GroovelakeError } from '../errors.ts';
import { prepareDataDir } from '../store/data-dir.ts';
import { openRunStore } from '../store/open-stores.ts';
import { type PublishLease, takePublishLease } from '../store/runs/publish-lease.ts';

/** @throws GroovelakeError (RUN_STATE, retryable) while a run publishes */
export async function withPublishLease<T>(
  config: Config,
  clock: Clock,
  work: (lease: PublishLease) => Promise<T>,
): Promise<T> {
  await prepareDataDir(config.dataDir);
  const runs = await openRunStore(config);
  const holder = `cli ${process.pid} ${clock.now()}`;
  try {
    const lease = await takePublishLease(runs, holder, clock);
    if (!lease) {
      throw new GroovelakeError(
        'RUN_STATE',
        'A run is publishing. Wait for it, or cancel it, then try again.',
        { isRetryable: true },
      );
    }
    try {
      return await work(lease);
    } finally {
      await lease.release();
    }
  } finally {
    await runs.close();
  }
}
