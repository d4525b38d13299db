// Lets a command change what is published, alone, beside a running server too.
import { type Clock, toIso } from '../clock.ts';
import type { Config } from '../config.ts';
import { GroovelakeError } from '../errors.ts';
import { prepareDataDir } from '../store/data-dir.ts';
import { withReserve } from '../store/disk-space.ts';
import { openRunStore } from '../store/open-stores.ts';
import type { Lease } from '../store/runs/lease.ts';
import { takePublishLease } from '../store/runs/publish-lease.ts';
import { describePublisher, findPublisher } from '../store/runs/publisher.ts';

/**
 * @param command what others are told that wait meanwhile, e.g. "groovelake compact"
 * @throws GroovelakeError (RUN_STATE, retryable) while anybody else changes what is published, and says who
 */
export async function withPublishLease<T>(
  command: string,
  { config, clock }: { config: Config; clock: Clock },
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const { dataDir } = config;
  await prepareDataDir(dataDir);
  // Whoever comes to free space on a full disk writes the lease where space was kept aside.
  const runs = await withReserve(dataDir, () => openRunStore(config));
  const holder = `"${command}" (process ${process.pid}, since ${toIso(clock.now())})`;
  try {
    const lease = await withReserve(dataDir, () => takePublishLease(runs, holder, clock));
    if (!lease) {
      throw new GroovelakeError('RUN_STATE', describePublisher(await findPublisher(runs, clock.now())), {
        isRetryable: true,
      });
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
