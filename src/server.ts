// The composition root: puts the parts together in boot order, and takes them apart in reverse.
import { join } from 'node:path';
import { type Clock, type Randomness, systemClock, systemRandomness } from './clock.ts';
import type { Config } from './config.ts';
import { createAccessCheck, requireKeysBeyondLoopback } from './http/access.ts';
import { type ContextRequest, createHttpHandlers } from './http/handlers.ts';
import { findReasons } from './http/health-reasons.ts';
import { startHttpServer } from './http/server.ts';
import type { Log } from './log.ts';
import { isHnswAvailable } from './recommend/hnsw-index.ts';
import { openSimilarity, type TrackSimilarity } from './recommend/service.ts';
import { readAsOf } from './schema/as-of.ts';
import type { Context } from './schema/context.ts';
import { toGraphQLError } from './schema/errors.ts';
import { buildExplainedSchema } from './schema/explained.ts';
import { createLoaders } from './schema/loaders.ts';
import { buildSchema } from './schema/schema.ts';
import { isSnapshotOnly } from './schema/snapshot-only.ts';
import { createFindListener } from './server/listeners.ts';
import { inviteSandboxListener } from './server/sandbox-listener.ts';
import { createWorking } from './server/working.ts';
import type { AccessStore } from './store/access/access-store.ts';
import { openSqliteAccess } from './store/access/sqlite.ts';
import { explainCatalog } from './store/catalog/explain.ts';
import { type OpenCatalog, openCatalog } from './store/catalog/open.ts';
import { lockDataDir, prepareDataDir } from './store/data-dir.ts';
import { openSqliteDeliveries } from './store/deliveries/sqlite.ts';
import { createOpenAccounts, type OpenAccounts } from './store/listening/open-accounts.ts';
import { openRunStore } from './store/open-stores.ts';
import { listConfiguredSchedules } from './store/runs/configured-schedules.ts';
import { createNotifier, type Notifier, runTopic, SNAPSHOT_TOPIC } from './store/runs/notifier.ts';
import type { RunStore } from './store/runs/run-store.ts';
import { triggerRun } from './store/runs/trigger.ts';
import { openServing } from './store/serving/open.ts';
import { diffSnapshots } from './store/snapshots/diff.ts';
import { createKept } from './store/snapshots/kept.ts';
import { createSnapshotStore } from './store/snapshots/local.ts';
import type { Manifest } from './store/snapshots/manifest.ts';
import { createServed, type Served } from './store/snapshots/served.ts';
import type { SnapshotStore } from './store/snapshots/snapshot-store.ts';

/** What is open for the served snapshot. */
interface OpenSnapshot {
  readonly catalog: OpenCatalog;
  readonly similarity: TrackSimilarity | null;
  close(): Promise<void>;
}

export interface Groovelake {
  readonly url: string;
  readonly runs: RunStore;
  readonly notifier: Notifier;
  /** The first run, when the data folder was empty. */
  readonly firstRunId: string | null;
  readonly findServedSnapshot: () => Manifest | null;
  /** Lets requests finish, completes subscriptions, parks or stops runs, and closes everything. */
  stop(): Promise<void>;
}

export interface ServerParts {
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: Randomness;
}

const STOP_MS = 8_000;

/** Starts everything. The port is open before there is data. @throws ConfigError */
export async function startGroovelake(
  config: Config,
  { log, clock = systemClock, random = systemRandomness }: ServerParts,
): Promise<Groovelake> {
  const { dataDir } = config;
  listConfiguredSchedules(config);
  await prepareDataDir(dataDir);
  const lock = await lockDataDir(dataDir);
  if (!isHnswAvailable())
    log.warn('hnswlib-node was not compiled on this machine: similar tracks are found by exact search');
  const accessStore = openSqliteAccess(join(dataDir, 'access.sqlite'));
  const giveUp = async (error: unknown): Promise<never> => {
    await Promise.all([accessStore.close(), lock.release()]);
    throw error;
  };
  await requireKeysBeyondLoopback(config, accessStore, clock.now()).catch(giveUp);
  const runs = await openRunStore(config, { clock, random }).catch(giveUp);
  const snapshots = createSnapshotStore({ dataDir, clock, random });
  const notifier = createNotifier();
  const served = createServed<OpenSnapshot>({
    snapshots,
    log,
    open: (manifest) => openSnapshot(manifest, config, clock, log),
  });
  served.onSwap((manifest) => {
    log.info('Serving a snapshot', { snapshot: manifest.id, run: manifest.runId });
    notifier.notify(SNAPSHOT_TOPIC);
  });
  let firstRunId: string | null = null;
  inviteSandboxListener({
    config,
    runs,
    clock,
    served,
    log,
    findFirstRunId: () => firstRunId,
    wake: () => working.wake(),
  });
  await served.refresh();
  const deliveries = openSqliteDeliveries(join(dataDir, 'deliveries.sqlite'));
  const servePublished = serveAtOnce(runs, served);
  const working = createWorking({
    config,
    runs,
    deliveries,
    clock,
    random,
    log,
    onChange: (runId) => {
      notifier.notify(runTopic(runId));
      servePublished(runId);
    },
  });
  const kept = createKept<OpenSnapshot>({
    snapshots,
    served,
    open: (manifest) => openSnapshot(manifest, { ...config, serveMemoryMb: config.asOfMemoryMb }, clock, log),
    maxOpen: config.asOfMaxOpen,
    idleMs: config.asOfIdleMs,
    clock,
    log,
  });
  const schema = buildSchema();
  const openAccounts = createOpenAccounts({ dataDir, config, clock });
  const health = {
    config,
    runs,
    findSnapshot: served.findManifest,
    listSnapshotWarnings: served.listWarnings,
    now: clock.now,
  };
  const createContext = contextFactory({
    openAccounts,
    config,
    clock,
    runs,
    snapshots,
    served,
    notifier,
    accessStore,
    random,
    wake: working.wake,
  });
  const http = await startHttpServer<OpenSnapshot>({
    config,
    clock,
    log,
    snapshots: served,
    checkAccess: createAccessCheck({ config, keys: accessStore, now: clock.now }),
    ...createHttpHandlers<OpenSnapshot>({
      schema,
      explainedSchema: buildExplainedSchema,
      config,
      log,
      clock,
      random,
      isSnapshotOnly: (document) => isSnapshotOnly(buildSchema(), document),
      createContext,
      chooseSnapshot: async ({ document, operationName, variables }) => {
        const asOf = readAsOf(schema, document, operationName, variables);
        return asOf && kept.acquire(asOf);
      },
      toGraphQLError,
    }),
    health,
    metrics: {
      config,
      runs,
      reasons: async () => (await findReasons(health)).map(({ code }) => code),
      deliveries: deliveries.countByState,
      findSnapshot: served.findManifest,
      statements: () => ({
        started: served.peek()?.catalog.statements ?? 0,
        active: served.peek()?.catalog.active ?? 0,
      }),
      now: clock.now,
    },
  }).catch(async (error: unknown) => {
    await Promise.all([
      kept.close(),
      served.close(),
      runs.close(),
      deliveries.close(),
      accessStore.close(),
      lock.release(),
    ]);
    throw error;
  });
  await lock.announce(http.url);
  await working.start();
  const stopWatching = snapshots.watchCurrent(() => void served.refresh());
  const first = served.findManifest()
    ? null
    : await triggerRun(runs, clock, { pipeline: 'REFRESH', trigger: 'BOOT' });
  firstRunId = first?.run.id ?? null;
  working.wake();
  return {
    url: http.url,
    runs,
    notifier,
    firstRunId,
    findServedSnapshot: served.findManifest,
    stop: async () => {
      stopWatching();
      notifier.close();
      await Promise.all([http.stop(STOP_MS), working.stop(STOP_MS)]);
      await kept.close();
      await openAccounts.close();
      await served.close();
      await runs.close();
      await deliveries.close();
      await accessStore.close();
      await lock.release();
    },
  };
}

