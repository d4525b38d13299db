// Landing and runs over one connection to MongoDB, brought to the latest migration first.
import { createMongoLanding } from '../landing/mongodb.ts';
import type { StorePorts, StoreSettings, Stores } from '../open-stores.ts';
import { createMongoRuns } from '../runs/mongodb.ts';
import { openMongo } from './connection.ts';
import { migrate } from './migrations.ts';

/** @throws ConfigError, StoreError, GroovelakeError (FORMAT) */
export async function openMongoStores(settings: StoreSettings, ports: StorePorts = {}): Promise<Stores> {
  const mongo = await openMongo(settings, ports);
  try {
    await migrate(mongo);
  } catch (error) {
    await mongo.close();
    throw error;
  }
  return { landing: createMongoLanding(mongo), runs: createMongoRuns(mongo), close: mongo.close };
}
