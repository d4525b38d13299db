import { describe, expect, it } from 'vitest';
import type { AddressState } from '../../../src/store/deliveries/delivery-store.ts';
import { describeFailing } from '../../../src/store/deliveries/failing.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;

describe('describeFailing(address, now)', () => {
  const describeOne = (change: Partial<AddressState>) => {
    const url = 'https://me:hidden@a.example/path';
    return describeFailing({ url, waiting: null, lost: null, givenUp: 0, whyGivenUp: null, ...change }, NOW);
  };
  const waiting = (tries: number) => ({ tries, lastError: 'HTTP 401' });
  const lost = (ago: number) => ({ nextAt: NOW - ago, lastError: 'HTTP 500' });

  it('is null of an address that takes what it is told, or has failed twice, or was told nothing', () => {
    expect(describeOne({})).toBeNull();
    expect(describeOne({ givenUp: 9 })).toBeNull();
    expect(describeOne({ waiting: waiting(2) })).toBeNull();
  });

  it('says from the third try on what it answers, and names no more of it than the origin', () => {
    expect(describeOne({ waiting: waiting(3) })).toBe(
      'The webhook at https://a.example does not take what it is told (HTTP 401). Mend the address, or its receiver.',
    );
  });

  it('counts what was given up, for a day, though another has been refused since', () => {
    const givenUp = (ago: number, change = {}) => describeOne({ lost: lost(ago), givenUp: 3, ...change });
    expect(givenUp(24 * HOUR)).toMatch(/\. 3 notices were given up and will not be sent again\. Mend/);
    expect(givenUp(24 * HOUR + 1)).toBeNull();
    expect(givenUp(1, { waiting: waiting(1) })).toMatch(/\(HTTP 500\)\. 3 notices/);
    expect(givenUp(24 * HOUR + 1, { waiting: waiting(4) })).toMatch(/\(HTTP 401\)\. 3 notices/);
  });
});
