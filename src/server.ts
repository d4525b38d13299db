// The composition root: puts the parts together in boot order, and takes them apart in reverse.
import { type Clock, type Randomness, systemClock, systemRandomness } from './clock.ts';
import type { Config } from './config.ts';
import { isOpenToAll, requireKeysBeyondLoopback, requireOwnKey } from './http/access.ts';
import type { Log } from './log.ts';
import type { WorkerHandle } from './pipeline/runs/worker-handle.ts';
import { isHnswAvailable } from './recommend/hnsw-index.ts';
import { beginWork } from './server/begin-work.ts';
import type { FirstRun } from './server/first-run.ts';
import { type OpenSnapshot, openSnapshot } from './server/open-snapshot.ts';
import { serveAtOnce } from './server/serve-at-once.ts';
import { startHttp } from './server/start-http.ts';
import { createWorking } from './server/working.ts';
import { prepareDataDir } from './store/data-dir.ts';
import { withReserve } from './store/disk-space.ts';
import { listLogins } from './store/listening/logins.ts';
import { createOpenAccounts } from './store/listening/open-accounts.ts';
import { openServerStores } from './store/open-stores.ts';
import { listConfiguredSchedules } from './store/runs/configured-schedules.ts';
import { createNotifier, type Notifier, runTopic, SNAPSHOT_TOPIC } from './store/runs/notifier.ts';
import type { RunStore } from './store/runs/run-store.ts';
import { lockDataDir } from './store/server-lock.ts';
import { createKept } from './store/snapshots/kept.ts';
import { createSnapshotStore } from './store/snapshots/local.ts';
import type { Manifest } from './store/snapshots/manifest.ts';
import { createServed } from './store/snapshots/served.ts';
import { lowerPool } from './store/thread-priority.ts';

export interface Groovelake {
  readonly url: string;
  readonly runs: RunStore;
  readonly notifier: Notifier;
  /** The run that was begun because no snapshot is there to serve; null where one is. */
  readonly firstRun: FirstRun | null;
  readonly findServedSnapshot: () => Manifest | null;
  /** Lets requests finish, completes subscriptions, parks or stops runs, and closes everything. */
  stop(): Promise<void>;
}

export interface ServerParts {
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: Randomness;
  /** Starts a run's process; src/pipeline/worker.ts unless stated. */
  readonly spawnWorker?: (runId: string) => WorkerHandle;
}

const STOP_MS = 8_000;
const OPEN_TO_ALL =
  'There is no key: everybody on this machine is admin. Make one before you put a proxy in front, which speaks for others ("groovelake keys create NAME --scope admin")';

/** Starts everything. The port is open before there is data. @throws ConfigError */
export async function startGroovelake(config: Config, parts: ServerParts): Promise<Groovelake> {
  requireOwnKey(config);
  listConfiguredSchedules(config);
  await prepareDataDir(config.dataDir, parts.log);
  lowerPool();
  // What is opened is closed in reverse: by stop, or at once where something later cannot be started.
  const opened = new AsyncDisposableStack();
  try {
    return await startParts(config, parts, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function startParts(
  config: Config,
  { log, clock = systemClock, random = systemRandomness, spawnWorker }: ServerParts,
  opened: AsyncDisposableStack,
): Promise<Groovelake> {
  const { dataDir } = config;
  const ports = { clock, random };
  const lock = await withReserve(dataDir, () => lockDataDir(dataDir));
  opened.defer(() => lock.release());
  if (!isHnswAvailable())
    log.warn('hnswlib-node was not compiled on this machine: similar tracks are found by exact search');
  const stores = await withReserve(dataDir, () => openServerStores(config, ports));
  opened.defer(() => stores.close());
  const { runs, access, deliveries } = stores;
  await requireKeysBeyondLoopback(config, access, clock.now());
  if (await isOpenToAll(config, access)) log.info(OPEN_TO_ALL);

  const snapshots = createSnapshotStore({ dataDir, ...ports });
  const notifier = createNotifier();
  const open = (manifest: Manifest) => openSnapshot(manifest, config, clock, log);
  const served = createServed<OpenSnapshot>({ snapshots, clock, log, open });
  opened.defer(() => served.close());
  served.onSwap((manifest) => {
    log.info('Serving a snapshot', { snapshot: manifest.id, run: manifest.runId });
    notifier.notify(SNAPSHOT_TOPIC);
  });
  await served.refresh();
  const asOf = { ...config, serveMemoryMb: config.asOfMemoryMb, statsMemoryMb: 0 };
  const kept = createKept<OpenSnapshot>({
    snapshots,
    served,
    open: (manifest) => openSnapshot(manifest, asOf, clock, log),
    maxOpen: config.asOfMaxOpen,
    idleMs: config.asOfIdleMs,
    clock,
    log,
  });
  opened.defer(() => kept.close());
  const openAccounts = createOpenAccounts({ dataDir, config, clock });
  opened.defer(() => openAccounts.close());
  served.onSwap((manifest) => void openAccounts.follow(manifest));

  const servePublished = serveAtOnce(runs, served);
  const working = createWorking({
    config,
    runs,
    deliveries,
    listLogins: () => listLogins(dataDir),
    ...ports,
    log,
    ...(spawnWorker ? { spawnWorker } : {}),
    onChange: (runId) => {
      notifier.notify(runTopic(runId));
      servePublished(runId);
    },
  });
  const parts = { config, ...ports, log, stores, snapshots, served, kept, openAccounts, notifier };
  const http = await startHttp({ ...parts, wake: working.wake });
  opened.defer(async () => {
    await Promise.all([http.stop(STOP_MS), working.stop(STOP_MS)]);
  });
  // Subscriptions are completed first: a request that waits for one would be waited for.
  opened.defer(() => notifier.close());
  await lock.announce(http.url);
  const manifest = served.findManifest();
  if (manifest) void openAccounts.warm(manifest);
  const firstRun = await beginWork({ ...parts, runs, working }, opened);
  return {
    url: http.url,
    runs,
    notifier,
    firstRun,
    findServedSnapshot: served.findManifest,
    stop: () => opened.disposeAsync(),
  };
}
