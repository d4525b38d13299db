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
});
