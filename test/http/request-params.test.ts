// Requests that are no GraphQL request, or only nearly: each is told which part of it is wrong, whatever the client accepts.
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type FixtureServer, readAnswer, serveFixture } from './serve-fixture.ts';

let server: FixtureServer;
beforeAll(async () => {
  server = await serveFixture({ tracks: [{ track_id: 't1', name: 'One' }] });
});
afterAll(() => server.close());

const QUERY = 'query Names($where: TrackFilter) { tracks(where: $where) { nodes { name } } }';
const address = (more: string) => `/graphql?query=${encodeURIComponent(QUERY)}&${more}`;
const body = (given: object) => JSON.stringify({ query: QUERY, ...given });
const ACCEPTED = ['application/json', 'application/graphql-response+json', 'text/csv'] as const;

async function send(
  what: string | Uint8Array<ArrayBuffer>,
  accept: string,
  headers: Record<string, string> = {},
) {
  const isAddress = typeof what === 'string' && what.startsWith('/graphql');
  const response = isAddress
    ? await fetch(`${server.url}${what}`, { headers: { accept } })
    : await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept, ...headers },
        body: what,
      });
  return readAnswer(response);
}

/** Name, the address of a GET or the body of a POST, and what the refusal says. */
const MALFORMED: readonly (readonly [string, string | Uint8Array<ArrayBuffer>, RegExp])[] = [
  [
    'GET: variables cut off',
    address('variables={"where":'),
    /^"variables" is .*no JSON .*a JSON object is expected/,
  ],
  ['GET: variables of a text', address('variables=%22x%22'), /^"variables" is "x"; a JSON object or null/],
  ['GET: variables of a list', address('variables=[1]'), /^"variables" is \[1\]; a JSON object or null/],
  [
    'GET: variables with a null byte',
    address('variables=%00'),
    /^"variables" is "\\u0000", which is no JSON/,
  ],
  ['GET: extensions cut off', address('extensions={'), /^"extensions" is "\{", which is no JSON/],
  ['GET: extensions of a number', address('extensions=7'), /^"extensions" is 7; a JSON object or null/],
  ['GET: variables twice', address('variables={}&variables={}'), /^The address has "variables" 2 times/],
  [
    'GET: a misspelt name',
    address('variabels={}'),
    /^The address has "variabels"; did you mean "variables"\?$/,
  ],
  ['GET: a misspelt format', address('formt=csv'), /^The address has "formt"; did you mean "format"\?$/],
  ['GET: two queries', address('query={__typename}'), /^The address has "query" 2 times/],
  ['POST: nothing', '', /^The body is no JSON/],
  ['POST: null', 'null', /^The body is null; a JSON object/],
  ['POST: a number', '7', /^The body is 7; a JSON object/],
  ['POST: a text', '"{ __typename }"', /^The body is "\{ __typename \}"; a JSON object/],
  ['POST: a list', '[]', /^The body is an array.*in a request of its own/],
  ['POST: JSON and more', `${body({})}}`, /^The body is no JSON/],
  ['POST: a query that is a number', body({ query: 1 }), /^"query" is 1; a string or null/],
  ['POST: a query that is a list', body({ query: [QUERY] }), /^"query" is \["query Names.*a string or null/],
  ['POST: a name that is a number', body({ operationName: 1 }), /^"operationName" is 1; a string or null/],
  [
    'POST: a name that is a list',
    body({ operationName: ['Names'] }),
    /^"operationName" is \["Names"\]; a string/,
  ],
  ['POST: a name that is an object', body({ operationName: {} }), /^"operationName" is \{\}; a string/],
  ['POST: variables as a text', body({ variables: '{}' }), /^"variables" is "\{\}"; a JSON object or null/],
  ['POST: variables as a list', body({ variables: [] }), /^"variables" is \[\]; a JSON object or null/],
  ['POST: variables of false', body({ variables: false }), /^"variables" is false; a JSON object or null/],
  ['POST: extensions as a text', body({ extensions: 'x' }), /^"extensions" is "x"; a JSON object or null/],
  ['POST: an id that is an object', body({ documentId: {} }), /^"documentId" is \{\}; a string or null/],
  [
    'POST: a misspelt parameter',
    body({ operatioName: 'x' }),
    /"operatioName".*did you mean "operationName"\?$/,
  ],
  ['POST: a foreign parameter', body({ isAdmin: true }), /"isAdmin".*expected are query, operationName, /],
  ['POST: a name of the prototype', '{"__proto__":{}}', /"__proto__"/],
  [
    'POST: bytes that are no UTF-8',
    Uint8Array.from([...Buffer.from(body({})), 0xff]),
    /^The body is not UTF-8/,
  ],
  [
    'POST: the same within a variable',
    Uint8Array.from(
      Buffer.from(body({ variables: { where: { name: { eq: '@' } } } }).replace('@', '\xff'), 'latin1'),
    ),
    /^The body is not UTF-8/,
  ],
];

describe('a malformed request', () => {
  it.each(MALFORMED)('is a 400 that names what is wrong: %s', async (_name, what, message) => {
    for (const accept of ACCEPTED) {
      const { status, body: answer } = await send(what, accept);
      expect([status, answer.errors?.length, answer.errors?.[0]?.extensions?.code], accept).toEqual([
        400,
        1,
        'BAD_REQUEST',
      ]);
      expect(answer.errors?.[0]?.message, accept).toMatch(message);
    }
    expect(server.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it('shows no more of a long value than helps to find it', async () => {
    const { body: answer } = await send(body({ variables: 'x'.repeat(100_000) }), 'application/json');
    expect(answer.errors?.[0]?.message.length).toBeLessThan(200);
  });

  it.each([
    ['a charset', { 'content-type': 'application/json; charset=utf-16' }, /^charset "utf-16".*UTF-8\.$/],
    ['a compression', { 'content-encoding': 'gzip' }, /^Content-Encoding "gzip".*uncompressed\.$/],
  ] as const)('is a 415 for %s that nobody reads', async (_name, headers, message) => {
    const { status, body: answer } = await send(body({}), 'application/json', headers);
    expect([status, answer.errors?.[0]?.extensions?.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(answer.errors?.[0]?.message).toMatch(message);
  });
});

describe('a request that leaves something out', () => {
  it.each([
    [
      'null for all but the query',
      body({ variables: null, extensions: null, operationName: null, documentId: null }),
    ],
    ['empty names', body({ operationName: '', documentId: '' })],
    ['an address with empty parameters', address('variables=&extensions=&operationName=')],
    ['an address with null', address('variables=null')],
    ['an address with a parameter of a cache', address('_=17')],
  ])('is answered: %s', async (_name, what) => {
    const { status, body: answer } = await send(what, 'application/json');
    expect([status, answer.data]).toEqual([200, { tracks: { nodes: [{ name: 'One' }] } }]);
    expect((await send(what, 'text/csv')).text).toBe('name\nOne\n');
  });

  it('takes a charset of UTF-8 in any writing', async () => {
    for (const charset of ['utf-8', 'UTF8', '"utf-8"'])
      expect(
        (await send(body({}), 'application/json', { 'content-type': `application/json;charset=${charset}` }))
          .status,
      ).toBe(200);
  });
});

describe('odd values within a request', () => {
  const totals = (where: object) => send(body({ variables: { where } }), 'application/json');

  it.each([
    ['a lone surrogate', '\ud800'],
    ['a null byte', 'O\u0000ne'],
    ['a sign beyond the basic plane', '\u{1F3B5}'],
  ])('match literally, which is nothing: %s', async (_name, text) => {
    for (const filter of [{ eq: text }, { contains: text }, { startsWith: text }, { in: [text] }]) {
      const { status, body: answer } = await totals({ name: filter });
      expect([status, answer.data], JSON.stringify(filter)).toEqual([200, { tracks: { nodes: [] } }]);
    }
    expect((await totals({ name: { eq: 'One' } })).body.data).toEqual({
      tracks: { nodes: [{ name: 'One' }] },
    });
  });

  it.each([
    ['beyond a double', '1e400', /Float cannot represent non numeric value: Infinity/],
    ['a text', '"1"', /Float cannot represent non numeric value: "1"/],
  ])('are refused as numbers: %s', async (_name, number, message) => {
    const text = body({ variables: { where: { energy: { gt: '@' } } } }).replace('"@"', number);
    const { status, body: answer } = await send(text, 'application/json');
    expect([status, answer.errors?.[0]?.extensions?.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(answer.errors?.[0]?.message).toMatch(message);
  });

  it('may be a number as large as a double holds', async () => {
    expect((await totals({ popularity: { lt: 2_147_483_647 }, energy: { lt: 1e308 } })).status).toBe(200);
  });
});

describe('a client that leaves before it has said all', () => {
  it('is no failure of the server', async () => {
    const before = server.logged.length;
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    );
    await systemClock.sleep(50);
    socket.destroy();
    await systemClock.sleep(50);
    expect(server.logged.slice(before)).toEqual([]);
    const status = await new Promise<number | undefined>((resolve) => {
      httpRequest(`${server.url}/health/live`, (response) => resolve(response.resume().statusCode)).end();
    });
    expect(status).toBe(200);
  });
});
