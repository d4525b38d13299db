// The quick lane says what Yoga says, byte for byte, only sooner.
import { request as httpRequest } from 'node:http';
import { buildSchema, type GraphQLError } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { toEtag } from '../../../src/http/etag.ts';
import { createAdmissionGate } from '../../../src/http/limits/admission.ts';
import {
  createQuickLane,
  type LaneOutcome,
  type LaneParts,
} from '../../../src/http/quick-lane/quick-lane.ts';
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
    // Apollo Client 4, axios, urql, and a browser's address bar.
    'application/graphql-response+json,application/json;q=0.9',
    'application/json, text/plain, */*',
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'multipart/mixed',
    'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9',
    'text/event-stream, application/json',
    'application/*, application/graphql-response+json',
    '*/json',
    'APPLICATION/JSON',
    'application/json; charset=iso-8859-1',
    'application/json; charset=iso-8859-1, application/graphql-response+json',
    'application/json; q=0, application/graphql-response+json',
    ', application/json',
    'text/event-stream',
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
    expect(etag).toMatch(/^"[\w-]{27}"$/);
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
  const open = (env: Record<string, string> = {}) => {
    const config = readConfig({ GROOVELAKE_MAX_IN_FLIGHT: '4', ...env });
    const gate = createAdmissionGate(config, systemClock);
    const spent: string[] = [];
    let executions = 0;
    const lane = createQuickLane({
      ...{ schema: buildSchema('type Query { answer: Int }'), gate, clock: systemClock, config },
      ...{ createContext: () => ({ count: executions++ }), isSnapshotOnly: () => true },
      ...{ makeEtag: toEtag, rate: { spend: (caller: string) => spent.push(caller), has: () => true } },
    } as unknown as LaneParts<null>);
    const pins = { held: 0 };
    /** What is served by now, last. */
    const served = ['s'];
    const acquire = () => {
      pins.held += 1;
      const release = () => {
        pins.held -= 1;
      };
      const id = (served.length > 1 ? served.shift() : served[0]) ?? '';
      return { manifest: { id } as Manifest, resource: null, release };
    };
    const response = { headersSent: true, writeHead: () => response, end: () => {} };
    const ask = async (caller: string, signal = new AbortController().signal) => {
      const pin = new SnapshotPin({ acquire });
      const outcome = await lane({
        pin,
        request: { method: 'GET', url: '/graphql?query={answer}', headers: {} },
        response,
        caller,
        signal,
      } as unknown as Parameters<typeof lane>[0]);
      pin.release();
      return outcome;
    };
    const enter = (caller: string) =>
      gate.enter({ cost: 1, scans: false }, new AbortController().signal, caller);
    return { gate, spent, pins, served, ask, enter, count: () => executions };
  };
  const refusal = async (asked: Promise<LaneOutcome>) => {
    const outcome = await asked;
    try {
      return typeof outcome === 'object' ? outcome.settled?.() : outcome;
    } catch (error) {
      return (error as GraphQLError).extensions.code;
    }
  };

  it('answers everybody as soon as one of them may have a place, though the share of whoever began is taken', async () => {
    const { gate, spent, ask, enter, count } = open();
    const own = [await enter('a'), await enter('a')];
    const others = [await enter('c'), await enter('c')];
    const next = enter('a');
    const asked = ['a', 'a', 'b'].map((caller) => ask(caller));
    await systemClock.sleep(0);
    expect(gate.count().cheap).toEqual({ inFlight: 4, queued: 2 });
    // The third place of a's share goes to what he asked before.
    for (const leave of others) leave();
    expect(await Promise.all(asked)).toEqual(['answered', 'answered', 'answered']);
    expect([count(), spent]).toEqual([1, ['a', 'a', 'b']]);
    for (const leave of [...own, await next]) leave();
    expect(gate.count().cheap).toEqual({ inFlight: 0, queued: 0 });
  });

  it('refuses each key after its own wait', async () => {
    const { gate, pins, ask, enter, count } = open({ GROOVELAKE_QUEUE_TIMEOUT_MS: '400' });
    const taken = [await enter('x'), await enter('x'), await enter('y'), await enter('y')];
    const began = systemClock.monotonic();
    const first = refusal(ask('a'));
    await systemClock.sleep(200);
    const other = refusal(ask('b'));
    expect(await first).toBe('OVERLOADED');
    const again = ask('a');
    expect(await other).toBe('OVERLOADED');
    expect(systemClock.monotonic() - began).toBeGreaterThanOrEqual(590);
    for (const leave of taken) leave();
    expect([await again, count()]).toEqual(['answered', 1]);
    expect([gate.count().cheap, pins.held]).toEqual([{ inFlight: 0, queued: 0 }, 0]);
  });

  it('refuses who asks the same again with the first of them, and says that it is the question that has waited', async () => {
    const { ask, enter } = open({ GROOVELAKE_QUEUE_TIMEOUT_MS: '400' });
    const taken = [await enter('x'), await enter('x'), await enter('y'), await enter('y')];
    const first = ask('a');
    await systemClock.sleep(200);
    const began = systemClock.monotonic();
    const late = await ask('a');
    expect(systemClock.monotonic() - began).toBeLessThan(390);
    for (const outcome of [await first, late])
      expect(typeof outcome === 'object' && outcome.settled).toThrow(
        'The server is busy: 4 cheap operations are under way and the question has waited 400 ms for a place.',
      );
    for (const leave of taken) leave();
  });

  it('executes nothing for one who has left before he asks', async () => {
    const { gate, pins, ask, count } = open();
    expect(await refusal(ask('a', AbortSignal.abort({ extensions: { code: 'left' } })))).toBe('left');
    expect([gate.count().cheap, pins.held, count()]).toEqual([{ inFlight: 0, queued: 0 }, 0, 0]);
  });

  it('says what is paid for already where another snapshot has been published since', async () => {
    const { pins, spent, served, ask, count } = open();
    served.push('t');
    expect(await ask('a')).toEqual({ paid: 1 });
    expect([spent, count(), pins.held]).toEqual([['a'], 1, 0]);
  });

  it('forgets whoever leaves, and goes on for those who stay', async () => {
    const { gate, pins, ask, enter, count } = open();
    const taken = [await enter('x'), await enter('x'), await enter('y'), await enter('y')];
    const left = [new AbortController(), new AbortController()];
    const gone = [ask('a', left[0]?.signal), ask('b', left[1]?.signal)];
    left[0]?.abort(new Error('left'));
    expect((await gone[0]) as object).toHaveProperty('settled');
    expect(gate.count().cheap.queued).toBe(1);
    left[1]?.abort(new Error('left'));
    await gone[1];
    expect([gate.count().cheap.queued, pins.held, count()]).toEqual([0, 0, 0]);
    const stays = ask('c');
    for (const leave of taken) leave();
    expect([await stays, count()]).toEqual(['answered', 1]);
  });
});
