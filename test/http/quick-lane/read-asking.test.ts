import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { readAsking } from '../../../src/http/quick-lane/read-asking.ts';

const asking = (request: object) => readAsking({ headers: {}, ...request } as unknown as IncomingMessage);
const get = (search: string) => asking({ method: 'GET', url: `/graphql?${search}` });
const post = (text: string) => asking({ method: 'POST', url: '/graphql', body: Buffer.from(text) });

describe('readAsking', () => {
  it('reads the same question from an address and from a body, under keys of their own', () => {
    const [byGet, byPost] = [get('query=%7Ba%7D'), post('{"query":"{a}"}')];
    expect(byGet?.read()).toEqual({ query: '{a}', variables: {}, operationName: null });
    expect(byPost?.read()).toEqual(byGet?.read());
    expect(byPost?.key).not.toBe(byGet?.key);
  });

  it('takes no body for the address of a GET that was answered', () => {
    const key = get('query=%7Ba%7D')?.key ?? '';
    expect(key).not.toBe('');
    expect(post(key)).toBeNull();
    expect(post('{"query":')?.read()).toBeNull();
  });

  const GRAPHQL = 'application/graphql-response+json; charset=utf-8';
  const JSON_TYPE = 'application/json; charset=utf-8';
  it.each([
    ['nothing', undefined, JSON_TYPE],
    ['an empty text', '', JSON_TYPE],
    ['Apollo Client 4', 'application/graphql-response+json,application/json;q=0.9', GRAPHQL],
    ['graphql-request', 'application/graphql-response+json; charset=utf-8, application/json', GRAPHQL],
    ['axios', 'application/json, text/plain, */*', JSON_TYPE],
    [
      'urql',
      'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
      GRAPHQL,
    ],
    ['a charset that is not served', 'application/json; charset=latin1, application/*', JSON_TYPE],
    ["a browser's address bar", 'text/html,application/xhtml+xml,*/*;q=0.8', null],
    ['streams alone', 'text/event-stream, multipart/mixed', null],
    ['another charset alone', 'application/json; charset=latin1', null],
  ])('answers a client that accepts as it may: %s', (_client, accept, type) => {
    const headers = accept === undefined ? {} : { accept };
    const found = asking({ method: 'GET', url: '/graphql?query=%7Ba%7D', headers });
    expect(found?.contentType ?? null).toBe(type);
  });
});
