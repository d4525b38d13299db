import { describe, expect, it } from 'vitest';
import { createAnswerCache } from '../../../src/http/quick-lane/answer-cache.ts';

const answer = (bytes: number) => ({ body: Buffer.alloc(bytes), cost: 1 });

/** A cache of the snapshot "s". */
function open(maxBytes: number) {
  const cache = createAnswerCache(maxBytes);
  cache.find('s', 'nothing');
  return cache;
}

describe('createAnswerCache(maxBytes)', () => {
  it('finds what it keeps, of that snapshot only', () => {
    const cache = createAnswerCache(100_000);
    expect(cache.find('s1', 'q')).toBeNull();
    cache.keep('s1', 'q', answer(10));
    expect(cache.find('s1', 'q')?.body).toHaveLength(10);
    expect(cache.find('s1', 'other')).toBeNull();
    expect(cache.count()).toMatchObject({ answers: 1, hits: 1, misses: 2 });
    expect(cache.find('s2', 'q')).toBeNull();
    expect(cache.count()).toMatchObject({ answers: 0, bytes: 0 });
  });

  it('takes no answer that ends after its snapshot was served', () => {
    const cache = createAnswerCache(100_000);
    cache.find('s1', 'q');
    cache.find('s2', 'q');
    cache.keep('s1', 'q', answer(10));
    expect(cache.find('s2', 'q')).toBeNull();
    expect(cache.count().answers).toBe(0);
  });

  it('remembers the answers of an older snapshot after a rollback', () => {
    const cache = createAnswerCache(100_000);
    cache.find('s2', 'q');
    cache.keep('s2', 'q', answer(10));
    expect(cache.find('s1', 'q')).toBeNull();
    cache.keep('s1', 'q', answer(20));
    expect(cache.find('s1', 'q')?.body).toHaveLength(20);
  });

  it('stays within its bytes, and keeps what was used last', () => {
    const cache = open(32_000);
    for (let at = 0; at < 100; at++) {
      cache.keep('s', `q${at}`, answer(1_000));
      cache.find('s', 'q0');
      expect(cache.count().bytes).toBeLessThanOrEqual(32_000);
    }
    expect(cache.find('s', 'q0')).not.toBeNull();
    expect(cache.find('s', 'q1')).toBeNull();
    expect(cache.find('s', 'q99')).not.toBeNull();
  });

  it('counts an answer that is kept again once', () => {
    const cache = open(32_000);
    for (let at = 0; at < 100; at++) cache.keep('s', 'q', answer(1_000));
    expect(cache.count().answers).toBe(1);
    expect(cache.count().bytes).toBeLessThan(2_000);
  });

  it('keeps no answer that would push out most others, and none at all for 0', () => {
    const cache = open(32_000);
    cache.keep('s', 'q', answer(3_000));
    expect(cache.count().answers).toBe(0);
    const none = open(0);
    none.keep('s', 'q', answer(1));
    expect(none.find('s', 'q')).toBeNull();
  });
});
