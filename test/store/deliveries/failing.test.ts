import { describe, expect, it } from 'vitest';
import type { AddressState } from '../../../src/store/deliveries/delivery-store.ts';
import { describeFailing } from '../../../src/store/deliveries/failing.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;

describe('describeFailing(address, now)', () => {
  const describeOne = (latest: AddressState['latest'], givenUp = 0) =>
    describeFailing({ url: 'https://me:hidden@a.example/path', latest, givenUp, whyGivenUp: null }, NOW);
  const tried = (change: Partial<NonNullable<AddressState['latest']>> = {}) =>
    ({ state: 'PENDING', tries: 3, nextAt: NOW + HOUR, lastError: 'HTTP 401', ...change }) as const;

  it('is null of an address that takes what it is told, or has failed twice, or was told nothing', () => {
    expect(describeOne(null)).toBeNull();
    expect(describeOne(tried({ state: 'DELIVERED', lastError: null }), 9)).toBeNull();
    expect(describeOne(tried({ tries: 2 }))).toBeNull();
  });

  it('says from the third try on what it answers, and names no more of it than the origin', () => {
    expect(describeOne(tried())).toBe(
      'The webhook at https://a.example does not take what it is told (HTTP 401). Mend the address, or its receiver.',
    );
  });

  it('counts what was given up, for a day', () => {
    const givenUp = (ago: number) => describeOne(tried({ state: 'GIVEN_UP', nextAt: NOW - ago }), 3);
    expect(givenUp(24 * HOUR)).toMatch(/\. 3 notices were given up and will not be sent again\. Mend/);
    expect(givenUp(24 * HOUR + 1)).toBeNull();
  });
});
