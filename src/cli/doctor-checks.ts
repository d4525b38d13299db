// What doctor looks at. A check throws or answers; it changes nothing but for a probe file that it removes again, and SQLite files of an
// older format, which any command brings up.
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { systemClock, systemRandomness, toIso } from '../clock.ts';
import { REAL_HOSTS } from '../config/sources.ts';
import { type Config, isLoopback } from '../config.ts';
import { findReach } from '../http/access.ts';
import { REFUSED_PORT } from '../http/refused-port.ts';
import { findShortfalls, type Shortfall } from '../pipeline/bronze/bronze-shortfall.ts';
import { isAbandoned } from '../pipeline/runs/recovery.ts';
import { isHnswAvailable } from '../recommend/hnsw-index.ts';
import type { ApiKey } from '../store/access/access-store.ts';
import { findKeyId, isUsable } from '../store/access/api-keys.ts';
import { examineDataDir } from '../store/data-dir.ts';
import { describeGivenUp } from '../store/deliveries/failing.ts';
import { describeFullDisk, measureFreeMb } from '../store/disk-space.ts';
import { openDuckDb } from '../store/duckdb.ts';
import { openSqliteLanding } from '../store/landing/sqlite.ts';
import { listAccountIds, listeningFolder } from '../store/listening/accounts.ts';
import { LISTENING_FILE } from '../store/listening/listening-file.ts';
import { isBusy, readLoginEnd } from '../store/listening/logins.ts';
import { openAccessStore, openDeliveryStore, openRunStore, openStores } from '../store/open-stores.ts';
import { listConfiguredSchedules } from '../store/runs/configured-schedules.ts';
import { findNextDue } from '../store/runs/cron.ts';
import { isClaimable } from '../store/runs/run-moves.ts';
import { NOT_ENDED, type RunStore, UNDER_WAY } from '../store/runs/run-store.ts';
import { listUnattended } from '../store/runs/unattended.ts';
import { findServer, isHeld } from '../store/server-lock.ts';
import { createCheckpoints } from '../store/snapshots/delta-checkpoint.ts';
import { localFiles } from '../store/snapshots/files.ts';
import { createSnapshotStore } from '../store/snapshots/local.ts';
import { findLogDamage } from '../store/snapshots/log-damage.ts';
import { HEAL_ADVICE } from '../store/snapshots/snapshot-store.ts';
import { isServerAlive } from './graphql-client.ts';

export interface Finding {
  readonly state: 'fine' | 'notable' | 'broken';
  readonly message: string;
}

export interface Check {
  readonly name: string;
  readonly look: (config: Config) => Promise<Finding>;
}

const fine = (message: string): Finding => ({ state: 'fine', message });
const notable = (message: string): Finding => ({ state: 'notable', message });
const broken = (message: string): Finding => ({ state: 'broken', message });

const LOOK = { isLookedAt: true };
const SPOTIFY_MS = 5_000;
/** Runs that have not ended are few. */
const LOOKED_AT = 100;
/** Memory for looking at the footers of files. */
const LOOK_MB = 128;

export const CHECKS: readonly Check[] = [
  {
    name: 'node',
    look: async () => fine(`${process.version}, thread pool ${process.env.UV_THREADPOOL_SIZE ?? 4}`),
  },
  {
    name: 'folder',
    look: async ({ dataDir }) =>
      (await examineDataDir(dataDir))
        ? fine(`${dataDir} can be written`)
        : notable(`${dataDir} is not there yet; the first start makes it`),
  },
  { name: 'disk', look: lookAtDisk },
  { name: 'server', look: lookForServer },
  {
    name: 'runs',
    look: async (config) => {
      if (!hasStore(config, 'runs.sqlite')) return fine('none yet');
      const runs = await openRunStore(config, LOOK);
      try {
        return await lookAtRuns(runs, config);
      } finally {
        await runs.close();
      }
    },
  },
  {
    name: 'landing',
    look: async (config) => {
      if (!hasStore(config, 'landing.sqlite')) return fine('none yet');
      if (config.mongodbUri !== undefined) return lookAtMigrations(config);
      await openSqliteLanding(join(config.dataDir, 'landing.sqlite')).close();
      return fine(`can be opened, in ${placeOf(config)}`);
    },
  },
  { name: 'schedules', look: async (config) => lookAtSchedules(config) },
  { name: 'snapshot', look: lookAtSnapshot },
  { name: 'tables', look: lookAtTables },
  { name: 'bronze', look: lookAtBronze },
  { name: 'accounts', look: lookAtAccounts },
  { name: 'keys', look: lookAtKeys },
  { name: 'webhooks', look: lookAtWebhooks },
  { name: 'port', look: lookAtPort },
  {
    name: 'index',
    look: async () =>
      isHnswAvailable()
        ? fine('hnswlib-node is compiled')
        : notable('hnswlib-node is not compiled: similar tracks are found by exact search, which is slower'),
  },
  {
    name: 'source',
    look: async ({ isSandbox }) =>
      isSandbox
        ? notable('no Spotify key is set: crawls go to the sandbox, whose data is invented')
        : fine('a Spotify key is set'),
  },
];

