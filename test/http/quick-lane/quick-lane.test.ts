// The quick lane says what Yoga says, byte for byte, only sooner.
import { request as httpRequest } from 'node:http';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { ShareTakenError } from '../../../src/http/limits/admission.ts';
import { createQuickLane, type LaneParts } from '../../../src/http/quick-lane/quick-lane.ts';
import { SnapshotPin } from '../../../src/http/snapshot-pin.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { type FixtureServer, post, readAnswer, serveFixture } from '../serve-fixture.ts';

// Each opens two engines or servers, which takes its time where eight suites share two cores.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const ROWS = {
  artists: [{ artist_id: 'a1', name: 'Rush', popularity: 70, genres: ['rock'] }],
  albums: [{ album_id: 'b1', name: 'Moving Pictures', release_date: '1981-02-12', artists: ['a1'] }],
  tracks: [
    { track_id: 't1', name: 'Tom Sawyer', popularity: 60, album_id: 'b1', artists: ['a1'], energy: 0.9 },
    { track_id: 't2', name: 'YYZ', album_id: 'b1', artists: ['a1'] },
    { track_id: 't3', name: 'Лев "日本"', artists: [] },
  ],
};
const TRACKS = `query Tracks($first: Int) { tracks(first: $first) { totalCount nodes { id name album { name releaseYear }
  artists { name genres { name } } audioFeatures { energy key } } pageInfo { hasNextPage endCursor } } }`;

let lane: FixtureServer;
let yoga: FixtureServer;
beforeAll(async () => {
  lane = await serveFixture(ROWS);
  yoga = await serveFixture(ROWS, {}, { isLaneOpen: false });
});
afterAll(() => Promise.all([lane?.close(), yoga?.close()]));

const JSON_HEADERS = ['content-type', 'x-groovelake-snapshot', 'x-groovelake-cost', 'retry-after'];

async function compare(ask: (url: string) => Promise<Awaited<ReturnType<typeof post>>>): Promise<void> {
  const expected = await ask(yoga.url);
  // The second time it may be remembered.
  for (const answer of [await ask(lane.url), await ask(lane.url)]) {
    expect(answer.text).toBe(expected.text);
    expect(answer.status).toBe(expected.status);
    for (const name of JSON_HEADERS) expect(answer.headers.get(name), name).toBe(expected.headers.get(name));
  }
}

