// Opens the port: who may ask, what is asked in GraphQL, logins, health and metrics.
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import { createAccessCheck } from '../http/access.ts';
import { createHttpHandlers } from '../http/handlers.ts';
import { findReasons } from '../http/health-reasons.ts';
import { type HttpServer, startHttpServer } from '../http/server.ts';
import type { Log } from '../log.ts';
import { readAsOf } from '../schema/as-of.ts';
import { toGraphQLError } from '../schema/errors.ts';
import { buildExplainedSchema } from '../schema/explained.ts';
import { buildSchema } from '../schema/schema.ts';
import { isSnapshotOnly, readsOneSnapshot } from '../schema/snapshot-only.ts';
import { measureFreeMb } from '../store/disk-space.ts';
import { listLogins } from '../store/listening/logins.ts';
import type { OpenAccounts } from '../store/listening/open-accounts.ts';
import type { ServerStores } from '../store/open-stores.ts';
import type { Notifier } from '../store/runs/notifier.ts';
import type { Kept } from '../store/snapshots/kept.ts';
import type { Served } from '../store/snapshots/served.ts';
import type { SnapshotStore } from '../store/snapshots/snapshot-store.ts';
import { createLoginDesk } from './login-desk.ts';
import type { OpenSnapshot } from './open-snapshot.ts';
import { contextFactory } from './request-context.ts';

export interface HttpParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly log: Log;
  readonly stores: ServerStores;
  readonly snapshots: SnapshotStore;
  readonly served: Served<OpenSnapshot>;
  readonly kept: Kept<OpenSnapshot>;
  readonly openAccounts: OpenAccounts;
  readonly notifier: Notifier;
  /** Has queued runs looked for. */
  readonly wake: () => void;
}

/** @throws ConfigError where the address cannot be listened on */
export function startHttp(parts: HttpParts): Promise<HttpServer> {
  const { config, clock, random, log, stores, served, kept } = parts;
  const { runs, access: accessStore, deliveries, openLanding } = stores;
  const schema = buildSchema();
  const checkAccess = createAccessCheck({ config, keys: accessStore, now: clock.now });
  const health = {
    config,
    runs,
    findSnapshot: served.findManifest,
    listSnapshotWarnings: served.listWarnings,
    listLogins: () => listLogins(config.dataDir),
    examineWebhooks: () => deliveries.examine(config.webhookUrls),
    measureFreeMb: () => measureFreeMb(config.dataDir),
    clock,
  };
  return startHttpServer<OpenSnapshot>({
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
      createContext: contextFactory({ ...parts, runs, openLanding, accessStore }),
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
}
