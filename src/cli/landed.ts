// What has landed, for commands that name batches.
import type { Config } from '../config.ts';
import { requireDataDir, requireWritableDataDir } from '../store/data-dir.ts';
import type { Batch } from '../store/landing/landing-store.ts';
import { openStores } from '../store/open-stores.ts';

/** Sealed batches, oldest first. @throws ConfigError where there is no data folder, or SQLite, which writes when it reads, may not write in it */
export async function listSealed(config: Config): Promise<Batch[]> {
  await (config.mongodbUri === undefined ? requireWritableDataDir : requireDataDir)(config.dataDir);
  const { landing, close } = await openStores(config);
  try {
    return await landing.listBatches({ sealed: true });
  } finally {
    await close();
  }
}

/** The file it was imported from; null for none. */
export function fileOf({ note }: Pick<Batch, 'note'>): string | null {
  return typeof note.file === 'string' ? note.file : null;
}
