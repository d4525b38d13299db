import { Agent, createServer, request as httpRequest } from 'node:http';
import {
  GraphQLError,
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandomness, systemClock, systemRandomness } from '../../src/clock.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { GroovelakeError, InvalidInputError } from '../../src/errors.ts';
import { createAccessCheck } from '../../src/http/access.ts';
import { EXAMPLE_OPERATIONS } from '../../src/http/graphiql.ts';
import { createHttpHandlers } from '../../src/http/handlers.ts';
import { type HttpServer, startHttpServer } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { toGraphQLError } from '../../src/schema/errors.ts';
import { createLoginDesk } from '../../src/server/login-desk.ts';
import type { AccessStore, Scope } from '../../src/store/access/access-store.ts';
import { createApiKey } from '../../src/store/access/api-keys.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import type { Manifest } from '../../src/store/snapshots/manifest.ts';

const manifest = {
  id: '20261120-221507123-4f2a91',
  publishedAt: '2026-11-20T22:15:07.123Z',
  relations: [],
} as unknown as Manifest;

const Node: GraphQLObjectType = new GraphQLObjectType({
  name: 'Node',
  fields: () => ({
    name: { type: GraphQLString, resolve: () => 'x' },
    nodes: { type: new GraphQLList(Node), args: { first: { type: GraphQLInt } }, resolve: () => [{}] },
  }),
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      hello: { type: GraphQLString, resolve: () => 'world' },
      slow: { type: GraphQLString, resolve: () => systemClock.sleep(300) },
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
    },
  }),
});

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface Started {
  readonly url: string;
  readonly server: HttpServer;
  readonly logged: string[];
  readonly keys: AccessStore;
}

