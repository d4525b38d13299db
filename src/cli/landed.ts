// What has landed, for commands that name batches.
import type { Config } from '../config.ts';
import { requireDataDir, requireWritableDataDir } from '../store/data-dir.ts';
import type { Batch, BatchFilter } from '../store/landing/landing-store.ts';
import { openStores } from '../store/open-stores.ts';

/** Batches, oldest first. @throws ConfigError where there is no data folder, or SQLite, which writes when it reads, may not write in it */
export async function listLanded(config: Config, filter: BatchFilter): Promise<Batch[]> {
  await (config.mongodbUri === undefined ? requireWritableDataDir : requireDataDir)(config.dataDir);
  const { landing, close } = await openStores(config);
  try {
    return await landing.listBatches(filter);
  } finally {
    await close();
  }
}
