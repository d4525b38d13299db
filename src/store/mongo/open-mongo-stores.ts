// All stores over one connection to MongoDB, brought to the latest migration first unless they are only to be looked at.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessStore } from '../access/access-store.ts';
import { createMongoAccess, takeOverKeys } from '../access/mongodb.ts';
import { openSqliteAccess } from '../access/sqlite.ts';
import { createMongoDeliveries } from '../deliveries/mongodb.ts';
import { createMongoLanding } from '../landing/mongodb.ts';
import type { ServerStores, StorePorts, StoreSettings, Stores } from '../open-stores.ts';
import { createMongoRuns } from '../runs/mongodb.ts';
import { type Mongo, openMongo } from './connection.ts';
import { migrate } from './migrations.ts';

/** @throws ConfigError, StoreError, GroovelakeError (FORMAT) */
export async function openMongoStores(
  settings: StoreSettings,
  ports: StorePorts = {},
): Promise<Stores & ServerStores> {
  const mongo = await openMongo(settings, ports);
  try {
    if (!ports.isLookedAt) {
      await migrate(mongo);
      await takeOverFile(mongo, settings.dataDir);
    }
  } catch (error) {
    await mongo.close();
    throw error;
  }
  const landing = createMongoLanding(mongo);
  return {
    landing,
    openLanding: () => landing,
    runs: createMongoRuns(mongo),
    access: forgettingFile(createMongoAccess(mongo), settings.dataDir),
    deliveries: createMongoDeliveries(mongo),
    close: mongo.close,
  };
}

/** What the folder's own file still holds of an account is forgotten with it. */
function forgettingFile(access: AccessStore, dataDir: string): AccessStore {
  return {
    ...access,
    forgetAccount: async (forget) => {
      await withFile(dataDir, (file) => file.forgetAccount(forget));
      return access.forgetAccount(forget);
    },
    // The next start would take them over again.
    removeKeys: async () => {
      await withFile(dataDir, (file) => file.removeKeys());
      await access.removeKeys();
    },
    emptyLog: () => withFile(dataDir, (file) => file.emptyLog()),
  };
}

/**
 * A folder that was served without MongoDB has keys of its own. They go on opening, and above all they go on closing: where there is no
 * key, everybody on the machine is admin.
 */
async function takeOverFile(mongo: Mongo, dataDir: string): Promise<void> {
  await withFile(dataDir, async (file) => takeOverKeys(mongo, await file.listKeys()));
}

async function withFile(dataDir: string, work: (file: AccessStore) => Promise<unknown>): Promise<void> {
  const path = join(dataDir, 'access.sqlite');
  if (!existsSync(path)) return;
  const file = openSqliteAccess(path);
  await work(file).finally(() => file.close());
}
