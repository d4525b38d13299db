// The composition root: puts the parts together in boot order, and takes them apart in reverse.
import { type Clock, type Randomness, systemClock, systemRandomness } from './clock.ts';
import type { Config } from './config.ts';
import { createAccessCheck, isOpenToAll, requireKeysBeyondLoopback, requireOwnKey } from './http/access.ts';
import { createHttpHandlers } from './http/handlers.ts';
import { findReasons } from './http/health-reasons.ts';
import { startHttpServer } from './http/server.ts';
import type { Log } from './log.ts';
import type { WorkerHandle } from './pipeline/runs/worker-handle.ts';
import { isHnswAvailable } from './recommend/hnsw-index.ts';
import { readAsOf } from './schema/as-of.ts';
import { toGraphQLError } from './schema/errors.ts';
import { buildExplainedSchema } from './schema/explained.ts';
import { buildSchema } from './schema/schema.ts';
import { isSnapshotOnly, readsOneSnapshot } from './schema/snapshot-only.ts';
import { beginFirstRun, type FirstRun } from './server/first-run.ts';
import { createLoginDesk } from './server/login-desk.ts';
import { type OpenSnapshot, openSnapshot } from './server/open-snapshot.ts';
import { contextFactory } from './server/request-context.ts';
import { inviteSandboxListener } from './server/sandbox-listener.ts';
import { serveAtOnce } from './server/serve-at-once.ts';
import { createWorking } from './server/working.ts';
import { prepareDataDir } from './store/data-dir.ts';
import { measureFreeMb, withReserve } from './store/disk-space.ts';
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
  const lock = await withReserve(dataDir, () => lockDataDir(dataDir));
  opened.defer(() => lock.release());
  if (!isHnswAvailable())
    log.warn('hnswlib-node was not compiled on this machine: similar tracks are found by exact search');
  const stores = await withReserve(dataDir, () => openServerStores(config, { clock, random }));
  opened.defer(() => stores.close());
  const { runs, access: accessStore, deliveries, openLanding } = stores;
  await requireKeysBeyondLoopback(config, accessStore, clock.now());
  if (await isOpenToAll(config, accessStore))
    log.info(
      'There is no key: everybody on this machine is admin. Make one before you put a proxy in front, which speaks for others ("groovelake keys create NAME --scope admin")',
    );
  const snapshots = createSnapshotStore({ dataDir, clock, random });
  const notifier = createNotifier();
  const served = createServed<OpenSnapshot>({
    snapshots,
    clock,
    log,
    open: (manifest) => openSnapshot(manifest, config, clock, log),
  });
  opened.defer(() => served.close());
  served.onSwap((manifest) => {
    log.info('Serving a snapshot', { snapshot: manifest.id, run: manifest.runId });
    notifier.notify(SNAPSHOT_TOPIC);
  });
  let firstRun: FirstRun | null = null;
  inviteSandboxListener({
    config,
    runs,
    clock,
    served,
    log,
    findFirstRunId: () => (firstRun?.pipeline === 'REFRESH' ? firstRun.id : null),
    wake: () => working.wake(),
  });
  await served.refresh();
  const servePublished = serveAtOnce(runs, served);
  const working = createWorking({
    config,
    runs,
    deliveries,
    listLogins: () => listLogins(dataDir),
    clock,
    random,
    log,
    ...(spawnWorker ? { spawnWorker } : {}),
    onChange: (runId) => {
      notifier.notify(runTopic(runId));
      servePublished(runId);
    },
  });
  const kept = createKept<OpenSnapshot>({
    snapshots,
    served,
    open: (manifest) =>
      openSnapshot(manifest, { ...config, serveMemoryMb: config.asOfMemoryMb, statsMemoryMb: 0 }, clock, log),
    maxOpen: config.asOfMaxOpen,
    idleMs: config.asOfIdleMs,
    clock,
    log,
  });
  opened.defer(() => kept.close());
  const schema = buildSchema();
  const openAccounts = createOpenAccounts({ dataDir, config, clock });
  opened.defer(() => openAccounts.close());
  served.onSwap((manifest) => void openAccounts.follow(manifest));
  const health = {
    config,
    runs,
    findSnapshot: served.findManifest,
    listSnapshotWarnings: served.listWarnings,
    listLogins: () => listLogins(dataDir),
    examineWebhooks: () => deliveries.examine(config.webhookUrls),
    measureFreeMb: () => measureFreeMb(dataDir),
    clock,
  };
  const createContext = contextFactory({
    openAccounts,
    config,
    clock,
    runs,
    openLanding,
    snapshots,
    served,
    notifier,
    accessStore,
    random,
    wake: working.wake,
  });
  const checkAccess = createAccessCheck({ config, keys: accessStore, now: clock.now });
  const http = await startHttpServer<OpenSnapshot>({
    config,
    clock,
    log,
    snapshots: served,
    checkAccess,
    ...createHttpHandlers<OpenSnapshot>({
      checkAccess,
      schema,
      explainedSchema: buildExplainedSchema,
      config,
      log,
      clock,
      random,
      isSnapshotOnly: (document) => isSnapshotOnly(schema, document),
      isLasting: (document) => readsOneSnapshot(schema, document),
      createContext,
      chooseSnapshot: async ({ document, operationName, variables }) => {
        const asOf = readAsOf(schema, document, operationName, variables);
        return asOf && kept.acquire(asOf);
      },
      findWhole: kept.findWhole,
      toGraphQLError,
    }),
    desk: createLoginDesk({ config, accessStore, clock, random }),
    health,
    metrics: {
      config,
      runs,
      // Codes alone, counted: one for each account whose login ends.
      reasons: async () => (await findReasons(health, { scope: 'operate' })).map(({ code }) => code),
      deliveries: deliveries.countByState,
      findSnapshot: served.findManifest,
      statements: () => ({
        started: served.peek()?.catalog.statements ?? 0,
        active: served.peek()?.catalog.active ?? 0,
      }),
      now: clock.now,
    },
  });
  opened.defer(async () => {
    await Promise.all([http.stop(STOP_MS), working.stop(STOP_MS)]);
  });
  // Subscriptions are completed first: a request that waits for one would be waited for.
  opened.defer(() => notifier.close());
  await lock.announce(http.url);
  const manifest = served.findManifest();
  if (manifest) void openAccounts.warm(manifest);
  await working.start();
  opened.defer(snapshots.watchCurrent(() => void served.refresh()));
  firstRun = await beginFirstRun({ config, runs, clock, random, log, served });
  working.wake();
  return {
    url: http.url,
    runs,
    notifier,
    firstRun,
    findServedSnapshot: served.findManifest,
    stop: () => opened.disposeAsync(),
  };
}
