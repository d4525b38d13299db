// The attack list: requests that are made to cost more than they say. Each is refused before a statement is started, with a code.
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type FixtureServer, post, readAnswer, serveFixture } from './serve-fixture.ts';

const rows = { artists: [{ artist_id: 'a1' }], tracks: [{ track_id: 't1', artists: ['a1'] }] };
let open: FixtureServer;
let closed: FixtureServer;
beforeAll(async () => {
  open = await serveFixture(rows);
  closed = await serveFixture(rows, { GROOVELAKE_INTROSPECTION: 'false', GROOVELAKE_GRAPHIQL: 'false' });
});
afterAll(() => Promise.all([open.close(), closed.close()]));

const times = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join(' ');
const nest = (levels: number, before: string, inside: string, after: string) =>
  before.repeat(levels) + inside + after.repeat(levels);
const raw = async (path: string, init: RequestInit) => readAnswer(await fetch(`${open.url}${path}`, init));
const query = (text: string, variables: object = {}) => post(open.url, { query: text, variables });

/** Name, the request, and the code of the refusal. */
const ATTACKS: readonly (readonly [string, () => Promise<Answer>, string])[] = [
  ['3,000 aliases', () => query(`{ ${times(3_000, (at) => `a${at}: __typename`)} }`), 'TOO_MANY_TOKENS'],
  [
    '100 aliases of a dear field',
    () => query(`{ ${times(100, (at) => `a${at}: trackStats { totalCount }`)} }`),
    'TOO_MANY_ALIASES',
  ],
  [
    '30 aliases of a dear field, each within the limit',
    () =>
      query(
        `{ ${times(30, (at) => `a${at}: correlations(measures: [ENERGY, TEMPO]) { n } b: scatter(x: ENERGY, y: TEMPO, sample: 10000) { x }`).slice(0, 0)}${times(30, (at) => `a${at}: scatter(x: ENERGY, y: TEMPO, sample: 9000) { x }`)} }`,
      ),
    'TOO_COSTLY',
  ],
  ['a field 8,000 times', () => query(`{ ${'__typename '.repeat(8_000)} }`), 'TOO_MANY_TOKENS'],
  [
    '1,000 directives',
    () => query(`{ __typename ${'@include(if: true) '.repeat(1_000)} }`),
    'TOO_MANY_TOKENS',
  ],
  ['200 directives', () => query(`{ ${'__typename @skip(if: false) '.repeat(200)} }`), 'TOO_MANY_DIRECTIVES'],
  [
    '4,000 levels of fields',
    () => query(nest(4_000, '{ tracks { nodes ', '{ id }', ' } }')),
    'TOO_MANY_TOKENS',
  ],
  [
    '20 levels of fields',
    () =>
      query(
        nest(
          5,
          '{ artists(first: 1) { nodes { tracks(first: 1) { nodes { artists ',
          '{ id }',
          '} } } } }',
        ).replace(/artists \{ artists/g, 'artists { tracks'),
      ),
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    '12 levels through relations',
    () =>
      query(`{ track(id: "t1") { album { ${nest(5, 'artists { albums { nodes { ', 'id', ' } } } ')} } } }`),
    'TOO_DEEP',
  ],
  [
    '5,000 nested inline fragments',
    () => query(`{ ${nest(5_000, '... on Query { ', '__typename', ' }')} }`),
    'TOO_MANY_TOKENS',
  ],
  [
    'fragments that fan out to 2^22 fields',
    () =>
      query(
        `{ tracks { nodes { ...f0 } } } ${times(22, (at) => `fragment f${at} on Track { ...f${at + 1} ...f${at + 1} }`)} fragment f22 on Track { name id }`,
      ),
    'TOO_MANY_FIELDS',
  ],
  [
    'fragments in a circle',
    () => query('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }'),
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'nested lists of 100 x 100 x 100',
    () =>
      query(
        '{ artists(first: 100) { nodes { tracks(first: 100) { nodes { artists { tracks(first: 100) { nodes { id } } } } } } } }',
      ),
    'TOO_COSTLY',
  ],
  [
    'the same sizes as variables',
    () =>
      query(
        'query ($n: Int) { artists(first: $n) { nodes { tracks(first: $n) { nodes { artists { tracks(first: $n) { nodes { id } } } } } } } }',
        { n: 100 },
      ),
    'TOO_COSTLY',
  ],
  [
    'histograms of 1,000 bins in 100 groups',
    () =>
      query(
        '{ trackStats(groupBy: [ARTIST], first: 100) { nodes { energy { histogram(bins: 1000) { count } } } } }',
      ),
    'TOO_COSTLY',
  ],
  ['a page of a million', () => query('{ tracks(first: 1000000) { nodes { id } } }'), 'TOO_COSTLY'],
  ['a page of a negative number', () => query('{ tracks(first: -1) { nodes { id } } }'), 'INVALID_INPUT'],
  ['600 kB of comments', () => query(`{ __typename } ${'#\n'.repeat(300_000)}`), 'BODY_TOO_LARGE'],
  ['a body of 20 MB', () => query(`{ __typename } ${' '.repeat(20_000_000)}`), 'BODY_TOO_LARGE'],
  [
    'a batch',
    () =>
      post(
        open.url,
        Array.from({ length: 10 }, () => ({ query: '{ __typename }' })),
      ),
    'BAD_REQUEST',
  ],
  [
    'a mutation by GET',
    () =>
      raw(
        `/graphql?query=${encodeURIComponent('mutation { cancelRun(input: { runId: "x" }) { __typename } }')}`,
        {},
      ),
    'BAD_REQUEST',
  ],
  [
    'a mutation from a form',
    () =>
      raw('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'query=mutation{cancelRun(input:{runId:"x"}){__typename}}',
      }),
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'a mutation as plain text',
    () =>
      raw('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: '{"query":"mutation{cancelRun(input:{runId:\\"x\\"}){__typename}}"}',
      }),
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'keys of the prototype',
    () => post(open.url, '{"query":"{ __typename }","__proto__":{"isAdmin":true}}'),
    'BAD_REQUEST',
  ],
  ['a body that is no JSON', () => post(open.url, '{"query": "{ __typename }"'), 'BAD_REQUEST'],
  [
    'variables nested 8,000 deep',
    () =>
      post(
        open.url,
        `{"query":"query ($w: TrackFilter) { tracks(where: $w) { totalCount } }","variables":{"w":${nest(8_000, '{"not":', '{}', '}')}}}`,
      ),
    'VARIABLES_TOO_DEEP',
  ],
  [
    'a filter of 33,900 empty parts',
    () =>
      post(
        open.url,
        `{"query":"query ($w: TrackFilter) { tracks(where: $w) { totalCount } }","variables":{"w":{"or":[${times(33_900, () => '{}').replaceAll(' ', ',')}]}}}`,
      ),
    'VARIABLES_TOO_WIDE',
  ],
  [
    'a filter nested 30 deep',
    () => query(`{ tracks(where: ${nest(30, '{ not: ', '{}', ' }')}) { totalCount } }`),
    'INVALID_INPUT',
  ],
  [
    'one field selected from 480 times',
    () => query(`{ tracks(first: 1) { nodes { ${times(480, () => 'artists{id}')} } } }`),
    'TOO_MANY_REPEATS',
  ],
  [
    'one field selected from in 220 places of many fragments',
    () =>
      query(
        `{ tracks { nodes { ...a ...b ...c ...d } } } ${['a', 'b', 'c', 'd'].map((name) => `fragment ${name} on Track { ${times(55, () => 'album { id }')} }`).join(' ')}`,
      ),
    'TOO_MANY_REPEATS',
  ],
  [
    'introspection four times over',
    () => query(`{ ${times(4, (at) => `a${at}: __schema { types { name } }`)} }`),
    'TOO_MANY_INTROSPECTIONS',
  ],
  [
    'introspection in circles',
    () =>
      query(
        '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
      ),
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'introspection where it is off',
    () => post(closed.url, { query: getIntrospectionQuery() }),
    'INTROSPECTION_OFF',
  ],
  [
    'a name of the schema by guessing, where introspection is off',
    () => post(closed.url, { query: '{ trakcs { totalCount } }' }),
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'a regular expression of 5,000 characters',
    () =>
      query('query ($p: String) { tracks(where: { name: { matches: $p } }) { totalCount } }', {
        p: '(a+)+'.repeat(1_000),
      }),
    'INVALID_INPUT',
  ],
  [
    'an operation that is not there',
    () => post(open.url, { query: 'query a { __typename }', operationName: 'b' }),
    'OPERATION_RESOLUTION_FAILURE',
  ],
];

