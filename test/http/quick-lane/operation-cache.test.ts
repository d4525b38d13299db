import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { createOperationCache } from '../../../src/http/quick-lane/operation-cache.ts';
import { buildSchema } from '../../../src/schema/schema.ts';

const MOST = 50_000_000;
const schema = buildSchema();

function createCounted(env: Readonly<Record<string, string>> = {}) {
  let reads = 0;
  const cache = createOperationCache(schema, readConfig(env), () => {
    reads += 1;
    return true;
  });
  return { cache, reads: () => reads };
}

describe('operations by their text', () => {
  it('are read once, each by its name too', () => {
    const { cache, reads } = createCounted();
    const text = 'query A { tracks { totalCount } } query B { artists { totalCount } }';
    for (const name of ['A', 'B', 'A', 'B']) {
      expect(cache.find(text, name)?.named.operation.name?.value).toBe(name);
    }
    expect(cache.find(text, null)).toBeNull();
    expect(reads()).toBe(2);
  });

  it('are kept within a budget of bytes, the parsed document counted by its tokens', () => {
    const { cache, reads } = createCounted();
    const fields = Array.from({ length: 480 }, () => '__typename');
    const text = (at: number) => `query Q${at} { ${fields.join(' ')} }`;
    for (let at = 0; at < 500; at++) {
      expect(cache.find(text(at), null)).not.toBeNull();
      expect(cache.bytes()).toBeLessThanOrEqual(MOST);
    }
    cache.find(text(499), null);
    expect(reads()).toBe(500);
    cache.find(text(0), null);
    expect(reads()).toBe(501);
  });

  it('count where they are not valid, and are not kept at all where one is beyond the budget', () => {
    const { cache } = createCounted();
    for (let at = 0; at < 60; at++) cache.find(`${at} ${'x'.repeat(1_000_000)}`, null);
    expect(cache.bytes()).toBeGreaterThan(MOST / 2);
    expect(cache.bytes()).toBeLessThanOrEqual(MOST);
    const before = cache.bytes();
    expect(cache.find(`# ${'x'.repeat(MOST)}`, null)).toBeNull();
    expect(cache.bytes()).toBe(before);
  });

  it('are no more than a thousand, however small', () => {
    const { cache, reads } = createCounted();
    for (let at = 0; at < 1_001; at++) cache.find(`query Q${at} { __typename }`, null);
    cache.find('query Q1 { __typename }', null);
    expect(reads()).toBe(1_001);
    cache.find('query Q0 { __typename }', null);
    expect(reads()).toBe(1_002);
  });
});
