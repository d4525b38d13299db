// Each event of a dear subscription is an operation of its own.
import { buildSchema, type ExecutionResult, GraphQLError, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { subscribeWithin } from '../../../src/http/limits/limit-events.ts';
import { start } from '../plain-server.ts';

const schema = buildSchema('type Query { x: Int } type Subscription { tick: Int }');

describe('subscribeWithin', () => {
  const open = async (spend = () => {}, refusal: Error | null = null) => {
    const noted: string[] = [];
    const source = async function* () {
      try {
        for (let tick = 1; tick <= 3; tick++) yield { tick };
      } finally {
        noted.push('source ended');
      }
    };
    const limits = {
      spend: () => {
        noted.push('spent');
        spend();
      },
      runInPlace: async <R>(work: () => R | Promise<R>) => {
        if (refusal) throw refusal;
        noted.push('in');
        const result = await work();
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
    const limits = { spend: () => {}, runInPlace: async <R>(work: () => R | Promise<R>) => work() };
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
