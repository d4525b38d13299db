// A real HTTP server with the real schema over a fixture catalogue, for tests of what a client meets.
import { seededRandomness, systemClock, systemRandomness } from '../../src/clock.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { createAccessCheck } from '../../src/http/access.ts';
import { createHttpHandlers, type HandlersOptions } from '../../src/http/handlers.ts';
import { createListBudget } from '../../src/http/limits/list-budget.ts';
import { startHttpServer } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import type { Context } from '../../src/schema/context.ts';
import { toGraphQLError } from '../../src/schema/errors.ts';
import { buildExplainedSchema } from '../../src/schema/explained.ts';
import { createLoaders } from '../../src/schema/loaders.ts';
import { buildSchema } from '../../src/schema/schema.ts';
import { isSnapshotOnly, readsOneSnapshot } from '../../src/schema/snapshot-only.ts';
import { createLoginDesk } from '../../src/server/login-desk.ts';
import { mayReadRun } from '../../src/store/access/may-read-run.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import type { Catalog } from '../../src/store/catalog/catalog.ts';
import { explainCatalog } from '../../src/store/catalog/explain.ts';
import { failOnce } from '../../src/store/catalog/fail-once.ts';
import type { OpenCatalog } from '../../src/store/catalog/open.ts';
import { openSqliteLanding } from '../../src/store/landing/sqlite.ts';
import { createNotifier } from '../../src/store/runs/notifier.ts';
import type { Run } from '../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { readDictionary } from '../../src/store/snapshots/dictionary.ts';
import { createSnapshotStore } from '../../src/store/snapshots/local.ts';
import { type FixtureCatalog, type GoldFixtureRows, openFixtureCatalog } from '../fixtures/gold.ts';

export interface FixtureServer {
  readonly url: string;
  readonly config: Config;
  readonly open: OpenCatalog;
  /** Log lines as JSON. */
  readonly logged: string[];
  close(): Promise<void>;
}

/**
 * Starts it on a free port. `env` are settings; rows as for openFixtureCatalog. Without the lane all goes through Yoga; with the
 * index, what a serving index can answer starts no statement.
 */
export async function serveFixture(
  rows: GoldFixtureRows,
  env: Readonly<Record<string, string>> = {},
  {
    isLaneOpen = true,
    hasIndex = false,
    ...others
  }: {
    isLaneOpen?: boolean;
    hasIndex?: boolean;
    findWhole?: HandlersOptions<OpenCatalog>['findWhole'] & object;
  } = {},
): Promise<FixtureServer> {
  const fixture: FixtureCatalog = await openFixtureCatalog(rows, { env, hasIndex });
  const { open } = fixture;
  const { GROOVELAKE_COMPILED_QUERIES = 'true' } = process.env;
  const config = readConfig({
    PORT: '0',
    GROOVELAKE_DATA_DIR: fixture.fixture.dataDir,
    GROOVELAKE_COMPILED_QUERIES,
    ...env,
  });
  const runs = openSqliteRuns(':memory:');
  const keys = openSqliteAccess(':memory:');
  const landing = openSqliteLanding(':memory:');
  const dictionary = readDictionary();
  const logged: string[] = [];
  const log = createLog({
    level: 'debug',
    format: 'json',
    write: (line) => void logged.push(line),
    now: systemClock.now,
  });
  const findSnapshot = () => open.manifest;
  const snapshots = createSnapshotStore({
    dataDir: config.dataDir,
    clock: systemClock,
    random: seededRandomness(2),
  });
  const checkAccess = createAccessCheck({ config, keys, now: systemClock.now });
  const server = await startHttpServer<OpenCatalog>({
    config,
    clock: systemClock,
    log,
    checkAccess,
    desk: createLoginDesk({ config, accessStore: keys, clock: systemClock, random: systemRandomness }),
    snapshots: { acquire: () => ({ manifest: open.manifest, resource: open, release: () => {} }) },
    ...createHttpHandlers<OpenCatalog>({
      checkAccess,
      schema: buildSchema(),
      explainedSchema: buildExplainedSchema,
      config,
      log,
      clock: systemClock,
      random: seededRandomness(1),
      isSnapshotOnly: (document) => isLaneOpen && isSnapshotOnly(buildSchema(), document),
      isLasting: (document) => readsOneSnapshot(buildSchema(), document),
      ...others,
      toGraphQLError,
      createContext: ({ pin, access, requireAccess, signal, explanation, config, mayExecuteTwice }) => {
        let opened: Catalog | undefined;
        const catalog = () => {
          if (opened) return opened;
          const plain = pin.get().resource.forRequest(signal);
          opened = explanation
            ? explainCatalog(plain, explanation.mode, explanation.statements, systemClock)
            : failOnce(plain, { mayExecuteTwice });
          return opened;
        };
        return {
          config,
          clock: systemClock,
          get catalog() {
            return catalog();
          },
          similarity: null,
          loaders: createLoaders(catalog, runs, () => landing),
          lists: createListBudget(config),
          runs,
          mayReadRun: (run: Run) => mayReadRun(access, run),
          findListener: async () => null,
          landing,
          snapshots,
          dictionary,
          findServedSnapshot: findSnapshot,
          refreshSnapshot: async () => {},
          diffSnapshots: async () => [],
          notifier: createNotifier(),
          access,
          requireAccess,
          accessStore: keys,
          random: seededRandomness(1),
          wake: () => {},
          signal,
        } as unknown as Context;
      },
    }),
    health: {
      config,
      runs,
      findSnapshot,
      listSnapshotWarnings: () => [],
      measureFreeMb: async () => 2 ** 20,
      listLogins: async () => [],
      examineWebhooks: async () => [],
      clock: systemClock,
    },
    metrics: {
      config,
      runs,
      reasons: async () => [],
      deliveries: async () => ({}),
      findSnapshot,
      statements: () => ({ started: open.statements, active: open.active }),
      now: systemClock.now,
    },
  });
  return {
    url: server.url,
    config,
    open,
    logged,
    close: async () => {
      await server.stop(500);
      await runs.close();
      await keys.close();
      await landing.close();
      await fixture.close();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: {
    data?: Record<string, unknown> | null;
    errors?: { message: string; path?: unknown[]; extensions?: Record<string, unknown> }[];
    extensions?: Record<string, unknown>;
  };
}

/** Posts a body as JSON, or as it is when it is a text; other options as for fetch. */
export async function post(url: string, body: unknown, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    ...init,
    headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return readAnswer(response);
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  let body: unknown = {};
  try {
    body = JSON.parse(text);
  } catch {
    // A page, a table or nothing.
  }
  return { status: response.status, headers: response.headers, text, body: body as Answer['body'] };
}
