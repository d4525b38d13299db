// A real HTTP server over a schema of a few fields that stand for what fields do: answer, take long, fail, be guarded, go deep.
import { GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { afterEach } from 'vitest';
import { seededRandomness, systemClock, systemRandomness } from '../../src/clock.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { GroovelakeError, InvalidInputError } from '../../src/errors.ts';
import { createAccessCheck } from '../../src/http/access.ts';
import { createHttpHandlers } from '../../src/http/handlers.ts';
import { type HttpServer, startHttpServer } from '../../src/http/server.ts';
import type { SnapshotSource } from '../../src/http/snapshot-pin.ts';
import { createLog } from '../../src/log.ts';
import { toGraphQLError } from '../../src/schema/errors.ts';
import { createLoginDesk } from '../../src/server/login-desk.ts';
import type { AccessStore } from '../../src/store/access/access-store.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import type { Manifest } from '../../src/store/snapshots/manifest.ts';

export const manifest = {
  id: '20261120-221507123-4f2a91',
  publishedAt: '2026-11-20T22:15:07.123Z',
  relations: [{ layer: 'gold', name: 'tracks', rows: 7 }],
} as unknown as Manifest;

/** How many events of 100 kB have been made. */
export const flood = { events: 0 };

const Node: GraphQLObjectType = new GraphQLObjectType({
  name: 'Node',
  fields: () => ({
    name: { type: GraphQLString, resolve: () => 'x' },
    // As a statement: it ends with its request.
    late: {
      type: GraphQLString,
      resolve: (_node, _args, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    },
    nodes: { type: new GraphQLList(Node), args: { first: { type: GraphQLInt } }, resolve: () => [{}] },
  }),
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      hello: { type: GraphQLString, resolve: () => 'world' },
      slow: { type: GraphQLString, resolve: () => systemClock.sleep(300) },
      late: { type: GraphQLString, resolve: () => systemClock.sleep(1_500) },
      node: { type: Node, resolve: () => ({}) },
      guarded: { type: GraphQLString, extensions: { scope: 'admin' }, resolve: () => 'opened' },
      secret: {
        type: GraphQLString,
        resolve: () => {
          throw new Error('select * from /etc/passwd at file.ts:12');
        },
      },
      refused: {
        type: GraphQLString,
        resolve: () => {
          throw new InvalidInputError('"first" is 0; 1 to 100 is expected.', {
            field: 'first',
            given: '0',
            expected: '1 to 100',
          });
        },
      },
    },
  }),
  mutation: new GraphQLObjectType({
    name: 'Mutation',
    fields: { change: { type: GraphQLString, resolve: () => 'done' } },
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      ticks: {
        type: GraphQLInt,
        subscribe: async function* () {
          yield { ticks: 1 };
          await new Promise(() => {});
        },
      },
      // Events that ask for much: each may hold a list.
      deepTick: {
        type: Node,
        subscribe: async function* () {
          for (let n = 0; n < 5; n++) yield { deepTick: {} };
        },
      },
      flood: {
        type: GraphQLString,
        subscribe: async function* () {
          for (;;) {
            flood.events += 1;
            yield { flood: 'x'.repeat(100_000) };
            await systemClock.sleep(0);
          }
        },
      },
      // As the events of a run that has ended, and of one that there is not.
      lastTick: {
        type: GraphQLInt,
        subscribe: async function* () {
          yield { lastTick: 1 };
        },
      },
      noTick: {
        type: GraphQLInt,
        // biome-ignore lint/correctness/useYield: It fails before it has anything to say.
        subscribe: async function* () {
          throw new InvalidInputError('There is no such clock.', { expected: 'a clock' });
        },
      },
      unheard: {
        type: GraphQLInt,
        subscribe: () => {
          throw new InvalidInputError('Nobody may hear this.', { expected: 'another' });
        },
      },
    },
  }),
});

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

export interface Started {
  readonly url: string;
  readonly server: HttpServer;
  readonly logged: string[];
  readonly keys: AccessStore;
}

/** Starts it on a free port; the end of the test stops it. */
export async function start(
  env: Record<string, string> = {},
  hasSnapshot = true,
  snapshots: SnapshotSource<object> = {
    acquire: () => {
      if (!hasSnapshot) throw new GroovelakeError('STARTING', 'No snapshot yet.');
      return { manifest, resource: {}, release: () => {} };
    },
  },
): Promise<Started> {
  const config: Config = readConfig({ PORT: '0', ...env });
  const logged: string[] = [];
  const log = createLog({
    level: 'debug',
    format: 'json',
    write: (line) => void logged.push(line),
    now: systemClock.now,
  });
  const runs = openSqliteRuns(':memory:');
  const keys = openSqliteAccess(':memory:');
  const findSnapshot = () => (hasSnapshot ? manifest : null);
  const checkAccess = createAccessCheck({ config, keys, now: systemClock.now });
  const server = await startHttpServer({
    config,
    clock: systemClock,
    log,
    checkAccess,
    desk: createLoginDesk({ config, accessStore: keys, clock: systemClock, random: systemRandomness }),
    snapshots,
    ...createHttpHandlers<object>({
      checkAccess,
      schema,
      explainedSchema: () => schema,
      config,
      log,
      clock: systemClock,
      random: seededRandomness(1),
      isSnapshotOnly: ({ definitions }) =>
        definitions.every((part) => !('operation' in part) || part.operation === 'query'),
      isLasting: () => true,
      // As the server's own: whoever touches it needs a snapshot.
      createContext: ({ pin, signal }) => ({
        signal,
        get catalog() {
          return pin.get();
        },
      }),
      toGraphQLError,
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
      findSnapshot,
      statements: () => ({ started: 3, active: 1 }),
      reasons: async () => ['RUN_FAILED', 'RUN_FAILED'],
      deliveries: async () => ({ PENDING: 1, DELIVERED: 2, GIVEN_UP: 0 }),
      now: systemClock.now,
    },
  });
  stops.push(async () => {
    await server.stop(500);
    await runs.close();
    await keys.close();
  });
  return { url: server.url, server, logged, keys };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    data?: Record<string, unknown>;
    errors?: { message: string; extensions: Record<string, unknown> }[];
    extensions?: Record<string, unknown>;
  };
}

export async function ask(
  url: string,
  query: string,
  headers: Record<string, string> = {},
  variables = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}
