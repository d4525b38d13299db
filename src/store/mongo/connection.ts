// The connection to MongoDB, and how every call is made: writes confirmed by a majority with journal, reads of what a majority has,
// timeouts from the config, and another try where an error says that it helps. No transactions, change streams or pipeline updates:
// a standalone server and compatible ones lack them, and nothing here needs more than the atomicity of one document.
import { type Db, MongoClient, ReadConcern } from 'mongodb';
import { type Clock, type Randomness, systemClock, systemRandomness } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { ConfigError } from '../../errors.ts';
import { isPassing, toMongoStoreError } from './errors.ts';

export type MongoSettings = Pick<
  Config,
  'mongodbUri' | 'mongodbTimeoutMs' | 'mongodbSilenceMs' | 'mongodbConnections'
>;

export interface MongoPorts {
  readonly clock?: Clock;
  readonly random?: Randomness;
}

export interface Mongo {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Randomness;
  /**
   * Makes a call, again after errors that pass, until it has been tried for the configured time. The call must change nothing when it
   * is repeated: an error leaves open whether the server has done it.
   *
   * @throws GroovelakeError STORE, DISK_FULL or CONFIG
   */
  call<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const DEFAULT_DATABASE = 'groovelake';
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Connects, and finds out what kind of deployment answers. @throws ConfigError, StoreError */
export async function openMongo(settings: MongoSettings, ports: MongoPorts = {}): Promise<Mongo> {
  const { clock = systemClock, random = systemRandomness } = ports;
  const client = createClient(settings);
  let kind = 'Unknown';
  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    kind = newDescription.type;
  });
  try {
    await client.connect();
  } catch (error) {
    await client.close();
    throw toMongoStoreError(error);
  }
  // A standalone server knows no majority of others to read from.
  const isReplicated = kind.startsWith('ReplicaSet') || kind === 'Sharded';
  const db = client.db(
    nameDatabase(settings.mongodbUri),
    isReplicated ? { readConcern: new ReadConcern('majority') } : {},
  );

  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    const giveUpAt = clock.monotonic() + settings.mongodbTimeoutMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) || clock.monotonic() + pause >= giveUpAt) throw toMongoStoreError(error);
        await clock.sleep(pause * (0.5 + random.next() / 2));
      }
    }
  };
  return { db, clock, random, call, close: () => client.close() };
}

function createClient(settings: MongoSettings): MongoClient {
  const { mongodbUri = '', mongodbTimeoutMs: timeoutMs } = settings;
  try {
    return new MongoClient(mongodbUri, {
      appName: 'groovelake',
      writeConcern: { w: 'majority', journal: true, wtimeoutMS: timeoutMs },
      readPreference: 'primary',
      retryWrites: true,
      retryReads: true,
      serverSelectionTimeoutMS: timeoutMs,
      connectTimeoutMS: timeoutMs,
      waitQueueTimeoutMS: timeoutMs,
      socketTimeoutMS: settings.mongodbSilenceMs,
      maxPoolSize: settings.mongodbConnections,
      ignoreUndefined: true,
    });
  } catch {
    // The driver's message may hold the whole address, and with it the password.
    throw new ConfigError(
      'MONGODB_URI cannot be read; an address like mongodb://USER:PASSWORD@HOST:27017/groovelake is expected, ' +
        'with the characters : / ? # [ ] @ % of user and password percent-encoded.',
    );
  }
}

function nameDatabase(uri = ''): string {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri)?.[1];
  return name === undefined ? DEFAULT_DATABASE : decodeURIComponent(name);
}
