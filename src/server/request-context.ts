// The context of a request: the parts of the process, seen through the snapshot that the request has pinned.
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { ContextRequest } from '../http/handlers.ts';
import { createListBudget } from '../http/limits/list-budget.ts';
import type { Context, Landed } from '../schema/context.ts';
import { createLoaders } from '../schema/loaders.ts';
import type { AccessStore } from '../store/access/access-store.ts';
import { mayReadRun } from '../store/access/may-read-run.ts';
import type { Catalog } from '../store/catalog/catalog.ts';
import { explainCatalog } from '../store/catalog/explain.ts';
import { failOnce } from '../store/catalog/fail-once.ts';
import type { OpenAccounts } from '../store/listening/open-accounts.ts';
import type { Notifier } from '../store/runs/notifier.ts';
import type { RunStore } from '../store/runs/run-store.ts';
import { readDictionary } from '../store/snapshots/dictionary.ts';
import { createDiffSnapshots } from '../store/snapshots/diff.ts';
import type { Served } from '../store/snapshots/served.ts';
import type { SnapshotStore } from '../store/snapshots/snapshot-store.ts';
import { createFindListener } from './listeners.ts';
import type { OpenSnapshot } from './open-snapshot.ts';

/** Makes the context of a request: what resolvers may ask and do, held to the snapshot that the request has pinned. */
export function contextFactory(parts: {
  openAccounts: OpenAccounts;
  config: Config;
  clock: Clock;
  runs: RunStore;
  openLanding: () => Landed;
  snapshots: SnapshotStore;
  served: Served<OpenSnapshot>;
  notifier: Notifier;
  accessStore: AccessStore;
  random: Randomness;
  wake: () => void;
}): (request: ContextRequest<OpenSnapshot>) => Context {
  const { clock, runs, openLanding, snapshots, served, notifier, openAccounts, accessStore, random, wake } =
    parts;
  const dictionary = readDictionary();
  return ({ pin, access, requireAccess, signal, explanation, config, mayExecuteTwice }) => {
    let opened: Catalog | undefined;
    const catalog = () => {
      if (opened) return opened;
      const plain = pin.get().resource.catalog.forRequest(signal);
      opened = explanation
        ? explainCatalog(plain, explanation.mode, explanation.statements, clock)
        : failOnce(plain, { mayExecuteTwice });
      return opened;
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
      loaders: createLoaders(catalog, runs, openLanding),
      lists: createListBudget(config),
      findListener: createFindListener(config, openAccounts, () => ({
        asker: { accountId: access.accountId ?? null, isOpen: access.actor === 'loopback' },
        manifest: pin.get().manifest,
        signal,
        whenOver: (ending) => pin.whenOver(ending),
      })),
      runs,
      mayReadRun: (run) => mayReadRun(access, run),
      get landing() {
        return openLanding();
      },
      snapshots,
      dictionary,
      findServedSnapshot: served.findManifest,
      refreshSnapshot: served.refresh,
      diffSnapshots: createDiffSnapshots(snapshots, {
        memoryMb: config.serveMemoryMb,
        tempMaxMb: config.tempMaxMb,
        timeoutMs: config.statementTimeoutMs,
        clock,
        signal,
      }),
      notifier,
      access,
      requireAccess,
      accessStore,
      random,
      wake,
      signal,
    };
  };
}