/** Only when it is asked for: it leaves this machine. */
export const SPOTIFY_CHECK: Check = {
  name: 'spotify',
  look: async (config) => {
    const address = config.spotifyApiUrl ?? REAL_HOSTS.spotifyApi;
    try {
      const { status } = await fetch(address, { signal: AbortSignal.timeout(SPOTIFY_MS) });
      return fine(`${address} answers (HTTP ${status})`);
    } catch (error) {
      return broken(`${address} cannot be reached (${(error as Error).cause ?? error})`);
    }
  },
};

/** Opening a store would make it, and doctor makes nothing. */
function hasStore({ mongodbUri, dataDir }: Config, file: string): boolean {
  return mongodbUri !== undefined || existsSync(join(dataDir, file));
}

function placeOf({ mongodbUri }: Config): string {
  return mongodbUri === undefined ? 'the data folder' : 'MongoDB';
}

async function lookAtMigrations(config: Config): Promise<Finding> {
  // The driver is loaded only where it is used.
  const { listWaitingMigrations } = await import('../store/mongo/migrate-database.ts');
  const waiting = await listWaitingMigrations(config);
  return waiting.length === 0
    ? fine('can be opened, in MongoDB, at the latest migration')
    : notable(
        `can be opened, in MongoDB; ${waiting.length === 1 ? '1 migration waits' : `${waiting.length} migrations wait`} for the next start: ${waiting.join(', ')}`,
      );
}

/**
 * Notable: what would stand still for good, as no server is there to go on with it; a worker of its own would, but cannot be seen. Where a
 * server is, it may be one that only serves: then what has stood still already.
 */
async function lookAtRuns(runs: RunStore, config: Config): Promise<Finding> {
  const now = systemClock.now();
  const underWay = await runs.countRuns({ statuses: UNDER_WAY });
  const message = `${await runs.countRuns()} on record, ${underWay} under way, in ${placeOf(config)}`;
  const announced = await findServer(config.dataDir);
  if (announced && (await isServerAlive(announced.url))) {
    const idle = (await listUnattended(runs, config, now)).map((found) => found.message);
    return idle.length === 0 ? fine(message) : notable(`${message}. ${idle.join(' ')}`);
  }
  const open = await runs.listRuns({ filter: { statuses: NOT_ENDED }, first: LOOKED_AT });
  const stuck = open.runs.filter((run) => isClaimable(run, now) || isAbandoned(run, now));
  if (stuck.length === 0) return fine(message);
  const names = stuck.slice(0, 5).map(({ id, status }) => `${id} (${status})`);
  const more = stuck.length > 5 ? ` and ${stuck.length - 5} more` : '';
  return notable(
    `${message}. No server goes on with ${names.join(', ')}${more}: start one, or "groovelake retry RUN", or "groovelake cancel RUN"`,
  );
}

/** What the configuration wants; one that it states wrongly keeps a server from starting. An operator's schedules are in "groovelake schedule". */
function lookAtSchedules(config: Config): Finding {
  const wanted = [...listConfiguredSchedules(config).values()].filter(({ isEnabled }) => isEnabled);
  if (wanted.length === 0) return fine('none in the configuration');
  const now = systemClock.now();
  const next = wanted.map((schedule) => {
    const at = findNextDue(schedule, now);
    return `${schedule.pipeline} next at ${at === null ? 'no instant' : toIso(at)}`;
  });
  return fine(`of the configuration: ${next.join(', ')}`);
}

async function lookAtDisk({ dataDir, minFreeMb }: Config): Promise<Finding> {
  let folder = resolve(dataDir);
  while (!existsSync(folder)) folder = dirname(folder);
  const freeMb = await measureFreeMb(folder);
  const full = describeFullDisk(freeMb, minFreeMb);
  return full === null ? fine(`${freeMb.toLocaleString('en-US')} MB free`) : broken(full);
}

