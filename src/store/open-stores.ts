// The one place that opens the stores a configuration names: embedded SQLite files in the data folder, or MongoDB where MONGODB_URI is set.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { AccessStore } from './access/access-store.ts';
import { openSqliteAccess } from './access/sqlite.ts';
import type { DeliveryStore } from './deliveries/delivery-store.ts';
import { openSqliteDeliveries } from './deliveries/sqlite.ts';
import type { LandingStore } from './landing/landing-store.ts';
import { openSqliteLanding } from './landing/sqlite.ts';
import type { MongoSettings } from './mongo/connection.ts';
import { once } from './once.ts';
import type { RunStore } from './runs/run-store.ts';
import { openSqliteRuns } from './runs/sqlite.ts';

export interface Stores {
  readonly landing: LandingStore;
  readonly runs: RunStore;
  close(): Promise<void>;
}

export type StoreSettings = Pick<Config, 'dataDir'> & MongoSettings;

export interface StorePorts {
  readonly clock?: Clock;
  readonly random?: Randomness;
  /** A MongoDB database is left as it is: at its migration, and without the keys of the folder. Only for reading. */
  readonly isLookedAt?: boolean;
}

/**
 * Opens landing and runs. The data folder must be there (prepareDataDir); a MongoDB database is brought to the latest migration.
 *
 * @throws ConfigError for a URI that cannot be used; StoreError when MongoDB does not answer; GroovelakeError (FORMAT) for stores of a
 *   newer version
 */
export async function openStores(config: StoreSettings, ports: StorePorts = {}): Promise<Stores> {
  if (config.mongodbUri !== undefined) return openShared(config, ports);
  const runs = openSqliteRuns(join(config.dataDir, 'runs.sqlite'), ports.random);
  const landing = openSqliteLanding(join(config.dataDir, 'landing.sqlite'));
  return {
    landing,
    runs,
    close: async () => {
      await landing.close();
      await runs.close();
    },
  };
}

/** What a server or a worker needs that lasts longer than a run. */
export interface ServerStores {
  readonly runs: RunStore;
  readonly access: AccessStore;
  readonly deliveries: DeliveryStore;
  /** What has landed; a file is opened at the first call, as a server is rarely asked for it and serves without. @throws as openStores does */
  openLanding(): LandingStore;
  close(): Promise<void>;
}

/** Opens runs, keys and outbox; in MongoDB over one connection. @throws as openStores does */
export async function openServerStores(config: StoreSettings, ports: StorePorts = {}): Promise<ServerStores> {
  if (config.mongodbUri !== undefined) return openShared(config, ports);
  await using opening = new AsyncDisposableStack();
  const keep = <T extends { close(): Promise<void> }>(store: T): T => {
    opening.defer(() => store.close());
    return store;
  };
  const { dataDir } = config;
  const access = keep(openSqliteAccess(join(dataDir, 'access.sqlite')));
  const runs = keep(openSqliteRuns(join(dataDir, 'runs.sqlite'), ports.random));
  const deliveries = keep(openSqliteDeliveries(join(dataDir, 'deliveries.sqlite')));
  const opened = opening.move();
  const openLanding = once(() =>
    opened.adopt(openSqliteLanding(join(dataDir, 'landing.sqlite')), (landing) => landing.close()),
  );
  return { runs, access, deliveries, openLanding, close: () => opened.disposeAsync() };
}

/** Opens the run store alone; closing it closes its connection. @throws as openStores does */
export async function openRunStore(config: StoreSettings, ports: StorePorts = {}): Promise<RunStore> {
  if (config.mongodbUri === undefined) {
    return openSqliteRuns(join(config.dataDir, 'runs.sqlite'), ports.random);
  }
  const { runs, close } = await openShared(config, ports);
  return { ...runs, close };
}

/** Opens the landing store alone; closing it closes its connection. Null: nothing has landed in this folder. @throws as openStores does */
export async function openLandingStore(
  config: StoreSettings,
  ports: StorePorts = {},
): Promise<LandingStore | null> {
  if (config.mongodbUri === undefined) {
    const path = join(config.dataDir, 'landing.sqlite');
    return existsSync(path) ? openSqliteLanding(path) : null;
  }
  const { landing, close } = await openShared(config, ports);
  return { ...landing, close };
}

/** Opens the keys and the audit log alone; closing them closes their connection. @throws as openStores does */
export async function openAccessStore(config: StoreSettings, ports: StorePorts = {}): Promise<AccessStore> {
  if (config.mongodbUri === undefined) return openSqliteAccess(join(config.dataDir, 'access.sqlite'));
  const { access, close } = await openShared(config, ports);
  return { ...access, close };
}

/** Opens the outbox alone; closing it closes its connection. @throws as openStores does */
export async function openDeliveryStore(
  config: StoreSettings,
  ports: StorePorts = {},
): Promise<DeliveryStore> {
  if (config.mongodbUri === undefined) return openSqliteDeliveries(join(config.dataDir, 'deliveries.sqlite'));
  const { deliveries, close } = await openShared(config, ports);
  return { ...deliveries, close };
}

/** MongoDB's driver is loaded only where it is used: it would cost every start and every worker of an embedded deployment time. */
async function openShared(config: StoreSettings, ports: StorePorts): Promise<Stores & ServerStores> {
  const { openMongoStores } = await import('./mongo/open-mongo-stores.ts');
  return openMongoStores(config, ports);
}
