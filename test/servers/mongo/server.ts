// A MongoDB for the tests of this folder: the one GROOVELAKE_TEST_MONGODB_URI or MONGODB_URI names, else the compatible server that
// .ci/servers/mongo.sh has installed, started here and ended with the tests.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { MongoClient } from 'mongodb';
import { readConfig } from '../../../src/config.ts';
import { type Mongo, openMongo } from '../../../src/store/mongo/connection.ts';
import { migrate } from '../../../src/store/mongo/migrations.ts';

const HOME = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'groovelake-test',
  'mongo-java-server-1.47.0',
);
const GIVEN = process.env.GROOVELAKE_TEST_MONGODB_URI ?? process.env.MONGODB_URI;

export const isMongoHere = GIVEN !== undefined || existsSync(join(HOME, 'MongoTestServer.class'));
if (!isMongoHere) {
  console.log(
    'skipped: no MongoDB for test/servers/mongo; set GROOVELAKE_TEST_MONGODB_URI, or run .ci/servers/mongo.sh (Java and Maven)',
  );
}

export interface TestServer {
  /** The URI of a database that nobody has used yet. */
  newUri(): string;
  /** Drops the databases it has named, and ends the server if it was started here. */
  stop(): Promise<void>;
}

export async function startMongo(): Promise<TestServer> {
  const { base, child } = GIVEN ? { base: GIVEN, child: null } : await spawnServer();
  const used: string[] = [];
  return {
    newUri: () => {
      const name = `groovelake_test_${randomBytes(6).toString('hex')}`;
      used.push(name);
      return withDatabase(base, name);
    },
    stop: async () => {
      if (child) {
        child.stdin?.end();
        return;
      }
      const client = new MongoClient(base);
      for (const name of used) await client.db(name).dropDatabase();
      await client.close();
    },
  };
}

/**
 * Variables for a program on a database of its own. Leases and answers get time: on a machine wanted by many, a process may not come to the
 * cores for longer than the defaults.
 */
export function patientEnvironment(server: TestServer): Record<string, string> {
  return {
    MONGODB_URI: server.newUri(),
    GROOVELAKE_LEASE_MS: '120000',
    GROOVELAKE_MONGODB_TIMEOUT_MS: '60000',
    GROOVELAKE_MONGODB_SILENCE_MS: '60000',
  };
}

/** A connection to a database of its own, migrated. */
export async function openTestMongo(server: TestServer, uri = server.newUri()): Promise<Mongo> {
  const mongo = await openMongo(readConfig({ MONGODB_URI: uri }));
  await migrate(mongo);
  return mongo;
}

async function spawnServer(): Promise<{ base: string; child: ChildProcess }> {
  const classPath = [join(HOME, 'lib', '*'), HOME].join(delimiter);
  const child = spawn('java', ['-Xmx1g', '-cp', classPath, 'MongoTestServer'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const base = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The MongoDB test server ended with exit code ${code}.`)));
  });
  return { base, child };
}

/** mongodb://host:port/?a=b becomes mongodb://host:port/name?a=b */
function withDatabase(uri: string, name: string): string {
  const [, before, query = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(uri) ?? [];
  return `${before}/${name}${query}`;
}