async function start(env: Record<string, string> = {}, hasSnapshot = true): Promise<Started> {
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
  const server = await startHttpServer({
    config,
    clock: systemClock,
    log,
    checkAccess: createAccessCheck({ config, keys, now: systemClock.now }),
    desk: createLoginDesk({ config, accessStore: keys, clock: systemClock, random: systemRandomness }),
    snapshots: {
      acquire: () => {
        if (!hasSnapshot) throw new GroovelakeError('STARTING', 'No snapshot yet.');
        return { manifest, resource: {}, release: () => {} };
      },
    },
    ...createHttpHandlers<object>({
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
      createContext: ({ pin }) => ({
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
      listLogins: async () => [],
      now: systemClock.now,
    },
    metrics: {
      config,
      runs,
      findSnapshot,
      statements: () => ({ started: 3, active: 0 }),
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

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    data?: Record<string, unknown>;
    errors?: { message: string; extensions: Record<string, unknown> }[];
    extensions?: Record<string, unknown>;
  };
}

async function ask(
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

const KEY = 'a-key-of-many-characters';

describe('a request', () => {
  it('is answered before there is a snapshot, where it needs none', async () => {
    const { url } = await start({}, false);
    const { body, headers } = await ask(url, '{ hello }');
    expect(body).toEqual({ data: { hello: 'world' } });
    expect(headers.get('x-groovelake-snapshot')).toBeNull();
  });

  it('is answered with the snapshot it read', async () => {
    const { url } = await start();
    const { body, headers } = await ask(url, '{ hello }');
    expect(body).toEqual({
      data: { hello: 'world' },
      extensions: { snapshot: { id: manifest.id, publishedAt: manifest.publishedAt } },
    });
    expect(headers.get('x-groovelake-snapshot')).toBe(manifest.id);
  });

  it('may be a GET for a query, and not for a mutation', async () => {
    const { url } = await start();
    expect(await (await fetch(`${url}/graphql?query={hello}`)).json()).toMatchObject({
      data: { hello: 'world' },
    });
    expect((await fetch(`${url}/graphql?query=mutation{change}`)).status).toBe(405);
  });

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
  ])('is refused as %s, which a foreign page could send', async (type) => {
    const { url } = await start();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'query=mutation{change}',
    });
    expect(response.status).toBe(415);
  });

  it('is refused when its body is too long, announced or not', async () => {
    const { url } = await start({ GROOVELAKE_MAX_BODY_BYTES: '2048' });
    const long = `{ hello } ${'#'.repeat(3_000)}`;
    expect((await ask(url, long)).status).toBe(413);
    const stream = new ReadableStream({
      start: (controller) => {
        for (let i = 0; i < 5; i++) controller.enqueue(new TextEncoder().encode('x'.repeat(1_000)));
        controller.close();
      },
    });
    const chunked = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
    expect((await ask(url, '{ hello }')).status).toBe(200);
  });

  it('to an unknown path gets a 404 that names what there is', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/nowhere`);
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('/graphql')]);
  });
});

describe('access', () => {
  it('wants the key on every path but /health/live and the page', async () => {
    const { url } = await start({ GROOVELAKE_API_KEY: KEY });
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Bearer ${KEY}x` },
      { authorization: `Basic ${KEY}` },
    ]) {
      const { status, body } = await ask(url, '{ hello }', headers as Record<string, string>);
      expect([status, body.errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    }
    expect((await ask(url, '{ hello }', { authorization: `Bearer ${KEY}` })).body.data).toEqual({
      hello: 'world',
    });
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/graphql?query={hello}`, { headers: { accept: 'text/html' } })).status).toBe(
      401,
    );
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(200);
  });

  it('without a key wants a loopback Host, against DNS rebinding', async () => {
    const { url } = await start();
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      request(`${url}/graphql?query={hello}`, { headers: { host: 'evil.example' } }, (response) =>
        resolve(response.statusCode),
      ).end();
    });
    expect(status).toBe(403);
  });
});

describe('keys', () => {
  const make = (keys: AccessStore, scope: Scope, expiresAt: number | null = null) =>
    createApiKey(
      keys,
      { name: scope, scope, createdBy: 'test', expiresAt },
      { now: systemClock.now(), random: systemRandomness },
    );
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

  it('open what their scope says: asking, operating, administering', async () => {
    const { url, keys } = await start();
    const [read, operate, admin] = await Promise.all([
      make(keys, 'read'),
      make(keys, 'operate'),
      make(keys, 'admin'),
    ]);
    const outcome = async (query: string, text: string) => {
      const { status, body } = await ask(url, query, bearer(text));
      return body.errors ? [status, body.errors[0]?.extensions.code] : status;
    };
    const all = [read.text, operate.text, admin.text];
    const forbidden = [403, 'FORBIDDEN'];
    expect(await Promise.all(all.map((text) => outcome('{ hello }', text)))).toEqual([200, 200, 200]);
    expect(await Promise.all(all.map((text) => outcome('mutation { change }', text)))).toEqual([
      forbidden,
      200,
      200,
    ]);
    expect(await Promise.all(all.map((text) => outcome('{ hello guarded }', text)))).toEqual([
      forbidden,
      forbidden,
      200,
    ]);
    const hidden = 'query { ...f } fragment f on Query { ... on Query { a: guarded } }';
    expect(await outcome(hidden, operate.text)).toEqual(forbidden);
  });

  it('are wanted from the first one on, and a revoked or expired one opens nothing, at once', async () => {
    const { url, keys } = await start();
    expect((await ask(url, '{ hello }')).status).toBe(200);
    const { key, text } = await make(keys, 'read');
    const brief = await make(keys, 'read', systemClock.now() + 3_600_000);
    expect((await ask(url, '{ hello }')).status).toBe(401);
    expect((await ask(url, '{ hello }', bearer(text))).status).toBe(200);
    await keys.revokeKey(key.id, systemClock.now());
    expect((await ask(url, '{ hello }', bearer(text))).status).toBe(401);
    expect((await ask(url, '{ hello }', bearer(brief.text))).status).toBe(200);
    await keys.saveKey({ ...brief.key, expiresAt: systemClock.now() - 1 });
    expect((await ask(url, '{ hello }', bearer(brief.text))).status).toBe(401);
    // An expired key does not open the door for those without one.
    expect((await ask(url, '{ hello }')).status).toBe(401);
  });

  it('of any shape get an answer, and none of them reaches the log', async () => {
    const { url, keys, logged } = await start();
    const { key, text } = await make(keys, 'admin');
    const near = `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
    const strange = [near, text.slice(0, -1), `${text}0`, `gl_${key.id}_`, 'ü'.repeat(9), 'x'.repeat(8_000)];
    for (const given of strange) {
      const answer = await ask(url, '{ hello }', { authorization: `Bearer ${encodeURI(given)}` });
      expect(answer.status).toBe(401);
    }
    const huge = await fetch(`${url}/graphql?query={hello}`, { headers: bearer('x'.repeat(1_000_000)) }).then(
      ({ status }) => status,
      () => 'cut',
    );
    expect([431, 'cut']).toContain(huge);
    const [, , secret = ''] = text.split('_');
    expect(logged.join('\n')).not.toContain(secret);
  });

  it('lets no page from elsewhere use an open server through the reader’s browser', async () => {
    const { url } = await start();
    const from = async (origin: string) => (await ask(url, 'mutation { change }', { origin })).status;
    expect(await from('https://evil.example')).toBe(403);
    expect(await from('null')).toBe(403);
    expect(await from('http://localhost:8501')).toBe(200);
  });
});

