// Each event of a dear subscription is an operation of its own.
import { buildSchema, type ExecutionResult, GraphQLError, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { subscribeWithin } from '../../../src/http/limits/limit-events.ts';
import { ask, start } from '../plain-server.ts';

const schema = buildSchema('type Query { x: Int } type Subscription { tick: Int }');

describe('subscribeWithin', () => {
  const open = async (spend = () => {}, refusal: Error | null = null, timeOutAt = 0) => {
    const noted: string[] = [];
    const source = async function* () {
      try {
        for (let tick = 1; tick <= 3; tick++) yield { tick };
      } finally {
        noted.push('source ended');
      }
    };
    const time = new AbortController();
    let count = 0;
    const limits = {
      signal: time.signal,
      spend: () => {
        noted.push('spent');
        spend();
      },
      runInPlace: async <R>(work: () => R | Promise<R>) => {
        if (refusal) throw refusal;
        noted.push('in');
        const result = await work();
        if (++count === timeOutAt) time.abort(new Error('too late'));
        noted.push('out');
        return result;
      },
    };
    const args = { schema, document: parse('subscription { tick }'), rootValue: { tick: source } };
    return { noted, events: (await subscribeWithin(args, limits)) as AsyncIterableIterator<ExecutionResult> };
  };
  const listen = async (events: AsyncIterable<ExecutionResult>) => {
    const told: unknown[] = [];
    for await (const { data, errors } of events) told.push(data?.tick ?? errors?.[0]?.message);
    return told;
  };

  it('gives each event a place of its own, and has all but the first paid for', async () => {
    const { events, noted } = await open();
    expect(await listen(events)).toEqual([1, 2, 3]);
    expect(noted).toEqual(['in', 'out', 'spent', 'in', 'out', 'spent', 'in', 'out', 'source ended']);
  });

  it('tells an event that is refused as an error, and ends', async () => {
    const poor = await open(() => {
      throw new GraphQLError('nothing left');
    });
    expect(await listen(poor.events)).toEqual([1, 'nothing left']);
    expect(poor.noted.at(-1)).toBe('source ended');
    const busy = await open(() => {}, new GraphQLError('busy'));
    expect(await listen(busy.events)).toEqual(['busy']);
  });

  it('ends after an event that has taken too long, and has no other one paid for', async () => {
    const { events, noted } = await open(() => {}, null, 2);
    expect(await listen(events)).toEqual([1, 2]);
    expect(noted).toEqual(['in', 'out', 'spent', 'in', 'out', 'source ended']);
  });

  it('fails with what is no refusal, and ends its source when the client leaves', async () => {
    await expect(listen((await open(() => {}, new Error('left'))).events)).rejects.toThrow('left');
    const { events, noted } = await open();
    await events.next();
    await events.return?.();
    expect([noted.at(-1), await events.next()]).toEqual(['source ended', { done: true, value: undefined }]);
  });

  it('is told as a result where the subscription itself fails', async () => {
    const rootValue = {
      tick: () => {
        throw new Error('none');
      },
    };
    const { signal } = new AbortController();
    const runInPlace = async <R>(work: () => R | Promise<R>) => work();
    const limits = { signal, spend: () => {}, runInPlace };
    expect(
      await subscribeWithin({ schema, document: parse('subscription { tick }'), rootValue }, limits),
    ).toMatchObject({ errors: [{ message: 'none' }] });
  });
});

describe('a subscription whose events ask for much', () => {
  it('costs its points for each of them', async () => {
    const key = 'a-secret-of-24-characters';
    const { url } = await start({ GROOVELAKE_API_KEY: key, GROOVELAKE_RATE_POINTS: '25' });
    const subscribe = async (query: string) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: `Bearer ${key}`,
        },
        body: JSON.stringify({ query }),
      });
      return response.text();
    };
    // Ten points each, of 25.
    const text = await subscribe('subscription { deepTick { nodes(first: 100) { name } } }');
    expect(text.match(/"data":\{"deepTick"/g)).toHaveLength(2);
    expect(text).toMatch(/"code":"RATE_LIMITED".*event: complete/s);
  });

  it('is complete after one of them that has taken too long', async () => {
    const key = 'a-secret-of-24-characters';
    const env = { GROOVELAKE_RATE_POINTS: '25', GROOVELAKE_REQUEST_TIMEOUT_MS: '100' };
    const { url } = await start({ GROOVELAKE_API_KEY: key, ...env });
    const headers = { authorization: `Bearer ${key}` };
    const query = 'subscription { deepTick { nodes(first: 100) { late } } }';
    const text = await (
      await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
        body: JSON.stringify({ query }),
      })
    ).text();
    expect(text.match(/event: next/g)).toHaveLength(1);
    expect(text).toMatch(/event: next.*"message":"The query took longer than 100 ms.*event: complete/s);
    // It has paid for that one: ten points of 25 are left for another, and not for two.
    const dear = '{ node { nodes(first: 100) { name } } }';
    expect((await ask(url, dear, headers)).status).toBe(200);
  });

  it('has all of them at the price of one where they are next to nothing', async () => {
    const key = 'a-secret-of-24-characters';
    const { url } = await start({ GROOVELAKE_API_KEY: key, GROOVELAKE_RATE_POINTS: '3' });
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${key}`,
      },
      body: JSON.stringify({ query: 'subscription { deepTick { name } }' }),
    });
    expect((await response.text()).match(/"data":\{"deepTick"/g)).toHaveLength(5);
  });
});
