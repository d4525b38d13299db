// The number of subscriptions under way: whichever way one ends, its place is free again, once.
import { describe, expect, it } from 'vitest';
import { systemClock, systemRandomness } from '../../../src/clock.ts';
import type { AccessStore } from '../../../src/store/access/access-store.ts';
import { createApiKey } from '../../../src/store/access/api-keys.ts';
import { ask, manifest, start } from '../plain-server.ts';

const subscribe = (url: string, field: string, signal: AbortSignal | null = null, headers = {}) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query: `subscription { ${field} }` }),
    signal,
  });

/** Asks again while there is no place: the server hears of an end after its client. */
async function untilOpen(url: string, field: string): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const response = await subscribe(url, field);
    if (response.status !== 503 || tries === 100) return response;
    await response.text();
    await systemClock.sleep(20);
  }
}

/** Beside one that stays open: the limit is two. */
async function startBesideOne() {
  const { url } = await start({ GROOVELAKE_MAX_SUBSCRIPTIONS: '2' });
  const open = await subscribe(url, 'ticks');
  return { url, close: () => open.body?.cancel() };
}

describe('maxSubscriptions', () => {
  it.each([
    ['ends by itself', 'lastTick'],
    ['fails while it is under way', 'noTick'],
    ['is refused by its field', 'unheard'],
  ])('frees the place of a subscription that %s', async (_how, field) => {
    const { url, close } = await startBesideOne();
    for (let n = 0; n < 3; n++)
      expect(await (await untilOpen(url, field)).text()).not.toContain('TOO_MANY_SUBSCRIPTIONS');
    await close();
  });

  it('frees the place of one whose client leaves, and no other', async () => {
    const { url, close } = await startBesideOne();
    const left = new AbortController();
    await subscribe(url, 'ticks', left.signal);
    const refused = await subscribe(url, 'lastTick');
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('2 subscriptions')]);
    left.abort();
    // The one that stays still has its place: two beside it are one too many.
    expect((await untilOpen(url, 'ticks')).status).toBe(200);
    expect((await subscribe(url, 'lastTick')).status).toBe(503);
    await close();
  });
});

async function makeKey(keys: AccessStore, name: string) {
  const ports = { now: systemClock.now(), random: systemRandomness };
  const { text } = await createApiKey(keys, { name, scope: 'read', createdBy: 'test' }, ports);
  return { authorization: `Bearer ${text}` };
}

describe('maxInFlight', () => {
  it('leaves a turn to other keys', async () => {
    const { url, keys } = await start({ GROOVELAKE_MAX_IN_FLIGHT: '2', GROOVELAKE_MAX_QUEUE: '0' });
    const [first, other] = [await makeKey(keys, 'first'), await makeKey(keys, 'other')];
    // Of five that are not the same question, so that none is answered with another.
    const asked = ['a', 'b', 'c', 'd', 'e'].map((name) => ask(url, `{ ${name}: slow }`, first));
    await Promise.race(asked);
    expect((await ask(url, '{ hello }', other)).status).toBe(200);
    const refused = (await Promise.all(asked)).find(({ status }) => status === 503);
    expect(refused?.body.errors?.[0]?.message).toContain('1 cheap operations of this key are under way');
  });
});

describe('maxKeySubscriptions', () => {
  it('leaves subscriptions to other keys, and gives back the place of one that ends', async () => {
    const { url, keys } = await start({ GROOVELAKE_MAX_KEY_SUBSCRIPTIONS: '2' });
    const [first, other] = [await makeKey(keys, 'first'), await makeKey(keys, 'other')];
    const left = new AbortController();
    await subscribe(url, 'ticks', left.signal, first);
    await subscribe(url, 'ticks', null, first);
    const refused = await subscribe(url, 'ticks', null, first);
    expect([refused.status, await refused.text()]).toEqual([
      503,
      expect.stringContaining('2 subscriptions of this key are under way'),
    ]);
    expect((await subscribe(url, 'ticks', null, other)).status).toBe(200);
    left.abort();
    for (let tries = 0; (await subscribe(url, 'ticks', null, first)).status !== 200; tries++) {
      expect(tries).toBeLessThan(100);
      await systemClock.sleep(20);
    }
  });
});

describe('ratePoints', () => {
  const key = { authorization: 'Bearer 0123456789abcdef' };
  const points = (count: number) =>
    start({ GROOVELAKE_API_KEY: '0123456789abcdef', GROOVELAKE_RATE_POINTS: String(count) });

  it.each([
    ['cannot be read', '{', 'GRAPHQL_PARSE_FAILED'],
    ['asks for what there is not', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['goes beyond a limit', `{ ${'a: hello '.repeat(31)} }`, 'TOO_MANY_ALIASES'],
  ])('are taken for a request that %s, until it is not read any more', async (_what, query, code) => {
    const { url } = await points(3);
    const codes: unknown[] = [];
    for (let n = 0; n < 4; n++) codes.push((await ask(url, query, key)).body.errors?.[0]?.extensions.code);
    expect(codes).toEqual([code, code, code, 'RATE_LIMITED']);
    const refused = await ask(url, '{ hello }', key);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '20']);
  });

  it.each([
    ['is no GraphQL request', {}],
    ['is none for a table', { accept: 'text/csv' }],
  ])('are taken for what %s', async (_what, headers: Record<string, string>) => {
    const { url } = await points(3);
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...key, ...headers },
      body: '[]',
    };
    const statuses: number[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await fetch(`${url}/graphql`, init)).status);
    expect(statuses).toEqual([400, 400, 400, 429]);
  });

  it('are taken once where another snapshot is published while the quick lane executes', async () => {
    const served = ['s1', 's2'];
    const { url } = await start(
      { GROOVELAKE_API_KEY: '0123456789abcdef', GROOVELAKE_RATE_POINTS: '11' },
      true,
      {
        acquire: () => ({
          manifest: { ...manifest, id: served.length > 1 ? (served.shift() ?? '') : 's2' },
          resource: {},
          release: () => {},
        }),
      },
    );
    const answer = await ask(url, '{ node { nodes(first: 100) { name } } }', key);
    expect([answer.status, answer.headers.get('x-groovelake-cost')]).toEqual([200, '11']);
    expect(answer.headers.get('x-groovelake-snapshot')).toBe('s2');
    expect((await ask(url, '{ hello }', key)).status).toBe(429);
  });

  it('are taken once for an operation that runs, whichever way it takes', async () => {
    const { url } = await points(4);
    for (const query of ['{ hello }', 'mutation { change }', '{ secret }', '{ hello }'])
      expect((await ask(url, query, key)).status, query).toBe(200);
    expect((await ask(url, '{ hello }', key)).status).toBe(429);
  });
});