describe('limits', () => {
  it('refuse with the figure, the limit and advice', async () => {
    const { url } = await start({
      GROOVELAKE_MAX_DEPTH: '4',
      GROOVELAKE_MAX_ALIASES: '2',
      GROOVELAKE_MAX_COST: '100',
    });
    const code = async (query: string, variables = {}) =>
      (await ask(url, query, {}, variables)).body.errors?.[0];
    expect(await code('{ node { nodes { nodes { nodes { name } } } } }')).toMatchObject({
      extensions: { code: 'TOO_DEEP', given: 5, limit: 4 },
    });
    expect(await code('{ a: hello b: hello c: hello }')).toMatchObject({
      extensions: { code: 'TOO_MANY_ALIASES', given: 3, limit: 2 },
    });
    expect(await code('{ node { nodes(first: 100) { nodes(first: 100) { name } } } }')).toMatchObject({
      extensions: { code: 'TOO_COSTLY', limit: 100 },
    });
    expect(
      await code('query($n: Int) { node { nodes(first: $n) { nodes(first: $n) { name } } } }', { n: 100 }),
    ).toMatchObject({ extensions: { code: 'TOO_COSTLY' } });
    expect(await code(`{ hello ${'hello '.repeat(2_500)} }`)).toMatchObject({
      message: expect.stringContaining('the limit is 2000'),
      extensions: { code: 'TOO_MANY_TOKENS', given: 2_503, limit: 2_000 },
    });
  });

  it('stand against fragments that fan out', async () => {
    const { url } = await start();
    const fragments = Array.from(
      { length: 22 },
      (_, at) => `fragment f${at} on Node { ...f${at + 1} ...f${at + 1} }`,
    ).join(' ');
    const { body } = await ask(url, `{ node { ...f0 } } ${fragments} fragment f22 on Node { name }`);
    expect(body.data ?? body.errors).toBeDefined();
  });

  it('let the introspection of GraphiQL pass, unless it is switched off', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    expect((await ask((await start()).url, getIntrospectionQuery())).body.errors).toBeUndefined();
    const off = await start({ GROOVELAKE_INTROSPECTION: 'false' });
    expect((await ask(off.url, '{ __schema { types { name } } }')).body.errors?.[0]?.extensions.code).toBe(
      'INTROSPECTION_OFF',
    );
  });
});

describe('errors', () => {
  it('of ours say what helps, with a stable code', async () => {
    const { body } = await ask((await start()).url, '{ refused }');
    expect(body.errors?.[0]).toMatchObject({
      message: '"first" is 0; 1 to 100 is expected.',
      extensions: { code: 'INVALID_INPUT', field: 'first', given: '0' },
    });
  });

  it('that are unexpected are masked, with an id that is in the log', async () => {
    const { url, logged } = await start();
    const { body } = await ask(url, '{ secret hello }');
    const error = body.errors?.[0];
    expect(error?.extensions.code).toBe('INTERNAL');
    expect(JSON.stringify(body)).not.toMatch(/passwd|file\.ts|select/);
    expect(body.data).toEqual({ secret: null, hello: 'world' });
    expect(
      logged.some((line) => line.includes(String(error?.extensions.id)) && line.includes('passwd')),
    ).toBe(true);
    expect(new GraphQLError('x')).toBeInstanceOf(Error);
  });
});