describe('the attack list', () => {
  const figures: string[] = [];
  afterAll(() =>
    console.log(`attack list: ${figures.length}/${ATTACKS.length} refused; slowest ${figures.sort().at(-1)}`),
  );

  it.each(ATTACKS)('%s', async (name, attack, code) => {
    const before = open.open.statements + closed.open.statements;
    const cpu = process.cpuUsage();
    const { status, body, text } = await attack();
    const spent = process.cpuUsage(cpu);
    expect(
      body.errors?.map((error) => error.extensions?.code),
      text.slice(0, 300),
    ).toContain(code);
    expect(Object.values(body.data ?? {}).every((value) => value === null)).toBe(true);
    expect(open.open.statements + closed.open.statements, 'statements started').toBe(before);
    expect([200, 400, 403, 405, 413, 415]).toContain(status);
    expect(text).not.toMatch(/Did you mean "tracks"|node_modules|\.ts:\d|\bat \w+ \(/);
    figures.push(
      `${String(Math.round((spent.user + spent.system) / 1_000)).padStart(4)} ms of CPU (client and server): ${name}`,
    );
  });

  it('has at least 30 entries, and GraphiQL is off where it is off', async () => {
    expect(ATTACKS.length).toBeGreaterThanOrEqual(30);
    const page = await fetch(`${closed.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(await page.text()).not.toContain('GraphiQL');
  });

  it('leaves the server answering, and lets the introspection of GraphiQL pass', async () => {
    expect((await query('{ tracks { totalCount } }')).body.data).toEqual({ tracks: { totalCount: 1 } });
    expect((await query(getIntrospectionQuery())).body.errors).toBeUndefined();
  });
});