describe('the quick lane', () => {
  it.each([
    ['a query with variables', { query: TRACKS, variables: { first: 1 } }],
    ['no variables', { query: '{ artist(id: "a1") { name streams images { url } } }' }],
    ['null variables', { query: '{ __typename track(id: "t1") { name } }', variables: null }],
    [
      'an operation by name',
      { query: `${TRACKS} query Other { genre(name: "ROCK") { name } }`, operationName: 'Other' },
    ],
    ['no operation of that name', { query: TRACKS, operationName: 'Gone' }],
    ['two operations and no name', { query: `${TRACKS} query Other { __typename }` }],
    [
      'fragments, aliases and conditions',
      {
        query: `query ($no: Boolean!) { x: track(id: "t1") { ...F name @skip(if: $no) } search(term: "rush") { nodes { node { __typename
        ... on Artist { id } } score } } } fragment F on Track { id uri @include(if: $no) }`,
        variables: { no: true },
      },
    ],
    ['signs beyond ASCII', { query: '{ track(id: "t3") { name artists { name } album { name } } }' }],
    ['what is not there', { query: '{ track(id: "nobody") { name } album(id: "x") { name } }' }],
    [
      'statistics',
      {
        query: '{ trackStats(groupBy: [ALBUM]) { nodes { group { label } count energy { avg missing } } } }',
      },
    ],
    ['a syntax error', { query: '{ tracks(' }],
    ['an unknown field', { query: '{ trakcs { nodes { id } } }' }],
    ['a variable of the wrong type', { query: TRACKS, variables: { first: 'x' } }],
    ['a page that is too large', { query: TRACKS, variables: { first: 101 } }],
    [
      'a failing field beside a good one',
      { query: '{ tracks(first: 0) { nodes { id } } artist(id: "a1") { name } }' },
    ],
    ['a bad cursor', { query: '{ tracks(after: "x") { nodes { id } } }' }],
    [
      'too costly',
      {
        query:
          '{ tracks(first: 100) { nodes { artists { tracks(first: 100) { nodes { artists { name } } } } } } }',
      },
    ],
    ['introspection', { query: '{ __schema { queryType { name } } }' }],
    [
      'more than the snapshot',
      { query: '{ runs { nodes { id } } track(id: "t1") { provenance { source } } }' },
    ],
    ['a mutation', { query: 'mutation { cancelRun(input: { runId: "x" }) { __typename } }' }],
    ['no query', { variables: {} }],
    ['a batch', [{ query: '{ __typename }' }]],
    ['unknown parameters', { query: '{ __typename }', extra: 1 }],
    ['extensions', { query: '{ track(id: "t1") { id } }', extensions: { x: 1 } }],
    ['no JSON', '{ "query": '],
  ])('answers as Yoga does: %s', async (_name, body) => {
    await compare((url) => post(url, body));
  });

  it.each([
    '*/*',
    'application/json',
    'application/graphql-response+json',
    'application/graphql-response+json, application/json;q=0.9',
    'application/json, */*;q=0.1',
    'text/plain',
    'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8',
  ])('takes Accept: %s as Yoga does', async (accept) => {
    for (const body of [
      { query: TRACKS },
      { query: '{ tracks(first: 0) { nodes { id } } }' },
      { query: '{ nonsense }' },
    ]) {
      await compare((url) => post(url, body, { headers: { accept } }));
    }
  });

  it.each([
    'query={track(id:"t1"){name}}',
    'query=query($i:ID!){track(id:$i){name}}&variables={"i":"t2"}',
    'query=mutation{x}',
    'query={x',
    'variables={}',
    'query={__typename}&query={x}',
  ])('takes a GET as Yoga does: %s', async (search) => {
    await compare(async (url) => readAnswer(await fetch(`${url}/graphql?${encodeURI(search)}`)));
  });

  it('is held, as Yoga is, to the lengths that variables have by default', async () => {
    const query = `query ($n: Int = 100) { artists(first: $n) { nodes { albums(first: $n) { nodes {
      tracks(first: $n) { nodes { id } } } } } } }`;
    for (const { url } of [lane, yoga]) {
      const refusal = { code: 'TOO_COSTLY', given: 101_010, limit: 1_000 };
      for (const body of [{ query }, { query, variables: {} }, { query, variables: { n: 100 } }])
        expect((await post(url, body)).body.errors?.[0]?.extensions).toMatchObject(refusal);
      for (const n of [null, 2]) expect((await post(url, { query, variables: { n } })).status).toBe(200);
    }
  });

  it('answers 304 to whoever has the answer of this snapshot', async () => {
    const url = `${lane.url}/graphql?query=${encodeURIComponent('{ track(id: "t1") { name } }')}`;
    const first = await fetch(url);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"20261120-120000-0001-[\w-]{22}"$/);
    await first.text();
    const second = await fetch(url, { headers: { 'if-none-match': `"x", W/${etag}` } });
    expect([second.status, await second.text()]).toEqual([304, '']);
    expect((await fetch(url, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  });

  it('reads what many ask at once only once', async () => {
    const body = {
      query: '{ tracks(orderBy: [{ field: TEMPO }]) { nodes { id } } }',
      variables: { once: 1 },
    };
    const before = lane.open.statements;
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(lane.url, body)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(lane.open.statements - before).toBe(1);
    await post(lane.url, body);
    expect(lane.open.statements - before).toBe(1);
  });

  it('remembers no answer with an error in it', async () => {
    const body = { query: '{ tracks(where: { name: { matches: "(" } }) { nodes { id } } }' };
    const before = lane.open.statements;
    await post(lane.url, body);
    await post(lane.url, body);
    expect(lane.open.statements - before).toBe(2);
  });

  it('reads nothing twice when a field fails after others have been read', async () => {
    const query = `{ trackStats(groupBy: [ALBUM]) { nodes { count } }
      tracks(where: { energy: { gt: 0.1 } }) { nodes { id album { tracks(first: 0) { nodes { id } } } } } }`;
    const count = async ({ url, open }: FixtureServer) => {
      const before = open.statements;
      expect((await post(url, { query })).body.errors?.[0]?.path).toEqual([
        'tracks',
        'nodes',
        0,
        'album',
        'tracks',
      ]);
      return open.statements - before;
    };
    expect(await count(lane)).toBe(await count(yoga));
  });

  it('remembers nothing when told to', async () => {
    const forgetful = await serveFixture(ROWS, { GROOVELAKE_ANSWER_CACHE_MB: '0' });
    const body = { query: '{ track(id: "t1") { name } }' };
    await post(forgetful.url, body);
    const before = forgetful.open.statements;
    await post(forgetful.url, body);
    expect(forgetful.open.statements - before).toBe(1);
    await forgetful.close();
  });

  it('goes on for those who stay when the one who began leaves', async () => {
    const body = JSON.stringify({
      query: '{ trackStats(groupBy: [GENRE, MODE]) { nodes { count energy { stddev } } } }',
    });
    const leaver = httpRequest(`${lane.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    leaver.on('error', () => {});
    leaver.end(body);
    const stayer = post(lane.url, body);
    leaver.destroy();
    expect((await stayer).body.errors).toBeUndefined();
  });

  it('lets nobody spend more than their rate on remembered answers', async () => {
    const key = 'a-secret-of-24-characters';
    const limited = await serveFixture(ROWS, { GROOVELAKE_API_KEY: key, GROOVELAKE_RATE_POINTS: '3' });
    const ask = () =>
      post(
        limited.url,
        { query: '{ track(id: "t1") { name } }' },
        { headers: { authorization: `Bearer ${key}` } },
      );
    const statuses = [];
    for (let at = 0; at < 4; at++) statuses.push((await ask()).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await post(limited.url, { query: '{ track(id: "t1") { name } }' })).status).toBe(401);
    await limited.close();
  });
});

describe('the quick lane, where whoever began waits for a place', () => {
  const REFUSAL = new ShareTakenError('of this key');
  const open = (sharesTaken: string[]) => {
    const turns: { caller: string; refuse: () => void; admit: () => void }[] = [];
    const gate = {
      enter: (_size: unknown, _signal: unknown, caller: string) =>
        new Promise<() => void>((resolve, reject) => {
          turns.push({ caller, refuse: () => reject(REFUSAL), admit: () => resolve(() => {}) });
        }),
      isShareTaken: (_size: unknown, caller: string) => sharesTaken.includes(caller),
    };
    const spent: string[] = [];
    const lane = createQuickLane({
      ...{ schema: buildSchema('type Query { answer: Int }'), gate, clock: systemClock },
      ...{ config: readConfig({}), createContext: () => ({}), isSnapshotOnly: () => true },
      rate: { spend: (caller: string) => spent.push(caller), has: () => true },
    } as unknown as LaneParts<null>);
    const pinned = { manifest: { id: 's' } as Manifest, resource: null, release: () => {} };
    const response = { headersSent: true, writeHead: () => response, end: () => {} };
    const ask = (caller: string) =>
      lane({
        pin: new SnapshotPin({ acquire: () => pinned }),
        request: { method: 'GET', url: '/graphql?query={answer}', headers: {} },
        response,
        caller,
        signal: new AbortController().signal,
      } as unknown as Parameters<typeof lane>[0]);
    return { turns, spent, ask, callers: () => turns.map(({ caller }) => caller) };
  };
  const refused = async (asked: ReturnType<ReturnType<typeof open>['ask']>) =>
    expect(((await asked) as { settled: () => unknown }).settled).toThrow(REFUSAL);

  it('lets another key ask for itself while his share is taken, and hands him the refusal', async () => {
    const { turns, spent, ask, callers } = open(['a']);
    const [first, joined, other, last] = ['a', 'a', 'b', 'c'].map(ask);
    await systemClock.sleep(0);
    expect(callers()).toEqual(['a', 'b']);
    turns[1]?.admit();
    expect(await Promise.all([other, last])).toEqual(['answered', 'answered']);
    turns[0]?.refuse();
    for (const own of [first, joined]) await refused(own as ReturnType<typeof ask>);
    expect(spent).toEqual(['a', 'a', 'b', 'c']);
  });

  it('has whoever joined him ask for himself when he alone is refused, at the price of one question', async () => {
    const { turns, spent, ask, callers } = open([]);
    const [first, other] = ['a', 'b'].map(ask);
    await systemClock.sleep(0);
    expect(callers()).toEqual(['a']);
    turns[0]?.refuse();
    await refused(first as ReturnType<typeof ask>);
    await systemClock.sleep(0);
    expect(callers()).toEqual(['a', 'b']);
    turns[1]?.admit();
    expect([await other, spent]).toEqual(['answered', ['a', 'b']]);
  });
});