describe('GraphiQL', () => {
  it('holds the example operations and loads nothing from elsewhere', async () => {
    const { url } = await start();
    const html = await (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).text();
    for (const { query } of EXAMPLE_OPERATIONS) {
      expect(html).toContain(/(?:query|mutation) (\w+)/.exec(query)?.[1]);
    }
    expect(EXAMPLE_OPERATIONS).toHaveLength(5);
    expect(html).not.toMatch(/<(?:script|link|img)[^>]+(?:src|href)=["']?(?:https?:)?\/\//i);
  });
});

describe('health', () => {
  it('is live from the first second, ready once there is data', async () => {
    const starting = await start({}, false);
    expect((await fetch(`${starting.url}/health/live`)).status).toBe(200);
    const response = await fetch(`${starting.url}/health/ready`);
    expect([response.status, await response.json()]).toEqual([503, { status: 'starting', reasons: [] }]);
    const ready = await start();
    expect(await (await fetch(`${ready.url}/health/ready`)).json()).toMatchObject({
      status: 'ready',
      snapshot: { id: manifest.id },
    });
  });

  it('tells a stranger how it stands, by codes, and nothing that names runs or people', async () => {
    const key = 'a-key-of-sixteen-or-more';
    const { url } = await start({ GROOVELAKE_API_KEY: key });
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`${url}/health/ready`, { headers })).json();
    expect(await ask({})).toEqual({
      status: 'ready',
      reasons: [],
      snapshot: { ageSeconds: expect.any(Number) },
    });
    expect(await ask({ authorization: `Bearer ${key}` })).toMatchObject({ snapshot: { id: manifest.id } });
  });

  it('comes as Prometheus metrics too', async () => {
    const text = await (await fetch(`${(await start()).url}/metrics`)).text();
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) groovelake_\w+ .+|groovelake_\w+(\{[^}]*\})? -?[\d.e+-]+)$/);
    }
    expect(text).toContain('groovelake_statements_total 3');
    expect(text).toContain('groovelake_degraded{reason="RUN_FAILED"} 2');
    expect(text).toContain('groovelake_webhook_deliveries{state="DELIVERED"} 2');
    expect(text).toContain('groovelake_runs{pipeline="CRAWL",status="TIMED_OUT"} 0');
  });
});

describe('starting and stopping', () => {
  it('names the port that is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(start({ PORT: String(port) })).rejects.toThrow(
      new RegExp(`PORT is "${port}", which another program already uses`),
    );
    other.close();
  });

  it('does not wait for connections that their clients keep alive once they are answered', async () => {
    const { url, server } = await start();
    const agent = new Agent({ keepAlive: true });
    const answer = () =>
      new Promise<void>((resolve, reject) => {
        const request = httpRequest(`${url}/graphql?query={slow}`, { agent }, (response) => {
          response.resume().on('end', resolve);
        });
        request.on('error', reject).end();
      });
    const answers = [answer(), answer()];
    await systemClock.sleep(50);
    // Were it for the deadline only, the test would time out before it.
    await server.stop(600_000);
    await Promise.all(answers);
    agent.destroy();
  });

  it('ends subscriptions, so that a stop does not wait for ever', async () => {
    const { url, server } = await start();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { ticks }' }),
    });
    const text = response.text().catch(() => 'cut');
    await systemClock.sleep(100);
    const started = systemClock.monotonic();
    await server.stop(60_000);
    expect(await text).toContain('"ticks":1');
    // Far below the deadline after which connections are cut.
    expect(systemClock.monotonic() - started).toBeLessThan(30_000);
  });
});
