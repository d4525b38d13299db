import { describe, expect, it } from 'vitest';
import { createRateLimit } from '../../../src/http/limits/rate-limit.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

describe('createRateLimit', () => {
  it('takes no negative price, which would fill a bucket', () => {
    expect(() => createRateLimit(60, createVirtualClock()).spend('a', -1)).toThrow('Broken invariant');
  });

  it('lets a key spend a minute at once, then as it fills up, and says when to come back', async () => {
    const clock = createVirtualClock();
    const rate = createRateLimit(600, clock);
    rate.spend('a', 600);
    expect(() => rate.spend('a', 20)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/costs 20 points.*has 0 of 600.*in 2 s/),
        extensions: {
          code: 'RATE_LIMITED',
          given: 20,
          limit: 600,
          isRetryable: true,
          http: { status: 429, headers: { 'retry-after': '2' } },
        },
      }),
    );
    await clock.advance(2_000);
    rate.spend('a', 20);
    expect(() => rate.spend('a', 1)).toThrow('in 1 s');
  });

  it('gives each key a bucket of its own, never fuller than a minute, and none to a caller without a key', async () => {
    const clock = createVirtualClock();
    const rate = createRateLimit(60, clock);
    rate.spend('a', 60);
    rate.spend('b', 60);
    await clock.advance(3_600_000);
    rate.spend('a', 60);
    expect(() => rate.spend('a', 1)).toThrow('costs 1');
    for (let at = 0; at < 100; at++) rate.spend(null, 60);
    const off = createRateLimit(0, clock);
    for (let at = 0; at < 100; at++) off.spend('a', 1_000);
  });

  it('lets what is dearer than a minute run from a full bucket, and then waits for the debt', async () => {
    const clock = createVirtualClock();
    const rate = createRateLimit(60, clock);
    rate.spend('a', 120);
    await clock.advance(60_000);
    expect(() => rate.spend('a', 1)).toThrow('has 0 of 60');
    await clock.advance(1_000);
    rate.spend('a', 1);
  });

  it('lets one through of several that are dearer than a minute and come at once', () => {
    const rate = createRateLimit(60, createVirtualClock());
    for (let at = 0; at < 5; at++) rate.spend('a', 1);
    rate.spend('a', 120, 1);
    expect(() => rate.spend('a', 120, 1)).toThrow(/has 0 of 60 .*in 117 s/);
  });

  it('takes what is not paid yet, and looks at the whole price', async () => {
    const clock = createVirtualClock();
    const rate = createRateLimit(60, clock);
    rate.spend('a', 1);
    // From a bucket that was full before: it goes into debt.
    rate.spend('a', 100, 1);
    expect([rate.has('a', 1), rate.has('b', 60), rate.has('b', 61), rate.has(null, 99)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    await clock.advance(41_000);
    expect(rate.has('a', 1)).toBe(true);
    rate.spend('a', 1);
    expect(() => rate.spend('a', 3, 1)).toThrow(/costs 3 points; this key has 1 of 60 .*in 2 s/);
    expect(() => rate.spend('a', 1, 2)).toThrow('Broken invariant');
  });

  it('forgets the key that was unused longest when there are very many', () => {
    const rate = createRateLimit(60, createVirtualClock());
    rate.spend('first', 60);
    for (let at = 0; at < 10_000; at++) rate.spend(`key ${at}`, 1);
    rate.spend('first', 60);
  });

  it('remembers a key that is used among very many, however long it has been there', () => {
    const rate = createRateLimit(60, createVirtualClock());
    rate.spend('busy', 60);
    for (let at = 0; at < 25_000; at++) {
      rate.spend(`key ${at}`, 1);
      if (at % 5_000 === 0) expect(() => rate.spend('busy', 1)).toThrow('has 0 of 60');
    }
    expect(() => rate.spend('busy', 1)).toThrow('has 0 of 60');
  });
});