/**
 * The worker says that its run has changed: what it published is served at once, not at the next look at CURRENT. Each snapshot is
 * looked at once, since a look proves every file of it.
 */
function serveAtOnce(runs: RunStore, served: Served<OpenSnapshot>): (runId: string) => void {
  let latest = '';
  return (runId) => {
    const look = async () => {
      const published = (await runs.findRun(runId))?.snapshotId ?? '';
      if (published <= latest) return;
      latest = published;
      if (published !== served.findManifest()?.id) await served.refresh();
    };
    // CURRENT is watched too: what fails here is made good by the next look.
    look().catch(() => {});
  };
}

async function openSnapshot(
  manifest: Manifest,
  config: Config,
  clock: Clock,
  log: Log,
): Promise<OpenSnapshot> {
  const catalog = await openCatalog({
    manifest,
    dataDir: config.dataDir,
    config,
    clock,
    tempDir: join(config.dataDir, 'tmp', 'serve'),
    serving: openServing({
      manifest,
      dataDir: config.dataDir,
      log,
      tempDir: join(config.dataDir, 'tmp', 'serving'),
      memoryMb: config.serveMemoryMb,
      tempMaxMb: config.tempMaxMb,
    }),
  });
  const artifact = manifest.artifacts.find(({ name }) => name === 'similarity');
  const folder = join(config.dataDir, 'artifacts', manifest.id, 'similarity');
  const options = { scanBelow: config.indexScanBelow, filtersKept: config.indexFiltersKept };
  const similarity = artifact
    ? await openSimilarity(folder, artifact.builtFor, options, (message) => log.warn(message)).catch(
        (error: unknown) => {
          log.error('The similarity index could not be opened; similar tracks are not served', { error });
          return null;
        },
      )
    : null;
  return { catalog, similarity, close: () => catalog.close() };
}

function contextFactory(parts: {
  openAccounts: OpenAccounts;
  config: Config;
  clock: Clock;
  runs: RunStore;
  snapshots: SnapshotStore;
  served: Served<OpenSnapshot>;
  notifier: Notifier;
  accessStore: AccessStore;
  random: Randomness;
  wake: () => void;
}): (request: ContextRequest<OpenSnapshot>) => Context {
  const { clock, runs, snapshots, served, notifier, openAccounts, accessStore, random, wake } = parts;
  return ({ pin, access, signal, explanation, config }) => {
    const catalog = () => {
      const plain = pin.get().resource.catalog.forRequest(signal);
      return explanation ? explainCatalog(plain, explanation.mode, explanation.statements, clock) : plain;
    };
    return {
      config,
      clock,
      get catalog() {
        return catalog();
      },
      get similarity() {
        return pin.get().resource.similarity;
      },
      loaders: createLoaders(catalog, runs),
      findListener: createFindListener(config, openAccounts, () => ({
        asker: { accountId: access.accountId ?? null, isOpen: access.actor === 'loopback' },
        manifest: pin.get().manifest,
        signal,
      })),
      runs,
      snapshots,
      findServedSnapshot: served.findManifest,
      refreshSnapshot: served.refresh,
      diffSnapshots: (fromId, to) =>
        diffSnapshots(snapshots, fromId, to, {
          memoryMb: config.serveMemoryMb,
          tempMaxMb: config.tempMaxMb,
          timeoutMs: config.statementTimeoutMs,
          clock,
          signal,
        }),
      notifier,
      access,
      accessStore,
      random,
      wake,
      signal,
    };
  };
}