async function lookForServer({ dataDir }: Config): Promise<Finding> {
  if (!isHeld(dataDir)) return fine('no server holds the folder');
  const announced = await findServer(dataDir);
  if (!announced)
    return broken(`a server holds "${dataDir}" and has not said where it listens: it starts, or hangs`);
  const name = `process ${announced.pid} at ${announced.url}`;
  return (await isServerAlive(announced.url))
    ? fine(`${name} serves this folder`)
    : broken(`${name} holds this folder but does not answer. Stop that process.`);
}

async function lookAtSnapshot({ dataDir }: Config): Promise<Finding> {
  const store = createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });
  const { manifest, warnings } = await store.lookAtCurrent();
  if (warnings.length > 0) {
    const advice = manifest ? ` ${HEAL_ADVICE}` : '';
    return broken(`damaged: ${warnings.join('; ')}.${advice}`);
  }
  if (!manifest) return notable('none yet; "groovelake start" or "groovelake import FILE" makes the first');
  const { id, publishedAt } = manifest;
  const hours = Math.round((systemClock.now() - Date.parse(publishedAt)) / 360_000) / 10;
  return fine(`${id}, published ${publishedAt} (${hours} h ago)`);
}

/** The logs by which other programs read the snapshot's tables; what is served needs none of them. */
async function lookAtTables({ dataDir }: Config): Promise<Finding> {
  const store = createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });
  const current = await store.readCurrent({ verify: 'LENGTHS' });
  if (!current) return fine('none yet');
  const { relations } = current.manifest;
  const checkpoints = createCheckpoints(localFiles, dataDir, systemClock);
  try {
    const { damaged, elsewhere } = await findLogDamage(dataDir, current.manifest, checkpoints);
    if (damaged.length > 0)
      return broken(
        `Delta logs are damaged: ${damaged.join('; ')}. Move the folder _delta_log of each away: the next publish begins it anew. What is served is not touched by it.`,
      );
    if (elsewhere.length > 0)
      return notable(
        `other programs read other files than are served of ${elsewhere.join(', ')}: a publish or a rollback is under way, or has died; the next publish brings them back`,
      );
    return fine(`the Delta logs of ${relations.length} are whole`);
  } finally {
    await checkpoints.close();
  }
}

/** A batch of two sources could lose documents on the way to bronze in versions before this check. */
async function lookAtBronze(config: Config): Promise<Finding> {
  const { dataDir } = config;
  const snapshots = createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });
  const published = new Set((await snapshots.readCurrent({ verify: 'LENGTHS' }))?.manifest.batches);
  // Opening both stores would make the one that is missing.
  const isThere = ['landing.sqlite', 'runs.sqlite'].every((file) => hasStore(config, file));
  if (published.size === 0 || !isThere) return fine('none yet');
  const { landing, close } = await openStores(config, LOOK);
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: LOOK_MB,
    threads: 1,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp'),
    tempMaxMb: LOOK_MB,
    clock: systemClock,
  });
  try {
    const batches = (await landing.listBatches({ sealed: true })).filter(({ id }) => published.has(id));
    const short = await findShortfalls(db, dataDir, batches);
    return short.length === 0
      ? fine(`holds every document of ${batches.length} batches`)
      : broken(describeShortfalls(short));
  } finally {
    await db.close();
    await close();
  }
}

