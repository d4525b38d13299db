import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openPersistedOperations, readPersistedOperations } from '../../src/http/persisted.ts';
import { type FixtureServer, post, readAnswer, serveFixture } from './serve-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'groovelake-persisted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const LIST = write(
  'list.json',
  JSON.stringify({
    'sha256:one': 'query One($id: ID!) { track(id: $id) { name } }',
    change: 'mutation { cancelRun(input: { runId: "x" }) { __typename } }',
  }),
);

describe('known operations', () => {
  let server: FixtureServer;
  beforeAll(async () => {
    server = await serveFixture(
      { tracks: [{ track_id: 't1', name: 'One' }] },
      { GROOVELAKE_PERSISTED_OPERATIONS: LIST, GROOVELAKE_PERSISTED_ONLY: 'true' },
    );
  });
  afterAll(() => server.close());
  const get = async (search: string) => readAnswer(await fetch(`${server.url}/graphql?${search}`));
  const one = { track: { name: 'One' } };

  it('are answered by id, in a body or by GET, as documentId or as a hash', async () => {
    const variables = { id: 't1' };
    expect((await post(server.url, { documentId: 'sha256:one', variables })).body.data).toEqual(one);
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'sha256:one' } };
    expect((await post(server.url, { extensions, variables })).body.data).toEqual(one);
    const asText = `variables=${encodeURIComponent(JSON.stringify(variables))}`;
    expect((await get(`documentId=sha256:one&${asText}`)).body.data).toEqual(one);
    expect(
      (await get(`extensions=${encodeURIComponent(JSON.stringify(extensions))}&${asText}`)).body.data,
    ).toEqual(one);
  });

  it('are all that is answered when so configured; a mutation is none for GET', async () => {
    const code = async (
      answer: Promise<{ status: number; body: { errors?: { extensions?: Record<string, unknown> }[] } }>,
    ) => {
      const { status, body } = await answer;
      return [status, body.errors?.[0]?.extensions?.code];
    };
    expect(await code(post(server.url, { query: '{ tracks { totalCount } }' }))).toEqual([
      403,
      'PERSISTED_ONLY',
    ]);
    expect(await code(readAnswer(await fetch(`${server.url}/export/tracks.csv`)))).toEqual([
      403,
      'PERSISTED_ONLY',
    ]);
    expect(await code(post(server.url, { documentId: 'two' }))).toEqual([
      404,
      'PERSISTED_OPERATION_NOT_FOUND',
    ]);
    expect(await code(post(server.url, {}))).toEqual([404, 'PERSISTED_OPERATION_NOT_FOUND']);
    expect(await code(get('documentId=change'))).toEqual([405, 'BAD_REQUEST']);
  });
});

describe('a list of known operations where texts are answered too', () => {
  let server: FixtureServer;
  beforeAll(async () => {
    server = await serveFixture(
      { tracks: [{ track_id: 't1', name: 'One' }] },
      { GROOVELAKE_PERSISTED_OPERATIONS: LIST },
    );
  });
  afterAll(() => server.close());
  const one = { track: { name: 'One' } };
  const ask = async (body: object, accept = '*/*') => {
    const { status, text, body: answer } = await post(server.url, body, { headers: { accept } });
    return [status, answer.errors?.[0]?.message ?? answer.data ?? text];
  };

  it('has clients of automatic persisted queries send a text whose hash is not on it', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'unknown' } };
    const declined = [200, 'PersistedQueryNotSupported'];
    expect(await ask({ extensions })).toEqual(declined);
    const search = `extensions=${encodeURIComponent(JSON.stringify(extensions))}`;
    const byGet = await readAnswer(await fetch(`${server.url}/graphql?${search}`));
    expect([byGet.status, byGet.body.errors?.[0]?.message]).toEqual(declined);
    expect(await ask({ extensions }, 'text/csv')).toEqual(declined);
    expect(await ask({ extensions, query: '{ track(id: "t1") { name } }' })).toEqual([200, one]);
  });

  it('answers what is on it, and says of another id that it is not', async () => {
    const variables = { id: 't1' };
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'sha256:one' } };
    for (const named of [{ extensions }, { documentId: 'sha256:one' }])
      expect(await ask({ ...named, variables })).toEqual([200, one]);
    expect(await ask({ documentId: 'two' })).toEqual([
      404,
      expect.stringContaining('no operation of that id'),
    ]);
    expect(await ask({ query: '{ track(id: "t1") { name } }' })).toEqual([200, one]);
  });
});

describe('without a list of known operations', () => {
  let server: FixtureServer;
  beforeAll(async () => {
    server = await serveFixture({ tracks: [{ track_id: 't1', name: 'One' }] });
  });
  afterAll(() => server.close());
  const hash = { persistedQuery: { version: 1, sha256Hash: 'abc' } };
  const firstError = (body: { errors?: { message: string; extensions?: Record<string, unknown> }[] }) => [
    body.errors?.[0]?.message,
    body.errors?.[0]?.extensions?.code,
  ];
  const declined = ['PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED'];

  it('automatic persisted queries are declined in the words their clients wait for, and the text is answered', async () => {
    const byHash = await post(server.url, { extensions: hash });
    expect([byHash.status, ...firstError(byHash.body)]).toEqual([200, ...declined]);
    const address = `${server.url}/graphql?extensions=${encodeURIComponent(JSON.stringify(hash))}`;
    const byGet = await readAnswer(await fetch(address));
    expect([byGet.status, ...firstError(byGet.body)]).toEqual([200, ...declined]);
    const { body } = await post(server.url, { extensions: hash, query: '{ track(id: "t1") { name } }' });
    expect(body.data).toEqual({ track: { name: 'One' } });
  });

  it('an id is refused, naming the setting, and a request of nothing as before', async () => {
    const byId = await post(server.url, { documentId: 'top' });
    expect(byId.status).toBe(400);
    expect(firstError(byId.body)).toEqual([
      expect.stringMatching(/no list.*GROOVELAKE_PERSISTED_OPERATIONS/),
      'PERSISTED_QUERY_NOT_SUPPORTED',
    ]);
    const table = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/csv' },
      body: JSON.stringify({ documentId: 'top' }),
    });
    expect([table.status, await table.text()]).toEqual([400, expect.stringMatching(/no list/)]);
    const empty = await post(server.url, {});
    expect([empty.status, ...firstError(empty.body)]).toEqual([
      400,
      'Must provide query string.',
      'BAD_REQUEST',
    ]);
  });
});

describe('the list of known operations', () => {
  it.each([
    ['nothing there', join(folder, 'none.json'), 'cannot be read'],
    ['no JSON', write('text.json', 'query { a }'), 'cannot be read as JSON'],
    ['a list', write('array.json', '["{ a }"]'), 'holds no object'],
    ['a document that is none', write('bad.json', '{"a": "{ "}'), 'where "a" is no GraphQL document'],
  ])('is refused at start: %s', (_name, path, why) => {
    expect(() => readPersistedOperations(path)).toThrow(why);
  });

  it('must be there when nothing else is answered', () => {
    expect(() => openPersistedOperations(readConfig({ GROOVELAKE_PERSISTED_ONLY: 'true' }))).toThrow(
      'there is no list',
    );
  });
});
