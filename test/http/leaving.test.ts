// Clients that leave, and statements past their time, through real HTTP and the real engine: nothing goes on for nobody, and whoever
// stays is told why there is no answer.

import { readdirSync } from 'node:fs';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type FixtureServer, post, readAnswer, serveFixture } from './serve-fixture.ts';

// Servers and large fixtures take their time where eight suites share two cores.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** One track and one artist, so many times over: a join of both has 200,000,000,000 rows, which no machine counts within a test. */
const ROWS = {
  artists: [{ artist_id: 'a1' }],
  tracks: [{ track_id: 't1', energy: 0.5, artists: ['a1'] }],
  copies: { tracks: 100_000, track_artists: 2_000_000 },
};
const ENDLESS = '{ trackStats(groupBy: [ARTIST]) { nodes { group { keys { value } } count } } }';
const QUICK = '{ genres { totalCount } }';

/** Resolves when it is so; a test that waits in vain fails by its own time. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await systemClock.sleep(5);
}

/** Sends a request that somebody else ends. */
function open(url: string, path: string, accept: string, body?: object): ClientRequest {
  const request = httpRequest(`${url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { accept, ...(body && { 'content-type': 'application/json' }) },
  });
  request.on('error', () => {});
  request.end(body && JSON.stringify(body));
  return request;
}

const answered = (request: ClientRequest) =>
  new Promise<IncomingMessage>((resolve) => request.once('response', resolve));

const exportFolders = ({ config }: FixtureServer) =>
  readdirSync(join(config.dataDir, 'tmp')).filter((name) => name.startsWith('export-'));

describe('a client that leaves', () => {
  let lane: FixtureServer;
  let yoga: FixtureServer;
  const env = { GROOVELAKE_STATEMENT_TIMEOUT_MS: '600000', GROOVELAKE_MAX_EXPORTS: '1' };
  beforeAll(async () => {
    lane = await serveFixture(ROWS, env);
    yoga = await serveFixture(ROWS, env, { isLaneOpen: false });
  });
  afterAll(() => Promise.all([lane.close(), yoga.close()]));

  const get = `/graphql?query=${encodeURIComponent(ENDLESS)}`;
  it.each([
    ['a question', () => lane, '/graphql', 'application/json', { query: ENDLESS }],
    ['a question past the quick lane', () => yoga, '/graphql', 'application/json', { query: ENDLESS }],
    ['a question by GET', () => lane, get, 'application/json', undefined],
    ['a question told as an event stream', () => yoga, '/graphql', 'text/event-stream', { query: ENDLESS }],
    ['a table', () => lane, '/graphql', 'text/csv', { query: ENDLESS }],
    ['a table that is written as a whole', () => lane, get, 'application/vnd.apache.parquet', undefined],
  ] as const)('stops its statement: %s', async (_name, server, path, accept, body) => {
    const { url, open: catalog } = server();
    const request = open(url, path, accept, body);
    await until(() => catalog.active === 1);
    request.destroy();
    await until(() => catalog.active === 0);
    const { statements } = catalog;
    expect((await post(url, { query: QUICK })).body.errors).toBeUndefined();
    // The statement that just answered, or none where the answer was remembered: nothing goes on for the one who left.
    expect(catalog.statements - statements).toBeLessThanOrEqual(1);
    await until(() => exportFolders(server()).length === 0);
  });

  it('stops it for nobody else: the others get their answer, and the last one to leave stops it', async () => {
    const requests = [1, 2].map(() => open(lane.url, '/graphql', 'application/json', { query: ENDLESS }));
    const { statements } = lane.open;
    await until(() => lane.open.active === 1);
    requests[0]?.destroy();
    await systemClock.sleep(100);
    expect([lane.open.active, lane.open.statements - statements]).toEqual([1, 1]);
    requests[1]?.destroy();
    await until(() => lane.open.active === 0);
  });

  it.each([
    'csv',
    'jsonl',
    'arrow',
  ])('ends the export of a relation, and leaves its place to the next: %s', async (format) => {
    const request = open(lane.url, `/export/track_artists.${format}`, '*/*');
    // Nothing of it is read: the export stands still after what the sockets hold.
    (await answered(request)).pause();
    const next = fetch(`${lane.url}/export/artists.${format}`);
    expect(exportFolders(lane)).toHaveLength(1);
    request.destroy();
    expect((await next).status).toBe(200);
    await (await next).arrayBuffer();
    await until(() => exportFolders(lane).length === 0);
  });
});

describe('a statement past its time', () => {
  const servers: FixtureServer[] = [];
  const serve = async (env: Record<string, string>, isLaneOpen = true) => {
    const server = await serveFixture(ROWS, env, { isLaneOpen });
    servers.push(server);
    return server;
  };
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  it.each([
    true,
    false,
  ])('is stopped and told in its place, the others get theirs (quick lane: %s)', async (isLaneOpen) => {
    const { url, open: catalog } = await serve({ GROOVELAKE_STATEMENT_TIMEOUT_MS: '200' }, isLaneOpen);
    const { status, body } = await post(url, {
      query: `{ trackStats(groupBy: [ARTIST]) { nodes { count } } genres { totalCount } }`,
    });
    expect([status, body.data]).toEqual([200, { trackStats: null, genres: { totalCount: 0 } }]);
    expect(body.errors).toMatchObject([
      {
        message: 'The statement took longer than 200 ms. Ask for less, or narrow the filter.',
        path: ['trackStats', 'nodes'],
        extensions: { code: 'TIMEOUT', isRetryable: true },
      },
    ]);
    expect(catalog.active).toBe(0);
  });

  it.each([
    true,
    false,
  ])('so is a query that takes too long as a whole (quick lane: %s)', async (isLaneOpen) => {
    const env = { GROOVELAKE_REQUEST_TIMEOUT_MS: '200', GROOVELAKE_STATEMENT_TIMEOUT_MS: '600000' };
    const { url, open: catalog } = await serve(env, isLaneOpen);
    const { body } = await post(url, { query: ENDLESS });
    expect(body.errors?.[0]).toMatchObject({
      message: 'The query took longer than 200 ms as a whole. Ask for less, or in several requests.',
      extensions: { code: 'TIMEOUT', isRetryable: true },
    });
    await until(() => catalog.active === 0);
  });

  it('is a 503 for a table, which cannot have half an answer', async () => {
    const server = await serve({ GROOVELAKE_STATEMENT_TIMEOUT_MS: '200' });
    const { status, body } = await post(server.url, { query: ENDLESS }, { headers: { accept: 'text/csv' } });
    expect([status, body.errors?.[0]?.extensions?.code]).toEqual([503, 'TIMEOUT']);
    expect(body.errors?.[0]?.message).toMatch(/^The statement took longer than 200 ms/);
    expect([server.open.active, exportFolders(server)]).toEqual([0, []]);
  });

  it('is a 503 for an export that has sent nothing yet', async () => {
    const { url } = await serve({ GROOVELAKE_EXPORT_TIMEOUT_MS: '10' });
    const { status, body } = await readAnswer(await fetch(`${url}/export/tracks.parquet?limit=1000000000`));
    expect([status, body.errors?.[0]?.extensions?.code]).toEqual([503, 'TIMEOUT']);
    expect(body.errors?.[0]?.message).toMatch(/^The statement took longer than 10 ms/);
  });

  it('cuts an export that has begun, so that half a file is never taken for a whole one, and says so in the log', async () => {
    const server = await serve({ GROOVELAKE_EXPORT_TIMEOUT_MS: '1000' });
    const request = open(server.url, '/export/track_artists.csv', '*/*');
    const response = await answered(request);
    expect(response.statusCode).toBe(200);
    // A client that stays and reads nothing: the statement waits for it, and must not do so for ever.
    const cut = new Promise<string>((resolve) => response.once('error', ({ message }) => resolve(message)));
    response.pause();
    await until(() => server.logged.some((line) => line.includes('An export was cut')));
    response.resume();
    expect(await cut).toBe('aborted');
    expect(server.logged.find((line) => line.includes('An export was cut'))).toContain('longer than 1000 ms');
    await until(() => exportFolders(server).length === 0);
  });
});