function describeShortfalls(short: readonly Shortfall[]): string {
  const missing = short.reduce((sum, { landed, held }) => sum + landed - held, 0);
  const mendable = short.filter(({ canMend }) => canMend).flatMap(({ files }) => files);
  const names = [...new Set(short.map(({ batchId }) => batchId))];
  const rest = short.some(({ canMend }) => !canMend)
    ? ' Of some batches the bodies are gone from the landing store as well: fetch or import those again.'
    : '';
  return (
    `${missing} documents of ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more batches` : ''} are not in bronze.` +
    (mendable.length > 0
      ? ` Stop the server, remove ${mendable.join(', ')} from the data folder, and build anew: "groovelake run TRANSFORM --force".`
      : '') +
    rest
  );
}

/** Broken: files that cannot be read, but for those that another process holds just now; of their accounts nothing is told or shown. */
async function lookAtAccounts({ dataDir }: Config): Promise<Finding> {
  // What an interrupted removal has left of an account has no file.
  const ids = (await listAccountIds(dataDir)).filter((id) =>
    existsSync(join(listeningFolder(dataDir, id), LISTENING_FILE)),
  );
  const failures = ids.flatMap((id) => {
    try {
      readLoginEnd(dataDir, id);
      return [];
    } catch (error) {
      return [error as Error];
    }
  });
  if (failures.length === 0) return fine(`${ids.length} whose listening is kept`);
  const message = failures.map((error) => error.message).join(' ');
  return failures.every(isBusy) ? notable(message) : broken(message);
}

async function lookAtKeys(config: Config): Promise<Finding> {
  const { apiKey, jwtIssuer } = config;
  const keys = await listKeys(config);
  const usable = keys.filter((key) => isUsable(key, systemClock.now()));
  // A client's key is there for commands: a server does not start with it.
  const ownKey = findKeyId(apiKey ?? '') === null ? apiKey : undefined;
  const others = [ownKey && 'GROOVELAKE_API_KEY', jwtIssuer && `tokens of ${jwtIssuer}`].filter(Boolean);
  const ways = [`${usable.length} keys`, ...others].join(', ');
  if (usable.length + others.length > 0) return fine(ways);
  const reach = findReach(config);
  if (reach) {
    return broken(
      `${ways}, and ${reach.variable} is "${reach.value}". Make one with "groovelake keys create NAME --scope admin".`,
    );
  }
  return notable(
    keys.length > 0
      ? `${ways} of ${keys.length} work, so nobody comes in: "groovelake keys create NAME --scope admin" makes one, "groovelake keys open" wants none any more`
      : `${ways}: everybody on this machine is admin`,
  );
}

async function listKeys(config: Config): Promise<ApiKey[]> {
  const keys = hasStore(config, 'access.sqlite') ? await readKeys(config) : [];
  const own = join(config.dataDir, 'access.sqlite');
  if (config.mongodbUri === undefined || !existsSync(own)) return keys;
  // A folder that was served without MongoDB has keys of its own, which the next start takes over.
  const file = await readKeys({ ...config, mongodbUri: undefined });
  return [...keys, ...file.filter(({ id }) => !keys.some((known) => known.id === id))];
}

async function readKeys(config: Config): Promise<ApiKey[]> {
  const store = await openAccessStore(config, LOOK);
  try {
    return await store.listKeys();
  } finally {
    await store.close();
  }
}

async function lookAtWebhooks(config: Config): Promise<Finding> {
  const { webhookUrls } = config;
  const notes = [...listOpenWebhooks(config), ...(await listGivenUp(config))];
  return notes.length === 0 ? fine(`${webhookUrls.length} addresses`) : notable(notes.join('; '));
}

/** What the addresses of the settings never took, as long as it is on record, though they may work by now. */
async function listGivenUp(config: Config): Promise<string[]> {
  if (config.webhookUrls.length === 0 || !hasStore(config, 'deliveries.sqlite')) return [];
  const deliveries = await openDeliveryStore(config, LOOK);
  try {
    return (await deliveries.examine(config.webhookUrls))
      .filter(({ givenUp }) => givenUp > 0)
      .map(
        ({ url, givenUp, whyGivenUp }) =>
          `${describeGivenUp(givenUp)} for ${new URL(url).origin} (${whyGivenUp})`,
      );
  } finally {
    await deliveries.close();
  }
}

function listOpenWebhooks({ webhookUrls }: Config): string[] {
  const open = webhookUrls
    .map((address) => new URL(address))
    .filter(({ protocol, hostname }) => protocol === 'http:' && !isLoopback(hostname));
  if (open.length === 0) return [];
  const origins = [...new Set(open.map(({ origin }) => origin))].join(', ');
  const said = open.some(({ password }) => password !== '')
    ? 'what is told and the password'
    : 'what is told';
  return [`${origins}: by http ${said} can be read on the way; give an https address`];
}

async function lookAtPort({ port, host, dataDir }: Config): Promise<Finding> {
  const announced = await findServer(dataDir);
  if (announced && (await isServerAlive(announced.url)))
    return fine(`in use by the server at ${announced.url}`);
  const probe = createServer();
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    probe.once('error', resolve);
    probe.listen({ port, host }, () => resolve(null));
  });
  await new Promise<void>((resolve) => (error ? resolve() : probe.close(() => resolve())));
  if (!error) return fine(`${host}:${port} is free`);
  const why = REFUSED_PORT[error.code ?? ''] ?? 'HOST is expected to be an address of this machine.';
  return broken(`${host}:${port} cannot be listened on (${error.code}): ${why}`);
}
