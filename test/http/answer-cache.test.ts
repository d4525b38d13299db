import { describe, expect, it } from 'vitest';
import { createAnswerCache } from '../../src/http/answer-cache.ts';

const answer = (bytes: number) => ({ body: Buffer.alloc(bytes), cost: 1 });

describe('createAnswerCache(maxBytes)', () => {
  it('finds what it keeps, of that snapshot only', () => {
    const cache = createAnswerCache(100_000);
    cache.keep('s1', 'q', answer(10));
    expect(cache.find('s1', 'q')?.body).toHaveLength(10);
    expect(cache.find('s2', 'q')).toBeNull();
    expect(cache.find('s1', 'other')).toBeNull();
    expect(cache.count()).toMatchObject({ answers: 1, hits: 1, misses: 2 });
  });

  it('drops all answers with their snapshot, and takes none of an older one', () => {
    const cache = createAnswerCache(100_000);
    cache.keep('s1', 'q', answer(10));
    cache.keep('s2', 'r', answer(10));
    expect(cache.find('s1', 'q')).toBeNull();
    cache.keep('s1', 'q', answer(10));
    expect(cache.find('s1', 'q')).toBeNull();
    expect(cache.find('s2', 'r')).not.toBeNull();
  });

  it('stays within its bytes, and keeps what was used last', () => {
    const cache = createAnswerCache(32_000);
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
    const cache = createAnswerCache(32_000);
    for (let at = 0; at < 100; at++) cache.keep('s', 'q', answer(1_000));
    expect(cache.count().answers).toBe(1);
    expect(cache.count().bytes).toBeLessThan(2_000);
  });

  it('keeps no answer that would push out most others, and none at all for 0', () => {
    const cache = createAnswerCache(32_000);
    cache.keep('s', 'q', answer(3_000));
    expect(cache.count().answers).toBe(0);
    const none = createAnswerCache(0);
    none.keep('s', 'q', answer(1));
    expect(none.find('s', 'q')).toBeNull();
  });
});
